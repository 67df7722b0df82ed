"""The page of a figure, with what others need to show and cite it, and the figure for a frame.

The name of this file comes after that of the figures: their addresses, which have an ending, are
looked for first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import unescape

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from app import http
from app.deps import DatabaseDep, LayersDep, only_known_parameters
from app.embed._citation import Cited
from app.embed._kit import Download, Kit, Picture
from app.embed._oembed import PAGE_DPI, pixels_of
from app.figures._forms import FORMS
from app.figures._press import Press
from app.figures._question import Question, permalink
from app.pages import _templates
from app.pages._chrome import page
from app.routes.figures import PressDep, QuestionDep, make_figure
from geo.database import Database
from geo.spec import Layer, Text

router = APIRouter(
    prefix="/figures", tags=["figures"], dependencies=[Depends(only_known_parameters)]
)
PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}}}
# A frame holds one picture and runs nothing; any site may show it.
FRAME_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self'; "
    "style-src 'unsafe-inline'"
)
_SIZE = re.compile(rb'<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"')
_ALT = re.compile(rb'<desc id="figure-alt">(.*?)</desc>', re.DOTALL)
_WHAT = Text(en="Figure {number}", fr="Figure {number}")
_ROWS = Text(en="Rows (GeoJSON)", fr="Lignes (GeoJSON)")


async def made(
    request: Request,
    question: Question,
    form: str,
    layers: Mapping[str, Layer],
    database: Database,
    press: Press,
) -> bytes:
    """Make a figure to say something of it; it is kept for who then shows it."""
    _, body = await make_figure(request, question, form, layers, database, press, is_answer=False)
    return body or b""


def size_of(svg: bytes) -> tuple[float, float]:
    """Read how large a drawn figure is, in points."""
    found = _SIZE.search(svg)
    if found is None:
        raise LookupError("a drawn figure does not say its size")
    return float(found[1]), float(found[2])


def alt_of(svg: bytes) -> str:
    """Read what a drawn figure says to who does not see it."""
    found = _ALT.search(svg)
    if found is None:
        raise LookupError("a drawn figure does not say what it shows")
    return unescape(found[1].decode())


def figure_kit(question: Question, said: dict[str, Any], size_pt: tuple[float, float]) -> Kit:
    """Offer what others need of a figure, as its document describes it."""
    language, number = question.language, question.spec.figure
    record, dataset = said["record"], said["dataset"]
    as_of, width, height = record["as_of"], *pixels_of(size_pt, question.dpi or PAGE_DPI)
    # The size is of a drawing with this very address below it.
    pinned = permalink(question, "png", dataset, as_of)
    picture = permalink(with_dpi(question), "png", dataset, as_of)
    # A pinned question stays pinned.
    asked = as_of if question.query.as_of else None
    frame = permalink(question, "svg", dataset, asked)
    moment = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC)
    links = [link["href"] for link in said["links"] if link["rel"] == "items"]
    rows = [Download(url=href, title=_ROWS.in_language(language)) for href in links]
    return Kit(
        title=said["title"],
        alt=said["alt"],
        link=_below(frame, number, ""),
        pinned=_below(pinned, number, ""),
        frame=_below(frame, number, "/embed"),
        shape=(width, height),
        picture=Picture(url=picture, alt=said["alt"], width=width, height=height),
        cited=Cited(
            key=f"conflict-atlas-figure-{number}-{language}",
            title=said["title"],
            what=_WHAT.in_language(language).format(number=number),
            url=_below(pinned, number, ""),
            state=moment.date(),
            accessed=datetime.now(UTC).date(),
            source=_source(said["source"]["title"], question),
            language=language,
        ),
        downloads=(
            *(
                Download(url=permalink(question, form, dataset, as_of), title=form.upper())
                for form in ("csv", "json")
            ),
            *rows,
        ),
        check=check_address(
            question.base_url, permalink(question, "svg", dataset, as_of), language
        ),
    )


def check_address(base: str, figure: str, language: str) -> str:
    """Write the address that says whether the data of a figure have changed since."""
    return f"{base}/figures/check?{urlencode({'url': figure, 'f': 'html', 'lang': language})}"


def _source(title: Any, question: Question) -> str:
    return str(title[question.language] if isinstance(title, dict) else title)


def _below(address: str, number: str, part: str) -> str:
    """Make the address of a figure's page, or of a part of it, out of that of a file."""
    before, _, query = address.partition("?")
    return f"{before.rpartition('/')[0]}/{number}{part}?{query}"


def with_dpi(question: Question) -> Question:
    """Ask for a picture that is fine enough for a screen, where nothing else is asked for."""
    return replace(question, dpi=question.dpi or PAGE_DPI)


@router.get(
    "/{figure}",
    summary="A figure as a page, with codes to embed and cite it",
    response_class=HTMLResponse,
    responses=PAGE,
)
async def figure_page(
    request: Request,
    question: QuestionDep,
    layers: LayersDep,
    database: DatabaseDep,
    press: PressDep,
) -> Response:
    store = (layers, database, press)
    said = orjson.loads(await made(request, question, "json", *store))
    size = size_of(await made(request, with_dpi(question), "svg", *store))
    kit = figure_kit(question, said, size)
    dataset = said["dataset"]
    as_of = said["record"]["as_of"] if question.query.as_of else None
    return page(
        request,
        "figure.html",
        question.language,
        kit=kit,
        svg=permalink(question, "svg", dataset, as_of),
        oembed=oembed_address(question.base_url, kit.link),
        files=[
            Download(url=permalink(question, form, dataset, as_of), title=form.upper())
            for form in FORMS
        ],
    )


def oembed_address(base: str, shown: str) -> str:
    """Write where consumers of oEmbed ask for a page."""
    return f"{base}/oembed?{urlencode({'url': shown})}"


@router.get(
    "/{figure}/embed",
    summary="A figure for a frame in another site",
    response_class=HTMLResponse,
    responses=PAGE,
)
async def figure_frame(
    request: Request,
    question: QuestionDep,
    layers: LayersDep,
    database: DatabaseDep,
    press: PressDep,
) -> Response:
    said = orjson.loads(await made(request, question, "json", layers, database, press))
    as_of = said["record"]["as_of"] if question.query.as_of else None
    picture = permalink(question, "svg", said["dataset"], as_of)
    text = _templates.render(
        "figure_embed.html",
        language=question.language,
        title=said["title"],
        alt=said["alt"],
        picture=picture,
        page=_below(picture, question.spec.figure, ""),
    )
    return http.page(text, policy=FRAME_POLICY)
