"""Say in the atlas's classes what a data set says in its own: what happened, to whom, by whom.

The tables stand in data/crosswalks/ for people to read: `acled.csv` and `ucdp.csv` give each type
its class and the rule by which the party that was struck is found, `actors.csv` and
`actor_kinds.csv` give actors their classes. An operator's own TOML file goes before them:

    order = ["mission", "civilians", "foreign_forces", "state_forces", "armed_groups"]

    [[actors]]                    # match: is, starts or contains
    match = "contains"
    text = "G5 Sahel"
    target_class = "foreign_forces"
    perpetrator_class = "foreign_forces"

    [[kinds]]
    kind = "Rioters"
    target_class = "civilians"

    [[acled]]                     # or [[ucdp]], whose event_type is 1, 2 or 3
    event_type = "Battles"
    sub_event_type = "Armed clash"
    event_class = "ambush"
    struck = "parties"

The rules by which the one struck is found:

`civilians`  The data set defines the type as violence against unarmed people. The perpetrator is
             the one party that is not unarmed; with two such parties, none is named.
`parties`    Both sides fight, or one is struck without it being coded which. The class is that of
             a party that took part: the first of `order` there is among the two actors and those
             with them. It does not say who attacked, and no perpetrator is named.
`unstated`   Who was struck is `unknown`.

Where the data set says that civilians were the target, the rule is `civilians` whatever the type.
The order of the two actors never counts: neither ACLED nor UCDP gives it that meaning, save for
one-sided violence in UCDP, where the side that kills and "Civilians" are told apart by name.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from geo.errors import ImportRefused, UnknownThing

CROSSWALKS = Path(__file__).resolve().parents[2] / "data" / "crosswalks"
DATA_SETS = ("acled", "ucdp")
ORDER = ("mission", "foreign_forces", "state_forces", "armed_groups")
UNKNOWN = "unknown"
UNARMED = "civilians"
# So many different events are remembered; a year of Africa has fewer.
MOST_REMEMBERED = 200_000

Struck = Literal["civilians", "parties", "unstated"]
STRUCK = ("civilians", "parties", "unstated")
MATCHES = ("is", "starts", "contains")


class Actor(NamedTuple):
    """A party as the data set names it, with the words of its kind where it has them."""

    name: str
    kind: str = ""


class ActorClass(NamedTuple):
    """What an actor is when it is struck, and when it strikes; None: neither is said."""

    target: str | None
    perpetrator: str | None


class Verdict(NamedTuple):
    """What an event is in the atlas's classes."""

    event_class: str
    target_class: str
    # Which of the parties struck, from 0, and what it then is.
    striker: int | None = None
    perpetrator_class: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRule:
    """The class of a type of event, and how the one that was struck is found."""

    event_class: str
    struck: Struck


@dataclass(frozen=True, kw_only=True, slots=True)
class ActorRule:
    """What the actors of some names are; `{country}` in the text is that of the event."""

    match: str
    text: str
    actor_class: ActorClass

    def fits(self, name: str, country: str) -> bool:
        """Compare whatever the case: Dan na Ambassagou is written with and without capitals."""
        text = self.text.replace("{country}", country or "\x00").casefold()
        name = name.casefold()
        if self.match == "is":
            return name == text
        return name.startswith(text) if self.match == "starts" else text in name


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """All rules by which classes are found, and what they gave so far."""

    events: Mapping[str, Mapping[tuple[str, str], EventRule]]
    actors: Sequence[ActorRule]
    kinds: Mapping[str, ActorClass]
    order: Sequence[str] = ORDER
    _actors: dict[tuple[str, str, str], ActorClass] = field(default_factory=dict, repr=False)

    def event_rule(self, data_set: str, kind: str, sub_kind: str) -> EventRule:
        """Find the rule of a type of event; one that is in no table is refused, not guessed."""
        rules = self.events[data_set]
        rule = rules.get((kind, sub_kind)) or rules.get((kind, ""))
        if rule is None:
            named = f"{kind} / {sub_kind}" if sub_kind else kind
            known = [" / ".join(filter(None, pair)) for pair in rules]
            raise UnknownThing(f"type of event in the crosswalk of {data_set}", named, known)
        return rule

    def actor_class(self, actor: Actor, country: str) -> ActorClass:
        """Class an actor by the first rule that its name fits, else by its kind."""
        key = (*actor, country)
        found = self._actors.get(key)
        if found is None:
            if len(self._actors) >= MOST_REMEMBERED:
                self._actors.clear()
            fitting = (rule.actor_class for rule in self.actors if rule.fits(actor.name, country))
            found = next(fitting, None) or self.kinds.get(actor.kind) or ActorClass(None, None)
            self._actors[key] = found
        return found

    def targets(self, names: Iterable[str], country: str) -> frozenset[str | None]:
        """Say what actors are when they are struck."""
        return frozenset(self.actor_class(Actor(name), country).target for name in names)

    def verdict(
        self,
        rule: EventRule,
        parties: Sequence[ActorClass | None],
        with_them: Iterable[str | None] = (),
        *,
        civilians_targeted: bool,
    ) -> Verdict:
        """Class an event by its rule and by who took part; None is a party that is not named."""
        there = [(place, party) for place, party in enumerate(parties) if party is not None]
        if civilians_targeted or rule.struck == "civilians":
            armed = [(place, party) for place, party in there if party.target != UNARMED]
            if len(armed) != 1:
                return Verdict(rule.event_class, UNARMED)
            ((striker, party),) = armed
            return Verdict(rule.event_class, UNARMED, striker, party.perpetrator)
        if rule.struck == "unstated":
            return Verdict(rule.event_class, UNKNOWN)
        targets = {party.target for _, party in there}.union(with_them)
        target = next((name for name in self.order if name in targets), UNKNOWN)
        return Verdict(rule.event_class, target)


