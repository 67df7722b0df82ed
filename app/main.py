"""The composition root: settings in, a service out. Importing this module does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import FastAPI, Request
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app import VERSION, access, errors, html
from app.figures import figures
from app.figures._base import check as check_figure
from app.figures._press import Press
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
from geo.audience import licensed
from geo.columns.keeper import Keeper
from geo.database import Database
from geo.errors import NotLicensed
from geo.features import Counts, Extents
from geo.feed import Change, Feed
from geo.formats import formats
from geo.schema import LICENSEE, READER
from geo.spec import Layer

STATIC = ROOT / "app" / "static"


class Service(FastAPI):
    """Answer with a tile that is kept, before anything else is looked at.

    Who is licensed is sent on to a service of their own.
    """

    # Beside the state, which takes half a microsecond to give what it holds.
    hot_tiles: HotTiles
    licensed: Service | None = None
    tokens: tuple[str, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.licensed is not None and scope["type"] == "http":
            shown = access.credentials(scope)
            if shown is not None:
                try:
                    access.check(shown, self.tokens)
                except NotLicensed as error:
                    request = Request({**scope, "app": self})
                    await (await errors.atlas_error(request, error))(scope, receive, send)
                else:
                    await self.licensed(scope, receive, send)
                return
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


def create_app(settings: Settings) -> Service:
    """Put the service together; the databases are opened when it starts to serve."""
    tokens = access.tokens(settings.licensed_tokens)
    if not tokens:
        return _create(settings, declared_layers(), READER)
    inner = {layer.id: licensed(layer) for layer in declared_layers().values()}
    app = _create(settings, declared_layers(), READER, beside=_create(settings, inner, LICENSEE))
    app.tokens = tokens
    return app


def _create(
    settings: Settings, layers: dict[str, Layer], role: str, beside: Service | None = None
) -> Service:
    """Put one service together; `beside` is that of the licensed, which lives as long."""
    url = settings.database_url
    if url is None:
        raise BadSetting("ATLAS_DATABASE_URL is not set; start with ./atlas serve, which sets it")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.figures = Press(STATIC / "fonts")
        warming = app.state.figures.warm_later()
        app.state.database = await Database.open(
            url,
            size=settings.pool_size,
            statement_timeout_ms=settings.statement_timeout_ms,
            role=role,
        )
        try:
            async with serving_tiles(app), _alive(beside):
                yield
        finally:
            warming.cancel()
            await asyncio.to_thread(app.state.figures.close)
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
    app.state.layers = layers
    app.licensed = beside
    for spec in maps().values():
        check(spec, app.state.layers)
    for figure in figures().values():
        check_figure(figure, app.state.layers)
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
    _add_middleware(app, role)
    return app


def _add_middleware(app: Service, role: str) -> None:
    """Say on every answer what caches, scripts of others and the licensed are owed."""
    app.add_middleware(CommonHeaders)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD"],
        # A script may revalidate what it holds, and read a raster in parts.
        allow_headers=["Authorization", "If-None-Match", "Range"],
        expose_headers=["ETag"],
    )
    if app.licensed is not None:
        app.add_middleware(access.VariesByCaller)
    if role == LICENSEE:
        app.add_middleware(access.KeptByNobody)
        app.add_middleware(access.VariesByCaller)


@asynccontextmanager
async def _alive(beside: Service | None) -> AsyncIterator[None]:
    """Start and stop the service of the licensed with the public one."""
    if beside is None:
        yield
        return
    async with beside.router.lifespan_context(beside):
        yield


def service() -> FastAPI:
    """Make the service from the environment; what uvicorn calls in every worker."""
    return create_app(Settings.from_environment())
