"""What was published of a moment stays the same to the byte, whatever is brought in later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from geo import database
from geo.importing.acts import Act
from geo.importing.batches import batched
from geo.importing.blocks import side_by_side
from geo.importing.load import load_batches
from geo.importing.normalise import checked
from geo.importing.readers import RawRow
from geo.importing.scope import Scope
from geo.importing.undo import undo
from geo.spec import Layer

ADDRESSES = (
    "/collections/events/items?limit=1000&f=geojson&as_of={as_of}",
    "/collections/events/items?f=csv&sortby=id&as_of={as_of}",
    "/collections/events/items?f=csv&as_of={as_of}",
    "/collections/events/items?f=geojsonseq&as_of={as_of}",
    "/collections/events/items?f=kml&as_of={as_of}",
    "/collections/events/aggregate?by=year,region&measure=count,killed&as_of={as_of}",
    "/collections/events/items/{known}?as_of={as_of}",
    "/maps/overview?as_of={as_of}",
    "/maps/overview?download=1&as_of={as_of}",
    "/tiles/events/4/7/7.mvt?as_of={as_of}",
    "/collections/events/density?bandwidth_km=50&as_of={as_of}",
    "/collections/events/density.tif?bandwidth_km=50&as_of={as_of}",
    "/figures/unu-2.svg?source=mine&as_of={as_of}",
    "/figures/6.png?as_of={as_of}",
)


@pytest.fixture
def own_client(own_database_url: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=own_database_url))) as made:
        yield made


def bring(url: str, layer: Layer, *rows: dict[str, Any], **scope: Any) -> int:
    """Import rows of a data set, leaving what it does not have."""
    raw = [
        RawRow(
            file="f",
            line=line,
            values={name: value for name, value in row.items() if name != "geometry"},
            geometry=row["geometry"],
        )
        for line, row in enumerate(rows, start=2)
    ]
    act = Act(origin="f", kind="import", scope=Scope(**scope), replace=False)
    with database.connect(url) as connection:
        report = load_batches(
            connection, layer, batched(layer, checked(layer, side_by_side(raw))), act
        )
    assert report.number is not None
    return report.number


def event(name: str, **changed: Any) -> dict[str, Any]:
    row = {
        "id": name,
        "dataset": "mine",
        "date": "2016-03-10",
        "date_precision": "day",
        "event_class": "ambush",
        "target_class": "mission",
        "place": "Gao",
        "region": "gao",
        "killed_best": 3,
        "place_precision": 1,
        "source_title": "a data set",
        "geometry": shapely.Point(-0.04, 16.27),
    }
    return {**row, **changed}


def published(client: TestClient, as_of: datetime, known: str) -> dict[str, bytes]:
    moment, found = as_of.isoformat().replace("+00:00", "Z"), {}
    for address in ADDRESSES:
        answer = client.get(address.format(as_of=moment, known=known))
        assert answer.status_code == 200, (address, answer.text[:500])
        found[address] = answer.content
    return found


def test_what_was_published_of_a_moment_is_the_same_after_later_imports(
    own_database_url: str, own_client: TestClient, layers: dict[str, Layer]
) -> None:
    events, url = layers["events"], own_database_url
    bring(url, events, event("a"), event("b"), event("c"), dataset="mine")
    with database.connect(url) as connection:
        found = connection.execute("SELECT changed_at FROM atlas.revisions WHERE layer = 'events'")
        ((moment,),) = found.fetchall()
    before = published(own_client, moment, "a")
    changed = bring(url, events, event("a", killed_best=9), event("d"), dataset="mine")
    bring(url, events, dataset="mine", removed_ids=("b",))
    assert published(own_client, moment, "a") == before
    with database.connect(url) as connection:
        undo(connection, layers, changed)
    assert published(own_client, moment, "a") == before
    # And what is not asked of a moment has changed.
    for address in ADDRESSES[:3]:
        now = own_client.get(address.replace("&as_of={as_of}", "")).content
        assert now != before[address]
