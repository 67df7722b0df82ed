from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from app.settings import BadSetting, Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()


def test_each_setting_is_read_from_its_variable() -> None:
    environment = {
        "ATLAS_DATABASE_URL": "postgresql://h/d",
        "ATLAS_HOME": "/srv/atlas",
        "ATLAS_POOL_SIZE": "3",
        "PATH": "/bin",
    }
    settings = Settings.from_environment(environment)
    expected = Settings(database_url="postgresql://h/d", home=Path("/srv/atlas"), pool_size=3)
    assert settings == expected


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_number_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match="ATLAS_POOL_SIZE"):
        Settings.from_environment({"ATLAS_POOL_SIZE": value})


def test_a_misspelt_setting_is_refused_with_the_right_name() -> None:
    with pytest.raises(BadSetting, match="did you mean ATLAS_POOL_SIZE"):
        Settings.from_environment({"ATLAS_POOLSIZE": "3"})


@pytest.mark.parametrize("value", ["example.org", "ftp://a.org", "https://a.org/?x=1", "https://"])
def test_a_public_address_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match="ATLAS_PUBLIC_URL"):
        Settings.from_environment({"ATLAS_PUBLIC_URL": value})


def test_every_setting_says_what_it_is_for() -> None:
    assert [f.name for f in fields(Settings) if not f.metadata.get("doc")] == []
