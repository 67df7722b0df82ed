"""Explain the colours of a density surface: round values on a strip, and what they count."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from app.wording import bind_signs, number_words
from geo.density_query import weight_field
from geo.ramps import STEPS, Stop, ramp, stops
from geo.spec import Language, Layer, Text

PER = Text(en="{what} per {area} km²", fr="{what} pour {area} km²")
WEIGHED = Text(en="{layer}: {field}", fr="{layer} : {field}")
# A density a square kilometre is too small a number to be read: it is told for as many as these.
AREAS_KM2 = (1, 100, 1_000, 10_000, 100_000)
LEAST_TOLD = 5.0
WIDTH_PX, BAR_PX, LEFT_PX = 264, 224, 16
# Parts of the strip, each of one colour.
PIECES = 96
_INK = {False: ("#1f2933", "#ffffff"), True: ("#f4f4f2", "#22262b")}


def area_km2(maximum: float) -> int:
    """Choose for how many square kilometres densities are told."""
    return next((area for area in AREAS_KM2 if maximum * area >= LEAST_TOLD), AREAS_KM2[-1])


def weighed_words(layer: Layer, weight: str, language: Language) -> str:
    """Name what is counted: the rows, or a number of theirs."""
    title = layer.title.in_language(language)
    field = layer.field(weight_field(layer, weight) or "")
    if field is None:
        return title
    words = field.title.in_language(language)
    return bind_signs(WEIGHED.in_language(language).format(layer=title, field=words))


def unit_words(layer: Layer, weight: str, area: int, language: Language) -> str:
    """Name the unit of a legend."""
    return per_area_words(weighed_words(layer, weight, language), area, language)


def per_area_words(what: str, area: int, language: Language) -> str:
    """Name what lies on so many square kilometres."""
    told = PER.in_language(language).replace("{area} ", "" if area == 1 else "{area} ")
    return told.format(what=what, area=number_words(area, language))


def draw_legend(maximum: float, colours: str, title: str, language: Language) -> Markup:
    """Draw a legend as a picture of its own, on the ground that its ramp is for."""
    ink, paper = _INK[colours.endswith("_r")]
    area = area_km2(maximum)
    known = stops(maximum * area, colours)
    parts = [
        Markup('<rect width="100%" height="100%" rx="4" fill="{}"/>').format(paper),
        Markup('<text x="{}" y="20" font-weight="600" fill="{}">{}</text>').format(
            LEFT_PX, ink, title
        ),
        draw_strip(known, colours, ink, language, top=32),
    ]
    width = max(WIDTH_PX, LEFT_PX * 2 + round(7.2 * len(title)))
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="68" viewBox="0 0 {0} 68" '
        'font-family="system-ui, Segoe UI, Roboto, Noto Sans, DejaVu Sans, sans-serif" '
        'font-size="12" role="img" aria-label="{1}">{2}</svg>'
    ).format(width, title, Markup("").join(parts))


def draw_key(maximum: float, colours: str, title: str, language: Language) -> Markup:
    """Draw the strip for the legend of a page, which writes in ink on its own paper."""
    strip = draw_strip(
        stops(maximum * area_km2(maximum), colours), colours, _INK[False][0], language, top=20
    )
    heading = Markup('<text x="{}" y="12" font-weight="600">{}</text>').format(LEFT_PX, title)
    return Markup(
        '<svg width="{0}" height="50" viewBox="0 0 {0} 50" font-size="12" aria-hidden="true">'
        "{1}{2}</svg>"
    ).format(WIDTH_PX, heading, strip)


def draw_strip(
    known: Sequence[Stop], colours: str, ink: str, language: Language, *, top: int
) -> Markup:
    """Draw the ramp from nothing to the maximum, with its round values below."""
    table = ramp(colours)
    # Each piece reaches to the end and the next covers it, so that no line shows between them.
    steps = [BAR_PX * i / PIECES for i in range(PIECES)]
    parts = [
        Markup('<rect x="{:.1f}" y="{}" width="{:.1f}" height="12" fill="{}"/>').format(
            LEFT_PX + step, top, BAR_PX - step, _on_paper(table, i, colours)
        )
        for i, step in enumerate(steps)
    ]
    parts.append(
        Markup('<rect x="{}" y="{}" width="{}" height="12" fill="none" stroke="{}"/>').format(
            LEFT_PX, top, BAR_PX, ink
        )
    )
    for position, words in _ticks(known, language):
        parts.append(_tick(LEFT_PX + position * BAR_PX, top + 12, words, ink))
    return Markup("").join(parts)


def told_stops(maximum: float, colours: str, language: Language) -> list[tuple[float, str]]:
    """Say what stands below a strip of colours, and where on it, from 0 to 1."""
    return _ticks(stops(maximum * area_km2(maximum), colours), language)


def _ticks(known: Sequence[Stop], language: Language) -> list[tuple[float, str]]:
    return [(0.0, "0"), *((one.position, _told(one, language)) for one in known)]


def _tick(x: float, y: int, words: str, ink: str) -> Markup:
    return Markup(
        '<path d="M{0:.1f} {1}v4" stroke="{2}"/>'
        '<text x="{0:.1f}" y="{3}" text-anchor="middle" fill="{2}">{4}</text>'
    ).format(x, y, ink, y + 16, words)


def _told(stop: Stop, language: Language) -> str:
    return number_words(float(f"{stop.value:.3g}"), language)


def _on_paper(table: Sequence[tuple[int, int, int, int]], piece: int, colours: str) -> str:
    """Mix a colour with the ground that it lets through."""
    red, green, blue, alpha = table[round(STEPS * (piece + 0.5) / PIECES)]
    ground = 0x22 if colours.endswith("_r") else 0xFF
    part = alpha / 255
    mixed = (round(part * own + (1 - part) * ground) for own in (red, green, blue))
    return "#" + "".join(f"{value:02x}" for value in mixed)
