"""Is the order of pages read as it is written?"""

import ast

import pytest

from runner.evidence.code.code_names import Code, Module
from runner.evidence.load.pagings import Paging, find

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
        "select(Post).limit(limit).order_by(Post.id)",
        "select(Post.at).distinct().order_by(Post.at).limit(limit)",
        "select(Post.at, col(Post.title)).order_by(Post.title.desc(), Post.at).distinct().limit(limit)",
        "session.query(Post.at).distinct().order_by(Post.at).limit(limit).all()",
        "select(distinct(Post.at)).order_by(Post.at).limit(limit)",
        "select(Post.at.label('day')).distinct().order_by('day').limit(limit)",
        "select(Post).with_only_columns(Post.at).distinct().order_by(Post.at).limit(limit)",
        "select(Post).distinct(Post.at).order_by(Post.at, Post.title).limit(limit)",
        "select(func.lower(Post.at)).distinct().order_by(func.lower(Post.at)).limit(limit)",
    ],
)
def test_total_orders_are_taken_as_such(body: str) -> None:
    assert [one.total for one in pagings(body)] == [True]


@pytest.mark.parametrize(
    "body",
    [
        "select(x).order_by(sub.c.at).limit(limit)",
        "select(Post).order_by(getattr(Post, limit)).limit(limit)",
        "elsewhere().limit(limit)",
        "self.statement.limit(limit)",
    ],
)
def test_what_can_t_be_read_is_no_total_order(body: str) -> None:
    assert [one.total for one in pagings(body)] == [None]


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ("select(Post).limit(limit)", ()),
        ("session.query(Post).offset(5).limit(limit).all()", ()),
        ("select(Post).order_by(Post.at.desc()).limit(limit)", ("Post.at",)),
        ("select(Post).order_by(desc(Post.title)).limit(limit)", ("Post.title",)),
        ("select(Post).order_by(Post.id).order_by(None).limit(limit)", ()),
        ("select(Post).distinct().order_by(Post.at).limit(limit)", ("Post.at",)),
        ("select(Post.at, Post.title).distinct().order_by(Post.at).limit(limit)", ("Post.at",)),
        ("select(Post.at).order_by(Post.at).limit(limit)", ("Post.at",)),
        ("(select(Post).limit(limit), select(Post).order_by(Post.id))[0]", ()),
    ],
)
def test_orders_in_which_rows_may_be_equal_are_named(body: str, order: tuple[str, ...]) -> None:
    assert [(one.total, one.order, one.line) for one in pagings(body, "session, limit")] == [(False, order, 4)]


def found_in(text: str) -> list[tuple[str, int, bool | None]]:
    code = Code(modules=(Module(name="app", path="app.py", tree=ast.parse(text)),))
    return [(one.function, one.line, one.total) for one in find(code, TABLES)]


def test_an_order_of_another_query_in_the_same_function_orders_nothing() -> None:
    text = "def f(n):\n    other = select(Post).order_by(Post.id)\n    return select(Post).limit(n)\n"
    assert found_in(text) == [("f", 3, False)]
    twice = "def f(n):\n    a = select(Post).order_by(Post.id).limit(n)\n    return a, select(Post).limit(n)\n"
    assert found_in(twice) == [("f", 2, True), ("f", 3, False)]


def test_an_order_under_a_condition_decides_nothing() -> None:
    text = "def f(n):\n    q = select(Post)\n    if n > 9:\n        q = q.order_by(Post.id)\n    return q.limit(n)\n"
    assert found_in(text) == [("f", 5, False)]
    either = text.replace("    return", "    else:\n        q = q.order_by(Post.at)\n    return")
    assert found_in(either) == [("f", 7, None)]
    sure = "def f(n):\n    q = select(Post)\n    q = q.order_by(Post.id)\n    return q.limit(n)\n"
    assert found_in(sure) == [("f", 4, True)]


def test_a_helper_that_limits_is_judged_where_it_is_called() -> None:
    text = (
        "def page(query, n):\n    return query.limit(n)\n"
        "def good():\n    return page(select(Post).order_by(Post.id), 9)\n"
        "def bad():\n    return page(select(Post), n=9)\n"
    )
    assert found_in(text) == [("good", 4, True), ("bad", 6, False)]
    assert found_in("def page(query, n):\n    return query.limit(n)\n") == [("page", 2, None)]


@pytest.mark.parametrize("body", ["select(Post).limit(1)", "select(Post)"])
def test_single_rows_are_left_alone(body: str) -> None:
    assert pagings(body, "query, limit") == []


