"""What is needed to draw figures without a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.figures import figures
from app.figures._fonts import prepare_fonts
from app.figures._question import Question
from app.routes.maps import STATIC
from geo.query import FeatureQuery

Asks = Callable[..., Question]


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (STATIC / "fonts").is_dir():
        pytest.skip("the web assets are not built; ./atlas builds them")
    return prepare_fonts(STATIC / "fonts", tmp_path_factory.mktemp("fonts"))


@pytest.fixture(scope="session")
def ask() -> Asks:
    def made(number: str, **given: Any) -> Question:
        usual = {"query": FeatureQuery(), "base_url": "http://localhost:8000"}
        return Question(spec=figures()[number], **{**usual, **given})

    return made
