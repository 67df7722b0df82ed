"""What one figure is asked for, as one frozen value, and how it is read from texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from app.deps import all_of
from app.figures._base import Comparison, Counting, FigureSpec
from geo import cql2
from geo.cql2.call import GEOMETRY_NAMES
from geo.errors import BadParameter
from geo.query import FeatureQuery
from geo.spec import LANGUAGES, Language, Layer
from geo.styles.themes import LIGHT, THEMES, Theme

# What narrows the selection, in the order in which a permalink repeats it.
NARROWING = ("datetime", "bbox", "bbox-crs", "filter", "filter-lang", "filter-crs")
LEAST_DPI, MOST_DPI = 50, 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How large a figure is, in millimetres and points, and how fine its picture.

    Without a height it grows with what it says. `aside` is the share of the width that the notes
    of a map take beside it; 0 sets them below.
    """

    id: str
    width_mm: float
    height_mm: float | None
    chart_mm: float
    text_pt: float
    small_pt: float
    title_pt: float
    dpi: int
    aside: float


COLUMN = Size(
    id="column",
    width_mm=90,
    height_mm=None,
    chart_mm=62,
    text_pt=6.5,
    small_pt=5.4,
    title_pt=9,
    dpi=300,
    aside=0,
)
PAGE = Size(
    id="page",
    width_mm=170,
    height_mm=None,
    chart_mm=84,
    text_pt=8,
    small_pt=6.4,
    title_pt=13,
    dpi=300,
    aside=0.31,
)
SLIDE = Size(
    id="slide",
    width_mm=338.667,
    height_mm=190.5,
    chart_mm=90,
    text_pt=12.5,
    small_pt=8.2,
    title_pt=22,
    dpi=144,
    aside=0.34,
)
SIZES: Mapping[str, Size] = {size.id: size for size in (PAGE, COLUMN, SLIDE)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Ask for a figure: of which rows, in which words, colours and size.

    `narrowing` is what narrowed the selection, as typed. `base_url` is the service's own address,
    which the permalink in the figure begins with, and `under` is what comes after it.
    """

    spec: FigureSpec
    query: FeatureQuery
    base_url: str
    narrowing: tuple[tuple[str, str], ...] = ()
    language: Language = "en"
    theme: Theme = LIGHT
    size: Size = PAGE
    dpi: int | None = None
    source: str | None = None
    comparison: Comparison | None = None
    under: Literal["figures", "maps"] = "figures"

    def canonical(self) -> bytes:
        """Write all that the answer depends on beside the data and its form."""
        compared = self.comparison.metric if self.comparison else None
        look = (self.language, self.theme.id, self.size.id, self.dpi, self.source, compared)
        parts = (self.under, self.spec.figure, self.base_url, self.narrowing, look)
        return repr(parts).encode() + self.query.canonical()


def read_question(
    spec: FigureSpec,
    layer: Layer,
    given: Mapping[str, str],
    query: FeatureQuery,
    language: Language,
    base_url: str,
) -> Question:
    """Read the parameters of a figure; the selection is read already."""
    refuse_unknown_properties(spec, layer, query)
    return Question(
        spec=spec,
        query=query,
        base_url=base_url,
        narrowing=tuple((name, given[name]) for name in NARROWING if name in given),
        language=language,
        **read_look(given),
        source=given.get("source"),
        comparison=_comparison(spec, given.get("compare")),
    )


def read_look(given: Mapping[str, str]) -> dict[str, Any]:
    """Read how a figure is to look: its theme, its size and how fine a picture is."""
    return {
        "theme": _chosen("theme", given.get("theme"), THEMES, LIGHT),
        "size": _chosen("size", given.get("size"), SIZES, PAGE),
        "dpi": _dpi(given.get("dpi")),
    }


def read_language(text: str | None) -> Language:
    """Read the language of a figure."""
    for known in LANGUAGES:
        if text in (None, known):
            return known
    raise BadParameter("lang", str(text), "is not a language here", allowed=list(LANGUAGES))


def refuse_unknown_properties(spec: FigureSpec, layer: Layer, query: FeatureQuery) -> None:
    """Refuse a filter on what the layer does not have, before the database is asked."""
    if query.filter is None:
        return
    known = cql2.queryables(layer)
    unknown = sorted(cql2.names_in(query.filter) - set(known) - GEOMETRY_NAMES)
    if unknown:
        problem = f"names no property of {layer.id}, which figure {spec.figure!r} draws"
        raise BadParameter("filter", ", ".join(unknown), problem, allowed=sorted(known))


def counted_rows(query: FeatureQuery, counting: Counting, dataset: str) -> FeatureQuery:
    """Narrow a selection to the rows of a data set that a figure counts."""
    return replace(query, filter=all_of([*_conditions(query, counting, dataset)]))


def _conditions(query: FeatureQuery, counting: Counting, dataset: str) -> list[Any]:
    parts: list[Any] = [{"op": "=", "args": [{"property": "dataset"}, dataset]}]
    if counting.where is not None:
        parts.append(dict(cql2.parse(counting.where, "cql2-text")))
    if query.filter is not None:
        parts.append(query.filter)
    return parts


def filter_text(question: Question, counting: Counting, dataset: str) -> dict[str, str]:
    """Write the filter of the rows that are drawn, for an address of items or aggregates."""
    given = dict(question.narrowing)
    quoted = dataset.replace("'", "''")
    parts = [f"dataset = '{quoted}'", *([counting.where] if counting.where else [])]
    written = given.get("filter")
    if written is not None and given.get("filter-lang") == "cql2-json":
        import orjson

        whole = counted_rows(question.query, counting, dataset).filter
        kept = {k: v for k, v in given.items() if k not in ("filter", "filter-crs")}
        return {**kept, "filter": orjson.dumps(whole).decode()}
    if written is not None:
        parts.append(f"({written})")
    return {**given, "filter": " AND ".join(parts)}


def permalink(
    question: Question, form: str, dataset: str, as_of: str | None, *, pins_look: bool = True
) -> str:
    """Write the address that gives this very figure again, whatever is loaded later."""
    asked = dict(question.narrowing)
    if as_of is not None:
        asked["as_of"] = as_of
    if question.under == "figures":
        # A map's filter says which data set is drawn.
        asked["source"] = dataset
    if question.comparison is not None:
        asked["compare"] = question.comparison.metric
    asked["lang"] = question.language
    if pins_look:
        asked |= {"theme": question.theme.id, "size": question.size.id}
        asked |= {"dpi": str(question.dpi)} if question.dpi else {}
    path = f"{question.under}/{question.spec.figure}.{form}"
    return f"{question.base_url}/{path}?{urlencode(asked, safe='/:,')}"


def _chosen(name: str, given: str | None, known: Mapping[str, Any], usual: Any) -> Any:
    if given is None:
        return usual
    if given not in known:
        raise BadParameter(name, given, "is not known here", allowed=list(known))
    return known[given]


def _dpi(given: str | None) -> int | None:
    if given is None:
        return None
    is_whole = given.isascii() and given.isdecimal() and len(given) < 6
    if not is_whole or not LEAST_DPI <= int(given) <= MOST_DPI:
        allowed = f"a whole number from {LEAST_DPI} to {MOST_DPI}"
        raise BadParameter("dpi", given, "is no fineness of a picture here", allowed=allowed)
    return int(given)


def _comparison(spec: FigureSpec, given: str | None) -> Comparison | None:
    if given is None:
        return None
    known = {one.metric: one for one in spec.comparisons}
    if given not in known:
        allowed = list(known) or "none; this figure compares with no yearly series"
        raise BadParameter("compare", given, "is no series of this figure", allowed=allowed)
    return known[given]
