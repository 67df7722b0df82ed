"""What others need to show and cite a map, on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from app import http
from app.deps import DatabaseDep, LanguageDep, LayersDep, QueryDep, only_known_parameters
from app.embed._citation import Cited
from app.embed._kit import Download, Kit, Picture
from app.embed._oembed import MAP_SIZE, PAGE_DPI, pixels_of
from app.embed._target import MAP_PARAMETERS, ShownMap
from app.figures import figures
from app.figures._base import DOCUMENTED
from app.figures._question import Question, permalink, read_question
from app.figures._words import moment_text
from app.pages._chrome import page
from app.routes.figures import PressDep
from app.routes.figures_page import PAGE, made, oembed_address, size_of, with_dpi
from app.routes.maps import MapDep
from geo.audience import DATASET
from geo.changes import select_states
from geo.cql2 import names_in
from geo.database import Database
from geo.errors import BadParameter
from geo.query import FeatureQuery
from geo.spec import Layer, Text

router = APIRouter(prefix="/maps", tags=["maps"], dependencies=[Depends(only_known_parameters)])
_WHAT = Text(en="Interactive map", fr="Carte interactive")
_FILE = Text(en="The map as one file (HTML)", fr="La carte en un fichier (HTML)")


async def shown_map(
    request: Request, spec: MapDep, query: QueryDep, language: LanguageDep
) -> tuple[ShownMap, FeatureQuery]:
    """Read which map is shared, and what narrows it."""
    given = {name: v for name, v in request.query_params.items() if name in MAP_PARAMETERS}
    return ShownMap(spec=spec, given=given, language=language), query


@router.get(
    "/{name}/share",
    summary="Codes to embed and cite a map",
    response_class=HTMLResponse,
    responses=PAGE,
)
async def share(
    request: Request,
    asked: Annotated[tuple[ShownMap, FeatureQuery], Depends(shown_map)],
    layers: LayersDep,
    database: DatabaseDep,
    press: PressDep,
) -> Response:
    shown, query = asked
    base, language = http.base_url(request), shown.language
    moment = await _moment(database, layers, shown, query)
    pins = {} if moment is None else {"as_of": moment_text(moment) or ""}
    picture = None
    question = _figure(shown, replace(query, as_of=moment), layers, base)
    if question is not None:
        said = orjson.loads(await made(request, question, "json", layers, database, press))
        pictured = with_dpi(question)
        svg = await made(request, pictured, "svg", layers, database, press)
        width, height = pixels_of(size_of(svg), PAGE_DPI)
        url = permalink(pictured, "png", said["dataset"], pins.get("as_of"))
        picture = Picture(url=url, alt=said["alt"], width=width, height=height)
    pinned = shown.address(base, **pins)
    narrowing = {k: v for k, v in shown.given.items() if k != "as_of"}
    kit = Kit(
        title=shown.title,
        alt=shown.alt,
        link=shown.address(base),
        pinned=pinned,
        frame=shown.address(base, "/embed"),
        shape=MAP_SIZE,
        picture=picture,
        cited=Cited(
            key=f"conflict-atlas-map-{shown.spec.id}-{language}",
            title=shown.title,
            what=_WHAT.in_language(language),
            url=pinned,
            state=(moment or datetime.now(UTC)).date(),
            accessed=datetime.now(UTC).date(),
            source=shown.spec.subtitle.in_language(language),
            language=language,
        ),
        downloads=(
            *(
                Download(
                    url=http.link_to(
                        request,
                        f"/collections/{group.layer}/items",
                        {**narrowing, **pins, "f": form},
                    ),
                    title=f"{layers[group.layer].title.in_language(language)} ({title})",
                )
                for group in shown.spec.selectable
                for form, title in (("csv", "CSV"), ("geojson", "GeoJSON"))
            ),
            Download(url=shown.address(base, download="1"), title=_FILE.in_language(language)),
        ),
    )
    oembed = oembed_address(base, kit.link)
    return page(request, "map_share.html", language, kit=kit, oembed=oembed)


async def _moment(
    database: Database, layers: Mapping[str, Layer], shown: ShownMap, query: FeatureQuery
) -> datetime | None:
    """Find when the state that the map shows came to be."""
    if query.as_of is not None:
        return query.as_of
    async with database.reading() as reader:
        rows = await reader.rows(select_states(None))
    names = {layers[group.layer].stored_in for group in shown.spec.groups}
    return max((row["recorded_at"] for row in rows if row["layer"] in names), default=None)


def _figure(
    shown: ShownMap, query: FeatureQuery, layers: Mapping[str, Layer], base: str
) -> Question | None:
    """Ask for the figure of the same content, if there is one that can be narrowed so."""
    spec = figures().get(shown.spec.figure or "")
    if spec is None:
        return None
    # A map draws the atlas's own data unless its filter says which.
    chosen = query.filter is not None and DATASET in names_in(query.filter)
    given = shown.given if chosen else {**shown.given, "source": DOCUMENTED}
    try:
        return read_question(spec, layers[spec.layer], given, query, shown.language, base)
    except BadParameter:
        # A map's filter may be about another of its layers.
        return None
