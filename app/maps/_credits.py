"""Say whose the rows of a map are, and on what terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.links import safe_link
from app.maps._base import Group
from app.maps._scene import Scene
from app.maps._texts import TEXTS
from app.wording import bind_signs
from geo.audience import DATASET
from geo.credits import credit

# A layer whose rows come from more sources than these is credited as a whole.
MOST_SOURCES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """Name where a layer comes from, on what terms, and how to credit it."""

    layer: str
    title: str
    url: str | None
    licence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Owed:
    """Whose some rows are; `datasets` names them where a layer holds several."""

    title: str
    licence: str
    url: str | None
    datasets: tuple[str, ...] = ()


def owed(scene: Scene, group: Group) -> Owed:
    """Say whose the drawn rows of a group are: the layer's own, or of data sets brought in."""
    layer, language = scene.layer(group), scene.language
    rows = [row["properties"] for row in scene.rows(group)]
    named = tuple(sorted({str(row[DATASET]) for row in rows if row.get(DATASET)}))
    field = layer.field(DATASET)
    if field is None or set(named) <= {field.default}:
        licence = layer.source.licence_in(language)
    else:
        terms = dict.fromkeys(str(row.get("source_licence") or "") for row in rows)
        licence = "; ".join(filter(None, terms))
    return Owed(
        title=credit(layer, named, language),
        licence=licence,
        url=layer.source.url,
        datasets=named,
    )


def source_lines(scene: Scene) -> Iterator[SourceLine]:
    """Name the sources of every group."""
    for group in scene.spec.groups:
        for title, url, licence in _stated_sources(scene, group) or [_own_source(scene, group)]:
            yield SourceLine(
                layer=scene.layer(group).title.in_language(scene.language),
                title=title,
                url=safe_link(url),
                licence=TEXTS["licence"].in_language(scene.language).replace("{licence}", licence),
            )


def _own_source(scene: Scene, group: Group) -> tuple[str, str | None, str]:
    own = owed(scene, group)
    return bind_signs(own.title), own.url, bind_signs(own.licence)


def ground_credits(scene: Scene) -> Iterator[str]:
    """Name whom the ground is owed to: boundaries, which can be loaded anew, as their rows do."""
    for group in scene.spec.groups:
        stated = _stated_sources(scene, group) if group.drawn == "areas" else []
        if stated:
            yield from (title.split(";")[0] for title, _, _ in stated)
        elif scene.layer(group).source.attribution:
            yield scene.layer(group).source.credit_in(scene.language)


def _stated_sources(scene: Scene, group: Group) -> list[tuple[str, str | None, str]]:
    """List where the ground that is drawn comes from, as its rows say, where they are few."""
    if group.selectable:
        return []
    found = {
        (str(row["source_title"]), row.get("source_url"), str(row.get("source_licence") or "–"))
        for row in (feature["properties"] for feature in scene.rows(group))
        if row.get("source_title")
    }
    return sorted(found, key=str) if len(found) <= MOST_SOURCES else []
