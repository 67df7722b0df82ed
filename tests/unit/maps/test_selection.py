from __future__ import annotations

import pytest

from app.maps import maps
from app.maps._selection import filtered_groups
from geo import cql2
from geo.errors import BadParameter
from geo.spec import Layer


def filtered(text: str, layers: dict[str, Layer]) -> list[str]:
    groups = filtered_groups(maps()["overview"], layers, cql2.parse(text))
    return [group.layer for group in groups]


def test_a_filter_chooses_in_the_groups_that_know_all_its_properties(
    layers: dict[str, Layer],
) -> None:
    assert filtered("peacekeepers_killed > 3", layers) == ["attacks"]
    assert filtered("region = 'kidal'", layers) == ["attacks", "camps", "tobs"]
    assert filtered("region = 'kidal' AND kind = 'hq'", layers) == ["camps"]
    assert filtered("S_INTERSECTS(geom, POINT(0 0)) AND kind = 'hq'", layers) == ["camps"]


@pytest.mark.parametrize("text", ["nope = 1", "kind = 'hq' AND status = 'planned'"])
def test_a_filter_that_no_group_understands_is_refused(text: str, layers: dict[str, Layer]) -> None:
    with pytest.raises(BadParameter):
        filtered(text, layers)


def test_without_a_filter_no_group_is_filtered(layers: dict[str, Layer]) -> None:
    assert filtered_groups(maps()["overview"], layers, None) == ()
