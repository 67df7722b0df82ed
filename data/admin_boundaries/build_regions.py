"""Build regions.geojson out of the arcs between the regions.

    python data/admin_boundaries/build_regions.py [--arcs FILE] [--out FILE]

An arc is the line between the region on its left and the one on its right. The arcs of a region,
polygonised, are its outline. Neighbours are made of the same arcs, so they share their edges
exactly. The same arcs give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

HERE = Path(__file__).resolve().parent
ABROAD = "outside"
SOURCE = {
    "source_title": "Cercle limits of 2017, DNCT/OCHA, as published by geoBoundaries; "
    "generalised to about 2 km, not authoritative; newer regions as unions of cercles",
    "source_url": "https://www.geoboundaries.org/",
    "source_licence": "CC BY 4.0",
}
# What today's division splits off and these lines cannot separate.
INCLUDES = {
    "tombouctou": ["Taoudénit"],
    "kayes": ["Kita", "Nioro"],
    "koulikoro": ["Dioïla", "Nara"],
    "sikasso": ["Bougouni", "Koutiala"],
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    id: str
    name: str
    name_fr: str
    kind: str = "region"
    mission: bool = False


REGIONS = (
    Region(id="kidal", name="Kidal", name_fr="Kidal", mission=True),
    Region(id="gao", name="Gao", name_fr="Gao", mission=True),
    Region(id="menaka", name="Ménaka", name_fr="Ménaka", mission=True),
    Region(id="mopti", name="Mopti", name_fr="Mopti", mission=True),
    Region(id="segou", name="Ségou", name_fr="Ségou", mission=True),
    Region(id="bandiagara", name="Bandiagara", name_fr="Bandiagara", mission=True),
    Region(id="douentza", name="Douentza", name_fr="Douentza", mission=True),
    Region(id="san", name="San", name_fr="San", mission=True),
    Region(id="tombouctou", name="Timbuktu", name_fr="Tombouctou"),
    Region(id="kayes", name="Kayes", name_fr="Kayes"),
    Region(id="koulikoro", name="Koulikoro", name_fr="Koulikoro"),
    Region(id="sikasso", name="Sikasso", name_fr="Sikasso"),
    Region(id="bamako", name="Bamako", name_fr="District de Bamako", kind="district"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arc:
    left: str
    right: str
    line: shapely.LineString


def read_arcs(path: Path) -> list[Arc]:
    """Read the lines, each with the regions on its two sides."""
    points: dict[tuple[str, str, str], list[tuple[int, float, float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            arc = (row["arc"], row["left"], row["right"])
            points.setdefault(arc, []).append(
                (int(row["seq"]), float(row["lon"]), float(row["lat"]))
            )
    return [
        Arc(left=left, right=right, line=shapely.LineString([p[1:] for p in sorted(along)]))
        for (_, left, right), along in points.items()
    ]


def outline(region: str, arcs: Sequence[Arc]) -> shapely.MultiPolygon:
    """Close the arcs of a region, leaving out what lies on the far side of an inner ring."""
    own = [arc for arc in arcs if region in (arc.left, arc.right)]
    faces = shapely.get_parts(shapely.polygonize([arc.line for arc in own]))
    parts = [face for face in faces if _on_own_side(face, region, own)]
    if not parts:
        raise SystemExit(f"the arcs of {region} do not close; check region_arcs.csv")
    # RFC 7946: outer rings run counter-clockwise, holes clockwise.
    return shapely.MultiPolygon([shapely.orient_polygons(part.normalize()) for part in parts])


def _on_own_side(face: shapely.Polygon, region: str, own: Sequence[Arc]) -> bool:
    """Tell whether the face is the region: it lies on the region's side of an arc of its shell."""
    shell = shapely.orient_polygons(face).exterior
    edges = set(zip(shell.coords, shell.coords[1:], strict=False))
    for arc in own:
        first = arc.line.coords[0], arc.line.coords[1]
        # A counter-clockwise shell has its face on the left.
        if first in edges:
            return arc.left == region
        if first[::-1] in edges:
            return arc.right == region
    raise SystemExit(f"a face of {region} touches none of its arcs; check region_arcs.csv")


def feature(region: Region, arcs: Sequence[Arc]) -> dict[str, Any]:
    """Write a region as a GeoJSON feature."""
    return {
        "type": "Feature",
        "id": region.id,
        "properties": {
            "name": region.name,
            "name_fr": region.name_fr,
            "kind": region.kind,
            "mission": region.mission,
            **_note(INCLUDES.get(region.id, [])),
            **SOURCE,
        },
        "geometry": shapely.geometry.mapping(outline(region.id, arcs)),
    }


def _note(included: Sequence[str]) -> dict[str, str | None]:
    """Say which newer regions lie within the outline."""
    if not included:
        return {"note": None, "note_fr": None}
    several = len(included) > 1
    return {
        "note": f"Includes today's region{'s' if several else ''} of {' and '.join(included)}.",
        "note_fr": f"Comprend {'les régions actuelles' if several else 'la région actuelle'} de "
        f"{' et de '.join(included)}.",
    }


def build(arcs_path: Path) -> str:
    """Write all regions, one feature a line, so that a change shows as a change of its region."""
    arcs = read_arcs(arcs_path)
    drawn = {side for arc in arcs for side in (arc.left, arc.right)} - {ABROAD}
    if drawn != {region.id for region in REGIONS}:
        raise SystemExit(f"{arcs_path.name} draws {', '.join(sorted(drawn))}")
    lines = ",\n".join(json.dumps(feature(r, arcs), ensure_ascii=False) for r in REGIONS)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


def main() -> None:
    parser = argparse.ArgumentParser(description="Build regions.geojson out of the arcs.")
    parser.add_argument("--arcs", type=Path, default=HERE / "region_arcs.csv")
    parser.add_argument("--out", type=Path, default=HERE / "regions.geojson")
    options = parser.parse_args()
    options.out.write_text(build(options.arcs), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
