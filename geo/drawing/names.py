"""Choose which names are written, so that neighbouring tiles choose the same ones.

A name is written if no other that goes before it would touch it. Whether that other one is itself
written does not matter: so what is decided of a name depends on nothing farther off than its own
length, and every tile that shows a part of it knows enough to decide alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from geo.drawing.contents import Contents, map_zoom
from geo.drawing.text import Patch, patch
from geo.spec import Language
from geo.styles.labels import label_kind, label_zoom
from geo.styles.look import Look, label_texts
from geo.styles.themes import Theme
from geo.tiles.grid import EXTENT, Tile

_BUCKET = 128
_PADDING = 2
Key = tuple[int, int, int, str, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A name at its place: its order before others, where its anchor is in dots of the map.

    `room` is what no other name may touch.
    """

    key: Key
    patch: Patch
    ink: str
    x: int
    y: int

    @property
    def corner(self) -> tuple[int, int]:
        return (self.x + self.patch.left, self.y + self.patch.top)

    @property
    def room(self) -> tuple[int, int, int, int]:
        left, top, right, bottom = self.patch.room
        return (self.x + left, self.y + top, self.x + right, self.y + bottom)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Where a picture lies: its tile, how large it is drawn, and how dense."""

    tile: Tile
    size_px: int
    scale: int

    @property
    def zoom(self) -> float:
        return map_zoom(self.tile, self.size_px)

    @property
    def dots(self) -> int:
        return self.size_px * self.scale


def write_names(
    image: Image.Image,
    drawn: Sequence[tuple[Look, Contents]],
    theme: Theme,
    language: Language,
    frame: Frame,
    fonts: Path,
) -> None:
    """Write the names that have room, those that go before others on top."""
    left, top = frame.tile.x * frame.dots, frame.tile.y * frame.dots
    for one in reversed(names_with_room(drawn, language, frame, fonts)):
        corner = (one.corner[0] - left, one.corner[1] - top)
        image.paste(theme.halo, corner, one.patch.halo)
        image.paste(theme.inks[one.ink], corner, one.patch.text)


def names_with_room(
    drawn: Sequence[tuple[Look, Contents]], language: Language, frame: Frame, fonts: Path
) -> list[Written]:
    """Choose the names that have room, those that go before others first."""
    found = [
        one
        for order, (seen, contents) in enumerate(drawn)
        if seen.layer.style.labelled
        for one in _of_layer(seen, contents, order, language, frame, fonts)
    ]
    return _with_room(found)


def _of_layer(
    seen: Look, contents: Contents, order: int, language: Language, frame: Frame, fonts: Path
) -> Iterator[Written]:
    classes = {one.value: number for number, one in enumerate(seen.classes)}
    for x, y, text, value in _places(seen, contents, language, frame):
        one = seen.of_class(value)
        kind = label_kind(seen, one)
        if not text or not label_zoom(seen, one) <= frame.zoom < kind.until_zoom:
            continue
        number = classes.get(value, len(classes))
        yield Written(
            key=(kind.rank, order, number, text, x, y),
            patch=patch(text, kind, frame.scale, fonts),
            ink=kind.ink,
            x=x,
            y=y,
        )


def _places(
    seen: Look, contents: Contents, language: Language, frame: Frame
) -> Iterator[tuple[int, int, str, str | None]]:
    """Give each name of a layer, and its anchor in whole dots of the map."""
    dots = frame.dots
    whole = dots << frame.tile.z
    for name in contents.names:
        yield round(name.x * whole), round(name.y * whole), _in(name.texts, language), name.value
    points, by = contents.points, seen.layer.style.colour_by
    if points is None:
        return
    texts = label_texts(seen.layer)
    left, top = frame.tile.x * dots, frame.tile.y * dots
    named = {name: points.plain(name) for name in texts}
    values = points.plain(by) if by else [None] * len(points.x)
    for number, (x, y) in enumerate(zip(points.x.tolist(), points.y.tolist(), strict=True)):
        own = {name: column[number] for name, column in named.items()}
        value = values[number]
        # In whole steps first: half a dot must not go one way here and another there.
        yield left + x * dots // EXTENT, top + y * dots // EXTENT, _in(own, language), value


def _in(texts: Mapping[str, str | None], language: Language) -> str:
    """Choose the name in a language, or in the other one."""
    ordered = sorted(texts, key=lambda name: name.endswith("_fr") != (language == "fr"))
    return next((text for name in ordered if (text := texts[name])), "")


def _with_room(found: Sequence[Written]) -> list[Written]:
    """Keep the names that no other one before them touches, in their order."""
    ordered = sorted(found, key=lambda one: one.key)
    buckets: dict[tuple[int, int], list[tuple[int, int, int, int]]] = defaultdict(list)
    kept = []
    for one in ordered:
        left, top, right, bottom = one.room
        box = (left - _PADDING, top - _PADDING, right + _PADDING, bottom + _PADDING)
        places = [
            (across, down)
            for across in range(box[0] // _BUCKET, box[2] // _BUCKET + 1)
            for down in range(box[1] // _BUCKET, box[3] // _BUCKET + 1)
        ]
        if not any(_touch(box, other) for place in places for other in buckets[place]):
            kept.append(one)
        for place in places:
            buckets[place].append(box)
    return kept


def _touch(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
