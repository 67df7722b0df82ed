"""oEmbed 1.0: what a site may show for the address of a figure or a map."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import LayersDep, only_known_parameters
from app.embed._kit import sized_frame
from app.embed._oembed import (
    FORMATS,
    Bounds,
    answer,
    dpi_within,
    first_dpi,
    map_size,
    pixels_of,
    read_bounds,
    read_format,
    written,
)
from app.embed._target import ShownMap, shown_at
from app.figures._question import COLUMN, LEAST_DPI, Question, permalink
from app.routes.figure_check import URL
from app.routes.figures_page import made, size_of
from app.routes.map_still import Store, StoreDep, made_still
from geo.errors import BadParameter
from geo.spec import Layer

router = APIRouter(tags=["figures"], dependencies=[Depends(only_known_parameters)])
Text = str | None


@router.get(
    "/oembed",
    summary="What to show for an address of a figure or a map",
    response_class=Response,
    responses={
        200: {"content": {media_type: {} for media_type in FORMATS.values()}},
        501: {"description": "the format is not made here"},
    },
)
async def oembed(
    request: Request,
    layers: LayersDep,
    store: StoreDep,
    url: Annotated[Text, Query(description=URL)] = None,
    format_: Annotated[
        Text, Query(alias="format", description="json (default) or xml; others are 501")
    ] = None,
    maxwidth: Annotated[Text, Query(description="largest width, in pixels")] = None,
    maxheight: Annotated[Text, Query(description="largest height, in pixels")] = None,
    dnt: Annotated[
        Text, Query(description="a wish not to be tracked, which nobody is in any case")
    ] = None,
) -> Response:
    form, bounds = read_format(format_), read_bounds(maxwidth, maxheight)
    if not url:
        raise BadParameter("url", "", "is missing", allowed="the address of a figure or map here")
    base = http.base_url(request)
    shown = shown_at(url, base, layers)
    if isinstance(shown, ShownMap):
        document = await _map(request, shown, base, bounds, store)
    else:
        document = await _figure(request, shown, bounds, layers, store)
    return http.respond(written(document, form), FORMATS[form])


async def _map(
    request: Request, shown: ShownMap, base: str, bounds: Bounds, store: Store
) -> dict[str, Any]:
    """Offer a frame with the map and a picture of it, or the picture that was asked for."""
    is_pinned, size = "as_of" in shown.given, map_size(bounds)
    still = await _fitting(
        shown.still.question,
        bounds,
        lambda fine: made_still(request, replace(shown.still, question=fine), "svg", store),
    )
    said: dict[str, Any] = {}
    if still is not None:
        fine, (width, height) = still
        url = permalink(fine, "png", "", shown.given.get("as_of"))
        said = {"url": url, "width": width, "height": height}
    if shown.is_still:
        kind = "photo" if said else "link"
        return answer(kind, shown.title, base, is_pinned=is_pinned, **said)
    thumbnail = {f"thumbnail_{name}": value for name, value in said.items()}
    if size is None:
        return answer("link", shown.title, base, is_pinned=is_pinned, **thumbnail)
    html = sized_frame(shown.address(base, "/embed"), shown.title, shown.alt, *size)
    width, height = size
    frame = {"html": html, "width": width, "height": height}
    return answer("rich", shown.title, base, is_pinned=is_pinned, **frame, **thumbnail)


async def _figure(
    request: Request,
    question: Question,
    bounds: Bounds,
    layers: Mapping[str, Layer],
    store: Store,
) -> dict[str, Any]:
    """Offer the picture of a figure."""
    kept = (layers, store.database, store.press)
    said = orjson.loads(await made(request, question, "json", *kept))
    base, is_pinned = question.base_url, question.query.as_of is not None
    as_of = said["record"]["as_of"] if is_pinned else None
    found = await _fitting(question, bounds, lambda fine: made(request, fine, "svg", *kept))
    if found is None:
        return answer("link", said["title"], base, is_pinned=is_pinned)
    fine, (width, height) = found
    url = permalink(fine, "png", said["dataset"], as_of)
    photo = {"url": url, "width": width, "height": height}
    return answer("photo", said["title"], base, is_pinned=is_pinned, **photo)


async def _fitting(
    question: Question, bounds: Bounds, draw: Callable[[Question], Awaitable[bytes]]
) -> tuple[Question, tuple[int, int]] | None:
    """Find the finest picture that fits; a narrow place gets the layout for a column."""
    for asked in (question, replace(question, size=COLUMN)):
        dpi = first_dpi(asked.size.width_mm, bounds, LEAST_DPI)
        while dpi is not None:
            # The fineness stands in the address below the figure, which may take a line more.
            fine = replace(asked, dpi=dpi)
            size = size_of(await draw(fine))
            pixels = pixels_of(size, dpi)
            if bounds.hold(*pixels):
                return fine, pixels
            dpi = dpi_within(size, bounds, LEAST_DPI)
    return None
