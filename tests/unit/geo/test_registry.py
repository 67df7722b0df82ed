from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from geo.errors import BadDeclaration
from geo.registry import collect, collect_layers
from geo.spec import Layer


def package(folder: Path, name: str, files: dict[str, str]) -> ModuleType:
    """Make a package on disk that Python can import."""
    home = folder / name
    home.mkdir()
    (home / "__init__.py").touch()
    for file, text in files.items():
        (home / file).write_text(text)
    module = ModuleType(name)
    module.__path__ = [str(home)]
    return module


DECLARATION = """
from geo.spec import *
LAYER = Layer(id={id!r}, title=Text(en="a", fr="a"), description=Text(en="a", fr="a"),
    geometry=GeometryType.POINT, fields=(Field(name="kind", title=Text(en="a", fr="a")),),
    source=Source(title="a", licence="a"), style=Style(colour="#000000", outline="#000000"))
"""
VIEW = """
from geo.spec import *
LAYER = LayerView(id="view", title=Text(en="v", fr="v"), description=Text(en="a", fr="a"),
    parent={parent!r}, where={{"kind": "x"}}, style=Style(colour="#000000", outline="#000000"))
"""


def test_each_module_gives_the_object_that_bears_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    files = {"one.py": DECLARATION.format(id="one"), "_base.py": "raise SystemExit"}
    found = collect_layers(package(tmp_path, "declared_well", files))
    assert list(found) == ["one"]


def test_a_view_has_its_parents_rows_and_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    files = {"one.py": DECLARATION.format(id="one"), "view.py": VIEW.format(parent="one")}
    view = collect_layers(package(tmp_path, "declared_view", files))["view"]
    assert (view.id, view.stored_in, dict(view.where)) == ("view", "one", {"kind": "x"})


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("no_object", {"one.py": ""}, "no_object.one declares no LAYER"),
        ("other_name", {"one.py": DECLARATION.format(id="two")}, "declares 'two'"),
        ("no_parent", {"view.py": VIEW.format(parent="gone")}, "looks at 'gone'"),
    ],
)
def test_a_file_that_contradicts_itself_stops_the_start(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    files: dict[str, str],
    message: str,
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadDeclaration, match=message):
        collect_layers(package(tmp_path, name, files))


def test_a_declaration_of_another_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    made = package(tmp_path, "other_kind", {"one.py": "LAYER = 1"})
    with pytest.raises(BadDeclaration, match="declares no LAYER"):
        collect(made, "LAYER", Layer)
