from __future__ import annotations

from dataclasses import replace

import pytest

from app.maps import _legend as legend
from app.maps._look import look_of
from geo.spec import Layer
from geo.styles.forms import RINGS


def test_every_way_of_not_knowing_a_place_has_a_sign_of_its_own(layers: dict[str, Layer]) -> None:
    drawn = {str(legend.ring(look_of(layers["attacks"]), kind)) for kind in RINGS}
    assert len(drawn) == 4
    assert all("stroke-dasharray" in sign for sign in drawn)


@pytest.mark.parametrize("kind", RINGS)
def test_a_colour_cannot_leave_its_attribute(layers: dict[str, Layer], kind: str) -> None:
    evil = '"><script>'
    seen = replace(look_of(layers["camps"]), colour=evil)
    one = replace(seen.other, colour=evil)
    drawn = (legend.symbol(seen, one), legend.unknown(seen), legend.ring(seen, kind))
    assert "<script>" not in "".join(map(str, drawn))
