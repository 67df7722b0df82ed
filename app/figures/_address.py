"""Read the address of a figure, as it stands in a page, a citation or a file, as its question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from app.deps import read_selection
from app.figures import figures
from app.figures._forms import FORMS
from app.figures._question import NARROWING, Question, read_language, read_question
from geo.errors import BadParameter, UnknownThing
from geo.query import FeatureQuery, parse_as_of
from geo.spec import Layer

# What an address of a figure may be asked with.
KNOWN = frozenset((*NARROWING, "as_of", "lang", "theme", "size", "dpi", "source", "compare", "f"))
LONGEST = 8_192


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A path below the service's own address, and what it is asked with."""

    path: str
    given: Mapping[str, str]


def read_address(url: str, base_url: str | None, *, name: str = "url") -> Address | None:
    """Take an address apart; None if it is of another service. Without a base any host will do."""
    if len(url) > LONGEST:
        raise BadParameter(name, url, f"is longer than {LONGEST:,} characters")
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise BadParameter(name, url, "is no address") from None
    path = parts.path
    if base_url is not None:
        own = urlsplit(base_url)
        if (parts.scheme, parts.netloc) not in ((own.scheme, own.netloc), ("", "")):
            return None
        if not path.startswith(f"{own.path}/"):
            return None
        path = path.removeprefix(own.path)
    given = dict(pairs)
    if len(given) != len(pairs):
        raise BadParameter(name, url, "gives a parameter twice")
    return Address(path=unquote(path), given=given)


def read_figure_address(
    address: Address, layers: Mapping[str, Layer], base_url: str
) -> Question | None:
    """Read what an address asks of a figure; None if it is no figure's."""
    _, marked, named = address.path.rpartition("/figures/")
    if not marked:
        return None
    number = named.removesuffix("/embed")
    stem, _, ending = number.rpartition(".")
    number = stem if ending in FORMS else number
    known = figures()
    if number not in known:
        raise UnknownThing("figure", number, known)
    given = address.given
    for name, value in given.items():
        if name not in KNOWN:
            raise BadParameter(name, value, "is not a parameter of figures", allowed=sorted(KNOWN))
    query = selected_by(given)
    spec, language = known[number], read_language(given.get("lang"))
    return read_question(spec, layers[spec.layer], given, query, language, base_url)


def selected_by(given: Mapping[str, str]) -> FeatureQuery:
    """Read which rows an address asks for, and as of when."""
    query = read_selection(
        bbox=given.get("bbox"),
        bbox_crs=given.get("bbox-crs"),
        interval=given.get("datetime"),
        condition=given.get("filter"),
        filter_lang=given.get("filter-lang"),
        filter_crs=given.get("filter-crs"),
    )
    if "as_of" not in given:
        return query
    return replace(query, as_of=parse_as_of(given["as_of"], now=datetime.now(UTC)))
