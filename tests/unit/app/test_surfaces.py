"""Surfaces are computed once, few at a time, and the last of them are kept."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

import app.surfaces
from app.surfaces import Surfaces
from geo.density_query import DensityQuery
from geo.errors import DatabaseAway
from geo.features import Revision
from geo.query import FeatureQuery
from geo.spec import Layer

POINT = b"1.4,18.4,1,1,2000\n"


class Store:
    """A database of one point, at a revision that may change, which counts its reads."""

    def __init__(self) -> None:
        self.revision, self.reads, self.most_at_once, self._now = 1, 0, 0, 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        self.reads += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            yield self
        finally:
            self._now -= 1

    async def row(self, statement: Any) -> dict[str, Any]:
        changed = datetime(2026, 1, self.revision, tzinfo=UTC)
        return {
            "revision": self.revision,
            "changed_at": changed,
            "formula_fields": (),
            "withheld": (),
        }

    async def rows(self, statement: Any) -> list[dict[str, Any]]:
        return [{"dataset": "documented"}]

    async def copy(self, statement: Any, output: Any) -> None:
        await asyncio.sleep(0.01)
        await output(POINT)


def asked(number: int) -> Revision:
    return Revision(number=number, changed_at=datetime(2026, 1, number, tzinfo=UTC))


def run(
    kept: Surfaces, store: Store, layer: Layer, *bandwidths_km: float, revision: int = 1
) -> list[Any]:
    async def all_at_once() -> list[Any]:
        return await asyncio.gather(
            *(
                kept.get(
                    store,  # type: ignore[arg-type]
                    layer,
                    FeatureQuery(),
                    DensityQuery(bandwidth_km=bandwidth_km),
                    asked(revision),
                )
                for bandwidth_km in bandwidths_km
            ),
            return_exceptions=True,
        )

    return asyncio.run(all_at_once())


def test_those_who_ask_at_once_share_one_computation(layers: dict[str, Layer]) -> None:
    kept, store = Surfaces(), Store()
    found = run(kept, store, layers["events"], *[25.0] * 12)
    assert store.reads == 1
    assert len(set(map(id, found))) == 1
    run(kept, store, layers["events"], 25.0)
    assert store.reads == 1


def test_another_state_is_another_surface_and_is_kept_as_what_it_is(
    layers: dict[str, Layer],
) -> None:
    kept, store = Surfaces(), Store()
    run(kept, store, layers["events"], 25.0)
    store.revision = 2
    # Asked for just before the change, computed just after it.
    (found,) = run(kept, store, layers["events"], 20.0)
    assert found.revision.number == 2
    run(kept, store, layers["events"], 25.0, 20.0, revision=2)
    assert store.reads == 3


def test_no_more_are_computed_at_once_than_may_be(layers: dict[str, Layer]) -> None:
    kept, store = Surfaces(at_once=2), Store()
    found = run(kept, store, layers["events"], 20.0, 21.0, 22.0, 23.0, 24.0)
    assert [surface.used for surface in found] == [1] * 5
    assert store.most_at_once <= 2


def test_who_waits_too_long_for_a_turn_is_told_to_come_again(
    layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.surfaces, "WAIT_S", 0.001)
    found = run(Surfaces(at_once=1), Store(), layers["events"], 20.0, 21.0)
    assert found[0].used == 1
    assert isinstance(found[1], DatabaseAway)


def test_the_surface_asked_for_the_longest_ago_makes_room(layers: dict[str, Layer]) -> None:
    kept, store = Surfaces(), Store()
    (one,) = run(kept, store, layers["events"], 25.0)
    kept = Surfaces(most_bytes=round(2.5 * one.size))
    run(kept, store, layers["events"], 25.0)
    run(kept, store, layers["events"], 25.1)
    run(kept, store, layers["events"], 25.2)
    assert 0 < kept.bytes <= 2.5 * one.size
    reads = store.reads
    run(kept, store, layers["events"], 25.1, 25.2)
    assert store.reads == reads
    run(kept, store, layers["events"], 25.0)
    assert store.reads == reads + 1


def test_a_failure_is_not_kept(layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch) -> None:
    kept, store = Surfaces(), Store()

    def fail(*given: Any) -> Any:
        raise ValueError("no")

    with monkeypatch.context() as broken:
        broken.setattr(app.surfaces, "surface_of", fail)
        found = run(kept, store, layers["events"], 25.0, 25.0)
    assert [type(error) for error in found] == [ValueError, ValueError]
    assert run(kept, store, layers["events"], 25.0)[0].used == 1


def test_a_failure_that_nobody_waits_for_any_more_is_not_an_error_of_the_loop(
    layers: dict[str, Layer], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []

    def fail(*given: Any) -> Any:
        raise ValueError("no")

    async def ask_and_leave() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, about: said.append(about))
        kept = Surfaces()
        asked_for = (FeatureQuery(), DensityQuery(), asked(1))
        asking = asyncio.create_task(kept.get(Store(), layers["events"], *asked_for))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        asking.cancel()
        while kept._underway:
            await asyncio.sleep(0.01)
        gc.collect()

    monkeypatch.setattr(app.surfaces, "surface_of", fail)
    asyncio.run(ask_and_leave())
    assert said == []
