"""Describe a density surface: what it is made of, what it leaves out, and where to get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.density_legend import area_km2, unit_words, weighed_words
from geo.credits import credit
from geo.density_query import PRECISIONS, DensityQuery, weight_field
from geo.density_rows import REASONS, Reason
from geo.features import NEVER
from geo.ramps import RAMPS, STEPS, ramp, stops
from geo.raster import NODATA
from geo.spec import Language, Layer, Text
from geo.surface import UNIT, Raster, Surface

TITLE = Text(en="Density: {what}", fr="Densité : {what}")
METHODS = {
    "exact": Text(
        en="the exact sum of the kernels of all rows", fr="la somme exacte des noyaux des lignes"
    ),
    "binned": Text(
        en="rows shared out to the cells round them first; method_error is the most that this "
        "changed where it was measured, of the maximum",
        fr="lignes d’abord réparties entre les cellules voisines ; method_error est l’écart "
        "maximal mesuré, rapporté au maximum",
    ),
}


def title_words(layer: Layer, weight: str, language: Language) -> str:
    """Name a surface."""
    return TITLE.in_language(language).format(what=weighed_words(layer, weight, language))


def describe(
    layer: Layer, density: DensityQuery, surface: Surface, colours: str, language: Language
) -> dict[str, Any]:
    """Describe a surface, its links aside."""
    raster, changed = surface.raster, surface.revision.changed_at
    return {
        "collection": layer.id,
        "title": title_words(layer, density.weight, language),
        "kernel": "gaussian",
        "bandwidth_km": density.bandwidth_km,
        "weight": weight_field(layer, density.weight) or density.weight,
        "precision": density.precision,
        "precision_means": PRECISIONS[density.precision].in_language(language),
        "numberMatched": surface.matched,
        "used": surface.used,
        "places": surface.places,
        "weight_total": surface.weight,
        "left_out": left_out(surface.left_out, language),
        "revision": surface.revision.number,
        "data_as_of": None if changed == NEVER else changed,
        "source": credit(layer, surface.datasets, language),
        "license": layer.source.licence_in(language),
        "raster": None if raster is None else _raster(surface, raster, language),
        "legend": None if raster is None else _legend(layer, density, raster, colours, language),
    }


def left_out(counts: Mapping[Reason, int], language: Language) -> list[dict[str, Any]]:
    """List why rows are left out, and how many."""
    return [
        {"reason": reason, "count": count, "means": REASONS[reason].in_language(language)}
        for reason, count in counts.items()
    ]


def _raster(surface: Surface, raster: Raster, language: Language) -> dict[str, Any]:
    grid = raster.grid
    return {
        "crs": surface.plane.proj,
        "crs_title": surface.plane.title,
        "cell_km": grid.cell_m / 1_000,
        "width": grid.columns,
        "height": grid.rows,
        "bounds_m": grid.bounds_m,
        "bbox": surface.box,
        "unit": UNIT,
        "nodata": NODATA,
        "minimum": raster.minimum,
        "maximum": raster.maximum,
        "method": raster.method,
        "method_means": METHODS[raster.method].in_language(language),
        "method_error": raster.error,
    }


def _legend(
    layer: Layer, density: DensityQuery, raster: Raster, colours: str, language: Language
) -> dict[str, Any]:
    area = area_km2(raster.maximum)
    return {
        "colours": colours,
        "colours_title": RAMPS[colours].in_language(language),
        "scale": "square root",
        "unit": unit_words(layer, density.weight, area, language),
        "per_km2": area,
        "stops": [
            {
                "value": float(f"{stop.value:.6g}"),
                "position": round(stop.position, 4),
                "colour": stop.hexadecimal,
                "opacity": stop.opacity,
            }
            for stop in stops(raster.maximum * area, colours)
        ],
        "ramp": [
            "#{:02x}{:02x}{:02x}{:02x}".format(*ramp(colours)[i]) for i in range(0, STEPS + 1, 17)
        ],
    }
