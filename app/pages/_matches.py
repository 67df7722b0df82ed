"""What the page of links tells: pairs of rows side by side, and why they may be one event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from app import http
from app.pages._address import Address
from app.pages._words import Cell, cell, field_of
from app.wording import bind_signs, number_words
from geo.matching.pairs import SHOWN, SIDES, reasons_of, side_of
from geo.matching.tables import STATUSES
from geo.matching.words import reason_words, rule_words
from geo.spec import Language, Layer, Text

STATUS_WORDS: Mapping[str, Text] = {
    "proposed": Text(en="proposed", fr="proposé"),
    "accepted": Text(en="accepted", fr="accepté"),
    "rejected": Text(en="rejected", fr="rejeté"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """One of the two rows of a link."""

    id: str
    href: str
    is_current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A link as the page shows it: both rows, what they say, and why they were put together."""

    status: str
    score: str
    ends: tuple[End, ...]
    lines: tuple[tuple[str, tuple[Cell, ...]], ...]
    reasons: tuple[str, ...]


def match_values(
    request: Request,
    layer: Layer,
    rows: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    cursor: str | None,
    language: Language,
) -> dict[str, Any]:
    """Fill the page of the links of a layer."""
    path = f"/collections/{layer.id}"
    base = http.base_url(request)
    address = Address(base=base, path=path, parameters={}, language=language)
    following = None
    if cursor is not None:
        following = http.with_parameters(request, cursor=cursor, lang=language)
    return {
        "layer": layer,
        "layer_href": address.to(path),
        "items_href": address.to(f"{path}/items"),
        "pairs": [_pair(layer, row, address, language) for row in rows],
        "counts": [
            (STATUS_WORDS[name].in_language(language), number_words(counts.get(name, 0), language))
            for name in STATUSES
        ],
        "next": following,
    }


def _pair(layer: Layer, row: Mapping[str, Any], address: Address, language: Language) -> Pair:
    sides = [side_of(layer, row, side) for side in SIDES]
    return Pair(
        status=STATUS_WORDS[row["status"]].in_language(language),
        score=_decimals(row["score"], language),
        ends=tuple(
            End(
                id=side["id"],
                href=address.to(address.item_path(layer.id, side["id"])),
                is_current=side["is_current"],
            )
            for side in sides
        ),
        lines=tuple(_lines(layer, sides, language)),
        reasons=tuple(_reason(reason, language) for reason in reasons_of(row)),
    )


def _reason(reason: Mapping[str, Any], language: Language) -> str:
    rule, points = reason["rule"], _decimals(reason["points"], language)
    colon = " :" if language == "fr" else ":"
    words = reason_words(rule, reason["facts"], language)
    return bind_signs(f"{rule_words(rule, language)} +{points}{colon} {words}")


def _lines(
    layer: Layer, sides: Sequence[Mapping[str, Any]], language: Language
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Write what at least one of the two rows states, field by field."""
    for name in SHOWN:
        if any(side.get(name) not in (None, "") for side in sides):
            title = field_of(layer, name).title.in_language(language)
            yield title, tuple(cell(layer, name, side, language) for side in sides)


def _decimals(value: float, language: Language) -> str:
    text = f"{value:.2f}"
    return text.replace(".", ",") if language == "fr" else text
