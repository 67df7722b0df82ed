"""Whether the data of a figure have changed since it was made, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app import http
from app.deps import DatabaseDep, LanguageDep, LayersDep, only_known_parameters
from app.figures._address import read_address, read_figure_address
from app.figures._check import Check, Claim, check
from app.figures._check_words import KINDS, document, moment_words, sentences
from app.figures._check_words import text as words
from app.figures._question import Question, permalink
from app.figures._words import moment_text
from app.pages._chrome import page
from app.routes.landing import FormParameter, wants_html
from geo.changes import select_moment
from geo.database import Reader
from geo.errors import BadParameter
from geo.spec import FEATURE_FIELDS, Language, Layer

router = APIRouter(tags=["figures"], dependencies=[Depends(only_known_parameters)])
Text = str | None
# One parameter of two addresses has one description.
URL = "the address of a figure here, with as_of where it is checked; of a map for oEmbed"
# The longest number of an import that the database can hold.
_DIGITS = 18
_PINNED = "an address with as_of, as a figure's permalink has it, or the revision beside it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which figure is checked; None as long as a person has only opened the page."""

    question: Question | None
    revision: int | None
    digest: str | None
    url: str


async def asked_of(
    request: Request,
    layers: LayersDep,
    url: Annotated[Text, Query(description=URL)] = None,
    query: Annotated[
        Text, Query(description="what the record in a file calls its query; any host")
    ] = None,
    revision: Annotated[
        Text, Query(description="the greatest revision in that record, instead of as_of")
    ] = None,
    hash_: Annotated[
        Text, Query(alias="hash", description="the hash in that record, to be compared")
    ] = None,
) -> Asked:
    """Read which figure is asked about."""
    digest = hash_ or None
    if revision is not None and not _is_number(revision):
        raise BadParameter("revision", revision, "is no revision", allowed="a whole number from 1")
    number = None if revision is None else int(revision)
    if url is not None and query is not None:
        raise BadParameter("query", query, "is given beside url", allowed="one of the two")
    given = url if url is not None else query
    if given is None:
        return Asked(question=None, revision=number, digest=digest, url="")
    name, base = ("url" if query is None else "query"), http.base_url(request)
    address = read_address(given, base if query is None else None, name=name)
    question = None if address is None else read_figure_address(address, layers, base)
    if question is None:
        allowed = f"{base}/figures/4.svg?as_of=… and the like"
        raise BadParameter(name, given, "is no figure of this service", allowed=allowed)
    if question.query.as_of is None and number is None:
        raise BadParameter(name, given, "says of no moment that it shows", allowed=_PINNED)
    return Asked(question=question, revision=number, digest=digest, url=given)


@router.get("/figures/check", summary="Whether the data of a figure have changed since")
async def check_figure(
    request: Request,
    asked: Annotated[Asked, Depends(asked_of)],
    layers: LayersDep,
    database: DatabaseDep,
    language: LanguageDep,
    f: FormParameter = None,
) -> Response:
    as_page = wants_html(request, f)
    if asked.question is None:
        if not as_page:
            raise BadParameter("url", "", "is missing", allowed=_PINNED)
        return page(request, "figure_check.html", language, asked="", check=None)
    async with database.reading() as reader:
        question = await _at_revision(reader, asked.question, asked.revision)
        found = await check(reader, question, layers, Claim(digest=asked.digest))
    if as_page:
        layer = layers[question.spec.layer]
        values = _page_values(request, found, layer, language)
        return page(request, "figure_check.html", language, asked=asked.url, check=found, **values)
    return http.respond(orjson.dumps(document(found, language)), "application/json")


async def _at_revision(reader: Reader, question: Question, revision: int | None) -> Question:
    """Set a question at the moment that a revision came to be, if one is named."""
    if revision is None:
        return question
    moment = await reader.value(select_moment(revision))
    if moment is None:
        raise BadParameter("revision", str(revision), "is no revision of this store")
    return replace(question, query=replace(question.query, as_of=moment))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < len(text) <= _DIGITS


def _page_values(
    request: Request, found: Check, layer: Layer, language: Language
) -> dict[str, Any]:
    question = found.question
    titles = {field.name: field.title for field in (*layer.fields, *FEATURE_FIELDS)}
    unknown = words("unknown", language)

    def titled(name: str) -> str:
        title = titles.get(name)
        return title.in_language(language) if title else words("place", language)

    today = replace(question, query=replace(question.query, as_of=None))
    changes = [
        {
            "id": change.id,
            "kind": KINDS[change.kind].in_language(language),
            "href": http.link_to(
                request,
                f"/collections/{layer.id}/items/{change.id}/history",
                {"lang": language, "f": "html"},
            ),
            "fields": [
                (titled(name), *(unknown if value is None else str(value) for value in pair))
                for name, pair in change.fields.items()
            ],
        }
        for change in found.changes
    ]
    return {
        "said": sentences(found, language),
        "then": moment_words(found.then, language),
        "now": moment_words(found.now, language),
        "before": permalink(question, "svg", found.dataset, moment_text(found.then)),
        "after": permalink(today, "svg", found.dataset, None),
        "changes": changes,
    }
