"""What others need to show and cite a map, on a page of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from app import http
from app.deps import LanguageDep, LayersDep, QueryDep, only_known_parameters
from app.embed._citation import Cited
from app.embed._kit import Download, Kit, Picture
from app.embed._oembed import MAP_SIZE, PAGE_DPI, pixels_of
from app.embed._target import ShownMap, shown_map
from app.figures._forms import DRAWN
from app.figures._words import moment_text
from app.pages._chrome import page
from app.routes.figures_page import PAGE, alt_of, oembed_address, size_of
from app.routes.map_still import StoreDep, made_still, read_state, with_dpi
from app.routes.maps import MapDep
from geo.spec import Text

router = APIRouter(prefix="/maps", tags=["maps"], dependencies=[Depends(only_known_parameters)])
_WHAT = Text(en="Interactive map", fr="Carte interactive")
_FILE = Text(en="The map as one file (HTML)", fr="La carte en un fichier (HTML)")
_STILL = Text(en="The map as a picture ({form})", fr="La carte en image ({form})")


async def asked_map(
    request: Request, spec: MapDep, query: QueryDep, language: LanguageDep, layers: LayersDep
) -> ShownMap:
    """Read which map is shared, and what narrows it."""
    base = http.base_url(request)
    return shown_map(spec, request.query_params, query, language, layers, base)


@router.get(
    "/{name}/share",
    summary="Codes to embed and cite a map",
    response_class=HTMLResponse,
    responses=PAGE,
)
async def share(
    request: Request,
    shown: Annotated[ShownMap, Depends(asked_map)],
    layers: LayersDep,
    store: StoreDep,
) -> Response:
    base, language = http.base_url(request), shown.language
    async with store.database.reading() as reader:
        state = await read_state(reader, shown.still)
    moment = state.changed_at
    # An address that names a moment keeps it.
    pins = {} if moment is None else {"as_of": moment_text(moment) or ""}
    pins |= {name: shown.given[name] for name in pins if name in shown.given}
    svg = await made_still(request, with_dpi(shown.still), "svg", store)
    width, height = pixels_of(size_of(svg), PAGE_DPI)
    fine = {**pins, "dpi": str(PAGE_DPI)}
    picture = Picture(
        url=shown.address(base, ".png", **fine), alt=alt_of(svg), width=width, height=height
    )
    pinned = shown.address(base, **pins)
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
                        {**shown.still.selection.parameters(group), **pins, "f": form},
                    ),
                    title=f"{layers[group.layer].title.in_language(language)} ({title})",
                )
                for group in shown.spec.selectable
                for form, title in (("csv", "CSV"), ("geojson", "GeoJSON"))
            ),
            *(
                Download(
                    url=shown.address(base, f".{form.id}", **pins),
                    title=_STILL.in_language(language).format(form=form.id.upper()),
                )
                for form in DRAWN.values()
            ),
            Download(url=shown.address(base, download="1"), title=_FILE.in_language(language)),
        ),
    )
    oembed = oembed_address(base, kit.link)
    return page(request, "map_share.html", language, kit=kit, oembed=oembed)
