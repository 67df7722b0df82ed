"""What an archive is to hold: layers, zooms, and which of their features."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from app.tiles.ask import Ask, Reader
from geo.errors import AtlasError, BadParameter
from geo.spec import Layer
from geo.styles.document import default_layers
from geo.tiles.grid import DEEPEST

_ZOOMS = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?\Z", re.ASCII)


class BadOption(AtlasError):
    """An option of the command does not mean anything here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Zooms:
    """From which zoom to which, both included."""

    lowest: int
    highest: int

    def __str__(self) -> str:
        return f"{self.lowest}-{self.highest}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked for, as it was typed: the same question of the same state has one answer."""

    layers: tuple[str, ...]
    zooms: Zooms
    parameters: tuple[tuple[str, str], ...]

    @property
    def texts(self) -> dict[str, str]:
        """Write it as names and texts, for the journal and the archive."""
        layers, zooms = ",".join(self.layers), str(self.zooms)
        return {"layers": layers, "zooms": zooms, **dict(self.parameters)}


def read_question(
    layers: Mapping[str, Layer],
    names: str | None,
    zooms: str,
    parameters: Mapping[str, str | None],
) -> tuple[Question, Ask]:
    """Read what was typed, as a tile's address is read, or say which option is wrong."""
    named = tuple(default_layers(layers) if names is None else names.split(","))
    given = {name: value for name, value in parameters.items() if value is not None}
    question = Question(
        layers=named, zooms=parse_zooms(zooms), parameters=tuple(sorted(given.items()))
    )
    try:
        ask = Reader(layers).read(",".join(named), urlencode(given))
    except BadParameter as error:
        raise as_option(error) from error
    return question, ask


def parse_zooms(text: str) -> Zooms:
    """Read one zoom, or the first and the last with a dash between them."""
    found = _ZOOMS.match(text)
    allowed = f"give one or two from 0 to {DEEPEST}, as in --zooms 0-8"
    if found is None:
        raise BadOption(f"--zooms {text!r} is not a range of zooms\n{allowed}")
    lowest = int(found[1])
    highest = lowest if found[2] is None else int(found[2])
    if highest > DEEPEST:
        raise BadOption(f"--zooms {text!r} goes deeper than there are tiles\n{allowed}")
    if lowest > highest:
        raise BadOption(f"--zooms {text!r} begins below its end\n{allowed}")
    return Zooms(lowest=lowest, highest=highest)


def as_option(error: BadParameter) -> BadOption:
    """Say of an option what was said of a parameter, and what it may be."""
    option = "as-of" if error.name == "as_of" else error.name
    allowed = error.allowed
    if allowed is not None and not isinstance(allowed, str):
        allowed = ", ".join(allowed)
    hint = f"\nallowed: {allowed}" if allowed else ""
    return BadOption(f"--{option} {error.value!r} {error.problem}{hint}")
