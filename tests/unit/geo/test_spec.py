from __future__ import annotations

from typing import Any

import pytest

from geo.spec import Field, GeometryType, Layer, Source, Style, Text, Time

WORDS = Text(en="word", fr="mot")


def layer(**changes: Any) -> Layer:
    values: dict[str, Any] = {
        "id": "things",
        "title": WORDS,
        "description": WORDS,
        "geometry": GeometryType.POINT,
        "fields": (Field(name="kind", title=WORDS),),
        "source": Source(title="a book", licence="CC BY 4.0"),
        "style": Style(colour="#000000", outline="#ffffff"),
    }
    return Layer(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "Ménaka"}, "not a slug"),
        ({"fields": (Field(name="a b", title=WORDS),)}, "not a slug"),
        ({"fields": (Field(name="valid", title=WORDS),)}, "system column"),
        ({"fields": (Field(name="a", title=WORDS),) * 2}, "declared twice"),
        ({"time": Time(kind="event", start="kind", end="end")}, "'end' is used but not declared"),
        ({"label": "name"}, "'name' is used but not declared"),
        ({"style": Style(colour="#0", outline="#1", colour_by="b")}, "'b' is used"),
        ({"where": {"other": "x"}}, "'other' is used"),
    ],
)
def test_a_layer_that_contradicts_itself_cannot_be_made(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        layer(**changes)


def test_a_text_is_said_in_the_language_asked_for() -> None:
    assert (WORDS.in_language("en"), WORDS.in_language("fr")) == ("word", "mot")


def test_a_source_is_named_in_the_language_unless_it_is_a_name() -> None:
    words = Text(en="Survey of the roads office", fr="Enquête du service des routes")
    source = Source(title=words, licence=Text(en="public domain", fr="domaine public"))
    assert [source.title_in("en"), source.credit_in("fr")] == [words.en, words.fr]
    assert source.licence_in("fr") == "domaine public"
    named = Source(title=words, licence="CC0", attribution="Roads office")
    assert (named.licence_in("fr"), named.credit_in("fr")) == ("CC0", "Roads office")
