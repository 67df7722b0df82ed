"""Densities: a surface of any selection of points, as a raster, as tiles and with its legend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.density_document import describe, title_words
from app.density_legend import area_km2, draw_legend, unit_words
from app.deps import (
    DatabaseDep,
    LanguageDep,
    LayerDep,
    LayerQueryDep,
    known_parameters_or_properties,
)
from app.ranges import in_parts
from app.surfaces import Surfaces
from geo.changes import revision_shown
from geo.credits import credit
from geo.density_query import DensityQuery, parse_density
from geo.drawing.draw import SIZES_PX
from geo.errors import BadParameter, Uncomputable, UnknownThing
from geo.features import Revision, revision_of
from geo.query import FeatureQuery
from geo.ramps import parse_ramp
from geo.raster_tiles import MOST_ZOOM, draw_empty, draw_tile
from geo.spec import Layer
from geo.surface import Raster, Surface
from geo.tiles.grid import Tile, parse_tile

router = APIRouter(
    prefix="/collections/{layer}/density",
    tags=["density"],
    dependencies=[Depends(known_parameters_or_properties)],
)
GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
JSON, PNG, SVG = "application/json", "image/png", "image/svg+xml"
TILES = "/tiles/{z}/{x}/{y}.png"
OWN_PARAMETERS = {"bandwidth_km", "weight", "cell_km", "precision", "colours", "lang"}
Text = str | None


def _content(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}}}


async def asked_density(
    layer: LayerDep,
    bandwidth_km: Annotated[
        Text, Query(description="width of the Gaussian kernel in kilometres; else 25")
    ] = None,
    weight: Annotated[
        Text, Query(description="count (default), or a number of the layer such as killed")
    ] = None,
    cell_km: Annotated[
        Text, Query(description="size of a cell in kilometres; else a tenth of bandwidth_km")
    ] = None,
    precision: Annotated[
        Text,
        Query(
            description="rows by how well their place is known: fitting (to within bandwidth_km; "
            "default), points (place_precision 1 and 2), spread (all, as wide as their radius_m)"
        ),
    ] = None,
) -> DensityQuery:
    """Read which surface is asked for."""
    return parse_density(
        layer, bandwidth_km=bandwidth_km, weight=weight, cell_km=cell_km, precision=precision
    )


async def asked_colours(
    colours: Annotated[
        Text, Query(description="matter (default), tempo; matter_r, tempo_r for dark ground")
    ] = None,
) -> str:
    """Read which colours are asked for."""
    return parse_ramp(colours)


async def surfaces_of(request: Request) -> Surfaces:
    """Give the surfaces that this process has computed."""
    surfaces: Surfaces = request.app.state.surfaces
    return surfaces


DensityDep = Annotated[DensityQuery, Depends(asked_density)]
ColoursDep = Annotated[str, Depends(asked_colours)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request for a surface or something drawn of it."""

    request: Request
    layer: Layer
    query: FeatureQuery
    density: DensityQuery
    database: Any
    surfaces: Surfaces

    async def revision(self) -> Revision:
        async with self.database.reading() as reader:
            current = await revision_of(reader, self.layer)
            return await revision_shown(reader, self.layer, self.query, current)

    def tag(self, revision: Revision, *parts: str) -> str:
        what = (self.layer.id, self.query.canonical(), repr(self.density))
        return http.etag(revision.number, *what, *parts, http.base_url(self.request))

    async def surface(self, revision: Revision) -> Surface:
        return await self.surfaces.get(
            self.database, self.layer, self.query, self.density, revision
        )

    def link(self, path: str, **changes: str | None) -> str:
        """Link to another form of the same surface."""
        given = {**self.request.query_params, **changes}
        kept = {name: value for name, value in given.items() if value is not None}
        if path == TILES:
            kept.pop("lang", None)
        return http.link_to(self.request, f"/collections/{self.layer.id}/density{path}", kept)


async def asked(
    request: Request,
    layer: LayerDep,
    density: DensityDep,
    query: LayerQueryDep,
    database: DatabaseDep,
    surfaces: Annotated[Surfaces, Depends(surfaces_of)],
) -> Asked:
    """Put together what a request asks for."""
    return Asked(
        request=request,
        layer=layer,
        query=query,
        density=density,
        database=database,
        surfaces=surfaces,
    )


AskedDep = Annotated[Asked, Depends(asked)]


