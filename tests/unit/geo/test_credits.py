"""Whose data an answer is made of."""

from __future__ import annotations

import pytest

from geo.credits import attribution, credit
from geo.spec import Language, Layer


@pytest.mark.parametrize(
    ("datasets", "language", "named"),
    [
        (["acled"], "en", "ACLED"),
        (["ucdp", "acled"], "en", "Uppsala Conflict Data Program; ACLED"),
        (["ours"], "fr", "ours"),
        (["<script>", "a b"], "en", "another data set"),
        (["<script>"], "fr", "un autre jeu de données"),
    ],
)
def test_data_sets_are_credited_as_their_terms_ask(
    layers: dict[str, Layer], datasets: list[str], language: Language, named: str
) -> None:
    assert credit(layers["events"], datasets, language) == named


def test_the_layers_own_rows_are_credited_to_its_source(layers: dict[str, Layer]) -> None:
    events, camps = layers["events"], layers["camps"]
    both = credit(events, ["documented", "acled"], "fr")
    assert both == f"{events.source.title_in('fr')}; ACLED"
    assert credit(camps, (), "en") == camps.source.title_in("en")


def test_beside_rows_the_layers_own_source_comes_first_and_one_that_credits_others_says_so(
    layers: dict[str, Layer],
) -> None:
    events, basemap = layers["events"], layers["basemap"]
    own = events.source.credit_in("en")
    assert attribution(events, ["acled", "documented"], "en") == f"{own}; ACLED"
    assert attribution(events, [], "en") == own
    assert attribution(basemap, (), "en") == "Natural Earth"
