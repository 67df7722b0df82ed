"""What is declared of the data sets that can be brought in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import layers
from geo.errors import ImportRefused
from geo.importing.cells import SENSITIVITIES
from geo.importing.sources import DataSource, sources
from geo.importing.sources._ged import COLUMNS as GED
from geo.importing.sources.acled import CURRENT
from geo.registry import collect_layers
from geo.spec import SLUG
from tests.rows_of_blocks import normalise_blocks

LAYERS = collect_layers(layers)

on_each = pytest.mark.parametrize("source", sources().values(), ids=lambda source: source.id)


def test_the_data_sets_are_those_that_can_be_brought_in() -> None:
    assert {name: (s.layer, s.dataset, s.sensitivity) for name, s in sources().items()} == {
        "acled": ("events", "acled", "counts_only"),
        "hapi": ("monthly_counts", None, "public"),
        "ucdp": ("events", "ucdp", "public"),
        "ucdp_candidate": ("events", "ucdp_candidate", "public"),
    }


@on_each
def test_a_data_set_goes_into_a_stored_layer_under_a_name_of_its_own(source: DataSource) -> None:
    layer = LAYERS[source.layer]
    assert layer.parent is None
    assert source.sensitivity in SENSITIVITIES
    assert (source.dataset is None) == (layer.field("dataset") is None)
    assert source.dataset is None or SLUG.match(source.dataset)


@on_each
def test_a_data_set_says_on_what_terms_it_may_be_passed_on(source: DataSource) -> None:
    said = source.source
    assert all(said.licence_in(language) and said.title_in(language) for language in ("en", "fr"))
    assert str(said.url).startswith("https://")
    assert said.attribution


HAPI = (
    *("location_code", "admin1_code", "admin1_name", "admin2_code", "admin2_name", "event_type"),
    *("events", "fatalities", "reference_period_start", "reference_period_end", "admin_level"),
)
COLUMNS = {"acled": sorted(CURRENT.needed), "ucdp": GED, "ucdp_candidate": GED, "hapi": HAPI}
# What a source may send: mostly what belongs there, now and then what does not.
SENT: dict[str, list[Any]] = {
    "latitude": ["15.1", 15.1],
    "longitude": ["-3.2", -3.2],
    "event_date": ["2021-03-05", "05 March 2021", "0001-01-01", "9999-12-31", "٥ March 2021"],
    "date_start": ["2021-03-05", "2021-03-05 00:00:00.000", "2021-03-05T00:00:00", 1614902400],
    "date_end": ["2021-03-05", "2021-03-01"],
    "reference_period_start": ["2021-03-01", "2021-03-01T00:00:00"],
    "reference_period_end": ["2021-03-31", "2021-04-30"],
    "event_type": ["Battles", "political_violence"],
    "sub_event_type": ["Armed clash"],
    "location_code": ["MLI", "#country+code"],
}
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.text(max_size=5), st.integers(), st.floats(), st.lists(st.text(max_size=1))
)


@st.composite
def records(draw: st.DrawFn, name: str) -> dict[str, Any]:
    usual = {column: SENT.get(column, ["1", 1, "MLI"]) for column in COLUMNS[name]}
    record: dict[str, Any] = {c: draw(st.sampled_from(values)) for c, values in usual.items()}
    for column in draw(st.lists(st.sampled_from(COLUMNS[name]), max_size=3)):
        record[column] = draw(ODD)
    return record


@pytest.mark.parametrize("name", sorted(COLUMNS))
@given(st.data())
def test_whatever_a_source_sends_is_a_row_or_a_reason(name: str, data: st.DataObject) -> None:
    source = sources()[name]
    sent = data.draw(st.lists(records(name), min_size=1, max_size=3))
    try:
        rows, rejected = normalise_blocks(LAYERS[source.layer], source.rows_of(sent, "answer"))
    except ImportRefused:
        # Only what says that a program changed the whole file, as seconds for days do.
        event(f"{name} refused")
        assert name.startswith("ucdp")
        return
    event(f"{name}: {len(rows)} rows")
    tags = sum(str(record.get("location_code", "")).startswith("#") for record in sent[:1])
    assert len(rows) + len(rejected) == len(sent) - tags
