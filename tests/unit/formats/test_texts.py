"""Formats that PostgreSQL writes: what is asked of it, and what stands round its rows."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from geo.database import compile_statement
from geo.formats import CopyText, CopyWriter, formats
from geo.query import FeatureQuery
from geo.spec import Layer


def text(name: str, layer: Layer, query: FeatureQuery, formulas: tuple[str, ...] = ()) -> CopyText:
    writer = formats()[name].writer
    assert isinstance(writer, CopyWriter)
    return writer.text(layer, query, formulas)


def test_the_header_of_csv_names_the_columns(layers: dict[str, Layer]) -> None:
    query = FeatureQuery(properties=("name", "source_title"))
    heads = {name: text("csv", layers[name], query).head for name in ("places", "regions")}
    assert heads == {
        "places": b"id,name,source_title,lon,lat\n",
        "regions": b"id,name,source_title,wkt\n",
    }
    value = text("csv", layers["series"], FeatureQuery(properties=("value",)))
    assert value.head == b"id,value\n"


def test_only_fields_that_hold_formulas_are_looked_at(layers: dict[str, Layer]) -> None:
    query = FeatureQuery(properties=("name",))
    plain, _ = compile_statement(text("csv", layers["places"], query).statement)
    looked, values = compile_statement(
        text("csv", layers["places"], query, ("name", "note")).statement
    )
    assert ("CASE" in plain, looked.count("CASE"), "note" in looked) == (False, 1, False)
    assert values == [1, "'", "=", "+", "-", "@", "\t", "\r"]


def test_stored_json_is_used_where_it_is_what_is_asked_for(layers: dict[str, Layer]) -> None:
    def statement(layer: str, query: FeatureQuery) -> str:
        return compile_statement(text("geojsonseq", layers[layer], query).statement)[0]

    assert "document" in statement("events", FeatureQuery())
    # What a view hides is in the document.
    assert "document" not in statement("attacks", FeatureQuery())
    assert "document" not in statement("events", FeatureQuery(properties=("date",)))


@pytest.mark.parametrize("name", ["places", "regions", "series"])
def test_kml_declares_its_values(layers: dict[str, Layer], name: str) -> None:
    made = text("kml", layers[name], FeatureQuery())
    document = ET.fromstring(made.head + made.tail)
    space = {"k": "http://www.opengis.net/kml/2.2"}
    declared = {
        f.attrib["name"]: f.attrib["type"] for f in document.iterfind(".//k:SimpleField", space)
    }
    layer = layers[name]
    assert list(declared)[: 1 + len(layer.fields)] == ["id", *(f.name for f in layer.fields)]
    assert declared["place_precision"] == "int"
    assert document.findtext(".//k:Document/k:name", namespaces=space) == layer.title.en


@pytest.mark.parametrize("name", ["geojsonseq", "kml"])
def test_a_line_is_one_text(layers: dict[str, Layer], name: str) -> None:
    made = text(name, layers["events"], FeatureQuery())
    assert not made.as_csv
    assert len(made.statement.selected_columns) == 1
