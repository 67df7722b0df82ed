"""Compose what stands beside the map: title, notices, legend, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.links import safe_link
from app.maps import _legend as legend
from app.maps._base import Group
from app.maps._density import Shading, shading_signs
from app.maps._found import alt_text, nothing_words, period_words
from app.maps._legend import Sign
from app.maps._look import THEME, kinds_of, look_of
from app.maps._places import Entry, Gathered, selection_years
from app.maps._scene import Scene
from app.maps._texts import TEXTS
from app.wording import bind_signs, day_words, number_words
from geo.spec import Language, Source
from geo.styles.look import SEVERAL

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
class Circles:
    """The place where the script draws the legend of one group of circles."""

    layer: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """Everything beside the map, in words and small drawings."""

    title: str
    subtitle: str
    alt: str
    years: tuple[int, ...]
    circles: tuple[Circles, ...]
    signs: tuple[Sign, ...]
    notices: tuple[str, ...]
    sources: tuple[SourceLine, ...]
    credits: str
    as_of: str
    producer: str


def panel(scene: Scene, gathered: Mapping[str, Gathered], shadings: Mapping[str, Shading]) -> Panel:
    """Compose the panel of a scene."""
    span = selection_years(scene, gathered)
    title = bind_signs(scene.spec.title.in_language(scene.language))
    return Panel(
        title=title.format(period=period_words(span)).rstrip(" ,"),
        subtitle=bind_signs(scene.spec.subtitle.in_language(scene.language)),
        alt=alt_text(scene, gathered),
        years=tuple(range(span[0], span[1] + 1)) if span else (),
        circles=tuple(_circles(scene)),
        signs=(*shading_signs(shadings), *_signs(scene, gathered)),
        notices=tuple(_notices(scene)),
        sources=tuple(_sources(scene)),
        credits=", ".join(dict.fromkeys(_credits(scene))),
        as_of=as_of_words(scene),
        producer=_producer(scene),
    )


def _circles(scene: Scene) -> Iterator[Circles]:
    for group in scene.spec.selectable:
        if group.drawn == "circles":
            title = group.total_noun.other.in_language(scene.language)
            yield Circles(layer=group.layer, title=title[:1].upper() + title[1:])


def _signs(scene: Scene, gathered: Mapping[str, Gathered]) -> Iterator[Sign]:
    """List every sign that some years of the selection need; the script shows those in use."""
    language = scene.language
    for group in scene.spec.selectable:
        entries = gathered[group.layer].entries
        if group.drawn == "symbols":
            yield from _symbol_signs(scene, group, entries)
        if group.measure and any(entry.value is None for entry in entries):
            text = group.measure.unknown_sign.in_language(language)
            name = f"unknown-{group.layer}"
            drawing = legend.unknown(look_of(scene.layer(group)))
            yield Sign(name=name, drawing=drawing, text=text)
    yield from _imprecise_signs(scene, gathered)
    yield from _ground_signs(scene)


def _symbol_signs(scene: Scene, group: Group, entries: Sequence[Entry]) -> Iterator[Sign]:
    """Explain the symbols of a group, class by class, and those that are drawn empty."""
    language, seen = scene.language, look_of(scene.layer(group))
    by = seen.layer.style.colour_by
    values = Counter(
        entry.feature["properties"].get(by or "") for entry in entries if not entry.hollow
    )
    noun = group.rows_noun.other.in_language(language)
    text = TEXTS["signs_of"].in_language(language).format(noun=noun[:1].upper() + noun[1:])
    yield Sign(name=f"signs-{group.layer}", drawing=Markup(""), text=text)
    for number, one in enumerate(kinds_of(seen)):
        several = one is seen.other
        if by is None or not (several or values[one.value]):
            continue
        text = (SEVERAL if several else one.title).in_language(language)
        name = f"symbol-{group.layer}-{number}"
        yield Sign(name=name, drawing=legend.symbol(seen, one), text=text)
    hollow = [entry.feature["properties"].get(by or "") for entry in entries if entry.hollow]
    if group.hollow and hollow:
        drawing = legend.symbol(seen, seen.of_class(hollow[0]), hollow=True)
        text = group.hollow.title.in_language(language)
        yield Sign(name=f"hollow-{group.layer}", drawing=drawing, text=text)


def _imprecise_signs(scene: Scene, gathered: Mapping[str, Gathered]) -> Iterator[Sign]:
    kinds: set[str] = {place.kind for group in gathered.values() for place in group.places}
    if any(entry.near for group in gathered.values() for entry in group.entries):
        kinds.add("near")
    seen = look_of(scene.layer(scene.spec.counted))
    for kind, text in (
        ("near", "legend_near"),
        ("road", "legend_road"),
        ("unsure", "legend_unsure"),
        ("area", "legend_areas"),
    ):
        if kind in kinds:
            words = TEXTS[text].in_language(scene.language)
            yield Sign(name=kind, drawing=legend.ring(seen, kind), text=words)


def _ground_signs(scene: Scene) -> Iterator[Sign]:
    for group in scene.spec.groups:
        field = scene.layer(group).field("kind")
        river = field.choice("river") if field and group.drawn == "basemap" else None
        if river and scene.rows(group):
            text = TEXTS["legend_river"].in_language(scene.language)
            yield Sign(name="river", drawing=legend.line(THEME.river), text=text)


def _notices(scene: Scene) -> Iterator[str]:
    language = scene.language
    for group in scene.spec.selectable:
        matched, shown = scene.matched.get(group.layer, 0), len(scene.rows(group))
        if matched > shown:
            yield (
                TEXTS["cut_off"]
                .in_language(language)
                .format(
                    shown=number_words(shown, language),
                    matched=number_words(matched, language),
                    layer=scene.layer(group).title.in_language(language),
                )
            )
    if scene.query:
        query = ", ".join(f"{name} = {value}" for name, value in scene.query)
        yield TEXTS["narrowed"].in_language(language).replace("{query}", query)
    if not any(scene.rows(group) for group in scene.spec.selectable):
        yield nothing_words(scene, scene.spec.counted)
    if scene.unfiltered:
        titles = (scene.layers[name].title.in_language(language) for name in scene.unfiltered)
        yield TEXTS["unfiltered"].in_language(language).format(layers=", ".join(titles))


def _sources(scene: Scene) -> Iterator[SourceLine]:
    for group in scene.spec.groups:
        layer = scene.layer(group)
        stated = _stated_sources(scene, group)
        given = [_own_source(layer.source, scene.language)]
        for title, url, licence in stated or given:
            yield SourceLine(
                layer=layer.title.in_language(scene.language),
                title=title,
                url=safe_link(url),
                licence=TEXTS["licence"].in_language(scene.language).replace("{licence}", licence),
            )


def _own_source(source: Source, language: Language) -> tuple[str, str | None, str]:
    title, licence = source.title_in(language), source.licence_in(language)
    return bind_signs(title), source.url, bind_signs(licence)


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


def _credits(scene: Scene) -> Iterator[str]:
    """Name whom the ground is owed to: boundaries, which can be loaded anew, as their rows do."""
    for group in scene.spec.groups:
        stated = _stated_sources(scene, group) if group.drawn == "areas" else []
        if stated:
            yield from (title.split(";")[0] for title, _, _ in stated)
        elif scene.layer(group).source.attribution:
            yield scene.layer(group).source.credit_in(scene.language)


def as_of_words(scene: Scene) -> str:
    """Say on which day the data stood as drawn."""
    if scene.data_as_of is None:
        return ""
    day = day_words(scene.data_as_of, scene.language)
    return TEXTS["data_as_of"].in_language(scene.language).format(day=day)


def _producer(scene: Scene) -> str:
    name = "producer" if scene.spec.figure else "producer_plain"
    return TEXTS[name].in_language(scene.language).format(figure=scene.spec.figure)
