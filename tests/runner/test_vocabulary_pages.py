"""Which parameters and fields are about the pages of a list, whatever their spelling?"""

import pytest

from runner.vocabulary.pages import is_about_page, is_cursor, is_page_place, is_page_size


@pytest.mark.parametrize(
    "name",
    ["limit", "pageSize", "PAGE_SIZE", "page[size]", "page-size", "per_page", "perPage", "perpage", "items_per_page",
     "take", "$top", "max_results", "maxResults", "number_of_items", "rows", "first"],
)  # fmt: skip
def test_how_many_things_a_page_holds(name: str) -> None:
    assert is_page_size(name)
    assert not is_page_place(name)


@pytest.mark.parametrize("name", ["max_price", "first_name", "page", "user_count", "top_level", "sizes", "limited", ""])
def test_what_is_no_size_of_a_page(name: str) -> None:
    assert not is_page_size(name)


@pytest.mark.parametrize(
    "name", ["cursor", "after", "after_id", "startingAfter", "page_token", "nextToken", "beforeKey"]
)
def test_behind_which_row_a_page_begins(name: str) -> None:
    assert is_cursor(name)
    assert is_page_place(name)


@pytest.mark.parametrize("name", ["token", "created_after", "after_date", "access_token", "page", "offset"])
def test_what_is_no_cursor(name: str) -> None:
    assert is_cursor(name) == (name == "created_after")  # its format says that it is a time


def test_numbers_of_rows_and_pages_are_places() -> None:
    assert all(map(is_page_place, ["page", "pageNumber", "offset", "skip", "since"]))
    assert not any(map(is_page_place, ["pages", "name", "start_date", "skipped"]))


def test_what_stands_beside_a_list() -> None:
    assert all(map(is_about_page, ["total", "totalCount", "hasNext", "next_page", "_links", "requestId", "took_ms"]))
    assert not any(map(is_about_page, ["items", "owner", "title", "hash"]))
