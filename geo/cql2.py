"""Read CQL2 and compile it to bound SQL: allow-listed operators over a layer's own fields.

The cql2 library parses; its `to_sql` is not used, because it inlines what the user wrote. Here
every literal is a bound value and every name comes from the layer's declaration.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import cql2
import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from geo.errors import BadParameter
from geo.schema import SRID
from geo.spec import FEATURE_FIELDS, Field, FieldType, Layer

MAX_BYTES = 8 * 1024
# The native parser overflows its stack at about 1,500 nested parentheses.
MAX_DEPTH = 50
MAX_LIST = 1_000

Expression = Mapping[str, Any]
_ID = Field(name="id", title=FEATURE_FIELDS[0].title, type=FieldType.TEXT)
_NUMBERS = (FieldType.INTEGER, FieldType.NUMBER)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_SPATIAL = {
    "s_intersects": "ST_Intersects",
    "s_within": "ST_Within",
    "s_contains": "ST_Contains",
    "s_disjoint": "ST_Disjoint",
    "s_equals": "ST_Equals",
    "s_touches": "ST_Touches",
    "s_crosses": "ST_Crosses",
    "s_overlaps": "ST_Overlaps",
}
# An operator compares a date with the first and last day of an interval, None where it is open.
_Day = date | None
_TEMPORAL: dict[str, Callable[[Any, _Day, _Day], list[Any]]] = {
    "t_after": lambda c, first, last: [c > last] if last else [sa.false()],
    "t_before": lambda c, first, last: [c < first] if first else [sa.false()],
    "t_equals": lambda c, first, last: [c == first, c == last],
    "t_during": lambda c, first, last: _between_days(c, first, last, inclusive=False),
    "t_intersects": lambda c, first, last: _between_days(c, first, last, inclusive=True),
}
# How many arguments an operator takes; None: any number from one.
_ARGUMENTS: dict[str, int | None] = {
    "and": None,
    "or": None,
    "not": 1,
    "isNull": 1,
    "between": 3,
    "in": 2,
    "like": 2,
    **dict.fromkeys((*_COMPARE, *_SPATIAL, *_TEMPORAL), 2),
}


def _between_days(column: Any, first: _Day, last: _Day, *, inclusive: bool) -> list[Any]:
    after = [] if first is None else [column >= first if inclusive else column > first]
    before = [] if last is None else [column <= last if inclusive else column < last]
    return [*after, *before]


def _bad(text: str, problem: str, allowed: str | list[str] | None = None) -> BadParameter:
    return BadParameter("filter", text, problem, allowed=allowed)


def parse(text: str, language: str = "cql2-text") -> Expression:
    """Read a filter in CQL2 text or JSON into CQL2 JSON."""
    if len(text.encode()) > MAX_BYTES:
        raise _bad(text, f"is longer than {MAX_BYTES} bytes", "a shorter filter")
    if "\x00" in text:
        raise _bad(text, "has a NUL character")
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    # NOT and unary signs nest without brackets.
    if deepest > MAX_DEPTH or text.upper().count("NOT") > MAX_DEPTH or "-" * MAX_DEPTH in text:
        raise _bad(text, f"is nested more than {MAX_DEPTH} deep", "a flatter filter")
    try:
        if language == "cql2-json":
            json.loads(text)
            parsed = cql2.parse_json(text).to_json()
        else:
            parsed = cql2.parse_text(text).to_json()
    except (ValueError, cql2.ParseError, cql2.ValidationError, RecursionError):
        hint = "as in killed_best >= 3 AND region = 'kidal'"
        if language == "cql2-json":
            hint = """as in {"op":">=","args":[{"property":"killed_best"},3]}"""
        raise _bad(text, f"is not {language}", hint) from None
    if "op" not in parsed:
        raise _bad(text, "is not a condition that is true or false")
    return dict(parsed)


def compile_filter(
    expression: Expression, layer: Layer, relation: sa.FromClause
) -> ColumnElement[bool]:
    """Turn a parsed filter into a condition on a layer's relation."""
    return _Compiler(layer, relation).condition(expression)


def queryables(layer: Layer) -> dict[str, Field]:
    """List what a filter on a layer may name, geometry aside."""
    fields = {"id": _ID}
    fields.update((f.name, f) for f in (*layer.fields, *FEATURE_FIELDS))
    return fields


