"""The composition root: settings in, a service out. Importing this module does nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from app import errors, html
from app.http import CommonHeaders
from app.maps import maps
from app.maps._base import check
from app.maps._cache import DrawnPages
from app.pages._templates import templates
from app.routes import landing, routers
from app.settings import ROOT, BadSetting, Settings
from app.start import declared_layers
from geo.database import Database
from geo.features import Counts, Extents
from geo.formats import formats

STATIC = ROOT / "app" / "static"


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
        yield
        await app.state.database.close()

    app = FastAPI(
        title=landing.TITLE,
        description=landing.DESCRIPTION,
        version="0.1.0",
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
    app.state.templates = templates()
    errors.install(app)
    for router in routers():
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False), name="static")
    app.add_middleware(CommonHeaders)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "HEAD"], expose_headers=["ETag"]
    )
    return app


def service() -> FastAPI:
    """Make the service from the environment; what uvicorn calls in every worker."""
    return create_app(Settings.from_environment())
