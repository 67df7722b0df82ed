"""The forms that a figure comes in, and how the record of it is written into each."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import orjson

from app.figures._numbers import Numbers
from app.figures._question import Question, filter_text
from app.figures._record import MARK, Record
from app.figures._table import as_csv, table_of
from app.figures._words import Words

# Only what the standard declares may stand in a PNG's texts of these names.
_PNG_NAMES = {"Title": "title", "Description": "alt", "Source": "query", "Copyright": "licence"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A figure before it is written: `drawn` is matplotlib's, and None for tables."""

    question: Question
    numbers: Numbers
    words: Words
    record: Record
    drawn: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """One form of a figure, by the ending of its address."""

    id: str
    media_type: str
    write: Callable[[Made], bytes]
    is_drawn: bool = True


def _svg(made: Made) -> bytes:
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    written = io.StringIO()
    nothing: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    canvas: Any = FigureCanvasSVG(made.drawn)
    canvas.print_svg(written, metadata=nothing)
    text = written.getvalue()
    # The declaration names a file on another host, which some readers would fetch.
    text = re.sub(r"<!DOCTYPE[^>]*>\s*", "", text, count=1)
    return (
        text.replace("<svg ", f"<svg {_svg_opening(made)} ", 1)
        .replace('version="1.1">', 'version="1.1">' + _svg_words(made.record), 1)
        .encode()
    )


def _svg_opening(made: Made) -> str:
    language = made.question.language
    return f'role="img" aria-labelledby="figure-title figure-alt" xml:lang="{language}"'


def _svg_words(record: Record) -> str:
    return (
        f'\n <title id="figure-title">{escape(record.title)}</title>'
        f'\n <desc id="figure-alt">{escape(record.alt)}</desc>'
        f'\n <metadata id="{MARK}">{escape(record.as_json())}</metadata>'
    )


def _png(made: Made) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image, PngImagePlugin

    dpi = made.question.dpi or made.question.size.dpi
    made.drawn.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(made.drawn)
    canvas.draw()
    image = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    texts = PngImagePlugin.PngInfo()
    for name, attribute in _PNG_NAMES.items():
        texts.add_itxt(name, getattr(made.record, attribute), lang=made.record.language)
    texts.add_itxt(MARK, made.record.as_json())
    written = io.BytesIO()
    image.convert("RGB").save(written, "png", pnginfo=texts, dpi=(dpi, dpi), compress_level=5)
    return written.getvalue()


def _pdf(made: Made) -> bytes:
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    from app.figures._pdf import Description, described

    record, written = made.record, io.BytesIO()
    canvas: Any = FigureCanvasPdf(made.drawn)
    canvas.print_pdf(written, metadata=dict.fromkeys(("Creator", "Producer", "CreationDate")))
    said = Description(
        title=record.title,
        subject=record.alt,
        language=record.language,
        record=record.as_json(),
        query=record.query,
        revisions=dict(record.revisions),
        moment=made.numbers.changed_at,
        licence=record.licence,
        digest=record.digest,
    )
    return described(written.getvalue(), said)


def _csv(made: Made) -> bytes:
    return as_csv(table_of(made.numbers)).encode()


def _json(made: Made) -> bytes:
    """Write everything that the figure says, and where to ask for the rows themselves."""
    numbers, words, question = made.numbers, made.words, made.question
    table, total = table_of(numbers), numbers.total
    counting = numbers.counting
    document = {
        "figure": question.spec.figure,
        "title": words.title,
        "subtitle": words.subtitle,
        "alt": words.alt,
        "language": question.language,
        "kind": question.spec.kind,
        "layer": question.spec.layer,
        "measure": counting.measure or "count",
        "unit": counting.noun.other.in_language(question.language),
        "dataset": numbers.source.dataset,
        "period": [numbers.first, numbers.last],
        "data_as_of": numbers.data_changed_at,
        "total": {
            name: getattr(total, name) for name in ("value", "low", "high", "events", "unknown")
        },
        "rows": [dict(zip(table.names, row, strict=True)) for row in table.rows],
        "notes": [note.text for note in words.notes],
        "aside": list(words.aside),
        "source": {
            "title": numbers.source.title,
            "licence": numbers.source.licence,
            "url": numbers.source.url,
            "recorded": numbers.source.recorded,
        },
        "compared": _compared(numbers),
        "record": orjson.loads(made.record.as_json()),
        "links": _links(made),
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z)


def _compared(numbers: Numbers) -> dict[str, Any] | None:
    if numbers.compared is None:
        return None
    sources = [{"title": title, "licence": terms} for title, terms in numbers.compared.sources]
    return {"metric": numbers.compared.comparison.metric, "sources": sources}


def _links(made: Made) -> list[dict[str, str]]:
    """Link the same figure in every form, its sums and the rows that they are of."""
    from urllib.parse import urlencode

    question, numbers = made.question, made.numbers
    asked = filter_text(question, numbers.counting, numbers.source.dataset)
    if made.record.as_of is not None:
        asked["as_of"] = made.record.as_of
    layer = f"{question.base_url}/collections/{question.spec.layer}"
    measure = {"measure": numbers.counting.measure} if numbers.counting.measure else {}
    by = {"by": "year"} if question.spec.kind == "bars" else {}
    links = [{"rel": "self", "type": FORMS["json"].media_type, "href": made.record.query}]
    links += [
        {
            "rel": "alternate",
            "type": form.media_type,
            "href": made.record.query.replace(".json?", f".{form.id}?", 1),
        }
        for form in FORMS.values()
        if form.id != "json"
    ]
    sums, rows = urlencode({**by, **measure, **asked}), urlencode(asked)
    links.append(
        {"rel": "aggregate", "type": "application/json", "href": f"{layer}/aggregate?{sums}"}
    )
    if numbers.is_passed_on:
        href = f"{layer}/items?{rows}"
        links.append({"rel": "items", "type": "application/geo+json", "href": href})
    return links


_FORMS = (
    Form(id="svg", media_type="image/svg+xml", write=_svg),
    Form(id="png", media_type="image/png", write=_png),
    Form(id="pdf", media_type="application/pdf", write=_pdf),
    Form(id="csv", media_type="text/csv", write=_csv, is_drawn=False),
    Form(id="json", media_type="application/json", write=_json, is_drawn=False),
)
FORMS: Mapping[str, Form] = {form.id: form for form in _FORMS}
DRAWN: Mapping[str, Form] = {form.id: form for form in _FORMS if form.is_drawn}
