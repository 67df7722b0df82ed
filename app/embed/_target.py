"""Find out which figure or map an address of this service shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from app.figures._address import Address, read_address, read_figure_address, selected_by
from app.figures._question import NARROWING, Question, read_language
from app.maps import MapSpec, maps
from app.wording import bind_signs
from geo.errors import BadParameter, UnknownThing
from geo.spec import Language, Layer

SHOWN = ("/figures/…", "/maps/…")
# What a map's address may be asked with, as far as it says what is shown.
MAP_PARAMETERS = (*NARROWING, "as_of")
_MAP = re.compile(r"/maps/([^/]+)(?:/embed|/share)?\Z")
_FIGURE = re.compile(r"/figures/[^/]+(?:/embed)?\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownMap:
    """A map, what narrows it, and its language."""

    spec: MapSpec
    given: Mapping[str, str]
    language: Language

    @property
    def title(self) -> str:
        title = bind_signs(self.spec.title.in_language(self.language))
        return title.replace("{period}", "").rstrip(" ,")

    @property
    def alt(self) -> str:
        """Say what is drawn and how; what was found is said by the map itself."""
        alt = bind_signs(self.spec.alt.in_language(self.language))
        return alt.partition("{found}")[0].replace("{period}", "").rstrip(" .,")

    def address(self, base: str, part: str = "", **changes: str) -> str:
        """Write an address of the map, or of a part of it."""
        asked = {**self.given, "lang": self.language, **changes}
        return f"{base}/maps/{self.spec.id}{part}?{urlencode(asked, safe='/:,')}"


def shown_at(url: str, base: str, layers: Mapping[str, Layer]) -> Question | ShownMap:
    """Read what an address shows; what is not of this service is not found."""
    address = read_address(url, base)
    if address is not None and _FIGURE.match(address.path):
        question = read_figure_address(address, layers, base)
        if question is not None:
            return question
    found = None if address is None else _MAP.match(address.path)
    if address is None or found is None:
        raise UnknownThing("page to embed here", url, SHOWN)
    return read_map(found[1], address)


def read_map(name: str, address: Address) -> ShownMap:
    """Read what an address asks of a map."""
    known, given = maps(), address.given
    if name not in known:
        raise UnknownThing("map", name, known)
    for parameter, value in given.items():
        if parameter not in (*MAP_PARAMETERS, "lang", "download"):
            raise BadParameter(
                parameter, value, "is not a parameter of maps", allowed=[*MAP_PARAMETERS, "lang"]
            )
    # What is wrong with it is told here, not inside a frame.
    selected_by(given)
    return ShownMap(
        spec=known[name],
        given={key: given[key] for key in MAP_PARAMETERS if key in given},
        language=read_language(given.get("lang")),
    )
