"""Compose what stands beside the map: title, notices, legend, sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from app.maps import _legend as legend
from app.maps._legend import Sign
from app.maps._payload import safe_link, selection_years
from app.maps._places import Gathered, Totals, largest_value, total
from app.maps._scene import Scene
from app.maps._texts import TEXTS
from app.maps._wording import bind_signs, counted, day_words, number_words
from geo.spec import Language

PLACES = {"one": "place_one", "other": "place_other"}


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """Name where a layer comes from, on what terms, and how to credit it."""

    layer: str
    title: str
    url: str | None
    licence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Circles:
    """The legend of one group of circles."""

    title: str
    drawing: Markup
    enlarged: bool


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
    has_sums: bool


def panel(scene: Scene, gathered: Mapping[str, Gathered]) -> Panel:
    """Compose the panel of a scene."""
    span = selection_years(scene, gathered)
    words = {"period": period_words(span)}
    return Panel(
        title=scene.spec.title.in_language(scene.language).format(**words).rstrip(" ,"),
        subtitle=bind_signs(scene.spec.subtitle.in_language(scene.language)),
        alt=alt_text(scene, gathered),
        years=tuple(range(span[0], span[1] + 1)) if span else (),
        circles=tuple(_circles(scene, gathered)),
        signs=tuple(_signs(scene, gathered)),
        notices=tuple(_notices(scene)),
        sources=tuple(_sources(scene)),
        credits=", ".join(
            dict.fromkeys(
                source.attribution
                for source in (scene.layer(group).source for group in scene.spec.groups)
                if source.attribution
            )
        ),
        as_of=as_of_words(scene),
        producer=_producer(scene),
        has_sums=any(group.measure for group in scene.spec.groups),
    )


def period_words(years: list[int] | None) -> str:
    """Name the years a selection covers."""
    if not years:
        return ""
    return str(years[0]) if years[0] == years[1] else f"{years[0]}–{years[1]}"


def alt_text(scene: Scene, gathered: Mapping[str, Gathered]) -> str:
    """State in one sentence what the map shows, for those who do not see it."""
    groups = scene.spec.selectable
    group = next((group for group in groups if group.drawn == "circles"), groups[0])
    totals = total(gathered[group.layer])
    language = scene.language
    if not gathered[group.layer].entries:
        return f"{scene.layer(group).title.in_language(language)}. {_nothing(language)}"
    forms = group.total_noun.forms(language)
    places = {form: TEXTS[name].in_language(language) for form, name in PLACES.items()}
    return bind_signs(scene.spec.alt.in_language(language)).format(
        period=period_words(selection_years(scene, gathered)),
        total=counted(totals.value, forms, language),
        places=counted(totals.places, places, language),
        top=_top_words(totals, language),
    )


def _nothing(language: Language) -> str:
    return TEXTS["nothing_selected"].in_language(language)


def _top_words(totals: Totals, language: Language) -> str:
    if totals.top is None:
        return "–"
    return f"{totals.top[0]} ({number_words(totals.top[1], language)})"


def _circles(scene: Scene, gathered: Mapping[str, Gathered]) -> Iterator[Circles]:
    for group in scene.spec.selectable:
        largest = largest_value(gathered[group.layer])
        if group.drawn != "circles" or not largest:
            continue
        title = group.total_noun.other.in_language(scene.language)
        values = legend.legend_values(largest)
        smallest = legend.circle_radius_px(values[-1], largest)
        yield Circles(
            title=title[:1].upper() + title[1:],
            drawing=legend.nested_circles(largest, scene.layer(group).style, scene.language),
            enlarged=smallest <= legend.SMALLEST_RADIUS_PX,
        )


def _signs(scene: Scene, gathered: Mapping[str, Gathered]) -> Iterator[Sign]:
    language = scene.language
    for group in scene.spec.selectable:
        style = scene.layer(group).style
        entries = gathered[group.layer].entries
        if group.drawn == "symbols" and entries:
            title = scene.layer(group).title.in_language(language)
            yield Sign(drawing=legend.symbol(style), text=title)
            if group.hollow and any(entry.hollow for entry in entries):
                text = group.hollow.title.in_language(language)
                yield Sign(drawing=legend.symbol(style, hollow=True), text=text)
        if group.measure and any(entry.value is None for entry in entries):
            yield Sign(
                drawing=legend.unknown(style), text=TEXTS["legend_unknown"].in_language(language)
            )
    yield from _imprecise_signs(scene, gathered)
    yield from _ground_signs(scene)


def _imprecise_signs(scene: Scene, gathered: Mapping[str, Gathered]) -> Iterator[Sign]:
    kinds = {place.kind for group in gathered.values() for place in group.places}
    style = scene.layer(scene.spec.selectable[0]).style
    if "road" in kinds:
        text = TEXTS["legend_road"].in_language(scene.language)
        yield Sign(drawing=legend.ring(style, dashed=True, area=False), text=text)
    if "area" in kinds:
        text = TEXTS["legend_areas"].in_language(scene.language)
        yield Sign(drawing=legend.ring(style, dashed=True, area=True), text=text)


def _ground_signs(scene: Scene) -> Iterator[Sign]:
    for group in scene.spec.groups:
        field = scene.layer(group).field("kind")
        river = field.choice("river") if field and group.drawn == "basemap" else None
        if river and river.colour and scene.rows(group):
            text = TEXTS["legend_river"].in_language(scene.language)
            yield Sign(drawing=legend.line(river.colour), text=text)


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
        yield _nothing(language)
    if scene.unfiltered:
        titles = (scene.layers[name].title.in_language(language) for name in scene.unfiltered)
        yield TEXTS["unfiltered"].in_language(language).format(layers=", ".join(titles))


def _sources(scene: Scene) -> Iterator[SourceLine]:
    for group in scene.spec.groups:
        layer = scene.layer(group)
        yield SourceLine(
            layer=layer.title.in_language(scene.language),
            title=layer.source.title,
            url=safe_link(layer.source.url),
            licence=TEXTS["licence"]
            .in_language(scene.language)
            .format(licence=layer.source.licence),
        )


def as_of_words(scene: Scene) -> str:
    """Say on which day the data stood as drawn."""
    if scene.data_as_of is None:
        return ""
    day = day_words(scene.data_as_of, scene.language)
    return TEXTS["data_as_of"].in_language(scene.language).format(day=day)


def _producer(scene: Scene) -> str:
    name = "producer" if scene.spec.figure else "producer_plain"
    return TEXTS[name].in_language(scene.language).format(figure=scene.spec.figure)
