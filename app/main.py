"""The composition root: settings in, a service out. Importing this module does nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app import VERSION, errors, html
from app.http import CommonHeaders
from app.maps import maps
from app.maps._base import check
from app.maps._cache import DrawnPages
from app.pages._templates import templates
from app.routes import landing, routers
from app.settings import ROOT, BadSetting, Settings
from app.start import declared_layers
from app.surfaces import Surfaces
from app.tiles.ask import Reader
from app.tiles.hot import HotTiles
from app.tiles.make import TileMaker
from geo.columns.keeper import Keeper
from geo.database import Database
from geo.features import Counts, Extents
from geo.feed import Change, Feed
from geo.formats import formats

STATIC = ROOT / "app" / "static"


class Service(FastAPI):
    """Answer with a tile that is kept, before anything else is looked at."""

    # Beside the state, which takes half a microsecond to give what it holds.
    hot_tiles: HotTiles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = self.hot_tiles.find(scope) if scope["type"] == "http" else None
        if kept is None:
            await super().__call__(scope, receive, send)
        else:
            await kept.send(scope, send)


@asynccontextmanager
async def serving_tiles(app: FastAPI) -> AsyncIterator[None]:
    """Keep the columns of points and the made tiles true to the database while the app serves."""
    settings, database, layers = app.state.settings, app.state.database, app.state.layers
    feed = Feed(database, layers.values())
    keeper = Keeper(database, layers.values(), settings.cache_folder / "columns")
    maker = TileMaker(database, layers, keeper, feed, fonts=STATIC / "fonts")
    hot: HotTiles = app.state.hot_tiles
    app.state.keeper, app.state.tile_maker, app.state.feed = keeper, maker, feed

    async def drop(change: Change) -> None:
        # With other cells, every tile of the layer is another.
        merges_otherwise = await maker.merges_otherwise(change)
        hot.drop(replace(change, boxes=None) if merges_otherwise else change)

    hot.is_sure = lambda: feed.is_sure
    await keeper.start()
    # What is made from now on is of the new state; then what is older goes.
    feed.start((keeper.changed, drop))
    try:
        yield
    finally:
        await feed.close()
        await keeper.close()


def create_app(settings: Settings) -> FastAPI:
    """Put the service together; the database is opened when it starts to serve."""
    url = settings.database_url
    if url is None:
        raise BadSetting("ATLAS_DATABASE_URL is not set; start with ./atlas serve, which sets it")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.database = await Database.open(
            url, size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms
        )
        try:
            async with serving_tiles(app):
                yield
        finally:
            await app.state.surfaces.close()
            await app.state.database.close()

    app = Service(
        title=landing.TITLE,
        description=landing.DESCRIPTION,
        version=VERSION,
        lifespan=lifespan,
        # Their pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.layers = declared_layers()
    for spec in maps().values():
        check(spec, app.state.layers)
    app.state.formats = {**formats(), html.FORMAT.id: html.FORMAT}
    app.state.counts = Counts()
    app.state.extents = Extents()
    app.state.drawn_maps = DrawnPages()
    app.state.surfaces = Surfaces()
    app.hot_tiles = app.state.hot_tiles = HotTiles(settings.hot_tiles_mb * 1_000_000)
    app.state.tile_reader = Reader(app.state.layers)
    app.state.templates = templates()
    errors.install(app)
    for router in routers():
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False), name="static")
    app.add_middleware(CommonHeaders)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD"],
        # A script may revalidate what it holds, and read a raster in parts.
        allow_headers=["If-None-Match", "Range"],
        expose_headers=["ETag"],
    )
    return app


def service() -> FastAPI:
    """Make the service from the environment; what uvicorn calls in every worker."""
    return create_app(Settings.from_environment())
