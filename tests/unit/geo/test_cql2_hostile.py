"""No filter may end the process or keep it busy: the native parser is let near none that could."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.settings import ROOT
from geo import cql2
from geo.errors import BadParameter
from geo.query import FeatureQuery
from geo.spec import Layer

# Parses what comes in, line by line, in a process of its own; SIGALRM ends it if one takes long.
WORKER = """
import json, signal, sys
from geo import cql2
from geo.query import FeatureQuery

for line in sys.stdin:
    text, language = json.loads(line)
    signal.alarm(5)
    try:
        FeatureQuery(filter=dict(cql2.parse(text, language))).canonical()
        print("read", flush=True)
    except cql2.BadParameter:
        print("refused", flush=True)
"""


class Worker:
    """A process that parses, so that what ends it does not end the tests; then there is a new."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def parse(self, text: str, language: str = "cql2-text") -> str:
        """Say what became of a filter: read, refused, or the exit code of the process."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", WORKER],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([text, language]) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline().strip()
        return answer or f"ended with {self.end()}"

    def end(self) -> int:
        """End the process, and give its exit code: that of a signal is negative."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.communicate(timeout=10)
        return process.returncode


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    assert made.end() == 0


HOSTILE = [
    "id='" + ")" * 2_600 + "' AND " + "(" * 2_600 + "id='a'" + ")" * 2_600,
    ")" * 2_000 + "(" * 2_000 + "id='a'",
    "(" * 4_000 + "id='a'" + ")" * 4_000,
    'id=")"' + ")" * 2_000 + "(" * 2_000,
    # Brackets that do not fit: 2ⁿ steps for the native parser, which 30 of them would never end.
    "(" * 30,
    "(" * 30 + "id = 'a'",
    "(" * 45 + "id = " + ")" * 45,
    "(" * 45 + "1" + ",1)" * 45,
    "id = 1 andnot(" * 40,
    "S_INTERSECTS(geom, POLYGON" + "(" * 45 + "1" + ")" * 45 + ")",
    "S_INTERSECTS(geom," + "GEOMETRYCOLLECTION(" * 400 + "POINT(0 0)" + ")" * 400 + ")",
    "killed_best = " + "- " * 4_000 + "1",
    "killed_best = " + "-" * 8_000 + "1",
    "killed_best = 1" + "+1" * 4_000,
    "killed_best = 1" + "^1" * 4_000,
    "killed_best " + "=1" * 4_000,
    "id" + " LIKE a" * 1_100,
    "NOT " * 2_000 + "id = 'a'",
    "NOT(" * 1_300 + "id = 'a'" + ")" * 1_300,
    "CASEI(" * 1_000 + "id" + ")" * 1_000 + " = 'a'",
    "f(" * 4_000,
    "'" * 8_001,
    '"' * 8_001,
    "killed_best = 1 OR " * 400 + "killed_best = 1",
    "place = 'a\x00b'",
    "place = 'a\ud800b'",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:50])
def test_a_filter_that_would_hurt_the_parser_is_refused_before_it(
    worker: Worker, text: str
) -> None:
    assert worker.parse(text) == "refused"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 4_000,
        '{"op":"not","args":[' * 300 + "true" + "]}" * 300,
        '{"op":"=","args":["]]]]]]]]","' + "}" * 2_000 + '"' + "[" * 2_000,
        '{"a":' * 1_300 + "1" + "}" * 1_300,
        '{"op":"=","args":[{"property":"id"},' + "[" * 100 + "]" * 100 + "]}",
        '{"op":"s_within","args":[{"property":"geom"},{"type":"Polygon","coordinates":'
        + "[" * 90
        + "]" * 90
        + "}]}",
        '"' + "\\" * 8_000,
    ],
    ids=lambda text: text[:50],
)
def test_json_that_is_nested_too_deep_is_refused(worker: Worker, text: str) -> None:
    assert worker.parse(text, "cql2-json") == "refused"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50 + "id = 'a'" + ")" * 50,
        "id = '" + "()" * 3_000 + ")))'",
        "id = '" + "NOT - + (" * 700 + "'",
        "id IN (" + ",".join(["'a'"] * 1_000) + ")",
        "killed_best IN (" + ",".join(["-1"] * 1_000) + ")",
        " OR ".join(["killed_best=1"] * 240),
        "NOT " * 45 + "id = 'a'",
        # Lists in lists: 2ⁿ steps for the native parser too. The compiler refuses them.
        "id IN " + "(" * 40 + "1" + ",1)" * 40,
        "id = 1 AND " + "CASEI((" * 24 + "1" + ",1))" * 24,
    ],
    ids=lambda text: text[:50],
)
def test_a_long_filter_that_is_harmless_is_read(worker: Worker, text: str) -> None:
    assert worker.parse(text) == "read"


def test_nesting_is_counted_in_what_is_read(layers: dict[str, Layer]) -> None:
    def nested(times: int) -> str:
        return '{"op":"not","args":[' * times + "true" + "]}" * times

    for times in (cql2.MAX_DEPTH, cql2.MAX_DEPTH + 1):
        text = nested(times)
        if times == cql2.MAX_DEPTH:
            assert FeatureQuery(filter=dict(cql2.parse(text, "cql2-json"))).canonical()
        else:
            with pytest.raises(BadParameter, match="is nested more than 50 deep"):
                cql2.parse(text, "cql2-json")


# fmt: off
PIECES = [
    "(", ")", "'", "''", '"', "- ", "+", "NOT ", "CASEI(", "DATE(", "INTERVAL(", "BBOX(",
    "s_within(", "POINT(", "POLYGON((", "GEOMETRYCOLLECTION(", "=1", "^1", "+1", " AND ",
    " OR ", " LIKE ", " IN(", " BETWEEN ", " IS NULL", "1", ",", "id", "'a'", "\\", "é", "[",
    "]", "{", "}", '{"op":"not","args":[', '{"property":"id"}', "]}", ":", "true", "null",
]
# fmt: on
hostile = st.lists(
    st.tuples(
        st.sampled_from(PIECES),
        st.sampled_from((1, 1, 1, 2, 3, 20, 60, 500, 2_000)),
    ),
    min_size=1,
    max_size=25,
).map(lambda parts: "".join(piece * times for piece, times in parts)[:8_000])


@settings(max_examples=400)
@given(text=hostile, language=st.sampled_from(("cql2-text", "cql2-json")))
def test_no_filter_ends_the_process_or_keeps_it_busy(
    worker: Worker, text: str, language: str
) -> None:
    assert worker.parse(text, language) in ("read", "refused")
