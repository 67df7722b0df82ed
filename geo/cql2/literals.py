"""Read literals as the type of the property that they are compared with."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

from geo.cql2.refusal import refused
from geo.spec import Field, FieldType

_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?)?\Z", re.ASCII
)
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?\Z", re.ASCII | re.IGNORECASE)


def read_literal(node: Any, field: Field, name: str = "filter") -> Any:
    """Read a literal as the type of the field that it is compared with, or say what is wrong."""
    if field.type is FieldType.DATE:
        return read_day(node, name)
    if field.type is FieldType.BOOLEAN and isinstance(node, bool):
        return node
    if field.is_number and isinstance(node, int | float) and not isinstance(node, bool):
        return _read_number(node, name)
    if field.is_text and isinstance(node, str) and "\x00" not in node:
        return node
    problem = f"cannot be compared with {field.name}, which is {field.type}"
    raise refused(node, problem, "IS NULL" if node is None else None, name)


def _read_number(number: float, name: str) -> float:
    if not math.isfinite(number):
        raise refused(str(number), "is not a finite number", name=name)
    whole = float(number).is_integer() and abs(number) < 2**53
    return int(number) if whole else float(number)


def read_day(node: Any, name: str = "filter") -> date:
    """Read a date, a timestamp or a text that is one as a day in UTC."""
    text = node
    if isinstance(node, dict):
        text = node.get("date") or node.get("timestamp")
    try:
        if not isinstance(text, str) or not _MOMENT.match(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        raise refused(text or node, "is not a date", "DATE('2016-05-29')", name) from None


def equals(field: Field, text: str) -> dict[str, Any]:
    """Make the condition that a property has a value given as text."""
    value: Any = text
    if field.is_number:
        value = float(text) if _NUMBER.match(text) else math.nan
        if not math.isfinite(value):
            raise refused(text, f"is not a number, which {field.name} is", name=field.name)
    if field.type is FieldType.BOOLEAN:
        if text not in ("true", "false"):
            raise refused(text, "is not true or false", ["true", "false"], field.name)
        value = text == "true"
    if field.type is FieldType.DATE:
        value = read_day(text, field.name).isoformat()
    return {"op": "=", "args": [{"property": field.name}, value]}
