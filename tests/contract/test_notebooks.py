"""The notebooks run from top to bottom on real data, and are kept without what they printed."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from app.settings import ROOT

pytestmark = pytest.mark.slow
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_TIMEOUT_S = 60

on_each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def code_of(path: Path) -> list[NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_notebooks_are_numbered_from_one() -> None:
    names = [path.name for path in NOTEBOOKS]
    assert len(names) >= 2
    assert [int(re.match(r"\d\d(?=_)", name)[0]) for name in names] == [  # type: ignore[index]
        number for number, _ in enumerate(names, start=1)
    ]


@on_each_notebook
def test_a_notebook_is_stored_without_what_it_printed(path: Path) -> None:
    kept = [(cell.outputs, cell.execution_count) for cell in code_of(path)]
    assert kept == [([], None)] * len(kept)


@on_each_notebook
def test_a_notebook_begins_by_saying_where_the_database_comes_from(path: Path) -> None:
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert {"`ATLAS_DATABASE_URL`", "`./atlas serve`"} <= set(re.findall(r"`[^`]+`", first.source))


@on_each_notebook
def test_a_notebook_imports_layers_and_geo_but_never_the_service(path: Path) -> None:
    roots = set()
    for cell in code_of(path):
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST
        for node in ast.walk(compile(cell.source, path.name, "exec", flags)):
            if isinstance(node, ast.Import):
                roots |= {name.name.split(".")[0] for name in node.names}
            if isinstance(node, ast.ImportFrom):
                roots.add((node.module or "").split(".")[0])
    assert "app" not in roots
    assert {"layers", "geo"} <= roots


@on_each_notebook
def test_a_notebook_runs_from_top_to_bottom(path: Path, database_url: str, tmp_path: Path) -> None:
    notebook = read(path)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    # The kernel keeps its history and connection files in these folders.
    own = {"IPYTHONDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    client.execute(env={**os.environ, **own, "ATLAS_DATABASE_URL": database_url})
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in ran] == [n for n, _ in enumerate(ran, start=1)]
    assert any(cell.outputs for cell in ran)


def test_without_a_database_a_notebook_says_what_to_set(tmp_path: Path) -> None:
    cell = code_of(NOTEBOOKS[0])[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ATLAS_DATABASE_URL", raising=False)
        patch.chdir(ROOT / "notebooks")
        with pytest.raises(RuntimeError, match="set ATLAS_DATABASE_URL to a database"):
            exec(compile(cell.source, "cell", "exec"), {})
