"""Write a theme and some layers as a MapLibre style, whole: sources, fonts, icons and legend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from geo.audience import has_datasets
from geo.spec import Language, Layer, Text
from geo.styles.labels import FONT_NAMES, Font, label_layers
from geo.styles.legend import legend
from geo.styles.look import Look, is_drawn, look
from geo.styles.points import point_layers
from geo.styles.shapes import edge_layers, fill_layers, water_layers
from geo.styles.themes import Theme

TITLE = Text(en="Conflict Atlas", fr="Atlas des conflits")
DISCLAIMER = Text(
    en="The boundaries and names shown and the designations used do not imply endorsement or "
    "acceptance by anyone. This is not a product of the United Nations.",
    fr="Les frontières, les noms et les désignations qui figurent ici n’impliquent ni "
    "reconnaissance ni acceptation de quiconque. Ce n’est pas un produit des Nations Unies.",
)
# What MapLibre's controls say; it speaks English by itself.
CONTROL_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {},
    "fr": {
        "AttributionControl.ToggleAttribution": "Afficher ou masquer les sources",
        "Map.Title": "Carte",
        "NavigationControl.ZoomIn": "Zoom avant",
        "NavigationControl.ZoomOut": "Zoom arrière",
        "ScaleControl.Kilometers": "km",
        "ScaleControl.Meters": "m",
    },
}
SPRITE_PATH = "/styles/{style}/sprite"
TILES_PATH = "/tiles/{layer}/tilejson.json"
# The files of each font, and the characters that each of them has.
_SUBSETS: Mapping[str, str] = {
    "latin": "U+0-FF U+131 U+152-153 U+2BB-2BC U+2C6 U+2DA U+2DC U+304 U+308 U+329 "
    "U+2000-206F U+20AC U+2122 U+2191 U+2193 U+2212 U+2215 U+FEFF U+FFFD",
    "latin-ext": "U+100-2BA U+2BD-2C5 U+2C7-2CC U+2CE-2D7 U+2DD-2FF U+304 U+308 U+329 U+1D00-1DBF "
    "U+1E00-1E9F U+1EF2-1EFF U+2020 U+20A0-20AB U+20AD-20C0 U+2113 U+2C60-2C7F "
    "U+A720-A7FF",
}
_FONT_FILES: Mapping[Font, str] = {
    "regular": "400-normal",
    "semibold": "600-normal",
    "italic": "400-italic",
}
_FONTS_PATH = "/static/fonts/noto-sans-{subset}-{file}.woff2"
# What is shown first where no layer says where its features lie.
_WORLD = (-180.0, -60.0, 180.0, 75.0)


def default_layers(layers: Mapping[str, Layer]) -> list[str]:
    """Name the layers of a style: all that can be drawn, but no row of them twice."""
    return [name for name, layer in layers.items() if is_drawn(layer) and layer.parent is None]


def style_document(
    layers: Sequence[Layer], theme: Theme, language: Language, base_url: str
) -> dict[str, Any]:
    """Write the style of some layers; all that it loads lies under `base_url`."""
    drawn = [layer for layer in layers if is_drawn(layer)]
    west, south, east, north = bounds(drawn)
    return {
        "version": 8,
        "name": f"{TITLE.in_language(language)} – {theme.title.in_language(language)}",
        "metadata": {
            "atlas:theme": theme.id,
            "atlas:language": language,
            "atlas:title": theme.title.in_language(language),
            "atlas:layers": {layer.id: layer.title.in_language(language) for layer in drawn},
            "atlas:legend": legend(drawn, theme, language),
            "atlas:disclaimer": DISCLAIMER.in_language(language),
            "atlas:bounds": [west, south, east, north],
        },
        "center": [(west + east) / 2, (south + north) / 2],
        "zoom": 4,
        "sources": {layer.id: _source(layer, language, base_url) for layer in drawn},
        "sprite": base_url + SPRITE_PATH.format(style=theme.id),
        "font-faces": {FONT_NAMES[font]: _faces(font, base_url) for font in FONT_NAMES},
        "layers": list(_style_layers([look(layer, theme) for layer in drawn], theme, language)),
    }


def _style_layers(
    looks: Sequence[Look], theme: Theme, language: Language
) -> Iterator[dict[str, Any]]:
    yield {"id": "ground", "type": "background", "paint": {"background-color": theme.water}}
    shapes = drawing_order([seen for seen in looks if seen.is_shape])
    points = [seen for seen in looks if not seen.is_shape]
    for write in (fill_layers, water_layers, edge_layers):
        for seen in shapes:
            yield from write(seen, seen.layer.id)
    for seen in drawing_order(points):
        yield from point_layers(seen, seen.layer.id)
    written = [one for seen in looks for one in label_layers(seen, seen.layer.id, language)]
    # The last is placed first, so what matters most is written last.
    yield from sorted(written, key=_label_rank)


def drawing_order(looks: Sequence[Look]) -> list[Look]:
    """Sort layers from the bottom to the top: ground, finer areas, areas; circles, symbols."""
    return sorted(
        looks,
        key=lambda seen: (
            not seen.is_ground,
            seen.layer.style.line_px if seen.is_shape else seen.layer.style.symbol != "circle",
            seen.sized_by is not None,
        ),
    )


def _label_rank(written: Mapping[str, Any]) -> tuple[float, float]:
    layout = written["layout"]
    is_semibold = layout["text-font"] == [FONT_NAMES["semibold"]]
    return (float(is_semibold) + layout["text-size"], -written["minzoom"])


def _source(layer: Layer, language: Language, base_url: str) -> dict[str, Any]:
    source = {"type": "vector", "url": base_url + TILES_PATH.format(layer=layer.id)}
    if has_datasets(layer):
        # Whose rows there are changes, and is said by what the address gives.
        return {**source, "url": f"{source['url']}?lang={language}"}
    return {**source, "attribution": layer.source.credit_in(language)}


def _faces(font: Font, base_url: str) -> list[dict[str, Any]]:
    return [
        {
            "url": base_url + _FONTS_PATH.format(subset=subset, file=_FONT_FILES[font]),
            "unicode-range": ranges.split(),
        }
        for subset, ranges in _SUBSETS.items()
    ]


def bounds(layers: Sequence[Layer]) -> tuple[float, float, float, float]:
    """Give the west, south, east and north of what is shown first."""
    windows = [layer.window for layer in layers if layer.window]
    if not windows:
        return _WORLD
    wests, souths, easts, norths = zip(*windows, strict=True)
    return (min(wests), min(souths), max(easts), max(norths))
