from __future__ import annotations

import pytest

from app.maps import _legend as legend
from geo.spec import Style

STYLE = Style(colour="#D55E00", outline="#FFFFFF")


def test_every_way_of_not_knowing_a_place_has_a_sign_of_its_own() -> None:
    drawn = {str(legend.ring(STYLE, kind)) for kind in ("near", "road", "unsure", "area")}
    assert len(drawn) == 4
    assert all("stroke-dasharray" in sign for sign in drawn)


@pytest.mark.parametrize("kind", legend.RINGS)
def test_a_colour_cannot_leave_its_attribute(kind: str) -> None:
    style = Style(colour='"><script>', outline="#000")
    drawn = (legend.symbol(style), legend.unknown(style), legend.ring(style, kind))
    assert "<script>" not in "".join(map(str, drawn))
