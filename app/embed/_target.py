"""Find out which figure or map an address of this service shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from app.figures._address import Address, read_address, read_figure_address, selected_by
from app.figures._question import Question, read_language
from app.maps import MapSpec, maps
from app.maps._selection import NARROWING, select
from app.stills._question import LOOKS, StillQuestion, read_still
from app.wording import bind_signs
from geo.errors import BadParameter, UnknownThing
from geo.query import FeatureQuery
from geo.spec import Language, Layer

SHOWN = ("/figures/…", "/maps/…")
_MAP = re.compile(r"/maps/([^/]+?)(?:(\.(?:png|svg|pdf))|/embed|/share)?\Z")
_FIGURE = re.compile(r"/figures/[^/]+(?:/embed)?\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownMap:
    """A map, what narrows it, its language, and the picture of what it then shows."""

    spec: MapSpec
    given: Mapping[str, str]
    language: Language
    still: StillQuestion
    is_still: bool = False

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
    return _read_map(found[1], address, layers, base, is_still=found[2] is not None)


def shown_map(
    spec: MapSpec,
    given: Mapping[str, str],
    query: FeatureQuery,
    language: Language,
    layers: Mapping[str, Layer],
    base: str,
    *,
    is_still: bool = False,
) -> ShownMap:
    """Say what is shown of a map."""
    selection = select(spec, layers, query, given)
    return ShownMap(
        spec=spec,
        given=dict(selection.narrowing),
        language=language,
        still=read_still(selection, given, language, base),
        is_still=is_still,
    )


def _read_map(
    name: str, address: Address, layers: Mapping[str, Layer], base: str, *, is_still: bool
) -> ShownMap:
    """Read what an address asks of a map; what is wrong with it is told here, not in a frame."""
    known, given = maps(), address.given
    if name not in known:
        raise UnknownThing("map", name, known)
    allowed = [*NARROWING, "lang", *(LOOKS if is_still else ())]
    for parameter, value in given.items():
        if parameter not in (*allowed, "download"):
            raise BadParameter(parameter, value, "is not a parameter of maps", allowed=allowed)
    query, language = selected_by(given), read_language(given.get("lang"))
    return shown_map(known[name], given, query, language, layers, base, is_still=is_still)
