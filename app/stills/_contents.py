"""All that a still picture shows, worked out of the rows that its map draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.figures._numbers import DataSource, Numbers, Toll, add_up
from app.figures._question import Question
from app.figures._read import State
from app.figures._spots import spots_of
from app.maps._base import Group
from app.maps._credits import owed
from app.maps._density import density_surface
from app.maps._places import Entry, Gathered, Place, gather_all, point_of, selection_years
from app.maps._scene import Scene
from app.stills._question import counting_of
from geo.spec import Layer
from geo.styles.look import ClassLook, look
from geo.surface import Surface

_EXACT = "exact"


@dataclass(frozen=True, kw_only=True, slots=True)
class Symbol:
    """One sign at a place: `known` says whether it is exactly there, as maps tell it."""

    place: Place
    seen: ClassLook
    known: str
    is_hollow: bool

    @property
    def is_exact(self) -> bool:
        return self.known == _EXACT


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What is drawn of each group of a map, by its layer; `numbers` are those of the main one."""

    scene: Scene
    question: Question
    gathered: Mapping[str, Gathered]
    numbers: Numbers
    circles: Mapping[str, Numbers]
    symbols: Mapping[str, tuple[Symbol, ...]]
    surfaces: Mapping[str, Surface]

    def drawn(self, group: Group) -> bool:
        """Say whether there is anything of a group."""
        return bool(self.scene.rows(group))

    def layer(self, group: Group) -> Layer:
        return self.scene.layer(group)


def contents_of(scene: Scene, question: Question, state: State) -> Contents:
    """Work out what a picture shows."""
    gathered = gather_all(scene)
    groups = scene.spec.selectable
    numbers = {
        group.layer: _numbers(scene, question, group, gathered[group.layer], state)
        for group in groups
    }
    return Contents(
        scene=scene,
        question=question,
        gathered=gathered,
        numbers=numbers[scene.spec.counted.layer],
        circles={g.layer: numbers[g.layer] for g in groups if g.drawn == "circles"},
        symbols={
            group.layer: _symbols(question, group, scene.layer(group), gathered[group.layer])
            for group in groups
            if group.drawn == "symbols"
        },
        surfaces={
            group.layer: density_surface(scene, group)
            for group in groups
            if group.drawn == "density" and scene.rows(group)
        },
    )


def source_of(scene: Scene, group: Group) -> DataSource:
    """Name whose the rows of a group are, on what terms."""
    found = owed(scene, group)
    return DataSource(
        dataset=",".join(found.datasets),
        title=found.title,
        licence=found.licence,
        url=found.url,
        recorded=None,
    )


def _numbers(
    scene: Scene, question: Question, group: Group, gathered: Gathered, state: State
) -> Numbers:
    tolls = [(entry, _toll(entry)) for entry in gathered.entries]
    first, last = _days(scene, group)
    return Numbers(
        counting=counting_of(scene.spec, group),
        source=source_of(scene, group),
        total=add_up(toll for _, toll in tolls),
        first=first,
        last=last,
        data_changed_at=state.data_changed_at,
        changed_at=state.changed_at,
        revisions=state.revisions,
        spots=spots_of([(_row(entry), toll) for entry, toll in tolls])
        if group.drawn == "circles"
        else (),
        first_state=scene.first_state,
    )


def _toll(entry: Entry) -> Toll:
    if entry.value is None:
        return Toll(value=None, events=1, unknown=1)
    value = int(entry.value)
    return Toll(value=value, low=value, high=value, events=1)


def _row(entry: Entry) -> Mapping[str, Any]:
    """Give of a row what says where it is."""
    geometry, known = entry.feature.get("geometry"), entry.feature["properties"]
    lon, lat = point_of(geometry) if geometry else (None, None)
    names = ("place", "place_fr", "region", "place_precision", "radius_m")
    return {**{name: known.get(name) for name in names}, "lon": lon, "lat": lat}


def _days(scene: Scene, group: Group) -> tuple[date | None, date | None]:
    """Find the first and last day of events; how long things stood is not known to the day."""
    time = scene.layer(group).time
    if time is None or time.kind != "event":
        return (None, None)
    spans = [row["valid"] for row in scene.rows(group) if row["valid"]]
    starts = [span[0] for span in spans if span[0]]
    ends = [span[1] for span in spans if span[1]]
    first, last = scene.interval
    return (
        max((day for day in (min(starts, default=None), first) if day), default=None),
        min((day for day in (max(ends, default=None), last) if day), default=None),
    )


def years_of(contents: Contents) -> list[int] | None:
    """Give the first and last year of what is drawn, as the page of the map does."""
    return selection_years(contents.scene, contents.gathered)


def _symbols(
    question: Question, group: Group, layer: Layer, gathered: Gathered
) -> tuple[Symbol, ...]:
    """Make one sign of all rows of a place, as the page of the map does."""
    entries: dict[int, list[Entry]] = {}
    for entry in gathered.entries:
        entries.setdefault(entry.place, []).append(entry)
    return tuple(
        _symbol(question, layer, gathered.places[place], found)
        for place, found in sorted(entries.items())
    )


def _symbol(question: Question, layer: Layer, place: Place, entries: Sequence[Entry]) -> Symbol:
    seen, by = look(layer, question.theme), layer.style.colour_by
    classes = {entry.feature["properties"].get(by or "") for entry in entries}
    known: str = place.kind
    if place.kind == "point":
        known = "near" if all(entry.near for entry in entries) else _EXACT
    return Symbol(
        place=place,
        seen=seen.of_class(classes.pop()) if len(classes) == 1 else seen.other,
        known=known,
        is_hollow=all(entry.hollow for entry in entries),
    )