class _Compiler:
    def __init__(self, layer: Layer, relation: sa.FromClause) -> None:
        self._layer, self._relation = layer, relation
        self._fields = queryables(layer)

    def condition(self, node: Any) -> ColumnElement[bool]:
        op, args = self._operation(node)
        if op not in _ARGUMENTS:
            raise _bad(op, "is not an operator here", sorted(_ARGUMENTS))
        wanted = _ARGUMENTS[op]
        if wanted is not None and len(args) != wanted:
            raise _bad(op, f"has {len(args)} arguments; it takes {wanted}")
        if op in ("and", "or"):
            join = sa.and_ if op == "and" else sa.or_
            return join(*(self.condition(arg) for arg in args))
        if op == "not":
            return sa.not_(self.condition(args[0]))
        if op in _COMPARE:
            return self._compare(op, args)
        if op in _SPATIAL:
            return self._spatial(op, args)
        if op in _TEMPORAL:
            return self._temporal(op, args)
        special = {
            "isNull": self._is_null,
            "between": self._between,
            "in": self._is_in,
            "like": self._like,
        }
        return special[op](args)

    @staticmethod
    def _operation(node: Any) -> tuple[str, list[Any]]:
        if not isinstance(node, dict) or not isinstance(node.get("op"), str):
            raise _bad(json.dumps(node), "is not a condition that is true or false")
        args = node.get("args")
        if not isinstance(args, list) or not args:
            raise _bad(node["op"], "has no arguments")
        return node["op"], args

    def _field(self, node: Any) -> Field | None:
        """Give the field that a node names, seen through casei and accenti."""
        if isinstance(node, dict) and node.get("op") in ("casei", "accenti"):
            return self._field(node["args"][0])
        if isinstance(node, dict) and "op" in node:
            raise _bad(str(node["op"]), "is not a function here", ["casei", "accenti"])
        if not isinstance(node, dict) or "property" not in node:
            return None
        name = node["property"]
        field = self._fields.get(name)
        if field is None:
            raise _bad(str(name), f"is no property of {self._layer.id}", sorted(self._fields))
        return field

    def _column_of(self, node: Any) -> ColumnElement[Any]:
        if isinstance(node, dict) and node.get("property") in ("geom", "geometry"):
            return self._relation.c["geom"]
        field = self._field(node)
        if field is None:
            raise _bad(json.dumps(node), "is not a property")
        return self._operand(node, field)

    def _operand(self, node: Any, field: Field) -> ColumnElement[Any]:
        """Compile one side of a comparison, with literals bound as the field's type."""
        if isinstance(node, dict) and node.get("op") == "casei":
            return sa.func.lower(self._operand(node["args"][0], field))
        if isinstance(node, dict) and node.get("op") == "accenti":
            folded = self._operand(node["args"][0], field)
            plain = sa.func.normalize(folded, sa.literal_column("NFD"))
            return sa.func.regexp_replace(plain, "[\u0300-\u036f]", "", "g")
        other = self._field(node)
        if other is not None:
            if other.type is not field.type and not {other.type, field.type} <= {*_NUMBERS}:
                raise _bad(other.name, f"is {other.type} and cannot be compared with {field.name}")
            return self._relation.c[other.name]
        value = _literal(node, field)
        return sa.bindparam(None, value, _SQL_TYPES[type(value)], unique=True)

    def _compare(self, op: str, args: list[Any]) -> ColumnElement[bool]:
        field = self._field(args[0]) or self._field(args[1])
        if field is None:
            raise _bad(json.dumps(args), "compares no property", sorted(self._fields))
        left, right = (self._operand(arg, field) for arg in args)
        compared: ColumnElement[bool] = _COMPARE[op](left, right)
        return compared

    def _is_null(self, args: list[Any]) -> ColumnElement[bool]:
        return self._column_of(args[0]).is_(None)

    def _between(self, args: list[Any]) -> ColumnElement[bool]:
        value, low, high = args
        return sa.and_(self._compare(">=", [value, low]), self._compare("<=", [value, high]))

    def _is_in(self, args: list[Any]) -> ColumnElement[bool]:
        field = self._field(args[0])
        if field is None or not isinstance(args[1], list):
            raise _bad("in", "takes a property and a list")
        if len(args[1]) > MAX_LIST:
            raise _bad("in", f"has more than {MAX_LIST} values")
        left = self._operand(args[0], field)
        return sa.or_(*(left == self._operand(item, field) for item in args[1]))

    def _like(self, args: list[Any]) -> ColumnElement[bool]:
        field = self._field(args[0])
        if field is None or field.type not in (FieldType.TEXT, FieldType.URL):
            raise _bad(json.dumps(args[0]), "is not a text property, which LIKE needs")
        return self._operand(args[0], field).like(self._operand(args[1], field))

    def _spatial(self, op: str, args: list[Any]) -> ColumnElement[bool]:
        names = [arg.get("property") for arg in args if isinstance(arg, dict)]
        if not {"geom", "geometry"} & set(names):
            raise _bad(op, "takes the property geom and a geometry")
        sides = [self._geometry(arg) for arg in args]
        related: ColumnElement[bool] = getattr(sa.func, _SPATIAL[op])(*sides)
        return related

    def _geometry(self, node: Any) -> ColumnElement[Any]:
        if isinstance(node, dict) and node.get("property") in ("geom", "geometry"):
            return self._relation.c["geom"]
        if isinstance(node, dict) and isinstance(node.get("bbox"), list):
            west, south, east, north = _box_corners(node["bbox"])
            return sa.func.ST_MakeEnvelope(west, south, east, north, SRID)
        geometry = _checked_geometry(node)
        return sa.func.ST_SetSRID(sa.func.ST_GeomFromText(geometry), SRID)

    def _temporal(self, op: str, args: list[Any]) -> ColumnElement[bool]:
        field = self._field(args[0])
        if field is None or field.type is not FieldType.DATE:
            raise _bad(json.dumps(args[0]), f"is not a date property, which {op} needs")
        column = self._relation.c[field.name]
        given = args[1].get("interval") if isinstance(args[1], dict) else None
        start, end = (given[0], given[1]) if given else (args[1], args[1])
        first = None if start == ".." else _day(start)
        last = None if end == ".." else _day(end)
        return sa.and_(sa.true(), *_TEMPORAL[op](column, first, last))


