"""The first rows in order are found without ordering the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.columns import page
from geo.columns.page import ChosenPage, choose_page
from geo.columns.table import Snapshot
from geo.query import FeatureQuery, SortKey
from tests.columns_by_hand import make_snapshot
from tests.unit.columns.test_masks import LAYER

# Ids that differ late, that begin each other, and of more bytes than letters.
_ids = st.lists(
    st.builds(
        "".join,
        st.lists(st.sampled_from(("ACLED-2012-", "a", "é", "0", "-", "\U0001f9ed")), min_size=1),
    ),
    unique=True,
    max_size=40,
)


@pytest.fixture(autouse=True)
def whatever_the_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_MOST_SHARE", 1.0)


def snapshot_of(*parts: Sequence[dict[str, Any]]) -> Snapshot:
    return replace(make_snapshot(LAYER, *parts), by_bytes=True)


def ordered(snapshot: Snapshot, **asked: Any) -> ChosenPage:
    chosen = choose_page(snapshot, LAYER, FeatureQuery(**asked))
    assert chosen is not None
    return chosen


@given(ids=_ids, share=st.integers(0, 40), limit=st.integers(1, 45), data=st.data())
def test_rows_come_in_the_order_of_the_bytes_of_their_ids(
    ids: list[str], share: int, limit: int, data: st.DataObject
) -> None:
    rows = [{"id": id_, "row": number} for number, id_ in enumerate(ids, start=1)]
    snapshot = snapshot_of(rows[:share], rows[share:])
    found = ordered(snapshot, limit=limit)
    expected = sorted(ids, key=str.encode)
    assert found.matched == len(ids)
    assert [ids[key - 1] for key in found.keys] == expected[:limit]
    last = data.draw(st.sampled_from([*ids, "ACLED", "b", "\U0001f9ee"]))
    behind = ordered(snapshot, limit=limit, after=(last,))
    later = [id_ for id_ in expected if id_.encode() > last.encode()]
    assert behind.matched == len(ids)
    assert [ids[key - 1] for key in behind.keys] == later[:limit]


@pytest.mark.parametrize("descending", [False, True])
def test_what_is_unknown_comes_last_whatever_the_direction(descending: bool) -> None:
    values = [3, None, -2, 3, None, 0]
    rows = [{"id": f"r{i}", "row": i, "number": value} for i, value in enumerate(values)]
    found = ordered(
        snapshot_of(rows[:2], rows[2:]),
        limit=9,
        sort=(SortKey(name="number", descending=descending),),
    )
    assert found.keys == ([0, 3, 5, 2, 1, 4] if descending else [2, 5, 0, 3, 1, 4])


def test_a_text_that_is_held_in_one_part_only_has_its_place_among_all() -> None:
    first = [{"id": "a", "row": 1, "kind": "gao"}, {"id": "b", "row": 2, "kind": "segou"}]
    second = [{"id": "c", "row": 3, "kind": "kidal"}, {"id": "d", "row": 4}]
    found = ordered(snapshot_of(first, second), limit=9, sort=(SortKey(name="kind"),))
    assert found.keys == [1, 3, 2, 4]
