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
