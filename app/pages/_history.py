"""What the page of a feature's history tells: each version, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.pages._address import Address
from app.pages._smallmap import place_kind
from app.pages._words import Cell, cell, field_of, label_words, point_words
from app.wording import day_words
from geo.query import FeatureQuery
from geo.spec import GeometryType, Language, Layer, Text
from geo.statements import property_names

PLACE = Text(en="Place on the map", fr="Lieu sur la carte")
OUTLINE = Text(en="the outline changed", fr="le contour a changé")
NO_PLACE = Text(en="none", fr="aucun")
NO_EXACT_PLACE = Text(
    en="a point that stands for a wider area", fr="un point pour une zone étendue"
)
KINDS = {
    "load": Text(en="load", fr="chargement"),
    "import": Text(en="import", fr="import"),
    "undo": Text(en="undo", fr="annulation"),
}

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing that a version says otherwise than the one before it."""

    title: str
    before: Cell | None
    after: Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A moment of the store, in words and as a program reads it."""

    words: str
    iso: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A version, when the store held it, and what changed; `changes` None is the first one."""

    number: int
    since: Moment
    until: Moment | None
    changes: tuple[Change, ...] | None
    href: str
    # The imports that began it and ended it, in words.
    opened_by: str | None
    closed_by: str | None


def history_values(
    layer: Layer,
    feature_id: str,
    rows: Sequence[Row],
    imports: Mapping[datetime, Row],
    base: str,
    language: Language,
) -> dict[str, Any]:
    """Fill the page of a feature's history from its versions, oldest first.

    `imports` are those of the moments at which versions began and ended.
    """
    path = f"/collections/{layer.id}"
    address = Address(base=base, path=path, parameters={}, language=language)
    item, last = address.item_path(layer.id, feature_id), rows[-1]
    # What was withdrawn is only there as it was.
    moment = {"as_of": _iso(last["recorded_from"])} if last["recorded_to"] else {}
    return {
        "layer": layer,
        "layer_href": address.to(path),
        "items_href": address.to(f"{path}/items"),
        "item_href": address.to(item, moment),
        "feature_id": feature_id,
        "label": label_words(layer, feature_id, last, language),
        "versions": [
            Version(
                number=number,
                since=moment_words(row["recorded_from"], language),
                until=row["recorded_to"] and moment_words(row["recorded_to"], language),
                changes=None if before is None else tuple(_changes(layer, before, row, language)),
                href=address.to(item, {"as_of": _iso(row["recorded_from"])}),
                opened_by=_import_words(imports.get(row["recorded_from"]), language),
                closed_by=_import_words(imports.get(row["recorded_to"]), language),
            )
            for number, (before, row) in enumerate(zip([None, *rows], rows, strict=False), start=1)
        ],
    }


def _changes(layer: Layer, before: Row, after: Row, language: Language) -> Iterator[Change]:
    """List what reads otherwise in a version than in the one before it."""
    for name in property_names(layer, FeatureQuery()):
        cells = (cell(layer, name, before, language), cell(layer, name, after, language))
        if before[name] != after[name] and cells[0] != cells[1]:
            title = field_of(layer, name).title.in_language(language)
            yield Change(title=title, before=cells[0], after=cells[1])
    title = PLACE.in_language(language)
    if layer.geometry is GeometryType.POINT:
        if (before["lon"], before["lat"]) != (after["lon"], after["lat"]):
            places = (_place(before, language), _place(after, language))
            yield Change(title=title, before=places[0], after=places[1])
    elif layer.geometry is not GeometryType.NONE and before["geometry"] != after["geometry"]:
        yield Change(title=title, before=None, after=Cell(text=OUTLINE.in_language(language)))


def _place(row: Row, language: Language) -> Cell:
    """Give coordinates only for what is a place."""
    if row["lon"] is None:
        return Cell(text=NO_PLACE.in_language(language), known=False)
    if place_kind(row["place_precision"]) != "point":
        return Cell(text=NO_EXACT_PLACE.in_language(language), known=False)
    return Cell(text=point_words(row["lon"], row["lat"], language))


def _import_words(found: Row | None, language: Language) -> str | None:
    """Name an import by its number and what it was read from."""
    if found is None:
        return None
    return f"{KINDS[found['kind']].in_language(language)} {found['id']}: {found['origin']}"


def moment_words(moment: datetime, language: Language) -> Moment:
    """Say a moment of the store."""
    at = moment.astimezone(UTC)
    return Moment(words=f"{day_words(at.date(), language)}, {at:%H:%M:%S} UTC", iso=_iso(moment))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
