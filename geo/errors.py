"""Everything that can be wrong with what came in, as one tree.

    AtlasError
    ├── BadParameter      a request parameter that does not mean anything here
    ├── UnknownThing      a name that is not known, with the nearest that are
    ├── Uncomputable      values that each make sense, but not to the database
    ├── NotAcceptable     no such format
    ├── NotLicensed       a token that the operator has not given out
    ├── TooLarge          more than the service takes at once
    ├── BadDeclaration    a layer, format or map file that contradicts itself
    ├── ImportRefused     a file whose rows cannot be loaded; nothing was changed
    └── DatabaseAway      the database cannot be reached or does not answer in time

Messages are written for the person who made the request: what came, what is allowed, what to do.
They never hold text that came from the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class AtlasError(Exception):
    """Anything the service answers for on purpose."""


class BadParameter(AtlasError):
    """A parameter is not what it should be."""

    def __init__(
        self,
        name: str,
        value: str,
        problem: str,
        *,
        allowed: str | Sequence[str] | None = None,
        where: str = "query",
    ) -> None:
        self.name, self.value, self.problem, self.where = name, shorten(value), problem, where
        self.allowed = allowed
        super().__init__(f"{name} {self.value!r} {problem}")


class UnknownThing(AtlasError):
    """A name is not known here."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, shorten(name), sorted(known)
        nearest = get_close_matches(self.name, self.known, n=3)
        hint = f"did you mean {' or '.join(nearest)}?" if nearest else ""
        if not hint and self.known:
            hint = f"known: {', '.join(self.known[:20])}"
        super().__init__(f"there is no {kind} {self.name!r}" + (f"; {hint}" if hint else ""))


class Uncomputable(AtlasError):
    """The database cannot compute with what was asked."""


class NotAcceptable(AtlasError):
    """None of the formats asked for is offered."""


class NotLicensed(AtlasError):
    """A token is shown that the operator has not given out."""


class TooLarge(AtlasError):
    """The request asks for, or brings, more than is taken at once."""


class BadDeclaration(AtlasError):
    """A file that declares a layer, format or map is wrong; the program cannot start."""


class ImportRefused(AtlasError):
    """A load was given up before it changed anything."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class DatabaseAway(AtlasError):
    """The database does not answer."""


def shorten(text: str, most: int = 200) -> str:
    """Keep a value that is echoed back short and free of control characters."""
    clean = "".join(c if c.isprintable() else "�" for c in text[: most + 1])
    return clean if len(clean) <= most else clean[:most] + "…"
