"""What the suites and clients of other people need: which of them are here, and what they read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conformance.answers import OPENAPI, get_json


@pytest.fixture(scope="session")
def gdal() -> Callable[..., str]:
    """Run one of GDAL's programs and give what it prints."""

    def run(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        # GDAL warns and goes on; what it warns of is a fault of ours.
        assert "Warning" not in done.stderr, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def collections(client: TestClient) -> list[dict[str, Any]]:
    """Give the collections as the service lists them."""
    found: list[dict[str, Any]] = get_json(client, "/collections")["collections"]
    return found


@pytest.fixture(scope="module")
def definition(client: TestClient) -> dict[str, Any]:
    """Give the API definition as the landing page leads to it."""
    links = get_json(client, "/")["links"]
    found = [one for one in links if (one["rel"], one["type"]) == ("service-desc", OPENAPI)]
    (address,) = [one["href"] for one in found]
    response = client.get(address, headers={"Accept": OPENAPI})
    assert (response.status_code, response.headers["content-type"]) == (200, OPENAPI)
    document: dict[str, Any] = response.json()
    return document
