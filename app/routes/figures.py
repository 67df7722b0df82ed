"""The figures of a report: pictures, printed pages and their tables, each by its number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import DatabaseDep, LanguageDep, LayersDep, QueryDep, only_known_parameters
from app.figures import FigureSpec, figures
from app.figures._forms import FORMS, Form
from app.figures._press import Press
from app.figures._question import LEAST_DPI, MOST_DPI, Question, read_question
from app.figures._read import read_ground, read_numbers, read_state
from app.pages._chrome import page
from app.routes.landing import FormParameter, wants_html
from app.wording import bind_signs
from geo.database import Database
from geo.errors import UnknownThing
from geo.spec import Language, Layer

router = APIRouter(
    prefix="/figures", tags=["figures"], dependencies=[Depends(only_known_parameters)]
)
Text = str | None
# What is drawn runs no scripts, also where it is opened by itself.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


async def figure_of(figure: str) -> FigureSpec:
    """Find the figure that the path names."""
    known = figures()
    if figure not in known:
        raise UnknownThing("figure", figure, known)
    return known[figure]


async def press_of(request: Request) -> Press:
    """Give what makes figures in this process."""
    press: Press = request.app.state.figures
    return press


async def question_of(
    request: Request,
    spec: Annotated[FigureSpec, Depends(figure_of)],
    query: QueryDep,
    language: LanguageDep,
    layers: LayersDep,
    theme: Annotated[Text, Query(description="light (default), dark or print")] = None,
    size: Annotated[Text, Query(description="page (default), column or slide")] = None,
    dpi: Annotated[
        Text, Query(description=f"fineness of a PNG, {LEAST_DPI} to {MOST_DPI} dots per inch")
    ] = None,
    source: Annotated[
        Text,
        Query(description="the data set to draw; else the first of acled, ucdp, documented"),
    ] = None,
    compare: Annotated[
        Text, Query(description="a published yearly series to set beside bars")
    ] = None,
) -> Question:
    """Read what the figure is asked for."""
    # They are named above to be known and described; their texts are read in one place.
    given = dict(request.query_params)
    layer, base = layers[spec.layer], http.base_url(request)
    return read_question(spec, layer, given, query, language, base)


QuestionDep = Annotated[Question, Depends(question_of)]
PressDep = Annotated[Press, Depends(press_of)]
Handler = Callable[..., Awaitable[Response]]


@router.get("", summary="The figures")
async def all_figures(request: Request, language: LanguageDep, f: FormParameter = None) -> Response:
    described = [_described(request, spec, language) for spec in figures().values()]
    if not wants_html(request, f):
        return http.respond(orjson.dumps({"figures": described}), "application/json")
    return page(request, "figures.html", language, figures=described)


async def make_figure(
    request: Request,
    question: Question,
    form: str,
    layers: Mapping[str, Layer],
    database: Database,
    press: Press,
    *,
    is_answer: bool = True,
) -> tuple[str, bytes | None]:
    """Make a figure, or find it kept, with its tag; as an answer None if the client holds it."""
    async with database.reading() as reader:
        state = await read_state(reader, question, layers)
        parts = (form, question.canonical(), repr(state.revisions), made_by(request))
        tag = http.etag(state.newest, *parts)
        if is_answer and http.is_fresh(request, tag):
            return tag, None
        kept = press.kept.get(tag)
        if kept is not None:
            return tag, kept.body
        numbers = await read_numbers(reader, question, layers, state)
        ready = press.has_ground(question, numbers.revisions)
        rows = {} if ready else await read_ground(reader, layers, question.query.as_of)
    return tag, await press.make(tag, form, question, numbers, rows, layers)


def made_by(request: Request) -> str:
    """Name what draws and writes: another release of it may give other bytes."""
    return f"{request.app.version} {version('matplotlib')} {version('pypdf')}"


def answer(form: Form, name: str, tag: str, body: bytes | None) -> Response:
    """Answer with a file, or that the client holds it already."""
    if body is None:
        return http.not_modified(tag)
    headers = {
        "Content-Security-Policy": POLICY,
        "Content-Disposition": f'inline; filename="{name}"',
    }
    return http.respond(body, form.media_type, tag=tag, headers=headers)


def serve_forms(
    served: APIRouter,
    parameter: str,
    forms: Mapping[str, Form],
    handler: Callable[[Form], Handler],
    *,
    name: str,
    summary: str,
) -> None:
    """Give each form of what is drawn an address of its own, which ends in its name."""
    for form in forms.values():
        served.add_api_route(
            f"/{{{parameter}}}.{form.id}",
            handler(form),
            name=f"{name}_{form.id}",
            summary=f"{summary} {form.id.upper()}",
            response_class=Response,
            responses={200: {"content": {form.media_type: {}}}},
        )


def _handler(form: Form) -> Handler:
    """Make the function that answers for a form."""

    async def figure(
        request: Request,
        question: QuestionDep,
        layers: LayersDep,
        database: DatabaseDep,
        press: PressDep,
    ) -> Response:
        tag, body = await make_figure(request, question, form.id, layers, database, press)
        return answer(form, _file_name(question, form), tag, body)

    return figure


serve_forms(router, "figure", FORMS, _handler, name="figure", summary="A figure as")


def _file_name(question: Question, form: Form) -> str:
    return f"conflict-atlas-figure-{question.spec.figure}-{question.language}.{form.id}"


def _described(request: Request, spec: FigureSpec, language: Language) -> dict[str, Any]:
    lang = {"lang": language}
    return {
        "id": spec.figure,
        "title": _without_period(bind_signs(spec.title.in_language(language))),
        "kind": spec.kind,
        "layer": spec.layer,
        "compare": [
            {"id": one.metric, "title": bind_signs(one.title.in_language(language))}
            for one in spec.comparisons
        ],
        "links": [
            {
                "rel": "alternate",
                "type": form.media_type,
                "title": form.id.upper(),
                "href": http.link_to(request, f"/figures/{spec.figure}.{form.id}", lang),
            }
            for form in FORMS.values()
        ],
    }


def _without_period(title: str) -> str:
    return title.replace("{period}", "").rstrip(" ,")
