"""Describe the service as OpenAPI 3.0.3, which the clients and test suites of OGC read.

FastAPI writes 3.1, and knows parameters only as texts, because we read them ourselves to say what
is wrong with them. So its document gives the routes, and what is true of them is written here.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app import deps
from app.openapi.media import HTML, MEDIA_TYPE, dependencies_of, media_types
from app.openapi.parameters import (
    PLACES,
    names_of_layers,
    property_parameters,
    query_parameter,
)
from app.openapi.schemas import SCHEMAS, body_schema
from app.settings import Settings
from geo.spec import GeometryType, Layer

__all__ = ["MEDIA_TYPE", "VERSION", "document", "operation_id", "routes_of"]

VERSION = "3.0.3"
# The status of an answer that has nothing in it.
EMPTY = 204
_PROBLEMS = {
    "400": ("BadRequest", "A parameter is unknown, or means nothing here; `errors` says which"),
    "404": ("NotFound", "There is no such thing; `detail` names the nearest"),
    "406": ("NotAcceptable", "No such format"),
    "413": ("TooLarge", "More than is taken at once"),
    "503": ("NotReady", "The database is away or too slow; see Retry-After"),
    "default": ("Unforeseen", "Any other error"),
}


def document(app: FastAPI, base_url: str) -> dict[str, Any]:
    """Write the definition of the service at an address."""
    if not hasattr(app.state, "definition"):
        app.state.definition = _Definition(app).write()
    made: dict[str, Any] = {**app.state.definition, "servers": [{"url": base_url}]}
    return made


def routes_of(app: FastAPI) -> Iterator[APIRoute]:
    """List the routes that the document describes."""
    from app.routes import routers

    for router in routers():
        for route in router.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                yield route


def operation_id(route: APIRoute, layer: Layer | None) -> str:
    """Name an operation; the name that a standard gives to a route stays at the end of it."""
    if route.operation_id:
        return route.operation_id if layer is None else f"{layer.id}.{route.operation_id}"
    return route.name if layer is None else f"{route.name}_{layer.id}"


class _Definition:
    """Write the document once; only the address of the server differs between requests."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.layers: dict[str, Layer] = app.state.layers
        self.settings: Settings = app.state.settings
        self.parameters: dict[str, Any] = {}
        self.written: dict[str, Any] = app.openapi()

    def write(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for route in routes_of(self.app):
            for path, layer in self._addresses(route):
                paths[path] = {"get": self._operation(route, layer)}
        return {
            "openapi": VERSION,
            "info": {
                **self.written["info"],
                "license": {
                    "name": "Apache-2.0",
                    "url": "https://www.apache.org/licenses/LICENSE-2.0",
                },
            },
            "servers": [],
            "tags": [{"name": tag} for tag in self._tags(paths)],
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": SCHEMAS,
                "parameters": dict(sorted(self.parameters.items())),
                "responses": {name: _problem(text) for name, text in _PROBLEMS.values()},
            },
        }

    def _addresses(self, route: APIRoute) -> Iterator[tuple[str, Layer | None]]:
        """Give a route's path; one a layer where layers differ in what may be asked."""
        if not self._takes_properties(route):
            yield route.path, None
            return
        for layer in self.layers.values():
            if all(_answers(tag, layer) for tag in route.tags):
                yield route.path.replace("{layer}", layer.id), layer

    @staticmethod
    def _takes_properties(route: APIRoute) -> bool:
        return deps.known_parameters_or_properties in dependencies_of(route.dependant)

    @staticmethod
    def _tags(paths: dict[str, Any]) -> list[str]:
        used = [tag for path in paths.values() for tag in path["get"]["tags"]]
        return sorted(set(used))

    def _operation(self, route: APIRoute, layer: Layer | None) -> dict[str, Any]:
        written = self.written["paths"][route.path]["get"]
        summary = written["summary"]
        if layer is not None:
            summary = f"{summary}: {layer.title.en}"
        return {
            "tags": [str(tag) for tag in route.tags] or ["capabilities"],
            "summary": summary,
            "operationId": operation_id(route, layer),
            "parameters": self._parameters(route, layer, written),
            "responses": self._responses(route),
        }

    def _parameters(
        self, route: APIRoute, layer: Layer | None, written: dict[str, Any]
    ) -> list[dict[str, str]]:
        made = []
        for given in written.get("parameters", []):
            if given["in"] == "path":
                if given["name"] == "layer" and layer is not None:
                    continue
                made.append(self._path_parameter(given["name"]))
            elif given["in"] == "query":
                name, parameter = query_parameter(given, route, layer, self.app)
                made.append(self._shared(name, parameter))
        if layer is not None:
            declared = {given["name"] for given in written.get("parameters", [])}
            for name, parameter in property_parameters(layer, without=declared):
                made.append(self._shared(name, parameter))
        return made

    def _path_parameter(self, name: str) -> dict[str, str]:
        schema: dict[str, Any] = {"type": "string"}
        about = "the id of a feature"
        if name == "layer":
            about, schema = "the id of a layer", {"type": "string", "enum": list(self.layers)}
        elif name == "name":
            from app.maps import maps

            about, schema = "the id of a map", {"type": "string", "enum": list(maps())}
        elif name == "figure":
            from app.figures import figures

            about, schema = "the number of a figure", {"type": "string", "enum": list(figures())}
        elif name in PLACES:
            about, schema = PLACES[name]
            schema = names_of_layers(self.layers) if name == "layers" else schema
        parameter = {"name": name, "in": "path", "required": True, "description": about}
        # Some are parameters of a query elsewhere.
        shared = f"path.{name}" if name in PLACES else name
        return self._shared(shared, {**parameter, "schema": schema})

    def _shared(self, name: str, parameter: dict[str, Any]) -> dict[str, str]:
        known = self.parameters.setdefault(name, parameter)
        if known != parameter:
            raise ValueError(f"two parameters are called {name}: {known} and {parameter}")
        return {"$ref": f"#/components/parameters/{name}"}

    def _responses(self, route: APIRoute) -> dict[str, Any]:
        calls = dependencies_of(route.dependant)
        wanted = ["400"]
        if "{" in route.path:
            wanted.append("404")
        if {deps.format_of, deps.page_format} & calls:
            wanted += ["406", "413"]
        if "density" in route.tags:
            wanted.append("413")
        if deps.database_of in calls or "tiles" in route.tags:
            wanted.append("503")
        content = {
            media: {"schema": body_schema(route.path, media)}
            for media in media_types(route, calls, self.app)
        }
        problems = {
            status: {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"}
            for status in (*wanted, "default")
        }
        success = {"200": {"description": "What was asked for", "content": content}}
        if EMPTY in route.responses:
            success[str(EMPTY)] = {"description": route.responses[EMPTY]["description"]}
        return {**deepcopy(success), **problems}


def _answers(tag: Any, layer: Layer) -> bool:
    """Say whether routes of a kind answer for a layer."""
    if tag == "distance":
        return layer.geometry is not GeometryType.NONE
    return tag != "density" or layer.geometry is GeometryType.POINT


def _problem(description: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {
            "application/problem+json": {"schema": reference},
            # For a browser, or who asks for f=html.
            HTML: {"schema": {"type": "string"}},
        },
    }
