"""Lay the page beside an archive that shows it: a style, icons, fonts and scripts, all as files.

The folder works from any web server, also below a path; it loads nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from app.archive.metadata import Content, is_ground, subjects, titles
from app.archive.question import Question
from app.assets import AssetsMissing
from app.pages._templates import render
from app.settings import ROOT
from app.wording import day_words
from geo.crs import Bounds
from geo.drawing.sprite import sprite_index, sprite_sheet
from geo.spec import FEATURE_FIELDS, Language, Layer, Text
from geo.styles.document import CONTROL_WORDS, DISCLAIMER, style_document
from geo.styles.legend import legend
from geo.styles.sprite import SHEETS, icons
from geo.styles.themes import Theme

STATIC = ROOT / "app" / "static"
FONTS, OWN, LIBRARY, READER = "fonts", "viewer", "maplibre-gl", "pmtiles"
_COPIED = {
    FONTS: ("noto-sans-*.woff2", "LICENSE-woff2"),
    OWN: ("*.js", "*.css"),
    LIBRARY: ("*",),
    READER: ("*",),
}
# Served as it is, so that the page may load no other thing from anywhere. MapLibre's worker starts
# from a blob on hosts that serve its files from elsewhere.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self' data: blob:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self'; worker-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'"
)
_SOURCE = "atlas"
_NAMES: Mapping[str, Text] = {
    "datetime": Text(en="time", fr="période"),
    "filter": Text(en="filter", fr="filtre"),
    "bbox": Text(en="area", fr="zone"),
    "properties": Text(en="properties", fr="propriétés"),
    "cells": Text(en="cells", fr="cellules"),
    "as_of": Text(en="state of", fr="état du"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Viewer:
    """What page is wanted: of which layers, how drawn, in which language."""

    layers: tuple[Layer, ...]
    theme: Theme
    language: Language
    question: Question


def check_assets() -> None:
    """Say before an hour's work that the page could not be made."""
    for folder, patterns in _COPIED.items():
        for pattern in patterns:
            if not any((STATIC / folder).glob(pattern)):
                raise AssetsMissing(
                    f"web assets are missing: app/static/{folder}; ./atlas builds them when it "
                    "starts\nor leave the page out with --no-viewer"
                )


def write_viewer(
    viewer: Viewer,
    folder: Path,
    contents: Sequence[Content],
    said: Mapping[str, Any],
    shown: Bounds,
) -> None:
    """Write the page and all that it loads, each file in one go."""
    files = {**_assets(), **_drawn(viewer)}
    files["style.json"] = _style(viewer, contents, said, shown)
    # Last, so that whoever opens the page finds what it loads.
    files["index.html"] = _page(viewer, contents, said).encode()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        making = path.with_name(f".{path.name}.new")
        making.write_bytes(content)
        making.replace(path)


def _assets() -> dict[str, bytes]:
    return {
        f"{folder}/{path.name}": path.read_bytes()
        for folder, patterns in _COPIED.items()
        for pattern in patterns
        for path in sorted((STATIC / folder).glob(pattern))
    }


def _drawn(viewer: Viewer) -> dict[str, bytes]:
    drawn = icons(viewer.layers, viewer.theme)
    files = {}
    for name, scale in SHEETS.items():
        files[f"{name}.png"] = sprite_sheet(drawn, scale)
        files[f"{name}.json"] = orjson.dumps(sprite_index(drawn, scale))
    return files


def _style(
    viewer: Viewer, contents: Sequence[Content], said: Mapping[str, Any], shown: Bounds
) -> bytes:
    """Write the style of the service with the archive as its one source."""
    made = style_document(viewer.layers, viewer.theme, viewer.language, "")
    source = {
        "type": "vector",
        "url": "pmtiles://tiles.pmtiles",
        "attribution": said["attribution"],
    }
    for layer in made["layers"]:
        if "source" in layer:
            layer["source"] = _SOURCE
    for faces in made["font-faces"].values():
        for face in faces:
            face["url"] = face["url"].removeprefix("/static/")
    made |= {"sources": {_SOURCE: source}, "sprite": "sprite"}
    made["metadata"] |= {
        "atlas:archive": said["atlas"],
        "atlas:shown": list(shown),
        "atlas:words": CONTROL_WORDS[viewer.language],
        "atlas:fields": {found.layer.id: _words(found, viewer.language) for found in contents},
    }
    return orjson.dumps(made, option=orjson.OPT_INDENT_2)


def _words(found: Content, language: Language) -> dict[str, Any]:
    """Say in words what features carry, for the pop-up."""
    layer, of_all = found.layer, found.parts[0]
    labels = [name for name in (layer.label, f"{layer.label}_fr") if name in of_all.properties]
    if language == "fr":
        labels.reverse()
    return {
        "title": layer.title.in_language(language),
        "labels": labels,
        # The base map is there to be looked at, not to be asked.
        "asked": not is_ground(layer),
        "fields": {name: one.title for name, one in of_all.properties.items()},
        "choices": {
            field.name: {one.value: one.title.in_language(language) for one in field.choices}
            for field in (*layer.fields, *FEATURE_FIELDS)
            if field.choices and field.name in of_all.properties
        },
    }


def _page(viewer: Viewer, contents: Sequence[Content], said: Mapping[str, Any]) -> str:
    language, layers = viewer.language, viewer.layers
    moment = datetime.fromisoformat(said["atlas"]["as_of"])
    index = sprite_index(icons(layers, viewer.theme), 1)
    return render(
        "viewer.html",
        language=language,
        theme=viewer.theme,
        policy=POLICY,
        title=titles(subjects(layers), language),
        asked=[
            (_NAMES[name].in_language(language), value)
            for name, value in viewer.question.parameters
        ],
        as_of=day_words(moment.date(), language),
        moment=said["atlas"]["as_of"],
        zooms=viewer.question.zooms,
        legend=legend(layers, viewer.theme, language),
        merging={found.layer.id for found in contents if found.merges},
        icons=index,
        sheet={
            side: max((icon[at] + icon[side] for icon in index.values()), default=0)
            for side, at in (("width", "x"), ("height", "y"))
        },
        sources=said["atlas"]["sources"],
        generator=said["generator"],
        disclaimer=DISCLAIMER.in_language(language),
    )
