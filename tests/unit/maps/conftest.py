"""Small scenes to draw: two regions, a river and a few attacks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from app.maps import maps
from app.maps._assets import IMAGES, SCRIPTS, STYLES, Assets
from app.maps._scene import DataLink, Feature, Links, Scene
from geo.spec import FEATURE_FIELDS, Layer

MakeFeature = Callable[..., Feature]
MakeScene = Callable[..., Scene]


@pytest.fixture
def attack(layers: dict[str, Layer]) -> MakeFeature:
    """Make an attack; what is not named is not stated."""

    def make(name: str, **properties: Any) -> Feature:
        lonlat = properties.pop("at", (1.4092, 18.4434))
        given: dict[str, Any] = {"place": "Kidal", "date": "2016-05-29", "date_precision": "day"}
        given |= {"place_precision": 1, "radius_m": 2000, **properties}
        day = date.fromisoformat(given["date"]) if given["date"] else None
        fields = (*layers["attacks"].fields, *FEATURE_FIELDS)
        return {
            "id": name,
            "geometry": lonlat and {"type": "Point", "coordinates": list(lonlat)},
            "properties": {field.name: given.get(field.name) for field in fields},
            "valid": None if day is None else (day, day),
        }

    return make


@pytest.fixture
def make_scene(layers: dict[str, Layer]) -> MakeScene:
    """Make a scene of one map on a ground of two regions, a country and a river."""

    def square(west: float, south: float, size: float) -> dict[str, Any]:
        east, north = west + size, south + size
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {"type": "Polygon", "coordinates": [ring]}

    ground: dict[str, list[Feature]] = {
        "regions": [
            {"id": "kidal", "geometry": square(0, 17, 4), "properties": {"name": "Kidal"}},
            {"id": "gao", "geometry": square(-2, 13, 4), "properties": {"name": "Gao"}},
        ],
        "basemap": [
            {
                "id": "niger",
                "geometry": {"type": "LineString", "coordinates": [[-3, 14], [3, 15]]},
                "properties": {"name": "Niger", "kind": "river"},
            }
        ],
    }

    def make(
        name: str = "attacks", features: dict[str, list[Feature]] | None = None, **given: Any
    ) -> Scene:
        links = Links(
            permalink="https://atlas.test/maps/x?as_of=2026-01-01",
            home="https://atlas.test/",
            download="https://atlas.test/maps/x?download=1",
            other_language="https://atlas.test/maps/x?lang=fr",
            data=(DataLink(title="Attacks", url="https://atlas.test/collections/attacks/items"),),
        )
        rows = {**ground, **(features or {})}
        scene: dict[str, Any] = {"links": links, **given}
        return Scene(spec=maps()[name], layers=layers, features=rows, **scene)

    return make


@pytest.fixture
def assets() -> Assets:
    """Give assets of a few bytes, with all that has to be treated when they are inlined."""
    files = dict.fromkeys(IMAGES, b"\x89PNG")
    files |= {name: f"/* {name} */ let close = '</script>';".encode() for name in SCRIPTS}
    files |= dict.fromkeys(STYLES, b"a{color:red}\r\n")
    files["leaflet/leaflet.css"] = b"a{background:url(images/layers.png)}b{behavior:url(#default)}"
    files["leaflet/leaflet.js"] = b"let map;\n//# sourceMappingURL=leaflet.js.map\n"
    return Assets(files=files, base_url="/atlas/static")
