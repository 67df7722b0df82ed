"""The version stands in one place for the program, and once more for what installs it."""

import tomllib

from app import VERSION
from app.settings import ROOT


def test_the_version_is_that_of_the_project_file() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert declared["project"]["version"] == VERSION
