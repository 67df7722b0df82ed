from __future__ import annotations

import pytest

from geo.matching.parties import Party, agreement, parties_of, parties_of_actor


def sides(text: str) -> list[tuple[str, list[str]]]:
    return [
        (party.side, sorted(name for name, _ in party.names)) for party in parties_of_actor(text)
    ]


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ("JNIM: Group for Support of Islam and Muslims", [("jihadist", ["jnim"])]),
        ("Ansar Eddine", [("jihadist", ["ansar_dine"])]),
        ("IS", [("jihadist", ["is_sahel"])]),
        ("Islamic State in the Greater Sahara", [("jihadist", ["is_sahel"])]),
        ("al-Murabitun", [("jihadist", ["murabitun"])]),
        ("Al-Mourabitoun", [("jihadist", ["murabitun"])]),
        ("Military Forces of Mali (2020-2021)", [("state", ["mali"])]),
        ("Government of Niger", [("state", [])]),
        ("Military Forces of France (2017-2022)", [("foreign", ["france"])]),
        ("MINUSMA: United Nations Mission in Mali", [("mission", ["mission"])]),
        ("Civilians (Mali)", [("civilians", [])]),
        ("Dozos (Mali)", [("militia", ["dozo"])]),
        ("GATIA, MSA", [("armed_group", ["gatia", "msa"])]),
        ("Unidentified Armed Group (Mali)", [("unknown", [])]),
        ("This is unclear", [("unknown", [])]),
    ],
)
def test_an_actor_is_read_as_a_side_and_its_groups(
    actor: str, expected: list[tuple[str, list[str]]]
) -> None:
    assert sides(actor) == expected


def test_of_a_text_on_perpetrators_only_groups_of_the_stated_class_count() -> None:
    row = {
        "perpetrator": "JNIM; the army denied that its Malian soldiers took part",
        "perpetrator_class": "jihadist",
        "target_class": "civilians",
    }
    assert parties_of(row) == (
        Party(side="jihadist", names=frozenset({("jnim", "jnim")})),
        Party(side="civilians"),
    )


def test_a_perpetrator_that_nobody_names_is_unknown() -> None:
    assert parties_of({"target_class": "mission"}) == (
        Party(side="unknown"),
        Party(side="mission"),
    )


def fit(first: str, second: str) -> float:
    return agreement(parties_of_actor(first), parties_of_actor(second))


def test_closer_actors_fit_better() -> None:
    fits = [
        fit("JNIM", "JNIM"),
        fit("JNIM", "AQIM"),  # of one family
        fit("JNIM", "unnamed jihadists"),
        fit("JNIM", "unidentified gunmen"),
        fit("JNIM", "Islamic State"),  # of one side, but rivals
        fit("JNIM", "Civilians"),
    ]
    assert fits == [1.0, 0.9, 0.8, 0.5, 0.3, 0.0]


def test_the_mission_stands_on_the_side_of_the_state_in_collections_that_know_two_sides() -> None:
    mission = parties_of({"target_class": "mission", "perpetrator_class": "jihadist"})
    state = parties_of({"actor1": "Government of Mali", "actor2": "JNIM"})
    other = parties_of({"actor1": "Dogon", "actor2": "Fulani"})
    assert agreement(mission, state) > 0.6 > agreement(mission, other)
