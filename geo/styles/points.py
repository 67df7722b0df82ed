"""The style's layers for points: circles by area, rings, symbols and the marks in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from geo.styles import expressions as made
from geo.styles import scale
from geo.styles.look import Look
from geo.styles.sprite import icon_name

# Points carry their id; what merges several does not.
_IS_POINT = ["has", "id"]
_IS_CELL = ["!", _IS_POINT]
StyleLayer = dict[str, Any]


def point_layers(seen: Look, source: str) -> Iterator[StyleLayer]:
    """Write what a layer of points is drawn with, from the bottom to the top."""
    base: StyleLayer = {"source": source, "source-layer": seen.layer.id}
    if seen.layer.style.min_zoom:
        base |= {"minzoom": seen.layer.style.min_zoom}
    yield from (base | one for one in _cells(seen))
    if seen.layer.style.symbol == "circle":
        yield from (base | one for one in _circles(seen))
    else:
        yield base | _symbols(seen)


def _cells(seen: Look) -> Iterator[StyleLayer]:
    value, unit = made.number(seen.cells_sized_by), seen.cell_unit_px
    known = ["has", seen.cells_sized_by]
    colour = made.by_majority(seen, lambda one: one.colour)
    yield _circle_layer(
        f"{seen.layer.id}-cells",
        _IS_CELL,
        value,
        made.radius(value, unit, (scale.SMALLEST_CELL_PX, scale.LARGEST_CELL_PX)),
        colour,
        is_filled=known,
    )
    if any(one.mark for one in seen.classes):
        large = made.is_at_least(value, scale.MARKED_CELL_FROM_PX, unit)
        yield _icon_layer(
            f"{seen.layer.id}-cell-marks",
            ["all", _IS_CELL, known, large],
            made.by_majority(seen, lambda one: icon_name(seen, one, "mark") if one.mark else ""),
            made.mark_size(value, unit, scale.ICON_RADIUS_PX),
        )


def _circles(seen: Look) -> Iterator[StyleLayer]:
    sized, style = seen.sized_by, seen.layer.style
    value = made.number(sized) if sized else 1
    unit = style.value_px if sized else style.radius_px
    known: Any = ["has", sized]
    filled = ["!", made.is_imprecise()]
    yield _circle_layer(
        f"{seen.layer.id}-circles",
        ["all", _IS_POINT, known] if sized else _IS_POINT,
        value,
        made.radius(value, unit, (scale.SMALLEST_PX, scale.LARGEST_PX)),
        made.by_class(seen, lambda one: one.colour),
        is_filled=filled,
    )
    if any(one.mark for one in seen.classes):
        large = made.is_at_least(value, scale.MARKED_FROM_PX, unit)
        forms = [_mark(seen, form) for form in ("mark", "mark-hollow")]
        yield _icon_layer(
            f"{seen.layer.id}-marks",
            ["all", _IS_POINT, known, large] if sized else ["all", _IS_POINT, large],
            ["case", filled, *forms],
            made.mark_size(value, unit, scale.ICON_RADIUS_PX),
        )
    if sized:
        yield _icon_layer(
            f"{seen.layer.id}-unknown",
            ["all", _IS_POINT, ["!", known]],
            ["case", filled, *(_icon(seen, form) for form in ("unknown", "unknown-hollow"))],
            made.icon_size(style.radius_px, scale.ICON_RADIUS_PX),
        )


def _symbols(seen: Look) -> StyleLayer:
    exact = made.by_class(seen, lambda one: icon_name(seen, one))
    hollow = _icon(seen, "hollow")
    size = made.icon_size(seen.layer.style.radius_px, scale.ICON_RADIUS_PX)
    name = f"{seen.layer.id}-symbols"
    return _icon_layer(name, _IS_POINT, ["case", made.is_imprecise(), hollow, exact], size)


def _icon(seen: Look, form: str) -> Any:
    return made.by_class(seen, lambda one: icon_name(seen, one, form))


def _mark(seen: Look, form: str) -> Any:
    return made.by_class(seen, lambda one: icon_name(seen, one, form) if one.mark else "")


def _circle_layer(
    name: str,
    condition: Any,
    value: Any,
    radius: Any,
    colour: Any,
    *,
    is_filled: Any,
) -> StyleLayer:
    """Draw circles, the largest first; what is not filled is a ring.

    The edge has the full colour, so that a circle stands out though others are seen through it.
    """
    return {
        "id": name,
        "type": "circle",
        "filter": condition,
        # Higher keys are drawn later.
        "layout": {"circle-sort-key": ["-", 0, value] if isinstance(value, list) else 0},
        "paint": {
            "circle-radius": radius,
            "circle-color": colour,
            "circle-opacity": ["case", is_filled, scale.OPACITY, scale.RING_OPACITY],
            "circle-stroke-color": colour,
            "circle-stroke-width": scale.STROKE_PX,
        },
    }


def _icon_layer(name: str, condition: Any, image: Any, size: Any) -> StyleLayer:
    return {
        "id": name,
        "type": "symbol",
        "filter": condition,
        "layout": {
            "icon-image": image,
            "icon-size": size,
            "icon-allow-overlap": True,
            "icon-ignore-placement": True,
        },
    }
