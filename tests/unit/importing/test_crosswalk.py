"""Classes of the atlas for what data sets say: the tables, the rules, and an operator's own."""

from __future__ import annotations

import csv
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layers
from geo.errors import ImportRefused, UnknownThing
from geo.importing.crosswalk import (
    CROSSWALKS,
    MATCHES,
    ORDER,
    STRUCK,
    Actor,
    Rules,
    Verdict,
    read_rules,
)
from geo.registry import collect_layers

EVENTS = collect_layers(layers)["events"]
MINUSMA = Actor(
    "MINUSMA: United Nations Multidimensional Integrated Stabilization Mission in Mali (2013-2023)",
    "External/Other forces",
)
JNIM = Actor("JNIM: Group for Support of Islam and Muslims", "Rebel group")
ARMY = Actor("Military Forces of Mali (2020-)", "State forces")
FRANCE = Actor("Military Forces of France (2017-) Operation Barkhane", "External/Other forces")
HUNTERS = Actor("Dozo Militia", "Political militia")
VILLAGERS = Actor("Civilians (Mali)", "Civilians")
CLASH = ("Battles", "Armed clash")
ATTACK = ("Violence against civilians", "Attack")


def verdict(
    kind: tuple[str, str],
    *parties: Actor,
    allies: tuple[str, ...] = (),
    rules: Rules | None = None,
    targeted: bool = False,
) -> Verdict:
    rules = rules or read_rules()
    rule = rules.event_rule("acled", *kind)
    return rules.verdict(
        rule,
        [rules.actor_class(party, "Mali") for party in parties],
        rules.targets(allies, "Mali"),
        civilians_targeted=targeted,
    )


def table(name: str) -> list[dict[str, str]]:
    with (CROSSWALKS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def values(name: str) -> set[str]:
    field = EVENTS.field(name)
    assert field is not None
    return {choice.value for choice in field.choices}


@pytest.mark.parametrize("name", ["acled.csv", "ucdp.csv"])
def test_every_type_of_event_has_a_class_of_the_layer_and_a_rule(name: str) -> None:
    rows = table(name)
    assert {row["event_class"] for row in rows} - values("event_class") == set()
    assert {row["struck"] for row in rows} - set(STRUCK) == set()
    assert [row for row in rows if not row["why"]] == []


@pytest.mark.parametrize("name", ["actors.csv", "actor_kinds.csv"])
def test_every_actor_has_classes_of_the_layer(name: str) -> None:
    rows = table(name)
    assert {row["target_class"] for row in rows} - values("target_class") == {""}
    assert {row["perpetrator_class"] for row in rows} - values("perpetrator_class") == {""}
    assert {row.get("match", "is") for row in rows} - set(MATCHES) == set()


def test_the_six_types_and_25_sub_types_of_acled_are_there() -> None:
    rows = table("acled.csv")
    assert (len({row["event_type"] for row in rows}), len(rows)) == (6, 25)


def test_the_order_is_one_of_target_classes() -> None:
    assert set(ORDER) < values("target_class")


@pytest.mark.parametrize(
    "name",
    [
        "MINUSMA: United Nations Multidimensional Integrated Stabilization Mission in Mali (2013-)",
        "MINUSMA",
        "UN: United Nations Multidimensional Integrated Stabilization Mission in Mali",
    ],
)
def test_the_mission_is_recognised_by_its_names(name: str) -> None:
    assert verdict(CLASH, JNIM, Actor(name, "External/Other forces")).target_class == "mission"


def test_the_mission_is_recognised_among_those_with_an_actor() -> None:
    assert verdict(CLASH, JNIM, ARMY, allies=(MINUSMA.name,)).target_class == "mission"


@pytest.mark.parametrize(
    ("parties", "target"),
    [
        ((JNIM, ARMY), "state_forces"),
        ((FRANCE, JNIM), "foreign_forces"),
        ((HUNTERS, JNIM), "armed_groups"),
        ((ARMY, MINUSMA), "mission"),
        ((Actor("Rioters (Mali)", "Rioters"),), "unknown"),
        ((), "unknown"),
    ],
)
def test_in_a_fight_the_class_is_that_of_a_party_and_no_perpetrator_is_named(
    parties: tuple[Actor, ...], target: str
) -> None:
    assert verdict(CLASH, *parties) == Verdict("fighting", target)


@given(
    st.sampled_from([CLASH, ATTACK, ("Riots", "Mob violence")]),
    st.lists(st.sampled_from([JNIM, ARMY, FRANCE, HUNTERS, VILLAGERS, MINUSMA]), max_size=2),
    st.booleans(),
)
def test_the_order_of_actors_never_counts(
    kind: tuple[str, str], parties: list[Actor], targeted: bool
) -> None:
    found = set()
    for turn in permutations(parties):
        said = verdict(kind, *turn, targeted=targeted)
        found.add((said, None) if said.striker is None else (said[:2], turn[said.striker]))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("actor", "name"),
    [
        (JNIM, "jihadist"),
        (ARMY, "malian_forces"),
        (FRANCE, "foreign_forces"),
        (HUNTERS, "community_militia"),
        (Actor("CMA: Coordination of Movements", "Rebel group"), "armed_group"),
        (Actor("Unidentified Armed Group (Mali)", "Political militia"), "unknown"),
    ],
)
def test_who_strikes_civilians_is_the_one_party_that_is_armed(actor: Actor, name: str) -> None:
    said = verdict(ATTACK, VILLAGERS, actor)
    assert said == Verdict("attack_on_civilians", "civilians", striker=1, perpetrator_class=name)


