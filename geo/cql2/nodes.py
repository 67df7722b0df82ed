"""Check the nodes of a parsed filter one by one, and write them in one plain form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from geo.cql2.geometry import from_geojson, to_geojson
from geo.cql2.limits import MAX_DEPTH
from geo.cql2.refusal import refused
from geo.cql2.text import Group

# Beyond it, readers of JSON do not agree on whole numbers (RFC 8259, 6).
_EXACT = 2**53
# In this order: a geometry of GeoJSON may have a member bbox too.
_NODES = ("op", "property", "date", "timestamp", "interval", "type", "bbox")


def well_formed(node: Any, held: Mapping[str, Any], depth: int = 0) -> Any:
    """Give a node of CQL2 JSON in its plain form, with what slots hold in their place."""
    if depth > MAX_DEPTH:
        raise refused("filter", f"is nested more than {MAX_DEPTH} deep", "a flatter filter")
    if node is None or isinstance(node, bool):
        return node
    if isinstance(node, str):
        return _text(node)
    if isinstance(node, int | float):
        return _number(node)
    if isinstance(node, list):
        return [well_formed(item, held, depth + 1) for item in node]
    kind = next((name for name in _NODES if name in node), None)
    if kind is None:
        raise refused(node, "is nothing that a filter is made of", ", ".join(_NODES))
    if kind == "property":
        return _property(node["property"], held, depth)
    if kind == "op":
        return _operation(node, held, depth)
    return _LITERALS[kind](node, held, depth)


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused(ascii(text), "has half a character") from None
    if "\x00" in text:
        raise refused(text, "has a NUL character")
    return text


def _number(number: float) -> float:
    try:
        small = abs(number) <= _EXACT
        plain = number if small else float(number)
    except OverflowError:
        plain = math.inf
    if not math.isfinite(plain):
        raise refused(str(number)[:20], "is not a finite number")
    return plain


def _property(name: Any, held: Mapping[str, Any], depth: int) -> Any:
    if not isinstance(name, str):
        raise refused(name, "is not the name of a property")
    if name not in held:
        return {"property": _text(name)}
    found = held[name]
    return well_formed(found.tree, held, depth) if isinstance(found, Group) else found


def _operation(node: Mapping[str, Any], held: Mapping[str, Any], depth: int) -> dict[str, Any]:
    op, args = node["op"], node.get("args")
    if not isinstance(op, str) or not isinstance(args, list):
        raise refused(node, "is no operation", """as in {"op":"=","args":[…]}""")
    made = [well_formed(arg, held, depth + 1) for arg in args]
    if op == "in" and len(made) == 2 and isinstance(made[1], list):
        # The library puts what stands behind IN into a list, even where a list stands there.
        values = made[1]
        made[1] = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    return {"op": _text(op), "args": made}


def _moment(node: Mapping[str, Any], held: Mapping[str, Any], depth: int) -> dict[str, str]:
    kind = "date" if "date" in node else "timestamp"
    text = well_formed(node[kind], held, depth + 1)
    if not isinstance(text, str):
        raise refused(text, "is not a date", "DATE('2016-05-29')")
    return {kind: text}


def _interval(node: Mapping[str, Any], held: Mapping[str, Any], depth: int) -> dict[str, Any]:
    ends = well_formed(node["interval"], held, depth + 1)
    if not isinstance(ends, list) or len(ends) != 2:
        raise refused(ends, "is not an interval", "INTERVAL('2016-01-01','..')")
    return {"interval": ends}


def _bbox(node: Mapping[str, Any], held: Mapping[str, Any], depth: int) -> dict[str, Any]:
    corners = well_formed(node["bbox"], held, depth + 1)
    plain = isinstance(corners, list) and len(corners) in (4, 6)
    if not plain or any(isinstance(n, bool) or not isinstance(n, int | float) for n in corners):
        raise refused(corners, "is not a box", "BBOX(west,south,east,north)")
    return {"bbox": corners}


def _geometry(node: Mapping[str, Any], held: Mapping[str, Any], depth: int) -> dict[str, Any]:
    del held, depth
    return to_geojson(from_geojson(node))


_Reader = Callable[[Mapping[str, Any], Mapping[str, Any], int], dict[str, Any]]
_LITERALS: dict[str, _Reader] = {
    "date": _moment,
    "timestamp": _moment,
    "interval": _interval,
    "bbox": _bbox,
    "type": _geometry,
}