def read_rules(path: Path | None = None) -> Rules:
    """Read the atlas's rules, and before them those of an operator's own file."""
    return _own_rules() if path is None else _with(_own_rules(), path)


@cache
def _own_rules() -> Rules:
    return Rules(
        events={name: _event_rules(_table(f"{name}.csv")) for name in DATA_SETS},
        actors=tuple(map(_actor_rule, _table("actors.csv"))),
        kinds={row["kind"]: _actor_class(row) for row in _table("actor_kinds.csv")},
    )


@cache
def inter_codes() -> Mapping[str, str]:
    """Give the words that ACLED's old numbers of kinds of actors stand for."""
    return {row["code"]: row["kind"] for row in _table("actor_kinds.csv")}


def _table(name: str) -> list[dict[str, str]]:
    with (CROSSWALKS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _event_rules(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], EventRule]:
    return {
        (str(row["event_type"]), str(row.get("sub_event_type", ""))): EventRule(
            event_class=row["event_class"], struck=cast("Struck", row["struck"])
        )
        for row in rows
    }


def _actor_rule(row: Mapping[str, Any]) -> ActorRule:
    return ActorRule(match=row["match"], text=row["text"], actor_class=_actor_class(row))


def _actor_class(row: Mapping[str, Any]) -> ActorClass:
    return ActorClass(row.get("target_class") or None, row.get("perpetrator_class") or None)


# What each table of an operator's file needs, and what else it may have.
_NEEDED = {
    "actors": (("match", "text"), ("target_class", "perpetrator_class", "why")),
    "kinds": (("kind",), ("target_class", "perpetrator_class", "why")),
    **dict.fromkeys(
        DATA_SETS, (("event_type", "event_class", "struck"), ("sub_event_type", "why"))
    ),
}
_ALLOWED = {"match": MATCHES, "struck": STRUCK}


def _with(own: Rules, path: Path) -> Rules:
    """Put the rules of a file before the atlas's own."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImportRefused(f"{path.name} cannot be read as TOML: {error}") from None
    problems = [*_problems(given)]
    if problems:
        raise ImportRefused(f"the rules in {path.name} cannot be used", problems)
    return Rules(
        events={
            name: {**own.events[name], **_event_rules(given.get(name, ()))} for name in DATA_SETS
        },
        actors=(*map(_actor_rule, given.get("actors", ())), *own.actors),
        kinds={**own.kinds, **{row["kind"]: _actor_class(row) for row in given.get("kinds", ())}},
        order=tuple(given.get("order", own.order)),
    )


def _problems(given: Mapping[str, Any]) -> Iterable[str]:
    for name, rows in given.items():
        if name == "order":
            if not (isinstance(rows, list) and all(isinstance(one, str) for one in rows)):
                yield "order is no list of target classes"
            continue
        if name not in _NEEDED:
            yield str(UnknownThing("table of rules", name, ["order", *_NEEDED]))
            continue
        if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
            yield f"{name} is no table; begin each of its rules with [[{name}]]"
            continue
        for number, row in enumerate(rows, start=1):
            yield from (f"{name} {number}: {problem}" for problem in _row_problems(name, row))


def _row_problems(name: str, row: Mapping[str, Any]) -> Iterable[str]:
    needed, more = _NEEDED[name]
    yield from (f"{key} is missing" for key in needed if key not in row)
    for key, value in row.items():
        if key not in (*needed, *more):
            yield str(UnknownThing("key", key, (*needed, *more)))
        elif key in _ALLOWED and value not in _ALLOWED[key]:
            yield f"{key} {value!r} is none of {', '.join(_ALLOWED[key])}"
        elif key == "event_type" and isinstance(value, int):
            continue
        elif not isinstance(value, str):
            yield f"{key} is no text"
