"""What the doctor says of lock files and of addresses with secrets in them."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from app.cli.doctor import _settings, differences, masked
from app.settings import Settings


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://reader:secret@host/atlas", "postgresql://reader:•••@host/atlas"),
        ("postgresql://reader:sec:r/e@t@host/atlas", "postgresql://reader:•••@host/atlas"),
        ("postgresql://host/a?user=b&password=secret", "postgresql://host/a?user=b&password=•••"),
        ("postgresql://host/a?PASSWORD=secret&port=1", "postgresql://host/a?PASSWORD=•••&port=1"),
        ("postgresql://reader@host:5432/atlas", "postgresql://reader@host:5432/atlas"),
        ("postgresql://atlas@/atlas?host=/socket", "postgresql://atlas@/atlas?host=/socket"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_a_lock_file_is_compared_with_what_is_installed(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    typer = metadata.version("typer")
    lock.write_text(
        f"typer=={typer} \\\n    --hash=sha256:00\n"
        "rich==0.1 \\\n    --hash=sha256:00\n"
        "no-such-package==1.0 \\\n    --hash=sha256:00\n"
        "only-elsewhere==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    rich = metadata.version("rich")
    assert list(differences(lock)) == [
        f"rich is {rich}, not 0.1",
        "no-such-package is missing",
    ]


def test_a_secret_is_reported_as_set_and_not_shown() -> None:
    environment = {
        "ATLAS_ACLED_EMAIL": "analyst@example.org",
        "ATLAS_ACLED_PASSWORD": "correct horse",
        "ATLAS_UCDP_TOKEN": "token-4711",
        "ATLAS_DATABASE_URL": "postgresql://atlas:swordfish@host/atlas",
    }
    reported = {
        found.subject: found.value for found in _settings(Settings.from_environment(environment))
    }
    assert {name: reported[name] for name in environment} == {
        "ATLAS_ACLED_EMAIL": "••• (set)",
        "ATLAS_ACLED_PASSWORD": "••• (set)",
        "ATLAS_UCDP_TOKEN": "••• (set)",
        "ATLAS_DATABASE_URL": "postgresql://atlas:•••@host/atlas (set)",
    }
    assert reported["ATLAS_HAPI_IDENTIFIER"] == "not set"
