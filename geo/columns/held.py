"""Say what columns hold of a layer; the rest of it is PostgreSQL's alone."""

from __future__ import annotations

import hashlib

from geo.spec import FEATURE_FIELDS, Field, FieldType, GeometryType, Layer

# More different texts than this are no classes, and their column is left out.
MOST_WORDS = 65_535
# Raised with every change of what the files hold or of how rows are read into them.
FORMAT = 1

_WHOLE = (FieldType.INTEGER, FieldType.DATE, FieldType.BOOLEAN)
_OF_EVERY_LAYER = ("date_precision", "place_precision", "radius_m", "source_title")


def is_held(layer: Layer) -> bool:
    """Say whether a layer's rows are points with a table of their own, for all to see."""
    is_public = layer.audience == "public"
    return layer.geometry is GeometryType.POINT and layer.parent is None and is_public


def held_fields(layer: Layer) -> tuple[Field, ...]:
    """List the fields that columns may hold: whole numbers, days, truths and classes."""
    declared = [field for field in layer.fields if _has_few_values(field)]
    return (*declared, *(field for field in FEATURE_FIELDS if field.name in _OF_EVERY_LAYER))


def _has_few_values(field: Field) -> bool:
    if field.is_text:
        return bool(field.choices) or field.groups or field.indexed
    return field.type in _WHOLE


def declaration_digest(layer: Layer) -> str:
    """Digest what the columns of a layer are, so that those of another declaration are not used."""
    said = [f"{field.name}:{field.type}" for field in held_fields(layer)]
    text = "\n".join([str(FORMAT), layer.id, *said])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
