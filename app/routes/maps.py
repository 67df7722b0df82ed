"""The Folium maps: pages, frames for other sites, and files that work without a network."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app import http
from app.deps import (
    DatabaseDep,
    LanguageDep,
    LayersDep,
    QueryDep,
    SettingsDep,
    only_known_parameters,
)
from app.embed._oembed import PAGE_DPI
from app.figures._forms import DRAWN
from app.maps import MapSpec, maps
from app.maps._assets import Assets, read_assets
from app.maps._base import Group
from app.maps._cache import DrawnPage, DrawnPages
from app.maps._read import Rows, day_of, read_first_state, read_revisions, read_rows, scene_of
from app.maps._scene import DataLink, Links, Mode, Scene
from app.maps._selection import Selection, select
from app.maps.render import render
from app.routes.landing import FormParameter, wants_html
from app.settings import ROOT, Settings
from app.wording import bind_signs
from geo.database import Database
from geo.errors import BadParameter, UnknownThing
from geo.features import NEVER, Revision
from geo.spec import Language

router = APIRouter(prefix="/maps", tags=["maps"], dependencies=[Depends(only_known_parameters)])
STATIC = ROOT / "app" / "static"


async def map_of(name: str) -> MapSpec:
    """Find the map that the path names."""
    known = maps()
    if name not in known:
        raise UnknownThing("map", name, known)
    return known[name]


MapDep = Annotated[MapSpec, Depends(map_of)]


async def drawn_pages_of(request: Request) -> DrawnPages:
    """Give the pages that this process has drawn."""
    pages: DrawnPages = request.app.state.drawn_maps
    return pages


class Drawing:
    """Draw one map for one request."""

    def __init__(
        self,
        request: Request,
        selection: Selection,
        language: Language,
        database: Database,
        settings: Settings,
        pages: DrawnPages,
    ) -> None:
        self.request, self.selection, self.language = request, selection, language
        self.database, self.settings, self.pages = database, settings, pages
        self.spec, self.query = selection.spec, selection.query

    async def respond(self, mode: Mode) -> Response:
        files = read_assets(STATIC)
        async with self.database.reading() as reader:
            states = await read_revisions(reader, self.selection)
            tag = self._tag(mode, [state.number for state in states], files)
            if http.is_fresh(self.request, tag):
                return http.not_modified(tag)
            page = self.pages.get(tag)
            if page is not None:
                return http.respond(page.body, "text/html", tag=tag, headers=page.headers)
            bounds = (self.settings.map_features_max, self.settings.count_bound)
            rows = await read_rows(reader, self.selection, *bounds)
            first_state = await read_first_state(reader, self.selection, rows)
        scene = self._scene(mode, states, rows, first_state)
        prefix = urlsplit(http.base_url(self.request)).path
        # Drawing is pure Python for a tenth of a second: other requests go on meanwhile.
        drawn = await run_in_threadpool(
            render, scene, Assets(files=files, base_url=f"{prefix}/static")
        )
        headers = {"Content-Security-Policy": drawn.content_security_policy}
        if mode == "download":
            name = f"conflict-atlas-{self.spec.id}-{self.language}.html"
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
        page = DrawnPage(body=drawn.html.encode(), headers=headers)
        self.pages.put(tag, page)
        return http.respond(page.body, "text/html", tag=tag, headers=headers)

    def _scene(
        self, mode: Mode, states: list[Revision], rows: Rows, first_state: datetime | None
    ) -> Scene:
        changes = [state.changed_at for state in states]
        pairs = zip(self.spec.groups, changes, strict=True)
        # A new base map makes the data no newer.
        data_changed_at = max(changed for group, changed in pairs if group.selectable)
        matched = {name: matched for name, (_, matched) in rows.items()}
        return scene_of(
            self.selection,
            rows,
            self._links(mode, max(changes), matched),
            self.language,
            mode=mode,
            data_as_of=day_of(self.query.as_of or data_changed_at),
            first_state=first_state,
        )

    def _tag(self, mode: Mode, revisions: list[int], files: dict[str, bytes]) -> str:
        assets = hashlib.blake2b(b"".join(files.values()), digest_size=8).digest()
        parts = (self.spec.id, mode, self.language, repr(revisions), self.query.canonical())
        narrowing = repr(self.selection.narrowing)
        bounds = f"{self.settings.map_features_max} {self.settings.limit_max}"
        place = (self.request.app.version, http.base_url(self.request), bounds)
        return http.etag(max(revisions), *parts, narrowing, *place, assets)

    def _links(self, mode: Mode, changed_at: datetime, matched: dict[str, int]) -> Links:
        path, typed = f"/maps/{self.spec.id}", dict(self.selection.narrowing)
        pinned = dict(typed)
        if changed_at != NEVER:
            moment = changed_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
            pinned.setdefault("as_of", moment)
        languages = {"lang": self.language}
        other = {"lang": "en" if self.language == "fr" else "fr"}
        whole = {name: value for name, value in typed.items() if name != "datetime"}
        here = f"{path}/embed" if mode == "embed" else path
        return Links(
            home=http.link_to(self.request, "/", languages),
            permalink=http.link_to(self.request, path, {**pinned, **languages}),
            download=http.link_to(self.request, path, {**typed, **languages, "download": "1"}),
            other_language=http.link_to(self.request, path, {**typed, **other}),
            still=http.link_to(
                self.request, f"{path}.png", {**pinned, **languages, "dpi": str(PAGE_DPI)}
            ),
            whole_period=None
            if whole == typed
            else http.link_to(self.request, here, {**whole, **languages}),
            data=tuple(
                self._data_link(group, pinned, matched[group.layer])
                for group in self.spec.selectable
            ),
        )

    def _data_link(self, group: Group, pinned: dict[str, str], matched: int) -> DataLink:
        """Link the very rows that are drawn, all of them as far as one page holds them."""
        kept = self.selection.parameters(group)
        # Last, whether it was asked for or not, so that a permalink gives the very same page.
        moment = kept.pop("as_of", pinned.get("as_of"))
        kept |= {} if moment is None else {"as_of": moment}
        kept["limit"] = str(min(max(matched, 1), self.settings.limit_max))
        return DataLink(
            title=self.selection.layer(group).title.in_language(self.language),
            url=http.link_to(self.request, f"/collections/{group.layer}/items", kept),
        )


async def drawing_of(
    request: Request,
    spec: MapDep,
    query: QueryDep,
    language: LanguageDep,
    layers: LayersDep,
    database: DatabaseDep,
    settings: SettingsDep,
    pages: Annotated[DrawnPages, Depends(drawn_pages_of)],
) -> Drawing:
    selection = select(spec, layers, query, request.query_params)
    return Drawing(request, selection, language, database, settings, pages)


DrawingDep = Annotated[Drawing, Depends(drawing_of)]


@router.get("", summary="The maps")
async def listing(request: Request, language: LanguageDep, f: FormParameter = None) -> Response:
    described = [_described(request, spec, language) for spec in maps().values()]
    if not wants_html(request, f):
        return http.respond(orjson.dumps({"maps": described}), "application/json")
    template = request.app.state.templates.get_template("maps.html")
    text = template.render(
        base=http.base_url(request),
        maps=described,
        language=language,
        other=http.with_parameters(request, lang="en" if language == "fr" else "fr"),
    )
    return http.page(text)


@router.get("/{name}", summary="A map as a page, or as one file to keep")
async def page(
    drawing: DrawingDep,
    download: Annotated[
        str | None, Query(description="1: one self-contained file that works offline")
    ] = None,
) -> Response:
    if download not in (None, "0", "1"):
        raise BadParameter("download", str(download), "is not 1 or 0", allowed=["1", "0"])
    return await drawing.respond("download" if download == "1" else "page")


@router.get("/{name}/embed", summary="A map for a frame in another site")
async def embed(drawing: DrawingDep) -> Response:
    return await drawing.respond("embed")


def _described(request: Request, spec: MapSpec, language: Language) -> dict[str, Any]:
    path = f"/maps/{spec.id}"
    languages: dict[str, str] = {"lang": language}
    return {
        "id": spec.id,
        "title": bind_signs(spec.title.in_language(language)).replace("{period}", "").rstrip(" ,"),
        "description": spec.subtitle.in_language(language),
        "figure": spec.figure,
        "layers": [group.layer for group in spec.groups],
        "links": [
            {"rel": rel, "type": media_type, "href": http.link_to(request, there, parameters)}
            for rel, media_type, there, parameters in (
                ("alternate", "text/html", path, languages),
                ("embed", "text/html", f"{path}/embed", languages),
                ("enclosure", "text/html", path, {**languages, "download": "1"}),
                *(
                    ("preview", form.media_type, f"{path}.{form.id}", languages)
                    for form in DRAWN.values()
                ),
            )
        ],
    }
