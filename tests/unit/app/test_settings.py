from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import pytest

from app.settings import BadSetting, Secret, Settings


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


SECRETS = {
    "ATLAS_ACLED_EMAIL": "analyst@example.org",
    "ATLAS_ACLED_PASSWORD": "correct horse",
    "ATLAS_UCDP_TOKEN": "token-4711",
    "ATLAS_HAPI_IDENTIFIER": "YXRsYXM6eA==",
    "ATLAS_DATABASE_URL": "postgresql://atlas:swordfish@host/atlas",
}


def test_no_secret_shows_when_settings_are_printed() -> None:
    settings = Settings.from_environment(SECRETS)
    shown = f"{settings} {settings!r} {asdict(settings) | {'database_url': None}}"
    assert [text for text in SECRETS.values() if text in shown] == []
    assert settings.acled_password == Secret("correct horse")
    assert settings.acled_password is not None
    assert settings.acled_password.reveal() == "correct horse"


def test_a_secret_is_three_dots_however_it_is_written() -> None:
    secret = Secret("correct horse")
    assert f"{secret} {secret!r} {secret!s} {[secret]} %s" % secret == "••• ••• ••• [•••] •••"
    assert {secret: 1}[Secret("correct horse")] == 1
    assert secret != Secret("another")
    assert secret != "correct horse"


@pytest.mark.parametrize("value", ["acleddata.com", "ftp://acleddata.com", "https://a.org/?key=1"])
def test_the_address_of_a_service_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match="ATLAS_ACLED_URL"):
        Settings.from_environment({"ATLAS_ACLED_URL": value})


def test_an_address_with_a_password_in_it_is_refused_without_repeating_it() -> None:
    with pytest.raises(BadSetting, match="ATLAS_UCDP_URL has a user in it") as refused:
        Settings.from_environment({"ATLAS_UCDP_URL": "https://me:swordfish@ucdp.example"})
    assert "swordfish" not in str(refused.value)
