"""Read CQL2 text: the cql2 library puts the operators in order, and is given nothing else.

Names, texts and geometries are taken out of the text and stand in it as `slot1`, `slot2` …; what
is left are numbers and words from the lists here. Brackets that group are parsed one by one from
the inside: the native parser tries each as a group and then as a list, which is 2ⁿ steps for n
nested ones that do not fit (20 took 6 s), and it overflows its stack at about 1,500.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cql2

from geo.cql2.geometry import read_wkt
from geo.cql2.limits import MAX_DEPTH, MAX_OPERATORS
from geo.cql2.refusal import refused

KEYWORDS = frozenset(
    ("and", "or", "not", "in", "like", "between", "is", "null", "true", "false", "div")
)
CONSTANTS = ("null", "true", "false")
LITERALS = ("bbox", "date", "interval", "timestamp")
HINT = "as in killed_best >= 3 AND region = 'kidal'"

_NUMBER = r"\d+(?:\.\d*)?(?:e[-+]?\d+)?"
_SIGNED = re.compile(rf"[-+]{_NUMBER}", re.IGNORECASE | re.ASCII)
_SHAPES = "POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION"
_TOKEN = re.compile(
    rf"""(?P<blank>\s+)
    | (?P<text>'[^']*(?:''[^']*)*')
    | (?P<quoted>"[^"]*(?:""[^"]*)*")
    | (?P<shape>(?:{_SHAPES})\s*(?:ZM|Z|M)?\s*\()
    | (?P<number>(?a:{_NUMBER}))
    | (?P<word>[^\W\d][\w.:]*)
    | (?P<operator><>|<=|>=|!=|[-+*/%^=<>])
    | (?P<mark>[(),])""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Group:
    """What a pair of brackets holds, in which names are still slots."""

    tree: Any


@dataclass(frozen=True, slots=True)
class Token:
    """One word for the native parser, and what it is to the brackets after it."""

    word: str
    is_function: bool = False
    is_value: bool = False


class Scanner:
    """Cut a text up and have its parts put in order."""

    def __init__(self, text: str, functions: frozenset[str]) -> None:
        self._text = text
        self._functions = functions | set(LITERALS)
        self._operators = 0
        # What stands behind the slots: a finished node, or a group.
        self.held: dict[str, Any] = {}

    def tree(self) -> Any:
        """Give the tree of the text, in which names, texts, shapes and groups are slots."""
        parts: list[list[str]] = [[]]
        # For each open bracket, whether it holds the arguments of a function.
        open_calls: list[bool] = []
        before = Token("")
        for token in self._tokens():
            if token.word == "(":
                open_calls.append(before.is_function)
                if len(open_calls) > MAX_DEPTH:
                    raise self._too_deep()
                if not before.is_function:
                    self._count()
                    parts.append([])
                parts[-1].append("(")
            elif token.word == ")":
                if not open_calls:
                    raise refused(self._text, "closes a bracket that is not open")
                parts[-1].append(")")
                if not open_calls.pop():
                    group = Group(self._ordered(parts.pop()))
                    parts[-1].append(self._hold(group))
            else:
                parts[-1].append(token.word)
            before = token
        if open_calls:
            raise refused(self._text, "has a bracket that is not closed")
        return self._ordered(parts[0])

    def _tokens(self) -> Iterator[Token]:
        position, before = 0, Token("")
        while position < len(self._text):
            signed = None if before.is_value else _SIGNED.match(self._text, position)
            found = signed or _TOKEN.match(self._text, position)
            if found is None:
                raise refused(self._text[position:], "is not cql2-text", HINT)
            position = found.end()
            kind = "number" if signed else str(found.lastgroup)
            if kind == "blank":
                continue
            if kind == "shape":
                position = self._end_of_shape(position)
                shape = read_wkt(self._text[found.start() : position])
                before = Token(self._hold(shape), is_value=True)
            elif kind == "word":
                before = self._word(found.group(), position)
            else:
                before = self._plain(kind, found.group())
            yield before

    def _plain(self, kind: str, found: str) -> Token:
        if kind == "text":
            return Token(self._hold(found[1:-1].replace("''", "'")), is_value=True)
        if kind == "quoted":
            name = found[1:-1].replace('""', '"')
            return Token(self._hold({"property": name}), is_value=True)
        if kind == "operator":
            self._count()
        return Token(found, is_value=kind == "number" or found == ")")

    def _word(self, word: str, end: int) -> Token:
        plain = word.lower()
        if plain in KEYWORDS:
            self._count()
            return Token(plain, is_value=plain in CONSTANTS)
        if not self._text[end:].lstrip().startswith("("):
            return Token(self._hold({"property": word}), is_value=True)
        if plain not in self._functions:
            raise refused(word, "is not a function here", sorted(self._functions))
        self._count()
        return Token(plain, is_function=True)

    def _end_of_shape(self, position: int) -> int:
        depth = 1
        for bracket in re.compile(r"[()]").finditer(self._text, position):
            depth += 1 if bracket.group() == "(" else -1
            if depth == 0:
                return bracket.end()
            if depth > MAX_DEPTH:
                raise self._too_deep()
        raise refused(self._text, "has a bracket that is not closed")

    def _count(self) -> None:
        self._operators += 1
        if self._operators > MAX_OPERATORS:
            problem = f"has more than {MAX_OPERATORS} operators, functions and brackets"
            raise refused(self._text, problem, "a shorter filter; IN for many values")

    def _hold(self, node: Any) -> str:
        name = f"slot{len(self.held)}"
        self.held[name] = node
        return name

    def _ordered(self, words: list[str]) -> Any:
        try:
            return cql2.parse_text(" ".join(words)).to_json()
        except (ValueError, cql2.ParseError, cql2.ValidationError):
            raise refused(self._text, "is not cql2-text", HINT) from None

    def _too_deep(self) -> Exception:
        return refused(self._text, f"is nested more than {MAX_DEPTH} deep", "a flatter filter")
