"""What the atlas of a region is asked for, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from app.figures._base import FigureSpec
from app.figures._question import Question, Size
from app.report._figures import MEASURE
from app.report._paper import CONTENT_PT, PT_PER_MM
from geo.query import Box, FeatureQuery
from geo.spec import Language
from geo.styles.themes import PRINT

# Charts and maps are set as on the written pages: smaller than in a figure that stands alone.
PAPER = Size(
    id="report",
    width_mm=CONTENT_PT / PT_PER_MM,
    height_mm=None,
    chart_mm=50,
    text_pt=7.5,
    small_pt=6.6,
    title_pt=10.5,
    dpi=300,
    aside=0,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportQuestion:
    """Ask for the atlas of a region: of which days, at which moment, in which language.

    `query` narrows by days and moment alone; `days` are the days as they were typed.
    """

    region: str
    query: FeatureQuery
    base_url: str
    days: str | None = None
    language: Language = "en"
    source: str | None = None

    @property
    def file_name(self) -> str:
        return f"atlas-{self.region}-{self.language}.pdf"

    def canonical(self) -> bytes:
        """Write all that the answer depends on beside the data."""
        look = (self.language, self.source, self.days)
        return repr((self.region, self.base_url, look)).encode() + self.query.canonical()

    def in_region(self) -> FeatureQuery:
        """Ask for the rows of the region."""
        return replace(self.query, filter=self.condition)

    @property
    def condition(self) -> dict[str, Any]:
        return {"op": "=", "args": [{"property": "region"}, self.region]}

    def of_figure(
        self, spec: FigureSpec, *, source: str | None = None, box: Box | None = None
    ) -> Question:
        """Ask for a figure of the region."""
        days = (("datetime", self.days),) if self.days else ()
        return Question(
            spec=spec,
            query=replace(self.in_region(), bbox=box),
            base_url=self.base_url,
            narrowing=days,
            language=self.language,
            theme=PRINT,
            size=PAPER,
            source=source or self.source,
        )

    def permalink(self, source: str, as_of: str | None) -> str:
        """Write the address that gives this very report again, whatever is loaded later."""
        asked = {"datetime": self.days, "as_of": as_of, "source": source, "lang": self.language}
        given = {name: value for name, value in asked.items() if value is not None}
        return f"{self.base_url}/reports/{self.region}.pdf?{urlencode(given, safe='/:')}"

    def rows_link(self, layer: str, dataset: str | None, as_of: str | None) -> str:
        """Write the address of the rows themselves."""
        asked = self._asked(dataset, as_of)
        return f"{self.base_url}/collections/{layer}/items?{urlencode(asked, safe='/:')}"

    def sums_link(self, layer: str, dataset: str, as_of: str | None) -> str:
        """Write the address of the sums of rows that may not be passed on."""
        asked = {"by": "year", "measure": MEASURE, **self._asked(dataset, as_of)}
        return f"{self.base_url}/collections/{layer}/aggregate?{urlencode(asked, safe='/:')}"

    def _asked(self, dataset: str | None, as_of: str | None) -> dict[str, str]:
        parts = [f"region = '{self.region}'"]
        parts += [] if dataset is None else ["dataset = '{}'".format(dataset.replace("'", "''"))]
        asked = {"filter": " AND ".join(parts), "datetime": self.days, "as_of": as_of}
        return {name: value for name, value in asked.items() if value is not None}
