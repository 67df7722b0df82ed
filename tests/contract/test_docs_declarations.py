"""The declarations that ARCHITECTURE gives, one for each kind of thing, work as it says."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.cli._base import Verb
from app.main import create_app
from app.maps import MapSpec
from app.maps._base import check
from app.settings import ROOT, Settings
from geo import database, migrations
from geo.formats import Format
from geo.importing.load import load_rows
from geo.importing.readers import Reader
from geo.spec import Layer

ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
DECLARATIONS = dict(
    re.findall(r"^```python\n# (\S+)\n(.*?)^```$", ARCHITECTURE, re.MULTILINE | re.DOTALL)
)


def declared(path: str) -> Any:
    """Run the text that ARCHITECTURE gives for a file as if it were that file."""
    name = path.removesuffix(".py").replace("/", ".")
    module = ModuleType(name)
    sys.modules[name] = module
    try:
        exec(compile(DECLARATIONS[path], path, "exec"), module.__dict__)
    finally:
        del sys.modules[name]
    return module


def test_every_declaration_is_tried_and_is_for_a_file_that_is_not_there() -> None:
    assert list(DECLARATIONS) == [
        "layers/crossings.py",
        "geo/formats/wkt.py",
        "app/maps/civilians.py",
        "geo/importing/readers/jsonlines.py",
        "app/cli/layers.py",
        "app/routes/licences.py",
    ]
    assert len(DECLARATIONS) == ARCHITECTURE.count("```python")
    assert [path for path in DECLARATIONS if (ROOT / path).exists()] == []


def test_the_layer_of_the_documents_can_be_filled_and_read(
    database_url: str, layers: dict[str, Layer]
) -> None:
    layer: Layer = declared("layers/crossings.py").LAYER
    assert layer.id == "crossings"
    with database.engine(database_url) as engine:
        assert migrations.migrate(engine, [*layers.values(), layer]) == ["crossings"]
    row = {"id": "1", "name": "Bourem", "lon": -0.35, "lat": 16.95, "source_title": "a survey"}
    with database.connect(database_url) as connection:
        load_rows(connection, layer, [row], origin="a test")
    service = create_app(Settings(database_url=database_url))
    service.state.layers = {**layers, "crossings": layer}
    with TestClient(service) as client:
        page = client.get("/collections/crossings/items?properties=name").json()
    (feature,) = page["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [-0.35, 16.95]}
    assert feature["properties"] == {"name": "Bourem"}


def test_the_format_of_the_documents_can_be_asked_for(database_url: str) -> None:
    made: Format = declared("geo/formats/wkt.py").FORMAT
    assert made.id == "wkt"
    service = create_app(Settings(database_url=database_url))
    service.state.formats = {**service.state.formats, "wkt": made}
    with TestClient(service) as client:
        answer = client.get("/collections/places/items?f=wkt&limit=3")
        features = client.get("/collections/places/items?limit=3").json()["features"]
        links = client.get("/collections/places").json()["links"]
    points = [(one["id"], one["geometry"]["coordinates"]) for one in features]
    lines = [f"{name}\tPOINT({lon} {lat})\n" for name, (lon, lat) in points]
    assert answer.text == "".join(lines)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="places.wkt"'
    assert [link["href"] for link in links if link["type"] == made.media_type] == [
        "http://testserver/collections/places/items?f=wkt"
    ]


def test_the_map_of_the_documents_draws_what_is_declared(layers: dict[str, Layer]) -> None:
    made: MapSpec = declared("app/maps/civilians.py").MAP
    assert made.id == "civilians"
    check(made, layers)


def test_the_reader_of_the_documents_reads(tmp_path: Path) -> None:
    made: Reader = declared("geo/importing/readers/jsonlines.py").READER
    assert made.id == "jsonlines"
    file = tmp_path / "rows.jsonl"
    file.write_text('{"id": "a"}\n{"id": "b"}\n')
    assert [(row.line, row.values) for row in made.read(file)] == [
        (1, {"id": "a"}),
        (2, {"id": "b"}),
    ]


def test_the_verb_of_the_documents_runs(capsys: pytest.CaptureFixture[str]) -> None:
    made: Verb = declared("app/cli/layers.py").VERB
    assert made.id == "layers"
    assert made.run is not None
    made.run()
    assert "attacks\tAttacks on the mission\n" in capsys.readouterr().out


def test_the_route_of_the_documents_answers(layers: dict[str, Layer]) -> None:
    service = FastAPI()
    service.include_router(declared("app/routes/licences.py").router)
    service.state.layers = layers
    with TestClient(service) as client:
        answer = client.get("/licences").json()
    assert answer == {layer.id: layer.source.licence_in("en") for layer in layers.values()}
