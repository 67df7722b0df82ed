"""How much a filter may be: enough for any map, too little to hurt the service."""

from __future__ import annotations

MAX_BYTES = 8 * 1024
# Operations within operations, and brackets within brackets.
MAX_DEPTH = 50
# Operators, keywords, functions and brackets. The native parser overflows its stack at about
# 3,000 signs in a row and 1,500 nested brackets, which ends the process.
MAX_OPERATORS = 500
MAX_LIST = 1_000
MAX_VERTICES = 5_000
