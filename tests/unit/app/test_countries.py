from __future__ import annotations

import csv

import pytest

from app.countries import FRENCH_NAMES, in_french
from app.settings import ROOT
from app.wording import value_words
from geo.spec import Layer

FILES = ("incidents/attacks.csv", "sites/camps.csv", "sites/tobs.csv")


@pytest.mark.parametrize("name", FILES)
def test_every_contingent_of_the_data_has_a_french_name(name: str) -> None:
    with (ROOT / "data" / name).open(encoding="utf-8") as file:
        stated = {
            part.strip() for row in csv.DictReader(file) for part in row["contingents"].split(";")
        }
    assert stated - {""} <= set(FRENCH_NAMES)


def test_countries_are_put_into_french_one_by_one() -> None:
    assert (
        in_french("Chad; Côte d'Ivoire; Ruritania") == "Tchad\u00a0; Côte d’Ivoire\u00a0; Ruritania"
    )


def test_a_popup_names_contingents_in_its_language(layers: dict[str, Layer]) -> None:
    field = layers["tobs"].field("contingents")
    assert field is not None
    assert value_words(field, "Egypt", "fr") == "Égypte"
    assert value_words(field, "Egypt", "en") == "Egypt"
