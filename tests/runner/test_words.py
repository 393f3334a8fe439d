"""Are numbers and times said as people say them?"""

import pytest

from runner.model import failed, in_table
from runner.words import for_psql, lasted, listed, ones, plural


@pytest.mark.parametrize(
    ("number", "word", "said"),
    [
        (1, "check", "1 check"),
        (0, "check", "0 checks"),
        (2, "query", "2 queries"),
        (3, "status", "3 statuses"),
        (1, "cookie", "1 cookie"),
        (2, "cookie", "2 cookies"),
        (2, "key", "2 keys"),
    ],
)
def test_a_number_of_things_is_told(number: int, word: str, said: str) -> None:
    assert plural(number, word) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.42, "0.4 s"), (9.94, "9.9 s"), (10, "10 s"), (59.9, "59 s"), (64, "1 min 04 s"), (3700, "1 h 01 min")],
)
def test_a_time_is_told(seconds: float, said: str) -> None:
    assert lasted(seconds) == said


@pytest.mark.parametrize(
    ("table", "said"),
    [("posts", "posts"), ("Role", '"Role"'), ("shop.OrderItem", 'shop."OrderItem"'), ("odd name", '"odd name"')],
)
def test_a_table_is_named_as_psql_finds_it(table: str, said: str) -> None:
    assert for_psql(table) == said
    place = in_table(table)
    assert failed("no", at=[place]).again == (f"\\d {said}",)


def test_a_list_that_is_cut_says_how_many_are_left_out() -> None:
    assert listed("abc") == "a, b, c"
    assert listed("abcde", 3, "; ") == "a; b; c and 2 more"
    assert listed([], 3) == ""


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("posts", "post"),
        ("categories", "category"),
        ("boxes", "box"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("people", "person"),
        ("children", "child"),
        ("movies", "movie"),
        ("cookies", "cookie"),
        ("cases", "case"),
        ("caches", "cache"),
        ("drives", "drive"),
        ("toes", "toe"),
        ("quotas", "quota"),
        ("Order-Items", "order_item"),
        ("data", "data"),
        ("news", "news"),
        ("status", "status"),
        ("address", "address"),
    ],
)
def test_one_of_many_is_called_by_its_name(many: str, one: str) -> None:
    assert one in ones(many)
