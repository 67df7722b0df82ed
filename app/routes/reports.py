"""The atlas of a region as a PDF: the same question of the same state gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import (
    DatabaseDep,
    LanguageDep,
    LayersDep,
    MomentDep,
    only_known_parameters,
    read_selection,
)
from app.figures._read import State
from app.report._make import MEDIA_TYPE, make_report
from app.report._question import ReportQuestion
from app.report._read import read_contents, read_report_state
from app.routes.figures import PressDep

router = APIRouter(
    prefix="/reports", tags=["reports"], dependencies=[Depends(only_known_parameters)]
)
Text = str | None
# Another release of what draws and writes may give other bytes.
_LIBRARIES = ("matplotlib", "pypdf", "reportlab")


async def question_of(
    request: Request,
    region: str,
    moment: MomentDep,
    language: LanguageDep,
    interval: Annotated[
        Text,
        Query(
            alias="datetime",
            description="a day, a time or an interval: 2013-07-01/.., ../2021-04-30",
        ),
    ] = None,
    source: Annotated[
        Text,
        Query(description="the data set to draw; else the first of acled, ucdp, documented"),
    ] = None,
) -> ReportQuestion:
    """Read what the report is asked for."""
    return ReportQuestion(
        region=region,
        query=replace(read_selection(interval=interval), as_of=moment.as_of),
        base_url=http.base_url(request),
        days=interval,
        language=language,
        source=source,
    )


@router.get(
    "/{region}.pdf",
    summary="The atlas of a region as PDF",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}},
)
async def report(
    question: Annotated[ReportQuestion, Depends(question_of)],
    layers: LayersDep,
    database: DatabaseDep,
    press: PressDep,
    request: Request,
) -> Response:
    """Make a report, or give the one that was made of this state."""
    async with database.reading() as reader:
        _, state = await read_report_state(reader, question, layers)
    tag = _tag(question, state)
    if http.is_fresh(request, tag):
        return http.not_modified(tag)
    kept = press.kept.get(tag)
    if kept is not None:
        return _answer(question, kept.body, tag)
    # What is read for a report is large: it is read when the press is free for it.
    async with press.turn:
        async with database.reading() as reader:
            region, state = await read_report_state(reader, question, layers)
            tag = _tag(question, state)
            kept = press.kept.get(tag)
            if kept is not None:
                return _answer(question, kept.body, tag)
            contents = await read_contents(reader, question, layers, region, state)
        made = partial(make_report, press, question, contents, layers)
        return _answer(question, await press.make_once(tag, made), tag)


def _tag(question: ReportQuestion, state: State) -> str:
    made_by = " ".join(version(name) for name in _LIBRARIES)
    return http.etag(state.newest, "report", question.canonical(), repr(state.revisions), made_by)


def _answer(question: ReportQuestion, body: bytes, tag: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{question.file_name}"'}
    return http.respond(body, MEDIA_TYPE, tag=tag, headers=headers)
