"""What a file says of itself, so that it can be checked and made again years later."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import orjson

from app import VERSION
from app.figures._numbers import Numbers
from app.figures._question import Question
from app.figures._seal import UNSEALED
from app.figures._table import table_of
from app.figures._words import Words, moment_text, spoken

# The name that the record has in each kind of file.
MARK = "conflict-atlas"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """The question, the state of the data and a digest of the numbers that are drawn.

    `query` is the address that asks for the same again; `revisions` are the imports that each
    layer's state came from.
    """

    figure: str
    query: str
    as_of: str | None
    revisions: tuple[tuple[str, int], ...]
    dataset: str
    digest: str
    title: str
    alt: str
    source: str
    licence: str
    language: str

    def as_json(self) -> str:
        """Write what a check needs as one line of JSON."""
        return orjson.dumps(
            {
                "figure": self.figure,
                "query": self.query,
                "as_of": self.as_of,
                "revision": dict(self.revisions),
                "dataset": self.dataset,
                "hash": self.digest,
                "version": VERSION,
                "seal": UNSEALED,
            },
            option=orjson.OPT_SORT_KEYS,
        ).decode()


def record_of(question: Question, numbers: Numbers, words: Words) -> Record:
    """Write down what a figure was made from."""
    language = question.language
    return Record(
        figure=question.spec.figure,
        query=words.permalink,
        as_of=moment_text(numbers.changed_at),
        revisions=numbers.revisions,
        dataset=numbers.source.dataset,
        digest=digest_of(numbers),
        title=words.title,
        alt=words.alt,
        source=spoken(numbers.source.title, language),
        licence=spoken(numbers.source.licence, language),
        language=language,
    )


def digest_of(numbers: Numbers) -> str:
    """Digest the numbers that are drawn: the same data give the same digest in every language."""
    total = numbers.total
    sums = (total.value, total.low, total.high, total.events, total.unknown)
    table = table_of(numbers)
    said = orjson.dumps([table.names, table.rows, sums, numbers.source.dataset])
    return hashlib.blake2b(said, digest_size=16).hexdigest()