async def _answer(
    given: Asked,
    media_type: str,
    parts: tuple[str, ...],
    draw: Callable[[Surface], bytes],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with something drawn of the surface, unless the client holds it."""
    revision = await given.revision()
    tag = given.tag(revision, media_type, *parts)
    if http.is_fresh(given.request, tag):
        return http.not_modified(tag)
    surface = await given.surface(revision)
    body = await asyncio.to_thread(draw, surface)
    tag = given.tag(surface.revision, media_type, *parts)
    return http.respond(body, media_type, tag=tag, headers=headers)


@router.get("", summary="A density surface, described")
async def density_described(
    given: AskedDep, colours: ColoursDep, language: LanguageDep
) -> Response:
    def draw(surface: Surface) -> bytes:
        document = describe(given.layer, given.density, surface, colours, language)
        return orjson.dumps({**document, "links": _links(given)})

    return await _answer(given, JSON, ("described", colours, language), draw)


@router.get(".tif", summary="A density surface as GeoTIFF", responses=_content("image/tiff"))
async def density_raster(given: AskedDep) -> Response:
    name = f"conflict-atlas-{given.layer.id}-density.tif"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    whole = await _answer(given, GEOTIFF, (), lambda found: _drawn(found).cog, headers)
    return in_parts(given.request, whole)


SizeParameter = Annotated[Text, Query(description="256 (default) or 512 pixels a side")]


# Before the next one, which would take @2x for a part of the row.
@router.get(
    "/tiles/{z}/{x}/{y}@2x.png",
    summary="A density surface as tiles, twice as fine",
    responses=_content(PNG),
)
async def fine_density_tile(
    given: AskedDep, colours: ColoursDep, z: str, x: str, y: str, size: SizeParameter = None
) -> Response:
    return await _tile(given, colours, _tile_of(z, x, y), 2 * _size_of(size))


@router.get("/tiles/{z}/{x}/{y}.png", summary="A density surface as tiles", responses=_content(PNG))
async def density_tile(
    given: AskedDep, colours: ColoursDep, z: str, x: str, y: str, size: SizeParameter = None
) -> Response:
    return await _tile(given, colours, _tile_of(z, x, y), _size_of(size))


async def _tile(given: Asked, colours: str, tile: Tile, pixels: int) -> Response:

    def draw(surface: Surface) -> bytes:
        of, box = surface.raster, surface.box
        if of is None or box is None:
            return draw_empty(pixels)
        place = {"zoom": tile.z, "x": tile.x, "y": tile.y, "size": pixels}
        return draw_tile(of.cog, box, of.maximum, colours, **place)

    parts = (colours, f"{tile.z}/{tile.x}/{tile.y}", str(pixels))
    return await _answer(given, PNG, parts, draw)


@router.get("/tilejson.json", summary="Where the tiles of a density surface are")
async def density_tilejson(given: AskedDep, colours: ColoursDep, language: LanguageDep) -> Response:
    def draw(surface: Surface) -> bytes:
        document = {
            "tilejson": "3.0.0",
            "name": title_words(given.layer, given.density.weight, language),
            "attribution": credit(given.layer, surface.datasets, language),
            "scheme": "xyz",
            "tiles": [given.link(TILES)],
            "minzoom": 0,
            "maxzoom": MOST_ZOOM,
            # Without bounds TileJSON means the whole world; of nothing there is nothing anywhere.
            **({} if surface.box is None else {"bounds": surface.box}),
        }
        return orjson.dumps(document)

    return await _answer(given, JSON, ("tilejson", colours, language), draw)


@router.get("/legend.svg", summary="The legend of a density surface", responses=_content(SVG))
async def density_legend(given: AskedDep, colours: ColoursDep, language: LanguageDep) -> Response:
    def draw(surface: Surface) -> bytes:
        maximum = 0.0 if surface.raster is None else surface.raster.maximum
        words = unit_words(given.layer, given.density.weight, area_km2(maximum), language)
        return draw_legend(maximum, colours, words, language).encode()

    return await _answer(given, SVG, (colours, language), draw)


def _drawn(surface: Surface) -> Raster:
    if surface.raster is None:
        raise Uncomputable(
            "no row of this selection can be drawn as a density; …/density says why each is left "
            "out, and bandwidth_km or precision may let more of them in"
        )
    return surface.raster


def _tile_of(z: str, x: str, y: str) -> Tile:
    """Read which tile is asked for; one that is not drawn is nowhere."""
    tile = parse_tile("WebMercatorQuad", z, x, y)
    if tile.z > MOST_ZOOM:
        raise UnknownThing("zoom of a density", z, [f"0 to {MOST_ZOOM}"])
    return tile


def _size_of(size: str | None) -> int:
    known = {str(pixels): pixels for pixels in SIZES_PX}
    if size is not None and size not in known:
        raise BadParameter("size", size, "is no size of tiles here", allowed=list(known))
    return known.get(size or "", SIZES_PX[0])


def _links(given: Asked) -> list[dict[str, str | bool]]:
    items = f"/collections/{given.layer.id}/items"
    selection = {n: v for n, v in given.request.query_params.items() if n not in OWN_PARAMETERS}
    return [
        {"href": given.link(""), "rel": "self", "type": JSON},
        {"href": given.link(".tif", colours=None, lang=None), "rel": "enclosure", "type": GEOTIFF},
        {"href": given.link("/tilejson.json"), "rel": "tilejson", "type": JSON},
        {"href": given.link(TILES), "rel": "tiles", "type": PNG, "templated": True},
        {"href": given.link("/legend.svg"), "rel": "legend", "type": SVG},
        {"href": http.link_to(given.request, items, selection), "rel": "items"},
    ]
