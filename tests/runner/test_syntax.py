"""Sources for a newer Python than ours are read, with their lines; what is no Python says where."""

import ast
from pathlib import Path

import pytest

from runner.reading.newer_strings import with_older_strings
from runner.reading.syntax import NotPython, expression_of, parsed, tree_of


def test_exceptions_without_parentheses_are_read_with_their_lines() -> None:
    tree = tree_of("try:\n    f()\nexcept jwt.Error, ValueError:\n    g()\n\nx = 1\n")
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    assert [ast.unparse(h.type) for h in handlers if h.type] == ["(jwt.Error, ValueError)"]
    assert tree.body[-1].lineno == 6


def test_template_strings_are_read_as_the_values_that_they_hold() -> None:
    tree = tree_of("try:\n    f(t'SELECT {x}', rt\"{y}\")\nexcept A, B:\n    pass\nput('t', not_t('z'))\n")
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert {"x", "y", "put", "not_t"} <= names


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("type Ids = list[int]", "Ids = list[int]"),
        ("type Page[T] = list[T]; type Other = str", "Page = list[T]\nOther = str"),
        ("class Page[T: (int, str), *Ts](Base[T]):\n    type Inner = T", "class Page(Base[T]):\n    Inner = T"),
        ("async def first[T](x: list[T]) -> T: ...", "async def first(x: list[T]) -> T:\n    ..."),
        ("def many[\n    K,\n    V = dict[str, int],\n](x: K): ...", "def many(x: K):\n    ..."),
        ("type = 3\ntype[0] = f(t'{x}')\ndef g[T](): ...", "type = 3\ntype[0] = f(f'{x}')\n\ndef g():\n    ..."),
    ],
)
def test_parameters_of_types_are_left_out_and_lines_stay_true(text: str, plain: str) -> None:
    tree = tree_of(f"{text}\n\nlast = 1\n")
    assert ast.unparse(ast.Module(body=tree.body[:-1], type_ignores=[])) == plain
    assert tree.body[-1].lineno == len(text.splitlines()) + 2


def test_what_is_no_python_says_where_and_who_read_it() -> None:
    with pytest.raises(NotPython, match=r"gonogo's own Python 3\.\d+") as caught:
        tree_of("x = 1\nthis is surely no python\n")
    assert caught.value.lineno == 2


@pytest.mark.parametrize("text", ["a = 1\0", "a = " + "-" * 100_000 + "1", "a = b" + ".c" * 100_000, "(" * 5_000])
def test_what_no_parser_takes_is_no_python(text: str) -> None:
    with pytest.raises(NotPython):
        tree_of(text)
    assert parsed(text) is None


def test_an_expression_in_quotes_is_read_as_one() -> None:
    read = expression_of(" list[User] ")
    assert read is not None
    assert ast.unparse(read) == "list[User]"
    assert expression_of("somebody's words") is None


def test_a_library_that_parses_at_the_same_moment_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    parse, disturbed = ast.parse, iter((True, True, False))

    def upset(text: str) -> ast.Module:
        if next(disturbed, False):
            raise SystemError("AST constructor recursion depth mismatch (before=36, after=116)")
        return parse(text)

    monkeypatch.setattr(ast, "parse", upset)
    assert ast.unparse(tree_of("x = 1")) == "x = 1"


def test_nobody_parses_python_beside_the_one_who_lets_one_thread_do_it_at_a_time() -> None:
    root = Path(__file__).parents[2]
    files = [path for room in ("runner", "stages", "workflow") for path in (root / room).rglob("*.py")]
    own = [path for path in files if "guest" not in path.parts and path.name != "syntax.py"]
    assert len(own) > 100
    assert not [path.name for path in own if "ast.parse(" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize(
    ("newer", "same"),
    [
        ('x = f"{"+" if up else "-"}{sum}"', "x = f\"{'+' if up else '-'}{sum}\""),
        ("x = f'{d['a']} \"b\"'", 'x = f\'{d["a"]} "b"\''),
        ('x = f"{f"{f"{y}"}"}"', "x = f'''{f\"{f'{y}'}\"}'''"),
        ('x = f"{y:{w["a"]}}|{y!r:>10}|{{z}}|{d["k"]:%H:%M}"', "x = f\"{y:{w['a']}}|{y!r:>10}|{{z}}|{d['k']:%H:%M}\""),
        ('x = f"{\n  d["a"]  # its "name"\n}"', "x = f\"{d['a']}\""),
        ('x = rf"\\d{d["a"]}\\N{2}"', "x = rf\"\\d{d['a']}\\N{2}\""),
        ('x = f"\\N{EM DASH}{d["a"]}"', "x = f\"\\N{EM DASH}{d['a']}\""),
        ('x = f"{"\\n".join(y)}"', "x = f\"{'  '.join(y)}\""),  # what is escaped in a field is read as blanks
        ('x = 1 # f"{\ny = f"{d["a"]}"', "x = 1\ny = f\"{d['a']}\""),
    ],
)
def test_quotes_in_fields_of_strings_are_read_as_newer_pythons_read_them(newer: str, same: str) -> None:
    assert ast.dump(ast.parse(with_older_strings(newer))) == ast.dump(ast.parse(same))
    assert with_older_strings(newer).count("\n") == newer.count("\n")  # each statement stands where it stood
    assert ast.dump(tree_of(newer))


def test_a_string_without_an_end_is_left_as_it_is() -> None:
    for broken in ('x = f"{d["a"', 'x = f"{f"{f"{f"{f"{y}"}"}"}"}"', 'x = f"\n', 'x = "'):
        assert with_older_strings(broken) == broken


def test_what_any_python_reads_is_not_written_anew() -> None:
    text = 'x = f\'{a}\' + "b" + f"""{d[\'c\']}\n"""\n'
    assert with_older_strings(text) == text


def test_whichever_python_is_ours_a_template_and_an_alias_are_the_same_nodes() -> None:
    tree = tree_of("type Ids = list[int]\nsaid = t'a {x!r:>4} b'\n\ndef g[T](x: T) -> T:\n    return x\n")
    kinds = {type(node).__name__ for node in ast.walk(tree)}
    assert kinds & {"TypeAlias", "TypeVar", "TemplateStr", "Interpolation"} == set()
    assert {"Assign", "JoinedStr", "FormattedValue"} <= kinds
