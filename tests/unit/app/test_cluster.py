"""Where the private database lives and what is read off its lock file; nothing is started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.cluster import home
from app.postgres import how_to_install
from app.postmaster import Account, Postmaster, Running, socket_folder
from app.settings import Settings


def as_user(monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)


def test_home_is_the_setting_if_there_is_one(tmp_path: Path) -> None:
    assert home(Settings(home=tmp_path / "x" / ".." / "y")) == tmp_path.resolve() / "y"


def test_home_of_root_is_where_postgresql_can_go(monkeypatch: pytest.MonkeyPatch) -> None:
    as_user(monkeypatch, 0)
    assert home(Settings()) == Path("/var/lib/conflict-atlas")


@pytest.mark.parametrize(
    ("xdg", "expected"),
    [
        ("/elsewhere", "/elsewhere/conflict-atlas"),
        ("not/absolute", "/home/somebody/.local/share/conflict-atlas"),
        ("", "/home/somebody/.local/share/conflict-atlas"),
    ],
)
def test_home_of_a_user_is_the_xdg_data_folder(
    monkeypatch: pytest.MonkeyPatch, xdg: str, expected: str
) -> None:
    as_user(monkeypatch, 1000)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_DATA_HOME", xdg)
    assert home(Settings()) == Path(expected)


def test_the_socket_is_in_the_folder_while_its_path_is_short_enough() -> None:
    longest = Path("/" + "a" * (107 - len("//socket/.s.PGSQL.5432")))
    assert socket_folder(longest, uid=0) == longest / "socket"
    assert len(str(longest / "socket/.s.PGSQL.5432")) == 107


def test_a_socket_with_too_long_a_path_goes_to_the_same_short_folder_every_time() -> None:
    deep = Path("/" + "a" * 120)
    first, second = socket_folder(deep, uid=99999), socket_folder(deep, uid=99999)
    assert first == second != socket_folder(deep / "b", uid=99999)
    assert first.parent == Path("/tmp")
    assert len(str(first)) < 60


def test_the_address_says_the_socket_folder_and_survives_odd_names() -> None:
    running = Running(pid=1, socket_folder=Path("/a b/c?d&é"), state="ready")
    expected = "postgresql://atlas@/atlas?host=/a%20b/c%3Fd%26%C3%A9&port=5432"
    assert running.url == expected


@pytest.mark.parametrize(
    "content",
    ["", "\n", "nonsense\n", "-1\n", "0\n", pytest.param(f"{os.getpid()}\n", id="this process")],
)
def test_a_lock_file_of_anything_but_a_server_on_this_folder_means_not_running(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/postmaster.pid").write_text(content)
    assert Postmaster(folder=tmp_path, account=Account.unprivileged()).running() is None


def test_a_folder_without_data_has_no_version_and_nothing_running(tmp_path: Path) -> None:
    postmaster = Postmaster(folder=tmp_path, account=Account.unprivileged())
    assert (postmaster.major, postmaster.running()) == (None, None)


def test_root_never_runs_postgresql_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    as_user(monkeypatch, 0)
    assert Account.unprivileged().uid != 0


def test_what_to_install_is_said_for_each_system() -> None:
    assert how_to_install(15).splitlines() == [
        "Debian, Ubuntu:  sudo apt-get install postgresql-15-postgis-3",
        "Fedora, RHEL:    sudo dnf install postgresql15-server postgis",
        "macOS:           brew install postgresql@15 postgis",
        "or use a server of your own: ATLAS_DATABASE_URL=postgresql://user:password@host/name",
    ]
