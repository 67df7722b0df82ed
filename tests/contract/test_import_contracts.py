"""Who may import whom, and that each contract would notice a breach."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import ROOT

LINT = Path(sys.executable).parent / "lint-imports"

BREACHES = {
    "one-way": ("geo/errors.py", "import app.settings"),
    "layers-declare": ("layers/camps.py", "import geo.errors"),
    "geo-without-http": ("geo/errors.py", "import starlette.responses"),
    "one-door-to-folium": ("app/settings.py", "import folium"),
    "one-door-to-the-database": ("app/settings.py", "import psycopg"),
    "one-door-to-other-hosts": ("app/settings.py", "import httpx2"),
}


def lint(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(LINT), "--no-cache", "--no-logo", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_is_noticed(tmp_path: Path, contract: str) -> None:
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    for package in ("app", "geo", "layers"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("node_modules")
        )
    path, statement = BREACHES[contract]
    broken = tmp_path / path
    broken.write_text(broken.read_text() + f"\n{statement}\n")
    done = lint(tmp_path, "--contract", contract)
    assert done.returncode == 1
    assert "Contracts: 0 kept, 1 broken." in done.stdout


def test_every_contract_has_its_breach() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    declared = [line.split('"')[1] for line in text.splitlines() if line.startswith('id = "')]
    assert sorted(BREACHES) == sorted(declared)


def reads_environment(file: Path) -> bool:
    """Tell whether a module asks for a variable; setting one or handing all on is no reading."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="getenv"):
                return True
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id="os"), attr="environ"), attr="get"
            ):
                return True
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id="os"), attr="environ"), ctx=ast.Load()
            ):
                return True
            case _:
                continue
    return False


def test_only_the_settings_and_the_home_of_the_database_read_the_environment() -> None:
    """XDG_DATA_HOME is the system's variable and not a setting of ours."""
    files = [
        file for package in ("app", "geo", "layers") for file in (ROOT / package).rglob("*.py")
    ]
    found = {
        str(file.relative_to(ROOT))
        for file in files
        if "node_modules" not in file.parts and reads_environment(file)
    }
    assert found <= {"app/settings.py", "app/cluster.py"}
    assert reads_environment(ROOT / "app/cluster.py")
