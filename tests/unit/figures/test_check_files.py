"""What a file of a figure says of itself, and whether it was altered."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin

from app.figures._embedded import read_embedded
from app.figures._record import MARK
from app.figures._seal import UNSEALED, is_intact, sealed
from geo.errors import BadParameter

RECORD = (
    '{"as_of":"2026-11-20T10:00:00Z","figure":"4","hash":"aa","query":"http://x.test/figures/4.svg",'
    f'"revision":{{"events":7}},"seal":"{UNSEALED}"}}'
)
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><metadata id="{MARK}">{RECORD}</metadata></svg>'


def png(colour: str = "white") -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt(MARK, RECORD)
    written = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(written, "png", pnginfo=texts)
    return written.getvalue()


@pytest.mark.parametrize("body", [SVG.encode(), png()], ids=["svg", "png"])
def test_a_sealed_file_is_intact_until_a_byte_of_it_changes(body: bytes) -> None:
    made = sealed(body)
    assert (len(made), made == body) == (len(body), False)
    assert is_intact(made) is True
    for at in (len(made) - 3, made.index(b'"figure":"4"') + 10):
        other = bytes([made[at] ^ 1])
        assert is_intact(made[:at] + other + made[at + 1 :]) is False


def test_a_sealed_png_is_still_a_png_and_another_picture_shows() -> None:
    made = sealed(png())
    with Image.open(io.BytesIO(made)) as image:
        image.load()
        assert UNSEALED not in image.info[MARK]
    (seal,) = [made[made.index(b'"seal":"') + 8 :][:32]]
    assert is_intact(png("black").replace(UNSEALED.encode(), seal)) is False


def test_a_file_without_a_seal_cannot_be_told_to_be_altered() -> None:
    assert sealed(b"year,value\r\n") == b"year,value\r\n"
    assert is_intact(b"year,value\r\n") is None


def test_the_record_of_a_file_is_read() -> None:
    for body in (SVG.encode(), png()):
        found = read_embedded("figure", sealed(body))
        assert (found.query, found.digest) == ("http://x.test/figures/4.svg", "aa")
        assert (found.revisions, found.is_intact) == ({"events": 7}, True)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"GIF89a", "is neither an SVG, a PNG, a PDF nor the JSON of a figure"),
        (b"", "is neither"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "has no record"),
        (b"<svg", "has no record"),
        (b"%PDF-1.4 nothing", "has no record"),
        (b"\x89PNG\r\n\x1a\n", "has no record"),
        (b'{"record": {"query": 1}}', "has no record"),
        (b"{", "has no record"),
        (SVG.replace('"aa"', "3").encode(), "has no record"),
    ],
)
def test_what_is_no_figure_of_this_service_is_refused(body: bytes, problem: str) -> None:
    with pytest.raises(BadParameter, match=problem):
        read_embedded("figure", body)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://x.test/reports/douentza.pdf?lang=fr", "is the atlas of a region"),
        ("http://x.test/below/maps/attacks.svg?lang=fr", "is the picture of a map"),
    ],
)
def test_what_is_made_here_and_no_figure_is_told_apart(address: str, said: str) -> None:
    body = SVG.replace("http://x.test/figures/4.svg", address).encode()
    with pytest.raises(BadParameter) as refusal:
        read_embedded("file", body)
    assert said in str(refusal.value)
    assert "only figures are checked" in str(refusal.value)
    assert "/changes" in str(refusal.value.allowed)


def test_a_figure_of_a_service_below_a_path_of_that_name_is_read() -> None:
    body = SVG.replace("http://x.test/figures", "http://x.test/maps/figures").encode()
    assert read_embedded("file", body).query == "http://x.test/maps/figures/4.svg"
