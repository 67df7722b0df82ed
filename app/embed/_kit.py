"""What a figure's or a map's page offers to who would show, cite or keep it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import escape

from app.embed._citation import Cited


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that stands for the whole, in the size that it has."""

    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """A file that a page offers."""

    url: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Kit:
    """Codes and addresses of one figure or map.

    `link` always shows the newest data, `pinned` the state of today for ever.
    """

    title: str
    alt: str
    link: str
    pinned: str
    frame: str
    shape: tuple[int, int]
    picture: Picture
    cited: Cited
    downloads: tuple[Download, ...]
    check: str | None = None

    @property
    def frame_code(self) -> str:
        return frame_code(self.frame, self.title, self.alt, self.shape)

    @property
    def picture_code(self) -> str:
        shown = self.picture
        size = f'width="{shown.width}" height="{shown.height}"'
        style = "max-width:100%;height:auto"
        image = f'<img src="{escape(shown.url)}" alt="{escape(shown.alt)}" {size} style="{style}">'
        return f'<a href="{escape(self.pinned)}">{image}</a>'


def frame_code(url: str, title: str, alt: str, shape: tuple[int, int]) -> str:
    """Write an iframe that is as wide as its place; readers hear its title and what it shows."""
    width, height = shape
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" '
        f'aria-label="{escape(title)}. {escape(alt)}" loading="lazy" allowfullscreen '
        f'style="width:100%;aspect-ratio:{width}/{height};border:0"></iframe>'
    )


def sized_frame(url: str, title: str, alt: str, width: int, height: int) -> str:
    """Write an iframe of a size, which narrows with its place."""
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" '
        f'aria-label="{escape(title)}. {escape(alt)}" width="{width}" height="{height}" '
        'loading="lazy" allowfullscreen style="max-width:100%;border:0"></iframe>'
    )
