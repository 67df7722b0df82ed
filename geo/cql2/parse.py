"""Read a filter in CQL2 text or JSON into plain CQL2 JSON, every node of which is well formed.

What comes out can be walked without a check: it is shallow, its texts can be sent, its numbers
are finite, its operations have a name and a list. What an operator takes is the compiler's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from geo.cql2.compile import FUNCTIONS
from geo.cql2.limits import MAX_BYTES, MAX_DEPTH
from geo.cql2.nodes import well_formed
from geo.cql2.refusal import refused
from geo.cql2.text import Scanner

Expression = Mapping[str, Any]
# Each operation of JSON is an object and a list; a geometry in it has six levels more.
_JSON_DEPTH = 2 * MAX_DEPTH + 6
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_JSON_HINT = """as in {"op":">=","args":[{"property":"killed_best"},3]}"""


def parse(text: str, language: str = "cql2-text") -> Expression:
    """Read a filter in CQL2 text or JSON into CQL2 JSON."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise refused(text, "has half a character") from None
    if size > MAX_BYTES:
        raise refused(text, f"is longer than {MAX_BYTES} bytes", "a shorter filter")
    if "\x00" in text:
        raise refused(text, "has a NUL character")
    if language == "cql2-json":
        parsed = well_formed(_from_json(text), {})
    else:
        scanner = Scanner(text, FUNCTIONS)
        parsed = well_formed(scanner.tree(), scanner.held)
    if isinstance(parsed, bool):
        # The grammar allows a bare true or false; as an operation it is handled like any other.
        return {"op": "and", "args": [parsed]}
    if not isinstance(parsed, dict) or "op" not in parsed:
        raise refused(text, "is not a condition that is true or false")
    return parsed


def _from_json(text: str) -> Any:
    depth = 0
    for bracket in re.findall(r"[][{}]", _JSON_TEXT.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > _JSON_DEPTH:
            raise refused(text, f"is nested more than {MAX_DEPTH} deep", "a flatter filter")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise refused(text, "is not cql2-json", _JSON_HINT) from None
