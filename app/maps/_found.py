"""Say in one sentence what a selection comes to and how well its places are known.

The map's script says the same when the years change (atlas-words.js).
"""

from __future__ import annotations

from collections.abc import Mapping

from app.maps._base import Group
from app.maps._places import Gathered, Kind, Totals, selection_years, total
from app.maps._scene import Scene
from app.maps._texts import TEXTS
from app.wording import bind_signs, counted, day_words, number_words
from geo.spec import Language

# The text of each part of the sentence, and the places that it is about.
PARTS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("at_places", ("point",)),
    ("on_roads", ("road",)),
    ("in_areas", ("area", "vague")),
    ("at_unsure", ("unsure",)),
    ("nowhere", ("none",)),
)


def found_words(group: Group, totals: Totals, language: Language) -> str:
    """Write a total with its parts: 173 attacks: 144 at 57 places, 20 along roads."""
    whole = counted(totals.value, group.total_noun.forms(language), language)
    if group.measure:
        events = counted(totals.counted, group.rows_noun.forms(language), language)
        whole = _text("total_sum", language).format(total=whole, events=events)
    places = {form: _text(f"place_{form}", language) for form in ("one", "other")}
    words = counted(totals.places, places, language)
    parts = [
        (sum(totals.by_kind.get(kind, 0) for kind in kinds), _text(name, language))
        for name, kinds in PARTS
    ]
    said = [(value, text.format(places=words)) for value, text in parts if value]
    if len(said) < 2:
        return " ".join([whole, *(text for _, text in said)])
    listed = ", ".join(f"{number_words(value, language)} {text}" for value, text in said)
    return _text("found", language).format(total=whole, parts=listed)


def alt_text(scene: Scene, gathered: Mapping[str, Gathered]) -> str:
    """State in one sentence what the map shows, for those who do not see it."""
    group, language = scene.spec.counted, scene.language
    totals = total(gathered[group.layer])
    if not gathered[group.layer].entries:
        return f"{scene.layer(group).title.in_language(language)}. {nothing_words(scene, group)}"
    return bind_signs(scene.spec.alt.in_language(language)).format(
        period=period_words(selection_years(scene, gathered)),
        found=found_words(group, totals, language),
        top=_top_words(totals, language),
    )


def period_words(years: list[int] | None) -> str:
    """Name the years a selection covers."""
    if not years:
        return ""
    return str(years[0]) if years[0] == years[1] else f"{years[0]}–{years[1]}"


def nothing_words(scene: Scene, group: Group) -> str:
    """Say why a group is empty: too early a state, or what narrowed the selection."""
    language = scene.language
    as_of = dict(scene.query).get("as_of", "")
    if scene.first_state is not None:
        day = day_words(scene.first_state.date(), language)
        return _text("nothing_yet", language).format(as_of=as_of, day=day)
    kept = [
        (name, value)
        for name, value in scene.query
        if name != "as_of"
        and not (name.startswith("filter") and group.layer in scene.unfiltered)
        and not (name == "datetime" and scene.layer(group).time is None)
    ]
    if not kept:
        return _text("nothing_stored", language)
    query = ", ".join(f"{name} = {value}" for name, value in kept)
    return _text("nothing_selected", language).replace("{query}", query)


def _top_words(totals: Totals, language: Language) -> str:
    if totals.top is None:
        return "–"
    return f"{totals.top[0]} ({number_words(totals.top[1], language)})"


def _text(name: str, language: Language) -> str:
    return TEXTS[name].in_language(language)
