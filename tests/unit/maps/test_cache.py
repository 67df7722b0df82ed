from __future__ import annotations

from app.maps._cache import DrawnPage, DrawnPages


def page(size: int) -> DrawnPage:
    return DrawnPage(body=b"x" * size, headers={})


def test_a_page_is_found_by_its_tag() -> None:
    pages = DrawnPages()
    first = page(10)
    pages.put("a", first)
    assert pages.get("a") is first
    assert pages.get("b") is None


def test_the_page_asked_for_the_longest_ago_makes_room() -> None:
    pages = DrawnPages(most_bytes=30)
    for tag in ("a", "b", "c"):
        pages.put(tag, page(10))
    pages.get("a")
    pages.put("d", page(15))
    assert [tag for tag in "abcd" if pages.get(tag)] == ["a", "d"]
    assert pages.bytes == 25


def test_a_page_that_is_put_twice_counts_once() -> None:
    pages = DrawnPages(most_bytes=30)
    pages.put("a", page(10))
    pages.put("a", page(10))
    assert pages.bytes == 10


def test_a_page_larger_than_all_room_is_not_kept() -> None:
    pages = DrawnPages(most_bytes=30)
    pages.put("a", page(10))
    pages.put("b", page(31))
    assert [tag for tag in "ab" if pages.get(tag)] == ["a"]


def test_headers_count_too() -> None:
    assert DrawnPage(body=b"12", headers={"ab": "cde"}).size == 7
