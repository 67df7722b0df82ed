"""The Folium maps: pages, frames for other sites, and files that work without a network."""

from __future__ import annotations

import hashlib
from dataclasses import replace
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
from app.maps import MapSpec, maps
from app.maps._assets import Assets, read_assets
from app.maps._base import Group
from app.maps._scene import DataLink, Feature, Links, Mode, Scene
from app.maps._selection import filtered_groups
from app.maps.render import render
from app.routes.items import NEVER, revision_of
from app.routes.landing import FormParameter, wants_html
from app.settings import ROOT, Settings
from geo.database import Reader
from geo.errors import BadParameter, UnknownThing
from geo.query import FeatureQuery
from geo.spec import GeometryType, Language, Layer
from geo.statements import GeometryForm, count_features, property_names, select_features

router = APIRouter(prefix="/maps", tags=["maps"], dependencies=[Depends(only_known_parameters)])
STATIC = ROOT / "app" / "static"
# What a reader typed to narrow the map, in the order in which the page repeats it.
NARROWING = ("datetime", "bbox", "filter", "filter-lang", "as_of")


async def map_of(name: str) -> MapSpec:
    """Find the map that the path names."""
    known = maps()
    if name not in known:
        raise UnknownThing("map", name, known)
    return known[name]


MapDep = Annotated[MapSpec, Depends(map_of)]


