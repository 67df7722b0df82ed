"""The templates of the pages, and how they choose between two languages."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, pass_context, select_autoescape
from jinja2.runtime import Context

from app.settings import ROOT
from app.wording import bind_signs


@pass_context
def _say(context: Context, en: str, fr: str) -> str:
    return bind_signs(fr) if context["language"] == "fr" else en


@cache
def templates() -> Environment:
    """Give the templates; whatever they are filled with is escaped."""
    made = Environment(
        loader=FileSystemLoader(ROOT / "app" / "templates"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["say"] = _say
    return made


def render(name: str, **values: Any) -> str:
    """Fill a template."""
    return templates().get_template(name).render(**values)
