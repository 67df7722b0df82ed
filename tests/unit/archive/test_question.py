from __future__ import annotations

from pathlib import Path

import pytest

from app.archive.folder import FolderRefused, workplace
from app.archive.journal import Begun
from app.archive.question import BadOption, Zooms, parse_zooms, read_question
from geo.spec import Layer


@pytest.mark.parametrize(("text", "zooms"), [("0-8", (0, 8)), ("6", (6, 6)), ("22", (22, 22))])
def test_zooms_are_one_or_two(text: str, zooms: tuple[int, int]) -> None:
    assert parse_zooms(text) == Zooms(lowest=zooms[0], highest=zooms[1])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not a range of zooms"),
        ("3-", "is not a range of zooms"),
        ("-3", "is not a range of zooms"),
        ("1-2-3", "is not a range of zooms"),
        ("٣", "is not a range of zooms"),
        ("0-23", "goes deeper than there are tiles"),
        ("8-3", "begins below its end"),
    ],
)
def test_zooms_that_mean_nothing_are_refused(text: str, problem: str) -> None:
    with pytest.raises(BadOption) as refused:
        parse_zooms(text)
    allowed = "give one or two from 0 to 22, as in --zooms 0-8"
    assert str(refused.value) == f"--zooms {text!r} {problem}\n{allowed}"


def test_a_parameter_is_refused_by_the_name_of_its_option(layers: dict[str, Layer]) -> None:
    with pytest.raises(BadOption) as refused:
        read_question(layers, "attacks", "0-3", {"as_of": "soon", "filter": None})
    allowed = "a day (2016-05-29) or an RFC 3339 time (2016-05-29T10:00:00Z)"
    assert str(refused.value) == f"--as-of 'soon' is not a day or a time\nallowed: {allowed}"


def test_without_layers_each_row_is_exported_once(layers: dict[str, Layer]) -> None:
    question, ask = read_question(layers, None, "0-3", {"filter": None})
    stored = [part.layer.stored_in for part in ask.parts]
    assert len(stored) == len(set(stored)) > 3
    assert question.texts == {"layers": ",".join(question.layers), "zooms": "0-3"}


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").touch()
    with pytest.raises(FolderRefused, match="holds other files"), workplace(tmp_path):
        pass
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.doc"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(FolderRefused, match="is a file"), workplace(tmp_path / "out"):
        pass


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    refused = pytest.raises(FolderRefused, match="cannot write to")
    with refused, workplace(tmp_path / "out" / "deeper"):
        pass


def test_nothing_is_left_of_an_export_that_never_began(tmp_path: Path) -> None:
    with workplace(tmp_path / "out"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_was_begun_is_kept(tmp_path: Path) -> None:
    begun = Begun(question={}, as_of="", build="", reclassified=0)
    with workplace(tmp_path / "out") as place:
        place.journal.begin(begun)
    with workplace(tmp_path / "out") as place:
        assert place.journal.begun == begun
