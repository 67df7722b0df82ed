"""Compose what stands beside the map: title, notices, legend, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.maps import _legend as legend
from app.maps._base import Group
from app.maps._credits import SourceLine, ground_credits, source_lines
from app.maps._density import Shading, shading_signs
from app.maps._found import alt_text, nothing_words, period_words
from app.maps._legend import Sign
from app.maps._look import THEME, kinds_of, look_of
from app.maps._places import Entry, Gathered, selection_years
from app.maps._scene import Scene
from app.maps._texts import TEXTS
from app.wording import bind_signs, day_words, number_words
from geo.styles.look import SEVERAL


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
        sources=tuple(source_lines(scene)),
        credits=", ".join(dict.fromkeys(ground_credits(scene))),
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


def cut_off_words(scene: Scene) -> Iterator[str]:
    """Say of which layers not all rows are drawn."""
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


def unfiltered_words(scene: Scene) -> Iterator[str]:
    """Say which layers the filter is not about."""
    if scene.unfiltered:
        titles = (scene.layers[name].title.in_language(scene.language) for name in scene.unfiltered)
        text = TEXTS["unfiltered"].in_language(scene.language)
        yield text.format(layers=", ".join(titles))


def _notices(scene: Scene) -> Iterator[str]:
    language = scene.language
    yield from cut_off_words(scene)
    if scene.query:
        query = ", ".join(f"{name} = {value}" for name, value in scene.query)
        yield TEXTS["narrowed"].in_language(language).replace("{query}", query)
    if not any(scene.rows(group) for group in scene.spec.selectable):
        yield nothing_words(scene, scene.spec.counted)
    yield from unfiltered_words(scene)


def as_of_words(scene: Scene) -> str:
    """Say on which day the data stood as drawn."""
    if scene.data_as_of is None:
        return ""
    day = day_words(scene.data_as_of, scene.language)
    return TEXTS["data_as_of"].in_language(scene.language).format(day=day)


def _producer(scene: Scene) -> str:
    name = "producer" if scene.spec.figure else "producer_plain"
    return TEXTS[name].in_language(scene.language).format(figure=scene.spec.figure)
