"""The bodies of answers, as OpenAPI 3.0 schemas."""

from __future__ import annotations

from typing import Any

from geo.matching.tables import STATUSES

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_OBJECT: dict[str, Any] = {"type": "object"}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: str, **properties: dict[str, Any]) -> dict[str, Any]:
    needed = {"required": required.split()} if required else {}
    return {"type": "object", **needed, "properties": properties}


_LINKS = _list(_reference("Link"))
_INTERVAL = {"type": "array", "minItems": 2, "maxItems": 2}
SCHEMAS: dict[str, dict[str, Any]] = {
    "Link": _object("href rel", href=_TEXT, rel=_TEXT, type=_TEXT, title=_TEXT, hreflang=_TEXT),
    "LandingPage": _object("title links", title=_TEXT, description=_TEXT, links=_LINKS),
    "Conformance": _object("conformsTo", conformsTo=_list(_TEXT)),
    "Collections": _object(
        "links collections", links=_LINKS, collections=_list(_reference("Collection"))
    ),
    "Collection": _object(
        "id links",
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        attribution=_TEXT,
        license=_TEXT,
        itemType={"type": "string", "enum": ["feature"]},
        crs=_list({"type": "string", "format": "uri"}),
        storageCrs={"type": "string", "format": "uri"},
        extent=_reference("Extent"),
        links=_LINKS,
    ),
    "Extent": _object(
        "",
        spatial=_object(
            "bbox",
            bbox=_list(
                {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
            ),
            crs=_TEXT,
        ),
        temporal=_object(
            "interval",
            interval=_list(
                {**_INTERVAL, "items": {"type": "string", "format": "date-time", "nullable": True}}
            ),
            trs=_TEXT,
        ),
    ),
    "FeatureCollection": _object(
        "type features",
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_list(_reference("Feature")),
        numberMatched=_COUNT,
        numberReturned=_COUNT,
        links=_LINKS,
    ),
    "Feature": _object(
        "type id geometry properties",
        type={"type": "string", "enum": ["Feature"]},
        id=_TEXT,
        geometry={"nullable": True, "allOf": [_reference("Geometry")]},
        properties={"type": "object"},
        links=_LINKS,
    ),
    "Geometry": _object(
        "type",
        type={
            "type": "string",
            "enum": [
                "Point",
                "MultiPoint",
                "LineString",
                "MultiLineString",
                "Polygon",
                "MultiPolygon",
                "GeometryCollection",
            ],
        },
        coordinates={"type": "array", "items": {}},
        geometries={"type": "array", "items": {}},
    ),
    "Aggregate": _object(
        "collection by rows total source links",
        collection=_TEXT,
        by=_list(_TEXT),
        resolution=_COUNT,
        rows=_list(_OBJECT),
        total=_OBJECT,
        datasets=_list(_TEXT),
        deduplicated=_object(
            "left_out prefers note", left_out=_COUNT, prefers=_list(_TEXT), note=_TEXT
        ),
        note=_TEXT,
        source=_TEXT,
        links=_LINKS,
    ),
    "Matches": _object(
        "collection matches numberMatched numberReturned statuses links",
        collection=_TEXT,
        matches=_list(_reference("Match")),
        numberMatched=_COUNT,
        numberReturned=_COUNT,
        statuses=_OBJECT,
        links=_LINKS,
    ),
    "Match": _object(
        "id status score reasons recorded first second",
        id=_TEXT,
        status={"type": "string", "enum": list(STATUSES)},
        score={"type": "number", "minimum": 0, "maximum": 1},
        reasons=_list(
            _object(
                "rule points facts text",
                rule=_TEXT,
                points={"type": "number", "minimum": 0},
                facts=_OBJECT,
                text=_TEXT,
            )
        ),
        decided_at={"type": "string", "format": "date-time", "nullable": True},
        recorded=_OBJECT,
        first=_OBJECT,
        second=_OBJECT,
    ),
    "Problem": _object(
        "type title status detail instance",
        type=_TEXT,
        title=_TEXT,
        status={"type": "integer"},
        detail=_TEXT,
        instance=_TEXT,
        errors=_list(_reference("ParameterProblem")),
    ),
    "ParameterProblem": _object(
        "in name problem",
        name=_TEXT,
        value={"type": "string", "nullable": True},
        problem=_TEXT,
        allowed={"description": "one text, or a list of what is allowed"},
        **{"in": {"type": "string", "enum": ["query", "path", "header", "body"]}},
    ),
}
_BODIES = {
    "/": "LandingPage",
    "/conformance": "Conformance",
    "/collections": "Collections",
    "/collections/{layer}": "Collection",
    "/collections/{layer}/aggregate": "Aggregate",
    "/collections/{layer}/matches": "Matches",
    "/collections/{layer}/items/{feature_id}": "Feature",
}


def body_schema(path: str, media_type: str) -> dict[str, Any]:
    """Describe a body by the route's path and the media type that it answers in."""
    if "json" not in media_type:
        is_text = media_type.startswith("text/") or "xml" in media_type
        return _TEXT if is_text else {"type": "string", "format": "binary"}
    if media_type.endswith("geo+json"):
        return _reference(_BODIES.get(path, "FeatureCollection"))
    if media_type == "application/json" and path in _BODIES:
        return _reference(_BODIES[path])
    return _TEXT if media_type.endswith("-seq") else _OBJECT
