"""What the small map of a page draws: its own features, each only as exactly as it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import orjson
from markupsafe import Markup

from app.pages._address import Address
from app.pages._words import Properties, label_words, place_precision_words, when_words
from app.precision import AREA_PRECISIONS, POINT_PRECISIONS
from geo.formats import Page
from geo.spec import GeometryType, Layer
from geo.styles.forms import RINGS
from geo.styles.leaflet import ground_paths
from geo.styles.look import look
from geo.styles.scale import OPACITY, STROKE_PX
from geo.styles.shapes import LAND_LINE_PX
from geo.styles.themes import LIGHT

Kind = Literal["point", "doubtful", "area"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SmallMap:
    """The data of a small map, and how many features of the page it draws in which way."""

    data: Markup
    points: int
    areas: int
    doubtful: int
    missing: int

    @property
    def drawn(self) -> int:
        return self.points + self.areas + self.doubtful


def small_map(page: Page, address: Address, words: Mapping[str, str]) -> SmallMap | None:
    """Lay out the features of a page, or nothing where how exact they are is not on the page."""
    layer = page.layer
    if layer.geometry is GeometryType.NONE or not page.rows or "crs" in address.parameters:
        return None
    if layer.geometry is GeometryType.POINT and not {"place_precision", "radius_m"} <= set(
        page.properties
    ):
        return None
    found = [_feature(page, row, address) for row in page.rows]
    drawn = [feature for feature in found if feature is not None]
    kinds = [feature["kind"] for feature in drawn]
    single = len(found) == 1
    ground = [name for name in ("basemap", "regions") if single or name != layer.id]
    seen = look(layer, LIGHT)
    data = {
        "features": drawn,
        "colour": seen.colour,
        "outline": seen.outline,
        "look": {
            "water": LIGHT.water,
            **ground_paths(LIGHT),
            # Only its edge, as rivers lie below.
            "region": {"fill": False, "color": LIGHT.area_line, "weight": LAND_LINE_PX},
            "weight": STROKE_PX,
            "radius": layer.style.radius_px,
            "opacity": OPACITY,
            "rings": {name: asdict(ring) for name, ring in RINGS.items()},
        },
        "single": single,
        "ground": {name: _ground(address, name) for name in ground},
        "words": words,
        "language": page.language,
    }
    return SmallMap(
        data=embedded(data),
        points=sum(kind in ("point", "shape") for kind in kinds),
        areas=kinds.count("area"),
        doubtful=kinds.count("doubtful"),
        missing=len(found) - len(drawn),
    )


def place_kind(place_precision: Any) -> Kind:
    """Tell how a place may be drawn; one whose precision nobody states is no exact point."""
    if place_precision in AREA_PRECISIONS:
        return "area"
    return "point" if place_precision in POINT_PRECISIONS else "doubtful"


def embedded(data: Any) -> Markup:
    """Write JSON that can stand inside a script element whatever texts it holds."""
    text = orjson.dumps(data).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - nothing in it can end the element


def _ground(address: Address, layer: str) -> str:
    """Address the ground below the prefix only, so that it is asked of the page's own host."""
    name = "kind" if layer == "basemap" else "name,name_fr"
    path = f"/collections/{layer}/items?f=geojson&limit=200&properties={name}"
    return f"{address.prefix}{path}"


def _feature(page: Page, row: Mapping[str, Any], address: Address) -> dict[str, Any] | None:
    layer = page.layer
    properties = {name: row[name] for name in page.properties}
    said = {
        "label": label_words(layer, row["id"], properties, page.language),
        "lines": _lines(layer, properties, address),
        "href": address.to(address.item_path(layer.id, row["id"]), _moment(address)),
        "colour": _colour(layer, properties),
    }
    if layer.geometry is not GeometryType.POINT:
        text = row["geometry"]
        return None if text is None else {**said, "kind": "shape", "shape": orjson.Fragment(text)}
    kind, radius_m = place_kind(properties["place_precision"]), properties["radius_m"]
    if row["lon"] is None or (kind == "area" and not radius_m):
        return None
    return {**said, "kind": kind, "at": [row["lat"], row["lon"]], "radius_m": radius_m}


def _lines(layer: Layer, properties: Properties, address: Address) -> Sequence[str]:
    lines = [when_words(layer, properties, address.language)]
    if layer.geometry is GeometryType.POINT:
        lines.append(place_precision_words(properties, address.language))
    return [line for line in lines if line]


def _moment(address: Address) -> dict[str, str]:
    moment = address.parameters.get("as_of")
    return {} if moment is None else {"as_of": moment}


def _colour(layer: Layer, properties: Properties) -> str | None:
    """Give the colour of a feature's class, where the page says which that is."""
    by = layer.style.colour_by
    if by is None or by not in properties:
        return None
    return look(layer, LIGHT).of_class(properties[by]).colour
