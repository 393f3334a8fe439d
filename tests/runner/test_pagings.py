"""Is the order of pages read as it is written?"""

import ast

import pytest

from runner.evidence.code_names import Code, Module
from runner.evidence.pagings import Paging, find

TABLES = {"Post": (frozenset({"id"}), frozenset({"author", "title"}))}


def pagings(body: str, arguments: str = "limit") -> list[Paging]:
    text = f"def helper():\n    return select(Post).order_by(Post.id)\ndef f({arguments}):\n    return {body}\n"
    return list(find(Code(modules=(Module(name="app", path="app.py", tree=ast.parse(text)),)), TABLES))


@pytest.mark.parametrize(
    "body",
    [
        "select(Post).order_by(Post.id).limit(limit)",
        "select(Post).order_by(col(Post.at).desc(), -Post.id).limit(limit)",
        "select(Post).order_by(Post.title, Post.author).limit(limit)",
        "helper().limit(limit)",
        "select(Post).group_by(Post.at).order_by(func.count().desc(), Post.at).limit(limit)",
        "select(x).order_by(sub.c.at).limit(limit)",
        "select(Post).order_by(getattr(Post, limit)).limit(limit)",
    ],
)
def test_total_orders_and_unreadable_ones_are_taken_as_such(body: str) -> None:
    assert [one.total for one in pagings(body)] == [True]


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ("select(Post).limit(limit)", ()),
        ("session.query(Post).offset(5).limit(limit).all()", ()),
        ("select(Post).order_by(Post.at.desc()).limit(limit)", ("Post.at",)),
        ("select(Post).order_by(desc(Post.title)).limit(limit)", ("Post.title",)),
    ],
)
def test_orders_in_which_rows_may_be_equal_are_named(body: str, order: tuple[str, ...]) -> None:
    assert [(one.total, one.order, one.line) for one in pagings(body, "session, limit")] == [(False, order, 4)]


@pytest.mark.parametrize("body", ["select(Post).limit(1)", "query.limit(limit)", "select(Post)"])
def test_single_rows_and_helpers_are_left_alone(body: str) -> None:
    assert pagings(body, "query, limit") == []


def test_a_limit_of_requests_is_no_limit_of_rows() -> None:
    text = "from x import limiter\n@limiter.limit('5/minute')\ndef f(g):\n    h = limiter.limit(g)(f)\n    return h\n"
    assert list(find(Code(modules=(Module(name="app", path="app.py", tree=ast.parse(text)),)), TABLES)) == []
    inside = "def f(n):\n    limiter = get_limiter()\n    return limiter.limit(n)(f)\n"
    assert list(find(Code(modules=(Module(name="app", path="app.py", tree=ast.parse(inside)),)), TABLES)) == []
    made = "def f(n):\n    query = select(Post)\n    return query.limit(n)\n"
    assert len(list(find(Code(modules=(Module(name="app", path="app.py", tree=ast.parse(made)),)), TABLES))) == 1
