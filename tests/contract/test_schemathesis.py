"""Schemathesis asks whatever `/api` allows, and what it does not."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

pytestmark = pytest.mark.slow
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
LONGEST_ADDRESS = 60_000
# The parts of an address that name a tile: its zoom, column and row.
PLACES = [("z", "x", "y"), ("tileMatrix", "tileCol", "tileRow")]


def into_the_world(parts: dict[str, Any]) -> None:
    """Have a tile's address name one that there is: the definition cannot say which there are."""
    for zoom, *place in PLACES:
        if zoom in parts:
            # Further down, tiles of the whole world that hold something are hard to meet.
            parts[zoom] = int(parts[zoom]) % 6
            for name in place:
                parts[name] = int(parts[name]) % 2 ** parts[zoom]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_nothing_that_can_be_asked_makes_the_service_fail(
    live_server: str, mode: GenerationMode
) -> None:
    definition = schemathesis.openapi.from_url(f"{live_server}/api?f=json")
    statuses: Counter[int] = Counter()
    with requests.Session() as session:
        for result in definition.get_all_operations():
            assert isinstance(result, Ok)
            operation = result.ok()
            strategy: st.SearchStrategy[Any] = operation.as_strategy(generation_mode=mode)

            @settings(
                max_examples=EXAMPLES,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def ask(case: Any) -> None:
                if mode is GenerationMode.POSITIVE:
                    into_the_world(case.path_parameters)
                response = case.call(session=session, timeout=30)
                statuses[response.status_code] += 1
                if case.path == "/oembed" and response.status_code == 501:
                    # oEmbed 1.0, 2.3.4: a format that is not made is "not implemented".
                    assert response.json()["detail"].endswith("ask for one of json, xml")
                elif len(response.request.url) < LONGEST_ADDRESS:
                    case.validate_response(response, checks=CHECKS)
                else:
                    # Uvicorn reads no further, and answers in its own words.
                    assert response.status_code == 400

            # Where nothing can be given, nothing wrong can be given either.
            with suppress(Unsatisfiable):
                ask()
    assert statuses[200 if mode is GenerationMode.POSITIVE else 400] > 20, statuses
