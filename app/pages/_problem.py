"""The page that a browser gets instead of a problem document; it says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request

from app import http
from app.pages import _templates
from geo.spec import LANGUAGES, Language, Text

# A longer address is not repeated in the link to the other language.
LONGEST_ADDRESS = 2_000
WHERE: Mapping[str, Text] = {
    "query": Text(en="Parameter", fr="Paramètre"),
    "path": Text(en="Part of the address", fr="Partie de l’adresse"),
}


def problem_page(
    request: Request, status: int, title: Text, detail: str, errors: Sequence[Mapping[str, Any]]
) -> str:
    """Write the page of an error, in the language that was asked for."""
    language = _language(request)
    other: Language = "en" if language == "fr" else "fr"
    return _templates.render(
        "problem.html",
        base=http.base_url(request),
        language=language,
        other=_same_in(request, other),
        status=status,
        title=title.in_language(language),
        detail=detail,
        errors=[_parameter(error, language) for error in errors],
    )


def _language(request: Request) -> Language:
    asked = request.query_params.get("lang")
    return next((known for known in LANGUAGES if known == asked), LANGUAGES[0])


def _same_in(request: Request, language: Language) -> str:
    """Address the same request in another language."""
    address = http.with_parameters(request, lang=language)
    if len(address) <= LONGEST_ADDRESS:
        return address
    return http.link_to(request, "/", {"lang": language})


def _parameter(error: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Lay out what is wrong with one parameter; `allowed` is a sentence or a list of names."""
    allowed = error["allowed"]
    is_list = isinstance(allowed, Sequence) and not isinstance(allowed, str)
    where = WHERE.get(error["in"], WHERE["query"])
    return {
        "where": where.in_language(language),
        "name": error["name"],
        "value": error["value"],
        "problem": error["problem"],
        "allowed": None if is_list else allowed,
        "choices": list(allowed) if is_list else [],
    }
