"""What every page outside the features needs: addresses of its own and in the other language."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import Response

from app import http
from app.pages import _templates
from geo.spec import Language


def page(
    request: Request, name: str, language: Language, *, tag: str | None = None, **values: Any
) -> Response:
    """Answer with a page made of a template, which may be kept as long as its tag holds."""
    other = "en" if language == "fr" else "fr"
    base = http.base_url(request)
    text = _templates.render(
        name,
        base=base,
        prefix=urlsplit(base).path,
        language=language,
        here=http.with_parameters(request, lang=language),
        other=http.with_parameters(request, lang=other),
        as_json=http.with_parameters(request, f="json", lang=language),
        **values,
    )
    return http.page(text, tag=tag)