_SQL_TYPES: dict[type, sa.types.TypeEngine[Any]] = {
    str: sa.Text(),
    int: sa.BigInteger(),
    float: sa.Double(),
    bool: sa.Boolean(),
    date: sa.Date(),
}


def _literal(node: Any, field: Field) -> Any:
    """Read a literal as the type of the field that it is compared with, or say what is wrong."""
    if field.type is FieldType.DATE:
        return _day(node)
    if field.type is FieldType.BOOLEAN and isinstance(node, bool):
        return node
    if field.type in _NUMBERS and isinstance(node, int | float) and not isinstance(node, bool):
        whole = float(node).is_integer() and abs(node) < 2**53
        return int(node) if whole else float(node)
    if field.type in (FieldType.TEXT, FieldType.URL) and isinstance(node, str):
        return node
    shown = node if isinstance(node, str) else json.dumps(node)
    raise _bad(shown, f"cannot be compared with {field.name}, which is {field.type}")


def _day(node: Any) -> date:
    """Read a date, a timestamp or a text that is one as a day in UTC."""
    text = node
    if isinstance(node, dict):
        text = node.get("date") or node.get("timestamp")
    try:
        if not isinstance(text, str):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        shown = text if isinstance(text, str) else json.dumps(node)
        raise _bad(shown, "is not a date", "DATE('2016-05-29')") from None


def _box_corners(numbers: list[Any]) -> tuple[float, float, float, float]:
    if len(numbers) != 4 or not all(isinstance(n, int | float) for n in numbers):
        raise _bad(json.dumps(numbers), "is not a box", "BBOX(west,south,east,north)")
    west, south, east, north = (float(n) for n in numbers)
    return west, south, east, north


def _checked_geometry(node: Any) -> str:
    """Read a GeoJSON geometry of the filter and write it as WKT, bounded and valid."""
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    try:
        geometry = shape(node)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise _bad(json.dumps(node), "is not a geometry", "WKT, as in POINT(-0.04 16.27)") from None
    if not geometry.is_valid or geometry.is_empty:
        raise _bad(geometry.wkt, "is not a valid geometry")
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise _bad(geometry.wkt, "lies outside longitude -180…180, latitude -90…90")
    return geometry.wkt
