"""Open what tiles are made from: the database, and the columns of large layers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from app.settings import ROOT, Settings
from app.start import declared_layers
from app.tiles.ask import Ask
from app.tiles.make import TileMaker
from geo.columns.held import is_held
from geo.columns.keeper import Keeper
from geo.database import Database
from geo.feed import Feed
from geo.query import FeatureQuery
from geo.spec import Layer
from geo.statements import count_features

_FONTS = ROOT / "app" / "static" / "fonts"
# From here on the columns are ready before SQL has made many tiles.
_WORTH_WAITING = 20_000
_LONGEST_WAIT_S = 300.0
_LOOK_EVERY_S = 0.05


@asynccontextmanager
async def opened(
    url: str, settings: Settings, ask: Ask
) -> AsyncIterator[tuple[Database, TileMaker]]:
    """Open the database, and make ready what makes tiles of it."""
    database = await Database.open(
        url,
        size=settings.pool_size,
        # A tile of a whole layer may take longer than anybody would wait for one.
        statement_timeout_ms=settings.export_timeout_ms,
    )
    layers = declared_layers()
    stored = [layers[name] for name in dict.fromkeys(p.layer.stored_in for p in ask.parts)]
    keeper = Keeper(database, stored, settings.cache_folder / "columns")
    try:
        await keeper.start()
        await _large_ones(database, keeper, stored)
        # It is never started: each tile asks the database itself what the newest state is.
        feed = Feed(database, stored)
        yield database, TileMaker(database, layers, keeper, feed, fonts=_FONTS)
    finally:
        await keeper.close()
        await database.close()


async def _large_ones(database: Database, keeper: Keeper, stored: Iterable[Layer]) -> None:
    """Wait for the columns of large layers; SQL answers if there come none."""
    waited = []
    for layer in filter(is_held, stored):
        async with database.reading() as reader:
            if (
                await reader.value(count_features(layer, FeatureQuery(), _WORTH_WAITING))
                > _WORTH_WAITING
            ):
                waited.append(layer)
    ends = asyncio.get_running_loop().time() + _LONGEST_WAIT_S
    while any(keeper.snapshot(layer) is None for layer in waited):
        if asyncio.get_running_loop().time() > ends:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
