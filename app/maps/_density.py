"""Shade a map by the density of a group's rows: with tiles of the service, or a picture."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
from markupsafe import Markup

from app.density_legend import area_km2, draw_key, per_area_words
from app.maps._base import Group
from app.maps._legend import Sign
from app.maps._places import point_of
from app.maps._scene import Feature, Scene
from app.maps._texts import TEXTS
from app.wording import bind_signs, number_words
from geo.density_query import COUNT, DensityQuery
from geo.density_rows import REASONS, Reason, Rows, place
from geo.features import NEVER, Revision
from geo.query import FeatureQuery
from geo.ramps import USUAL_RAMP
from geo.raster_tiles import Picture, draw_picture
from geo.spec import Language
from geo.surface import Surface, surface_of

LONGEST_PX = 900


@dataclass(frozen=True, kw_only=True, slots=True)
class Shading:
    """How a group's density is drawn, and why some of its rows, by id, have no part in it.

    A page asks the service for tiles and their legend, of whatever years are chosen. A file that
    has to do without it carries the picture of the whole period and its key.
    """

    name: str
    left_out: Mapping[str, Reason]
    picture: Picture | None = None
    key: Markup | None = None


def shade_all(scene: Scene) -> dict[str, Shading]:
    """Shade every group of the scene that is drawn as a density and has rows."""
    groups = (group for group in scene.spec.selectable if group.drawn == "density")
    return {group.layer: _shade(scene, group) for group in groups if scene.rows(group)}


def density_of(group: Group) -> DensityQuery:
    """Say which density a group is drawn as."""
    weight = group.measure.field if group.measure else COUNT
    return DensityQuery(bandwidth_km=group.bandwidth_km or 0, weight=weight)


def _shade(scene: Scene, group: Group) -> Shading:
    layer, density, features = scene.layer(group), density_of(group), scene.rows(group)
    rows = _rows(features, density.weight)
    placed = place(rows, density, layer.window)
    reasons = ((row, placed.reason_of(i)) for i, row in enumerate(features))
    left_out = {str(row["id"]): reason for row, reason in reasons if reason is not None}
    shading = Shading(name=f"density-{group.layer}", left_out=left_out)
    if scene.mode != "download":
        return shading
    raster = density_surface(scene, group).raster
    if raster is None:
        return shading
    title = key_title(group, raster.maximum, scene.language)
    return replace(
        shading,
        picture=draw_picture(raster.cog, raster.maximum, USUAL_RAMP, longest_px=LONGEST_PX),
        key=draw_key(raster.maximum, USUAL_RAMP, title, scene.language),
    )


def density_surface(scene: Scene, group: Group) -> Surface:
    """Compute the density of the rows of a group."""
    density = density_of(group)
    rows = _rows(scene.rows(group), density.weight)
    # What shows it names the state of its data itself.
    unnamed = Revision(number=0, changed_at=NEVER)
    return surface_of(scene.layer(group), FeatureQuery(), density, rows, unnamed)


def key_title(group: Group, maximum: float, language: Language) -> str:
    """Name what the colours of a density count, on how much ground."""
    words = group.total_noun.other.in_language(language)
    return per_area_words(words[:1].upper() + words[1:], area_km2(maximum), language)


def layer_words(scene: Scene, group: Group) -> str:
    """Name the layer of a group in the list of layers: a density is not the rows themselves."""
    title = scene.layer(group).title.in_language(scene.language)
    if group.drawn != "density":
        return title
    return TEXTS["density_layer"].in_language(scene.language).format(layer=title)


def _rows(features: Sequence[Feature], weight: str) -> Rows:
    placed = [feature.get("geometry") for feature in features]
    points = np.array([tuple(point_of(g)) if g else (np.nan, np.nan) for g in placed], dtype=float)
    lon, lat = points.reshape(-1, 2).T

    def known(name: str) -> Any:
        values = (feature["properties"].get(name) for feature in features)
        return np.array([np.nan if value is None else value for value in values], dtype=float)

    return Rows(
        lon=lon,
        lat=lat,
        weight=np.ones(len(features)) if weight == COUNT else known(weight),
        place_precision=known("place_precision"),
        radius_m=known("radius_m"),
    )


def shading_signs(shadings: Mapping[str, Shading]) -> Iterator[Sign]:
    """Put the strip of colours into the legend, or the place where the script puts it."""
    for shading in shadings.values():
        yield Sign(name=shading.name, drawing=shading.key or Markup(""), text="")


def shading_payload(scene: Scene, group: Group, shading: Shading | None) -> dict[str, Any]:
    """Write what the script lays over the map."""
    if shading is None:
        return {}
    picture = None
    if shading.picture is not None:
        west, south, east, north = shading.picture.box
        image = base64.b64encode(shading.picture.png).decode()
        picture = {
            "image": f"data:image/png;base64,{image}",
            "box": [[south, west], [north, east]],
        }
    language = scene.language
    return {
        "shading": {
            "name": shading.name,
            "km": number_words(group.bandwidth_km or 0, language),
            "reasons": {
                reason: bind_signs(text.in_language(language)) for reason, text in REASONS.items()
            },
            "picture": picture,
            # A file on a disk has nobody to ask for other years.
            "redraw": _redraw_url(scene) if scene.mode == "download" else None,
            "links": _links(scene, group),
        }
    }


def _redraw_url(scene: Scene) -> str:
    """Give the address of this very map, which the script asks for other years."""
    parts = urlsplit(scene.links.download)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "download"]
    return parts._replace(query=urlencode(kept)).geturl()


def _links(scene: Scene, group: Group) -> list[dict[str, str]]:
    """Link the raster of the same rows that the data link gives."""
    rows = dict(zip((one.layer for one in scene.spec.selectable), scene.links.data, strict=False))
    if group.layer not in rows:
        return []
    density, parts = density_of(group), urlsplit(rows[group.layer].url)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "limit"]
    kept += [("bandwidth_km", f"{density.bandwidth_km:g}"), ("weight", density.weight)]
    path = parts.path.removesuffix("/items") + "/density"
    return [
        {
            "title": TEXTS[text].in_language(scene.language),
            "url": parts._replace(path=path + ending, query=urlencode(kept)).geturl(),
        }
        for text, ending in (("density_file", ".tif"), ("density_tiles", ""))
    ]
