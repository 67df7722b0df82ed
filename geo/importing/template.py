"""Write a mapping to be filled in."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

from geo.importing.bounds import bounded
from geo.importing.mapped import LOOKED_AT, refuse_titles
from geo.importing.mapping import PLACE, fields_of
from geo.importing.readers import read_file
from geo.spec import Layer

_DATES_OF_TEMPLATE = (
    '# date = "%d/%m/%Y"',
    '# date = "%Y %m %d"  # where its column is ["year", "month", "day"]',
)


def template(path: Path, layer: Layer) -> str:
    """Write a mapping to be filled in: what a file's columns are and what the layer's fields."""
    first = list(islice(read_file(path), LOOKED_AT))
    columns = list(dict.fromkeys(name for raw in first for name in raw.values))
    if not columns:
        refuse_titles(first)
    fields = fields_of(layer)
    lines = ['dataset = "…"', 'sensitivity = "restricted"', "missing = []"]
    if bounded(fields):
        lines += ["# widen_bounds = true  # move a low or high figure that the best one passes"]
    lines += ["", "[columns]"]
    lines += [f"# columns of {path.name}: {', '.join(map(_quoted, columns))}"]
    for name in ("id", *PLACE, *fields):
        needed = name in ("id", "source_title") or (name in fields and fields[name].required)
        same = name in columns
        mark = "" if same or needed else "# "
        note = "  # every row needs it, here or as a constant" if needed else ""
        lines.append(f"{mark}{name} = {_quoted(name if same else '…')}{note}")
    lines += ["", "[constants]", "", "[dates]", *_DATES_OF_TEMPLATE, ""]
    for field in fields.values():
        if field.choices and field.required:
            values = ", ".join(choice.value for choice in field.choices)
            lines += [f"# [values.{field.name}]", f"# cell = one of {values}", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Write a text as TOML does, which in this is as JSON does."""
    return json.dumps(text, ensure_ascii=False)
