"""Say in words why two rows may tell of one event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from geo.spec import Language, Text

Facts = Mapping[str, float]
_RULES: Mapping[str, Text] = {
    "day": Text(en="Days", fr="Jours"),
    "place": Text(en="Place", fr="Lieu"),
    "actors": Text(en="Actors", fr="Acteurs"),
    "deaths": Text(en="Deaths", fr="Morts"),
}
_SAME_DAYS = Text(en="the days meet", fr="les jours se recoupent")
_DAYS_APART = Text(en="{apart} days apart", fr="{apart} jours d’écart")
_ONE_DAY_APART = Text(en="one day apart", fr="un jour d’écart")
_VAGUE_DAYS = Text(
    en=", one spread over {longest} days", fr=", l’un s’étendant sur {longest} jours"
)
_PLACE = Text(
    en="{apart} km apart; together the places are uncertain by {radii} km",
    fr="{apart} km d’écart ; l’incertitude cumulée des lieux est de {radii} km",
)
_ACTORS = (
    (0.75, Text(en="those named are the same", fr="les acteurs nommés sont les mêmes")),
    (
        0.45,
        Text(
            en="those named fit, as far as they are known",
            fr="les acteurs nommés concordent, pour autant qu’on les connaisse",
        ),
    ),
    (0.0, Text(en="those named differ", fr="les acteurs nommés diffèrent")),
)
_DEATHS = Text(en="{fewer} and {more} killed", fr="{fewer} et {more} tués")
_NO_DEATHS = Text(en="not stated by both", fr="non précisé par les deux")
_OVERLAPPING = Text(
    en="Sums over overlapping collections ({names}): an event that is in several of them is "
    "counted several times. Choose with source=, or count it once with deduplicate=true.",
    fr="Sommes sur des collections qui se recoupent ({names}) : un événement présent dans "
    "plusieurs d’entre elles est compté plusieurs fois. Choisissez avec source=, ou ne le comptez "
    "qu’une fois avec deduplicate=true.",
)
_ONCE = Text(
    en="Events that accepted links join across collections are counted once. Links that are only "
    "proposed are not used: what they join is counted in each collection.",
    fr="Les événements que des liens acceptés rapprochent d’une collection à l’autre sont comptés "
    "une fois. Les liens seulement proposés ne sont pas utilisés : ce qu’ils rapprochent est "
    "compté dans chaque collection.",
)


def overlapping_words(names: Sequence[str], language: Language) -> str:
    """Say that sums are over collections that overlap."""
    return _OVERLAPPING.in_language(language).format(names=", ".join(names))


def once_words(language: Language) -> str:
    """Say what is counted once."""
    return _ONCE.in_language(language)


def rule_words(rule: str, language: Language) -> str:
    """Name a rule."""
    return _RULES[rule].in_language(language)


def reason_words(rule: str, facts: Facts, language: Language) -> str:
    """Say what a rule saw."""
    return _WORDS[rule](facts, language)


def reason_line(reasons: list[dict[str, Any]], language: Language) -> str:
    """Say what each rule gave and saw, in one line."""
    return "; ".join(
        f"{rule_words(reason['rule'], language)} +{reason['points']:.2f} "
        f"({reason_words(reason['rule'], reason['facts'], language)})"
        for reason in reasons
    )


def _day(facts: Facts, language: Language) -> str:
    apart, longest = int(facts["apart"]), int(facts["longest"])
    words = {0: _SAME_DAYS, 1: _ONE_DAY_APART}.get(apart, _DAYS_APART)
    vague = _VAGUE_DAYS.in_language(language).format(longest=longest) if longest > 1 else ""
    return words.in_language(language).format(apart=apart) + vague


def _place(facts: Facts, language: Language) -> str:
    apart, radii = (_km(facts[name], language) for name in ("apart_m", "radii_m"))
    return _PLACE.in_language(language).format(apart=apart, radii=radii)


def _km(metres: float, language: Language) -> str:
    """Write kilometres, with a decimal below ten."""
    text = f"{metres / 1000:.1f}" if metres < 10_000 else f"{metres / 1000:.0f}"
    return text.replace(".", ",") if language == "fr" else text


def _actors(facts: Facts, language: Language) -> str:
    return next(words for least, words in _ACTORS if facts["fit"] >= least).in_language(language)


def _deaths(facts: Facts, language: Language) -> str:
    if not facts:
        return _NO_DEATHS.in_language(language)
    sides = {
        side: _range(facts[f"{side}_low"], facts[f"{side}_high"]) for side in ("fewer", "more")
    }
    return _DEATHS.in_language(language).format(**sides)


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


_WORDS: Mapping[str, Callable[[Facts, Language], str]] = {
    "day": _day,
    "place": _place,
    "actors": _actors,
    "deaths": _deaths,
}
