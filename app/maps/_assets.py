"""The scripts and styles that a map page loads from the service, or carries in itself."""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.assets import AssetsMissing

STYLES = (
    "leaflet/leaflet.css",
    "leaflet.fullscreen/Control.FullScreen.css",
    "folium/atlas-map.css",
)
SCRIPTS = (
    "leaflet/leaflet.js",
    "leaflet.fullscreen/Control.FullScreen.js",
    "folium/atlas-places.js",
    "folium/atlas-words.js",
    "folium/atlas-popup.js",
    "folium/atlas-spots.js",
    "folium/atlas-labels.js",
    "folium/atlas-symbols.js",
    "folium/atlas-legend.js",
    "folium/atlas-density.js",
    "folium/atlas-links.js",
    "folium/atlas-list.js",
    "folium/atlas-map.js",
)
IMAGES = (
    "leaflet/images/layers.png",
    "leaflet/images/layers-2x.png",
    "leaflet/images/marker-icon.png",
)
_URL = re.compile(r"url\((?!['\"]?(?:data:|#))['\"]?([^)'\"]+)['\"]?\)")
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Assets:
    """The files of a map page by their name under the static folder, and where they are served."""

    files: Mapping[str, bytes]
    base_url: str
    styles: tuple[str, ...] = STYLES
    scripts: tuple[str, ...] = SCRIPTS

    def url(self, name: str) -> str:
        return f"{self.base_url.rstrip('/')}/{name}"

    def style(self, name: str) -> str:
        """Give a style sheet with its images inside it."""
        folder = posixpath.dirname(name)

        def embed(match: re.Match[str]) -> str:
            image = self.files[posixpath.normpath(posixpath.join(folder, match[1]))]
            return f"url(data:image/png;base64,{base64.b64encode(image).decode()})"

        return _URL.sub(embed, self._text(name)).replace("</style", "<\\/style")

    def script(self, name: str) -> str:
        """Give a script as it can stand inside a page."""
        text = _SOURCE_MAP.sub("", self._text(name))
        return re.sub(r"</(script)", r"<\\/\1", text, flags=re.IGNORECASE)

    def _text(self, name: str) -> str:
        # A browser reads CRLF in a page as LF, and would then find another hash than ours.
        return self.files[name].decode().replace("\r\n", "\n")


def read_assets(static: Path) -> dict[str, bytes]:
    """Read every file that a map needs, or say which are not there."""
    names = (*STYLES, *SCRIPTS, *IMAGES)
    missing = [name for name in names if not (static / name).is_file()]
    if missing:
        raise AssetsMissing(
            f"{len(missing)} web assets are missing, such as {missing[0]}; "
            "./atlas builds them when it starts"
        )
    states = ((static / name).stat() for name in names)
    return _read(static, tuple((state.st_mtime_ns, state.st_size) for state in states))


@lru_cache(maxsize=2)
def _read(static: Path, states: tuple[tuple[int, int], ...]) -> dict[str, bytes]:
    """Read the files in the state they are in, once for each."""
    return {name: (static / name).read_bytes() for name in (*STYLES, *SCRIPTS, *IMAGES)}