def test_a_party_that_is_not_named_counts_among_the_parties() -> None:
    rules = read_rules()
    rule = rules.event_rule("acled", *ATTACK)
    striker = rules.actor_class(JNIM, "Mali")
    assert rules.verdict(rule, [None, striker], civilians_targeted=False).striker == 1


def test_of_two_armed_parties_none_is_named_as_the_perpetrator() -> None:
    assert verdict(ATTACK, JNIM, ARMY) == Verdict("attack_on_civilians", "civilians")


def test_civilians_that_are_said_to_be_the_target_go_before_the_mission() -> None:
    kind = ("Explosions/Remote violence", "Grenade")
    assert verdict(kind, MINUSMA, VILLAGERS, targeted=True).target_class == "civilians"


def test_who_was_struck_from_the_air_is_not_stated() -> None:
    kind = ("Explosions/Remote violence", "Air/drone strike")
    assert verdict(kind, FRANCE, JNIM) == Verdict("air_strike", "unknown")


@pytest.mark.parametrize(
    ("country", "side", "target"),
    [
        ("Mali", "Government of Mali", "state_forces"),
        ("Burkina Faso", "Government of Burkina Faso", "state_forces"),
        ("Mali", "Government of Mauritania", "foreign_forces"),
    ],
)
def test_a_government_is_foreign_where_it_is_not_at_home(
    country: str, side: str, target: str
) -> None:
    assert read_rules().actor_class(Actor(side), country).target == target


def test_a_type_that_is_in_no_table_is_not_guessed() -> None:
    with pytest.raises(UnknownThing, match="did you mean Battles / Armed clash"):
        read_rules().event_rule("acled", "Battles", "Armed clashes")


def own(tmp_path: Path, text: str) -> Rules:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return read_rules(path)


def test_rules_of_the_operator_go_before_those_of_the_atlas(tmp_path: Path) -> None:
    rules = own(
        tmp_path,
        """
        order = ["armed_groups", "mission"]
        [[actors]]
        match = "starts"
        text = "Dozo"
        perpetrator_class = "armed_group"
        target_class = "civilians"
        [[kinds]]
        kind = "Rioters"
        target_class = "armed_groups"
        [[acled]]
        event_type = "Battles"
        sub_event_type = "Armed clash"
        event_class = "ambush"
        struck = "parties"
        [[ucdp]]
        event_type = 1
        event_class = "other"
        struck = "unstated"
        """,
    )
    assert verdict(CLASH, MINUSMA, JNIM, rules=rules) == Verdict("ambush", "armed_groups")
    assert verdict(CLASH, MINUSMA, HUNTERS, rules=rules) == Verdict("ambush", "mission")
    assert verdict(CLASH, Actor("Rioters (Mali)", "Rioters"), rules=rules)[1] == "armed_groups"
    assert rules.event_rule("ucdp", "1", "").event_class == "other"
    assert verdict(CLASH, MINUSMA, JNIM) == Verdict("fighting", "mission")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("x = [", None),
        ("order = 1", ("order is no list of target classes",)),
        ("[[actor]]\ntext = 'a'", ("there is no table of rules 'actor'; did you mean actors?",)),
        ("actors = 1", ("actors is no table; begin each of its rules with [[actors]]",)),
        (
            "[[actors]]\nmatch = 'like'\ntxt = 'a'",
            (
                "actors 1: text is missing",
                "actors 1: match 'like' is none of is, starts, contains",
                "actors 1: there is no key 'txt'; did you mean text?",
            ),
        ),
        (
            "[[acled]]\nevent_type = 'Battles'\nevent_class = 2\nstruck = 'who'",
            (
                "acled 1: event_class is no text",
                "acled 1: struck 'who' is none of civilians, parties, unstated",
            ),
        ),
    ],
)
def test_rules_that_make_no_sense_are_refused_all_at_once(
    tmp_path: Path, text: str, problems: tuple[str, ...] | None
) -> None:
    with pytest.raises(ImportRefused) as refused:
        own(tmp_path, text)
    if problems is not None:
        assert refused.value.problems == problems
