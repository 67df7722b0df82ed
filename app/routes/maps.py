"""The Folium maps: pages, frames for other sites, and files that work without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
import sqlalchemy as sa
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
from app.maps._cache import DrawnPage, DrawnPages
from app.maps._scene import DataLink, Feature, Links, Mode, Scene
from app.maps._selection import filtered_groups
from app.maps.render import render
from app.routes.landing import FormParameter, wants_html
from app.settings import ROOT, Settings
from app.wording import bind_signs
from geo.audience import DATASET
from geo.cql2 import names_in
from geo.database import Database, Reader
from geo.errors import BadParameter, UnknownThing
from geo.features import NEVER, Revision
from geo.matching.overlap import Overlap, narrowed
from geo.query import FeatureQuery
from geo.schema import SRID, published
from geo.spec import GeometryType, Language, Layer
from geo.statements import (
    GeometryForm,
    count_features,
    property_names,
    select_features,
    select_revisions,
)

router = APIRouter(prefix="/maps", tags=["maps"], dependencies=[Depends(only_known_parameters)])
STATIC = ROOT / "app" / "static"
# The rows of each layer, and how many the selection has.
Rows = dict[str, tuple[list[Feature], int]]
# What a reader typed to narrow the map, in the order in which the page repeats it.
NARROWING = ("datetime", "bbox", "bbox-crs", "filter", "filter-lang", "filter-crs", "as_of")


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
        spec: MapSpec,
        query: FeatureQuery,
        language: Language,
        layers: dict[str, Layer],
        database: Database,
        settings: Settings,
        pages: DrawnPages,
    ) -> None:
        self.request, self.spec, self.query, self.language = request, spec, query, language
        self.layers, self.database, self.settings, self.pages = layers, database, settings, pages
        self.filtered = filtered_groups(spec, layers, query.filter)

    async def respond(self, mode: Mode) -> Response:
        files = read_assets(STATIC)
        async with self.database.reading() as reader:
            states = await self._revisions(reader)
            tag = self._tag(mode, [state.number for state in states], files)
            if http.is_fresh(self.request, tag):
                return http.not_modified(tag)
            page = self.pages.get(tag)
            if page is not None:
                return http.respond(page.body, "text/html", tag=tag, headers=page.headers)
            rows = {group.layer: await self._rows(reader, group) for group in self.spec.groups}
            first_state = await self._first_state(reader, rows)
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
        interval = self.query.interval
        matched = {name: matched for name, (_, matched) in rows.items()}
        return Scene(
            spec=self.spec,
            layers=self.layers,
            features={name: features for name, (features, _) in rows.items()},
            matched=matched,
            links=self._links(mode, max(changes), matched),
            language=self.language,
            mode=mode,
            data_as_of=_day_of(self.query.as_of or data_changed_at),
            query=self._narrowing(),
            unfiltered=self._unfiltered(),
            interval=(interval.start, interval.end) if interval else (None, None),
            first_state=first_state,
            bbox=self._view(),
        )

    async def _revisions(self, reader: Reader) -> list[Revision]:
        """Read the state of every group's layer at once."""
        known = {row["layer"]: row for row in await reader.rows(select_revisions())}
        states = []
        for group in self.spec.groups:
            row = known.get(self._layer(group).stored_in)
            number, changed_at = (row["revision"], row["changed_at"]) if row else (0, NEVER)
            states.append(Revision(number=number, changed_at=changed_at))
        return states

    async def _first_state(self, reader: Reader, rows: Rows) -> datetime | None:
        """Find when the store first held anything of the map, where it held nothing yet."""
        as_of, groups = self.query.as_of, self.spec.selectable
        if as_of is None or any(rows[group.layer][0] for group in groups):
            return None
        relations = (published(self._layer(group)) for group in groups)
        found = [
            await reader.value(sa.select(sa.func.min(sa.func.lower(relation.c.recorded))))
            for relation in relations
        ]
        first = min((moment for moment in found if moment is not None), default=None)
        return first if first is not None and first > as_of else None

    def _layer(self, group: Group) -> Layer:
        return self.layers[group.layer]

    def _query(self, group: Group) -> FeatureQuery:
        if not group.selectable:
            return FeatureQuery(as_of=self.query.as_of)
        query = self.query if group in self.filtered else replace(self.query, filter=None)
        dataset = self._dataset(group)
        return query if dataset is None else narrowed(query, Overlap(sources=(dataset,)))

    def _dataset(self, group: Group) -> str | None:
        """Name the one data set that is drawn of several: the atlas's own, unless the filter says.

        Drawn together, one incident would be there as often as data sets have it.
        """
        field = self._layer(group).field(DATASET)
        chosen = self.query.filter is not None and DATASET in names_in(self.query.filter)
        return None if field is None or chosen else field.default

    async def _rows(self, reader: Reader, group: Group) -> tuple[list[Feature], int]:
        """Read what a group draws, up to the bound, and how many rows there really are."""
        layer, query = self._layer(group), self._query(group)
        most = self.settings.map_features_max
        valid = published(layer).c.valid
        statement = select_features(layer, replace(query, limit=most + 1), GeometryForm.JSON)
        # The stored span, so that the years here are those that datetime= means everywhere.
        statement = statement.add_columns(
            sa.func.lower(valid).label("valid_from"),
            sa.func.upper(valid).label("valid_until"),
            valid.is_not(None).label("is_dated"),
        )
        found = await reader.rows(statement)
        names = property_names(layer, FeatureQuery())
        features = [_feature(layer, names, row) for row in found[:most]]
        if len(found) <= most:
            return features, len(found)
        bound = self.settings.count_bound
        return features, int(await reader.value(count_features(layer, query, bound)))

    def _tag(self, mode: Mode, revisions: list[int], files: dict[str, bytes]) -> str:
        assets = hashlib.blake2b(b"".join(files.values()), digest_size=8).digest()
        parts = (self.spec.id, mode, self.language, repr(revisions), self.query.canonical())
        narrowing = repr(self._narrowing())
        bounds = f"{self.settings.map_features_max} {self.settings.limit_max}"
        place = (self.request.app.version, http.base_url(self.request), bounds)
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
        if box is None or box.srid != SRID or box.west >= box.east or box.south >= box.north:
            return None
        return (box.west, box.south, box.east, box.north)

    def _links(self, mode: Mode, changed_at: datetime, matched: dict[str, int]) -> Links:
        path, typed = f"/maps/{self.spec.id}", dict(self._narrowing())
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
        kept = {
            name: value
            for name, value in pinned.items()
            if group in self.filtered or not name.startswith("filter")
        }
        dataset = self._dataset(group)
        if dataset is not None:
            kept[DATASET] = dataset
        kept["limit"] = str(min(max(matched, 1), self.settings.limit_max))
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
    pages: Annotated[DrawnPages, Depends(drawn_pages_of)],
) -> Drawing:
    return Drawing(request, spec, query, language, layers, database, settings, pages)


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
        "title": bind_signs(spec.title.in_language(language)).replace("{period}", "").rstrip(" ,"),
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


def _feature(layer: Layer, names: Sequence[str], row: Any) -> Feature:
    if layer.geometry is GeometryType.POINT:
        point = None if row["lon"] is None else [row["lon"], row["lat"]]
        geometry = None if point is None else {"type": "Point", "coordinates": point}
    else:
        geometry = None if row["geometry"] is None else orjson.loads(row["geometry"])
    properties = {name: row[name] for name in names}
    valid = (row["valid_from"], _day_before(row["valid_until"])) if row["is_dated"] else None
    return {"id": row["id"], "geometry": geometry, "properties": properties, "valid": valid}


def _day_before(day: date | None) -> date | None:
    """Give the last day of a span, which is stored with the day after it."""
    return None if day is None else day - timedelta(days=1)


def _day_of(moment: datetime) -> Any:
    return None if moment == NEVER else moment.astimezone(UTC).date()
