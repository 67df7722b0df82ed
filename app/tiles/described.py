"""Describe the parameters of tiles for the definition of the service.

Tiles read their parameters themselves (app/tiles/ask.py), so that FastAPI does not know them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from fastapi.dependencies.utils import get_dependant, get_flat_params

from app import deps

_TEXTS = {
    "cells": "how many cells points are merged in along a side; none: every point",
    "collections": "the layers to show, with commas; else all that have a place",
    "f": "form of the tile: mvt or png; else the Accept header",
    "properties": "properties to give, with commas",
    "rev": "a revision of the store, whose tiles never change",
    "size": "256 (default) or 512 pixels a side",
    "theme": "the theme of a drawn tile",
    "tiles": "the form of the tiles: mvt (default) or png",
    "transparent": "1: a drawn tile without the colour of the water behind it",
}


@cache
def _said_elsewhere() -> dict[str, str]:
    """List what the parameters that tiles share with features are said to mean."""
    calls = (deps.selection, deps.language)
    fields = [f for call in calls for f in get_flat_params(get_dependant(path="/", call=call))]
    return {field.alias: field.field_info.description or "" for field in fields}


def described(path: str, *query: str) -> dict[str, Any]:
    """Describe the parameters in an address and in its query, as FastAPI takes them."""
    texts = {**_said_elsewhere(), **_TEXTS}
    places = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    asked = [
        {"name": name, "in": "query", "description": texts[name], "schema": {"type": "string"}}
        for name in query
    ]
    return {"parameters": [*places, *asked]}