class Drawing:
    """Draw one map for one request."""

    def __init__(
        self,
        request: Request,
        spec: MapSpec,
        query: FeatureQuery,
        language: Language,
        layers: dict[str, Layer],
        database: Any,
        settings: Settings,
    ) -> None:
        self.request, self.spec, self.query, self.language = request, spec, query, language
        self.layers, self.database, self.settings = layers, database, settings
        self.filtered = filtered_groups(spec, layers, query.filter)

    async def respond(self, mode: Mode) -> Response:
        files = read_assets(STATIC)
        async with self.database.reading() as reader:
            states = [await revision_of(reader, self._layer(group)) for group in self.spec.groups]
            tag = self._tag(mode, [revision for revision, _ in states], files)
            if http.is_fresh(self.request, tag):
                return http.not_modified(tag)
            rows = {group.layer: await self._rows(reader, group) for group in self.spec.groups}
        changes = [changed for _, changed in states]
        pairs = zip(self.spec.groups, changes, strict=True)
        # A new base map makes the data no newer.
        data_changed_at = max(changed for group, changed in pairs if group.selectable)
        interval = self.query.interval
        scene = Scene(
            spec=self.spec,
            layers=self.layers,
            features={name: features for name, (features, _) in rows.items()},
            matched={name: matched for name, (_, matched) in rows.items()},
            links=self._links(max(changes)),
            language=self.language,
            mode=mode,
            data_as_of=_day_of(self.query.as_of or data_changed_at),
            query=self._narrowing(),
            unfiltered=self._unfiltered(),
            years=(
                interval.start.year if interval and interval.start else None,
                interval.end.year if interval and interval.end else None,
            ),
            bbox=self._view(),
        )
        prefix = urlsplit(http.base_url(self.request)).path
        # Drawing is pure Python for a tenth of a second: other requests go on meanwhile.
        drawn = await run_in_threadpool(
            render, scene, Assets(files=files, base_url=f"{prefix}/static")
        )
        headers = {"Content-Security-Policy": drawn.content_security_policy}
        if mode == "download":
            name = f"conflict-atlas-{self.spec.id}-{self.language}.html"
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return http.respond(drawn.html, "text/html", tag=tag, headers=headers)

    def _layer(self, group: Group) -> Layer:
        return self.layers[group.layer]

    def _query(self, group: Group) -> FeatureQuery:
        if not group.selectable:
            return FeatureQuery(as_of=self.query.as_of)
        return self.query if group in self.filtered else replace(self.query, filter=None)

    async def _rows(self, reader: Reader, group: Group) -> tuple[list[Feature], int]:
        """Read what a group draws, up to the bound, and how many rows there really are."""
        layer, query = self._layer(group), self._query(group)
        most = self.settings.map_features_max
        statement = select_features(layer, replace(query, limit=most + 1), GeometryForm.JSON)
        found = await reader.rows(statement)
        features = [_feature(layer, row) for row in found[:most]]
        if len(found) <= most:
            return features, len(found)
        bound = self.settings.count_bound
        return features, int(await reader.value(count_features(layer, query, bound)))

    def _tag(self, mode: Mode, revisions: list[int], files: dict[str, bytes]) -> str:
        assets = hashlib.blake2b(b"".join(files.values()), digest_size=8).digest()
        parts = (self.spec.id, mode, self.language, repr(revisions), self.query.canonical())
        narrowing = repr(self._narrowing())
        bound = str(self.settings.map_features_max)
        place = (self.request.app.version, http.base_url(self.request), bound)
        return http.etag(max(revisions), *parts, narrowing, *place, assets)

    def _narrowing(self) -> tuple[tuple[str, str], ...]:
        given = self.request.query_params
        return tuple((name, given[name]) for name in NARROWING if name in given)

    def _unfiltered(self) -> tuple[str, ...]:
        if self.query.filter is None:
            return ()
        return tuple(group.layer for group in self.spec.selectable if group not in self.filtered)

    def _view(self) -> tuple[float, float, float, float] | None:
        box = self.query.bbox
        if box is None or box.west >= box.east or box.south >= box.north:
            return None
        return (box.west, box.south, box.east, box.north)

    def _links(self, changed_at: datetime) -> Links:
        path, narrowing = f"/maps/{self.spec.id}", dict(self._narrowing())
        languages = {"lang": self.language}
        if changed_at != NEVER:
            pinned = changed_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
            narrowing.setdefault("as_of", pinned)
        typed = dict(self._narrowing())
        other = {"lang": "en" if self.language == "fr" else "fr"}
        return Links(
            home=http.link_to(self.request, "/", languages),
            permalink=http.link_to(self.request, path, {**narrowing, **languages}),
            download=http.link_to(self.request, path, {**typed, **languages, "download": "1"}),
            other_language=http.link_to(self.request, path, {**typed, **other}),
            data=tuple(self._data_link(group, typed) for group in self.spec.selectable),
        )

    def _data_link(self, group: Group, typed: dict[str, str]) -> DataLink:
        kept = {
            name: value
            for name, value in typed.items()
            if group in self.filtered or not name.startswith("filter")
        }
        return DataLink(
            title=self._layer(group).title.in_language(self.language),
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
) -> Drawing:
    return Drawing(request, spec, query, language, layers, database, settings)


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
    path, languages = f"/maps/{spec.id}", {"lang": language}
    return {
        "id": spec.id,
        "title": spec.title.in_language(language).replace("{period}", "").rstrip(" ,"),
        "description": spec.subtitle.in_language(language),
        "figure": spec.figure,
        "layers": [group.layer for group in spec.groups],
        "links": [
            {"rel": rel, "type": "text/html", "href": http.link_to(request, there, parameters)}
            for rel, there, parameters in (
                ("alternate", path, languages),
                ("embed", f"{path}/embed", languages),
                ("enclosure", path, {**languages, "download": "1"}),
            )
        ],
    }


def _feature(layer: Layer, row: Any) -> Feature:
    if layer.geometry is GeometryType.POINT:
        point = None if row["lon"] is None else [row["lon"], row["lat"]]
        geometry = None if point is None else {"type": "Point", "coordinates": point}
    else:
        geometry = None if row["geometry"] is None else orjson.loads(row["geometry"])
    properties = {name: row[name] for name in property_names(layer, FeatureQuery())}
    return {"id": row["id"], "geometry": geometry, "properties": properties}


def _day_of(moment: datetime) -> Any:
    return None if moment == NEVER else moment.astimezone(UTC).date()
