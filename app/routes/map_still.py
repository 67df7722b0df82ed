"""The still pictures of maps: what a map shows, where no script runs and on paper.

The name of this file comes before that of the maps: its addresses, which have an ending, are looked
for first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import (
    DatabaseDep,
    LanguageDep,
    LayersDep,
    QueryDep,
    SettingsDep,
    only_known_parameters,
)
from app.embed._oembed import PAGE_DPI
from app.figures._forms import DRAWN, Form
from app.figures._press import Press
from app.figures._question import LEAST_DPI, MOST_DPI
from app.figures._read import GROUND, State, read_ground, state_of
from app.maps._read import day_of, read_first_state, read_rows, scene_of
from app.maps._scene import Links
from app.maps._selection import select
from app.routes.figures import Handler, PressDep, answer, made_by, serve_forms
from app.routes.maps import MapDep
from app.settings import Settings
from app.stills._make import make_still
from app.stills._question import StillQuestion, read_still
from geo.database import Database, Reader
from geo.features import NEVER

router = APIRouter(prefix="/maps", tags=["maps"], dependencies=[Depends(only_known_parameters)])
Text = str | None
# A picture leads nowhere but to the address that is written below it.
_NO_LINKS = Links(permalink="", home="", download="", other_language="")


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """What pictures are read from and made by."""

    database: Database
    settings: Settings
    press: Press


async def store_of(database: DatabaseDep, settings: SettingsDep, press: PressDep) -> Store:
    return Store(database=database, settings=settings, press=press)


async def still_of(
    request: Request,
    spec: MapDep,
    query: QueryDep,
    language: LanguageDep,
    layers: LayersDep,
    theme: Annotated[Text, Query(description="light (default), dark or print")] = None,
    size: Annotated[Text, Query(description="page (default), column or slide")] = None,
    dpi: Annotated[
        Text, Query(description=f"fineness of a PNG, {LEAST_DPI} to {MOST_DPI} dots per inch")
    ] = None,
) -> StillQuestion:
    """Read what the picture is asked for."""
    # They are named above to be known and described; their texts are read in one place.
    given = dict(request.query_params)
    selection = select(spec, layers, query, given)
    return read_still(selection, given, language, http.base_url(request))


StoreDep = Annotated[Store, Depends(store_of)]
StillDep = Annotated[StillQuestion, Depends(still_of)]


async def made_still(request: Request, asked: StillQuestion, form: str, store: Store) -> bytes:
    """Make a picture to say something of it; it is kept for who then shows it."""
    _, body = await _make(request, asked, form, store, is_answer=False)
    return body or b""


def with_dpi(asked: StillQuestion) -> StillQuestion:
    """Ask for a picture that is fine enough for a screen, where nothing else is asked for."""
    question = asked.question
    return replace(asked, question=replace(question, dpi=question.dpi or PAGE_DPI))


async def _make(
    request: Request, asked: StillQuestion, form: str, store: Store, *, is_answer: bool
) -> tuple[str, bytes | None]:
    """Make a picture, or find it kept, with its tag; as an answer None if the client holds it."""
    selection, question, press = asked.selection, asked.question, store.press
    async with store.database.reading() as reader:
        state = await read_state(reader, asked)
        bounds = (store.settings.map_features_max, store.settings.count_bound)
        parts = (form, question.canonical(), repr(state.revisions), repr(bounds), made_by(request))
        tag = http.etag(state.newest, "still", *parts)
        if is_answer and http.is_fresh(request, tag):
            return tag, None
        kept = press.kept.get(tag)
        if kept is not None:
            return tag, kept.body
        rows = await read_rows(reader, selection, *bounds)
        first_state = await read_first_state(reader, selection, rows)
        ready = press.has_ground(question, state.revisions)
        layers, as_of = selection.layers, question.query.as_of
        ground = {} if ready else await read_ground(reader, layers, as_of)
    scene = scene_of(
        selection,
        rows,
        _NO_LINKS,
        question.language,
        data_as_of=day_of(state.data_changed_at or NEVER),
        first_state=first_state,
    )
    draw = partial(make_still, press, form, asked, scene, state, ground)
    return tag, await press.make_once(tag, draw)


async def read_state(reader: Reader, asked: StillQuestion) -> State:
    """Find the state that the question asks about."""
    selection = asked.selection
    data = [selection.layer(group).stored_in for group in selection.spec.selectable]
    below = [selection.layer(group).stored_in for group in selection.spec.groups]
    names = list(dict.fromkeys((*data, *below, *GROUND)))
    # A new base map makes the data no newer.
    return await state_of(reader, names, selection.query.as_of, data)


def _handler(form: Form) -> Handler:
    """Make the function that answers for a form."""

    async def still(request: Request, asked: StillDep, store: StoreDep) -> Response:
        tag, body = await _make(request, asked, form.id, store, is_answer=True)
        name = f"conflict-atlas-map-{asked.selection.spec.id}-{asked.question.language}.{form.id}"
        return answer(form, name, tag, body)

    return still


serve_forms(router, "name", DRAWN, _handler, name="map", summary="What a map shows, as")
