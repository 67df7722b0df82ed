"""What tiles there are: tile matrix sets, and tilesets as OGC API – Tiles lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from app import http
from app.deps import DatabaseDep, ExtentsDep, LanguageDep, LayerDep, only_known_parameters
from app.routes.landing import RELATIONS
from app.routes.tiles import FORMS, placed
from app.tiles.ask import Part
from app.tiles.make import TileMaker
from app.tiles.tileset import Tileset, read_tileset, tileset_tag
from geo.crs import CRS84
from geo.database import Database
from geo.errors import BadParameter
from geo.features import Extents
from geo.query import FeatureQuery
from geo.spec import GeometryType, Language, Layer, Text
from geo.tiles.grid import MATRICES, Matrix, parse_matrix
from geo.tiles.metadata import VectorLayer, limits, tile_matrix_set

router = APIRouter(tags=["tiles"], dependencies=[Depends(only_known_parameters)])
JSON = "application/json"
SETS = "http://www.opengis.net/def/tilematrixset/OGC/1.0"
SYSTEMS: dict[Matrix, str] = {
    "WebMercatorQuad": "http://www.opengis.net/def/crs/EPSG/0/3857",
    "WorldCRS84Quad": CRS84,
}
EVERYTHING = Text(en="All layers together", fr="Toutes les couches ensemble")


async def _matrix_of(name: Annotated[str, Path(alias="tileMatrixSetId")]) -> Matrix:
    return parse_matrix(name)


MatrixDep = Annotated[Matrix, Depends(_matrix_of)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """The layers of a tileset, what they are called together, and where their tilesets are."""

    path: str
    title: str
    layers: tuple[Layer, ...]


@router.get("/tileMatrixSets", summary="The tile matrix sets")
async def tile_matrix_sets(request: Request) -> Response:
    entries = [
        {
            "id": matrix,
            "title": tile_matrix_set(matrix)["title"],
            "uri": f"{SETS}/{matrix}",
            "crs": SYSTEMS[matrix],
            "links": [_link(request, f"/tileMatrixSets/{matrix}", "self")],
        }
        for matrix in MATRICES
    ]
    return _json(request, {"tileMatrixSets": entries})


@router.get("/tileMatrixSets/{tileMatrixSetId}", summary="A tile matrix set")
async def one_tile_matrix_set(request: Request, matrix: MatrixDep) -> Response:
    return _json(request, tile_matrix_set(matrix))


@router.get(
    "/tiles",
    operation_id="dataset.vector.getTileSetsList",
    summary="The tilesets of all layers together",
)
async def dataset_tilesets(request: Request, language: LanguageDep) -> Response:
    return _list(request, "/tiles", EVERYTHING.in_language(language))


@router.get(
    "/collections/{layer}/tiles",
    operation_id="collection.vector.getTileSetsList",
    summary="The tilesets of a layer",
)
async def layer_tilesets(request: Request, layer: LayerDep, language: LanguageDep) -> Response:
    _check_placed(request, layer)
    return _list(request, f"/collections/{layer.id}/tiles", layer.title.in_language(language))


@router.get(
    "/tiles/{tileMatrixSetId}",
    operation_id="dataset.vector.getTileSet",
    summary="A tileset of all layers together",
)
async def dataset_tileset(
    request: Request,
    matrix: MatrixDep,
    language: LanguageDep,
    database: DatabaseDep,
    extents: ExtentsDep,
) -> Response:
    layers: dict[str, Layer] = request.app.state.layers
    shown = Shown(
        path="/tiles",
        title=EVERYTHING.in_language(language),
        layers=tuple(layers[name] for name in placed(request)),
    )
    return await _tileset(request, shown, matrix, language, database, extents)


@router.get(
    "/collections/{layer}/tiles/{tileMatrixSetId}",
    operation_id="collection.vector.getTileSet",
    summary="A tileset of a layer",
)
async def layer_tileset(
    request: Request,
    layer: LayerDep,
    matrix: MatrixDep,
    language: LanguageDep,
    database: DatabaseDep,
    extents: ExtentsDep,
) -> Response:
    _check_placed(request, layer)
    shown = Shown(
        path=f"/collections/{layer.id}/tiles",
        title=layer.title.in_language(language),
        layers=(layer,),
    )
    return await _tileset(request, shown, matrix, language, database, extents)


async def _tileset(
    request: Request,
    shown: Shown,
    matrix: Matrix,
    language: Language,
    database: Database,
    extents: Extents,
) -> Response:
    """Describe the tiles of some layers, unless the client holds the description."""
    maker: TileMaker = request.app.state.tile_maker
    parts = [Part(layer=layer, query=FeatureQuery()) for layer in shown.layers]
    state = await maker.state()
    tag = tileset_tag(state, parts, shown.path, matrix, language, http.base_url(request))
    if http.is_fresh(request, tag):
        return http.not_modified(tag)
    tileset = await read_tileset(parts, matrix, language, maker, state, database, extents)
    document = _describe(request, shown.path, shown.title, matrix, tileset)
    return http.respond(orjson.dumps(document), JSON, tag=tag)


def _check_placed(request: Request, layer: Layer) -> None:
    if layer.geometry is GeometryType.NONE:
        problem = "has rows without a place, so no tiles"
        raise BadParameter("layer", layer.id, problem, allowed=placed(request), where="path")


def _list(request: Request, path: str, title: str) -> Response:
    entries = [_entry(request, path, title, matrix) for matrix in MATRICES]
    return _json(request, {"links": [_link(request, path, "self")], "tilesets": entries})


def _entry(request: Request, path: str, title: str, matrix: Matrix) -> dict[str, Any]:
    scheme = f"/tileMatrixSets/{matrix}"
    return {
        "title": title,
        "dataType": "vector",
        "crs": SYSTEMS[matrix],
        "tileMatrixSetURI": f"{SETS}/{matrix}",
        "links": [
            _link(request, f"{path}/{matrix}", "self"),
            _link(request, scheme, f"{RELATIONS}/tiling-scheme"),
        ],
    }


def _describe(
    request: Request, path: str, title: str, matrix: Matrix, tileset: Tileset
) -> dict[str, Any]:
    """Write the metadata of a tileset (OGC Two Dimensional Tile Matrix Set, 7)."""
    document = _entry(request, path, title, matrix)
    template = f"{http.link_to(request, f'{path}/{matrix}')}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    for form, media_type in FORMS.items():
        href = f"{template}?f={form}"
        document["links"].append(
            {"href": href, "rel": "item", "type": media_type, "templated": True}
        )
    document["layers"] = [_layer(each) for each in tileset.layers]
    # Every tile of these zooms is answered, those without data too; where data is, the box says.
    document["tileMatrixSetLimits"] = limits(matrix, *tileset.zooms)
    if tileset.bounds is not None:
        west, south, east, north = tileset.bounds
        document["boundingBox"] = {
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": CRS84,
        }
    return document


def _layer(layer: VectorLayer) -> dict[str, Any]:
    properties = {
        name: {"title": each.title, "type": each.type} for name, each in layer.properties.items()
    }
    document: dict[str, Any] = {
        "id": layer.id,
        "title": layer.title,
        "dataType": "vector",
        "propertiesSchema": {"type": "object", "properties": properties},
    }
    if layer.dimension is not None:
        document["geometryDimension"] = layer.dimension
    return document


def _link(request: Request, path: str, rel: str) -> dict[str, str]:
    return {"href": http.link_to(request, path), "rel": rel, "type": JSON}


def _json(request: Request, document: dict[str, Any]) -> Response:
    """Answer with a document that is made of no data, named by what it says."""
    body = orjson.dumps(document)
    tag = http.etag(0, body)
    return (
        http.not_modified(tag) if http.is_fresh(request, tag) else http.respond(body, JSON, tag=tag)
    )
