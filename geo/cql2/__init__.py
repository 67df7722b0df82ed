"""Read CQL2 (OGC 21-065) and compile it to bound SQL over a layer's own fields.

`parse` reads text or JSON, `in_degrees` moves its geometries, `compile_filter` writes the SQL.
"""

from geo.cql2.call import GEOMETRY_NAMES, names_in, queryables
from geo.cql2.compile import compile_filter
from geo.cql2.geometry import in_degrees
from geo.cql2.limits import MAX_BYTES, MAX_DEPTH, MAX_LIST, MAX_OPERATORS, MAX_VERTICES
from geo.cql2.literals import equals, read_literal
from geo.cql2.parse import Expression, parse
from geo.errors import BadParameter

__all__ = [
    "GEOMETRY_NAMES",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_LIST",
    "MAX_OPERATORS",
    "MAX_VERTICES",
    "BadParameter",
    "Expression",
    "compile_filter",
    "equals",
    "in_degrees",
    "names_in",
    "parse",
    "queryables",
    "read_literal",
]
