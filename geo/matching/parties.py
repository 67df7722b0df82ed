"""Tell who took part in an event: on which side of the conflict, and of which group."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

UNKNOWN = "unknown"
# What classes of perpetrators and targets are called in the layers, by side.
_SIDE_OF_CLASS: Mapping[str, str] = {
    "mission": "mission",
    "civilians": "civilians",
    "state_forces": "state",
    "malian_forces": "state",
    "foreign_forces": "foreign",
    "jihadist": "jihadist",
    "community_militia": "militia",
    "armed_group": "armed_group",
    "armed_groups": "armed_group",
}
# What a text must hold to name a group, on which side the group is, and what it belongs to. The
# first that holds wins within a side; texts are compared without accents, case and signs.
_GROUPS: tuple[tuple[str, str, str, str], ...] = (
    ("mission", "mission", "mission", r"minusma|united nations|nations unies|\bun\b.*\bmali\b"),
    ("jihadist", "jnim", "jnim", r"jnim|gsim|nusrat al islam|support of islam"),
    ("jihadist", "macina", "jnim", r"macina liberation|liberation du macina|katiba macina|\bflm\b"),
    ("jihadist", "aqim", "jnim", r"\baqim\b|\baqmi\b|islamic maghreb"),
    ("jihadist", "ansar_dine", "jnim", r"ansar (ed)?dine"),
    ("jihadist", "murabitun", "jnim", r"m(ou|u)rabit|signed in blood"),
    ("jihadist", "mujao", "mujao", r"mujao|mujwa|salahadin|west africa.* unity and jihad"),
    ("jihadist", "ansaroul_islam", "ansaroul_islam", r"ansaroul islam"),
    (
        "jihadist",
        "is_sahel",
        "is",
        r"islamic state|etat islami|\b(isgs|iswap|is sahel)\b|^is$",
    ),
    ("armed_group", "mnla", "cma", r"\bmnla\b|liberation of azawad|liberation de l azawad"),
    ("armed_group", "cma", "cma", r"\bcma\b|\bhcua\b|coordination of .*azawad"),
    ("armed_group", "maa", "maa", r"\bmaa\b|arab movement of azawad"),
    ("armed_group", "gatia", "gatia", r"\bgatia\b|imghad"),
    ("armed_group", "msa", "msa", r"\bmsa\b|salvation of azawad|daou?ssahak"),
    ("militia", "dan_na_ambassagou", "dozo", r"dana? nan? ambassagou|dan nan? ambassagou"),
    ("militia", "dozo", "dozo", r"\bdozos?\b|\bdonsos?\b|hunters|dogon|bambara"),
    ("militia", "fulani", "fulani", r"\bfulani\b|\bpeuls?\b"),
    ("foreign", "france", "france", r"\bfrance\b|\bfrench\b|barkhane|\bserval\b|takuba"),
    ("foreign", "russia", "russia", r"wagner|\brussian?\b|africa corps"),
    (
        "state",
        "mali",
        "mali",
        r"(government|forces) of mali\b|\bfama\b|malian (arm|soldier|government|battalion|forces)",
    ),
    ("state", "", "", r"(government|(military|police) forces) of |state forces|gendarm"),
    ("civilians", "", "", r"civilian|protesters|rioters|refugees"),
    ("jihadist", "", "", r"jihad|islamist|terrorist"),
    ("militia", "", "", r"militia|communal|self defen[cs]e|ethnic"),
    ("armed_group", "", "", r"\bplatform\b|azawad|former rebels|rebels"),
)
_COMPILED = tuple((side, name, of, re.compile(words)) for side, name, of, words in _GROUPS)
# How well two sides fit, where they are not the same. Collections put the mission and foreign
# forces on the side of the state, and draw the line between militias and armed groups otherwise.
_FITS: Mapping[frozenset[str], float] = {
    frozenset(pair): value
    for pair, value in (
        (("state", "mission"), 0.6),
        (("state", "foreign"), 0.6),
        (("mission", "foreign"), 0.4),
        (("militia", "armed_group"), 0.5),
        (("jihadist", "armed_group"), 0.3),
        (("jihadist", "militia"), 0.2),
        (("civilians", "militia"), 0.4),
        (("civilians", "armed_group"), 0.2),
        (("civilians", "state"), 0.1),
    )
}
_NOT_KNOWN = 0.5
# Sides that have no groups to tell apart.
_OF_ONE_KIND = ("civilians", "mission")
_SAME_GROUP, _SAME_FAMILY, _SAME_SIDE, _OTHER_GROUP = 1.0, 0.9, 0.8, 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """One who took part: the side, and the groups that are named, each with its family."""

    side: str
    names: frozenset[tuple[str, str]] = frozenset()


def plain(text: str) -> str:
    """Write a text without accents, case and signs, its words apart by one blank."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters.casefold()).split())


@lru_cache(maxsize=10_000)
def parties_of_actor(text: str) -> tuple[Party, ...]:
    """Read who an actor is that a collection names; one that says nothing is unknown."""
    sides: dict[str, set[tuple[str, str]]] = {}
    for part in re.split(r"[;,]", text):
        words = plain(part)
        # Communities and their militias bear the word civilians in a bracket of their names.
        found = [(side, name, of) for side, name, of, pattern in _COMPILED if pattern.search(words)]
        for side, name, of in found[:1]:
            sides.setdefault(side, set()).update({(name, of)} if name else set())
    made = (Party(side=side, names=frozenset(names)) for side, names in sorted(sides.items()))
    return tuple(made) or (Party(side=UNKNOWN),)


def parties_of(row: Mapping[str, Any]) -> tuple[Party, ...]:
    """Tell who took part by what a row states: its two actors, else its classes."""
    actors = [str(row[name]) for name in ("actor1", "actor2") if row.get(name)]
    if actors:
        return tuple(dict.fromkeys(party for text in actors for party in parties_of_actor(text)))
    target = Party(side=_SIDE_OF_CLASS.get(str(row.get("target_class")), UNKNOWN))
    return (_perpetrator(row), target)


def _perpetrator(row: Mapping[str, Any]) -> Party:
    """Tell who did it by the class of the row; of its text only the names of that class count."""
    text = str(row.get("perpetrator") or "")
    named = [p for part in re.split(r"[;/]", text) for p in parties_of_actor(part)]
    side = _SIDE_OF_CLASS.get(str(row.get("perpetrator_class")), UNKNOWN)
    names = frozenset(name for party in named if party.side == side for name in party.names)
    return Party(side=side, names=names)


def agreement(first: Iterable[Party], second: Iterable[Party]) -> float:
    """Say from 0 to 1 how well those who took part in two events fit, whatever their order."""
    one, other = tuple(first), tuple(second)
    if not one or not other:
        return _NOT_KNOWN
    best = [max(_fit(party, against) for against in other) for party in one]
    best += [max(_fit(party, against) for against in one) for party in other]
    return sum(best) / len(best)


def _fit(one: Party, other: Party) -> float:
    if UNKNOWN in (one.side, other.side):
        return _NOT_KNOWN
    if one.side != other.side:
        return _FITS.get(frozenset((one.side, other.side)), 0.0)
    if one.names & other.names or one.side in _OF_ONE_KIND:
        return _SAME_GROUP
    if {of for _, of in one.names} & {of for _, of in other.names}:
        return _SAME_FAMILY
    return _OTHER_GROUP if one.names and other.names else _SAME_SIDE