def test_a_limit_of_requests_is_no_limit_of_rows() -> None:
    text = "from x import limiter\n@limiter.limit('5/minute')\ndef f(g):\n    h = limiter.limit(g)(f)\n    return h\n"
    assert list(find(Code(modules=(Module(name="app", path="app.py", tree=ast.parse(text)),)), TABLES)) == []
    inside = "def f(n):\n    limiter = get_limiter()\n    return limiter.limit(n)(f)\n"
    assert list(find(Code(modules=(Module(name="app", path="app.py", tree=ast.parse(inside)),)), TABLES)) == []
    made = "def f(n):\n    query = select(Post)\n    return query.limit(n)\n"
    assert len(list(find(Code(modules=(Module(name="app", path="app.py", tree=ast.parse(made)),)), TABLES))) == 1


ASKED = """
def asked(wanted):
    query = select(Post)
    if wanted.author:
        {early}
    return query.order_by(Post.at.desc(), Post.id)
def f(wanted):
    return asked(wanted){after}.limit(wanted.limit)
"""


@pytest.mark.parametrize(
    ("early", "after", "total"),
    [
        ("return query.where(Post.author == wanted.author)", "", False),
        ("return select(Post).where(Post.author == wanted.author)", "", False),
        ("return query.where(Post.author == wanted.author)", ".order_by(Post.id)", True),
        ("query = query.where(Post.author == wanted.author)", "", True),
        ("return query.order_by(Post.id)", "", None),
        ("return None", "", None),
    ],
)
def test_a_way_out_of_a_helper_without_an_order_counts(early: str, after: str, total: bool | None) -> None:  # noqa: FBT001
    text = ASKED.format(early=early, after=after)
    by_a_name = text.replace("return asked(wanted)", "query = asked(wanted)").replace(
        ".limit(", "\n    return query.limit("
    )
    for code in (text, by_a_name):
        found = find(Code(modules=(Module(name="app", path="app.py", tree=ast.parse(code)),)), TABLES)
        assert [one.total for one in found] == [total], code


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ("return db.exec(select(Post).order_by(Post.id).limit(10))", 10),
        ("return db.exec(select(Post).order_by(Post.id).limit(NEWEST))", 20),
        ("return db.exec(select(Post).order_by(Post.id).limit(wanted))", 0),
        ("db.exec(select(Tag).limit(10))\n    return db.exec(select(Post))", 0),
    ],
)
def test_how_many_rows_the_code_itself_says(body: str, most: int) -> None:
    tree = ast.parse(f"NEWEST = 20\ndef f(db, wanted):\n    {body}\n")
    assert [one.most for one in find(Code(modules=(Module(name="app", path="app.py", tree=tree),)), TABLES)] == [most]


def chosen(orders: str, body: str, arguments: str = "limit, by") -> list[Paging]:
    """A query of a module whose dictionary of orders another module may hold."""
    texts = {
        "shop.lists": f"from shop import sorts\nfrom shop.sorts import FAR\nORDERS = {orders}\n"
        f"def f({arguments}):\n    return {body}\n",
        "shop.sorts": f"FAR: dict[str, object] = {orders}\n",
    }
    modules = (Module(name=n, path=f"{n}.py", tree=ast.parse(text)) for n, text in texts.items())
    return list(find(Code(modules=tuple(modules)), TABLES))


CHOOSING = [
    "select(Post).order_by(*ORDERS[by.sort]).limit(limit)",
    "select(Post).order_by(*FAR[by]).limit(limit)",
    "select(Post).order_by(*sorts.FAR[by]).limit(limit)",
    "select(Post).limit(limit).order_by(*ORDERS.get(by, (Post.id,)))",
]


@pytest.mark.parametrize("body", CHOOSING)
def test_each_of_the_orders_that_are_chosen_from_is_looked_at(body: str) -> None:
    good = chosen("{'new': (col(Post.at).desc(), Post.id), 'title': (Post.title, Post.id)}", body)
    assert [one.total for one in good] == [True]
    ties = chosen("{'new': (col(Post.at).desc(), Post.id), 'title': (Post.title,)}", body)
    assert [(one.total, one.order) for one in ties] == [(False, ("Post.title",))]


@pytest.mark.parametrize(
    ("body", "total"),
    [
        ("select(Post).order_by(ORDERS[by].desc(), Post.id).limit(limit)", True),
        ("select(Post).order_by(ORDERS[by].desc()).limit(limit)", False),
        ("select(Post).order_by(desc(ORDERS[by])).limit(limit)", False),
        ("select(Post).order_by(UNKNOWN[by]).limit(limit)", None),
        ("select(Post).order_by(ORDERS.pop(by)).limit(limit)", None),
    ],
)
def test_a_single_column_that_is_chosen(body: str, total: bool | None) -> None:  # noqa: FBT001
    assert [one.total for one in chosen("{'at': Post.at, 'id': Post.id}", body)] == [total]
