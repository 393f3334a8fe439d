"""Is all that gonogo says translated, and does each message stay one that can be?"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from runner.said import CHINESE
from stages.requirements.wording import vague_patterns, vague_words
from workflow.cli import phrase_texts, phrases
from workflow.settings import ROOT

GONE = "a message that nobody says"
RENEW = "`./inv words` renews the catalogue; translate what is open in it"

SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z']+[ ,]+){2}[a-z]+")
CODE = re.compile(r"`[^`]*`|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
READ = (
    "stages/*/artifact*.py", "stages/design/architecture_parts.py", "stages/design/schema_words.py",
    "stages/security/threats.py", "workflow/report/as_markdown.py", "workflow/report/as_html.py",
    "workflow/report/outline.py", "workflow/report/decided.py", "workflow/cli/trace.py", "workflow/cli/decide.py",
    "workflow/cli/draft.py",
)  # fmt: skip
INSIDE = frozenset(
    {
        "timestamp with time zone",
        "timestamp without time zone",  # PostgreSQL's names
        # in JSON, for programs; pages tell them in words of their own
        "The shape of spec.yaml, format 1.",
        "from the lock",
        "the service's own",
        "the tests sent no statement while a request ran",
    }
)


# Texts that are no messages: by the files that write what stays in one language or is read by programs …
FIXED = re.compile(
    r"runner/(vocabulary/|specification|discovery/(config|other_databases|invented)|http/(sentences|siblings|files))"
    r"|stages/design/(blueprint/|deciding/|architecture_|regions)|stages/deployment/(dashboard|bill)"
    r"|stages/requirements/(document/|proposed_|proposal|needs|artifacts)|workflow/ledger/migrations/"
    r"|workflow/report/(as_sarif|as_junit|as_annotations|judged|catalogue)|workflow/service/update/(revision|asked|record)"
)
# … by the calls that they are given to …
NO_READER = frozenset(
    {
        "ValueError", "AttributeError", "TypeError", "AssertionError", "KeyError", "RuntimeError", "LookupError",
        "compile", "Pattern", "match", "search", "fullmatch", "finditer", "sub", "split", "partition", "replace",
        "startswith", "endswith", "removeprefix", "removesuffix", "get", "read", "set_of", "execute",
    }
)  # fmt: skip
# … by their form: patterns, SQL, commands and what stands behind them, drawings …
FORM = re.compile(
    r"\\[bswdWSg.(]|\(\?|\[[^\]]*\][+*?{]|\w\|\w|  (?:#|--) | -->|<br>|://|\.\.\. "
    r"|^\s*(?:(?:SELECT|CREATE|DROP|INSERT|UPDATE|DELETE|ALTER|SHOW|SET|redis\.call)\b"
    r"|(?:import|from \S+ import|def|for \w+(?:, \w+)* in|if|with|@\w+|\[\w+\])(?: |\n)"
    r"|(?:{} )?(?:alembic|apt|celery|coverage|curl|docker|env|git|grep|head|invoke|kill|locust|pg_dump|pip|python|ruff"
    r"|run|build|sh|taskiq|uv|-m|{}/.venv/bin/python)\b|pytest [-{]|--format)"
)
# … and one by one: keys, settings of tools, parts of commands, answers of a mail server, a commit's format.
FUNCTIONAL = frozenset(
    {
        "learned in production {}", "clean room {} {} {} {}", "{} in the address", "a change in {}",
        ", {} thrown away", "no answer within {} s", "can't be read: {}", "--language takes one of: {}\n",
        "setuptools that comes with Python", "-Wignore:Module already imported so cannot be rewritten",
        "354 go on, end with a dot", "what the run opened", "what the run opened, as a server of ours",
        "examples,fuzzing,stateful", "brings a client of", "go%no@go:42/x", "Traceback (most recent call last):",
        "put the same entry into the queue twice", "let a job fail", phrases.HEADER,
        "histogram_quantile({}, sum by (le) (rate({}_bucket{}[5m])))",
        "let each commit fail (a DEFERRABLE INITIALLY DEFERRED constraint trigger that raises), then: ",
        "urn:uuid:{}", "timestamp with time zone", "timestamp without time zone", "When , the service shall ",
        "the tests sent no statement while a request ran", "not mutant and not browser and not slow",
        "{} under other rules",
        # What a user pool says to a service, and a name server to its resolver.
        "Invalid verification code provided, please try again.", "{} is not answered here.",
        "An account with the given email already exists.", "Password did not conform with policy.",
        "what was asked is no question", "nameserver {}\noptions timeout:2 attempts:1\n",
    }
)  # fmt: skip
ENGLISH_WORD = re.compile(r"(?<![\w./<&=\"'\\`|-])[a-z]{2,}(?![\w./=\"'>(`|\\-])")


@pytest.fixture(scope="module")
def asked() -> Catalog:
    return phrases.template()


@pytest.fixture(scope="module")
def trees() -> Mapping[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in phrases.sources(ROOT)}


def test_every_message_is_translated_and_none_is_stale(asked: Catalog) -> None:
    wrong = phrases.wrong_with(CHINESE, asked)
    assert not wrong.missing, f"said and not in the catalogue: {wrong.missing[:5]}. {RENEW}"
    assert not wrong.stale, f"in the catalogue and said no longer: {wrong.stale[:5]}. {RENEW}"
    assert not wrong.open, f"without a translation: {wrong.open[:5]}. {RENEW}"
    assert not wrong.fuzzy, f"in doubt: {wrong.fuzzy[:5]}"
    assert not wrong.misplaced, f"other placeholders than in English: {wrong.misplaced[:5]}"


def test_what_is_wrong_with_a_catalogue_is_found(
    asked: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A catalogue in which one message is missing, one stale, one open, one in doubt and one misplaced."""
    bare, doubted, misplaced, missing = (
        "nothing was proved",
        "there was nothing to judge",
        "{judged} of {things}",
        "too little was judged",
    )
    monkeypatch.setattr(phrases, "LOCALES", tmp_path)
    made = Catalog(locale=CHINESE, fuzzy=False)
    for message in (one for one in asked if one.id):
        made.add(message.id, ("x",) if message.pluralizable else "x")
    made.add(GONE, "x")
    for message in made:
        message.string = {bare: "", misplaced: "{judged}/{thing}"}.get(str(message.id), message.string)
    made.add(doubted, "x", flags=["fuzzy"])
    made.delete(missing)
    phrases.write(CHINESE, made)
    wrong = phrases.wrong_with(CHINESE, asked)
    assert wrong.missing == (missing,)
    assert wrong.stale == (GONE,)
    assert bare in wrong.open
    assert wrong.fuzzy == (doubted,)
    assert misplaced in wrong.misplaced


def test_the_translations_of_another_file_are_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "LOCALES", tmp_path)
    made = Catalog(locale=CHINESE, fuzzy=False)
    made.add("nothing was proved", "")
    phrases.write(CHINESE, made)
    part = tmp_path / "part.po"
    part.write_text(
        'msgid "nothing was proved"\nmsgstr "什么都没有得到证明"\n\nmsgid "other"\nmsgstr "别的"\n', "utf-8"
    )
    assert phrases.merge(CHINESE, part) == 1
    assert [one.string for one in phrases.read(CHINESE) if one.id] == ["什么都没有得到证明"]


def lost(tree: ast.Module, take: dict[str, phrase_texts.Where]) -> Iterator[int]:
    """Lines of f-strings that become a message: as an argument, or by a name of the function."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if phrase_texts.called_name(call) in {"say", "tell"}:
                continue
            for message in phrase_texts.messages_of(call, take):
                found = assigned.get(message.id, []) if isinstance(message, ast.Name) else [message]
                yield from (one.lineno for one in found if _is_prose(one))


def _is_prose(expression: ast.expr) -> bool:
    if isinstance(expression, ast.IfExp):
        return _is_prose(expression.body) or _is_prose(expression.orelse)
    if isinstance(expression, ast.BinOp):
        return _is_prose(expression.left) or _is_prose(expression.right)
    if not isinstance(expression, ast.JoinedStr) or len(expression.values) == 1:
        return False
    text = "".join(str(one.value) for one in expression.values if isinstance(one, ast.Constant))
    return any(len(word) > 1 and word.isalpha() and word.islower() for word in text.split())


def test_no_f_string_becomes_a_message(trees: Mapping[Path, ast.Module]) -> None:
    take = {name: where for name, where in phrases.TAKE.items() if name != "Exit"}
    take |= dict.fromkeys(phrases.error_names(trees.values()), ((0,), ("looked",)))
    judged = {path: tree for path, tree in trees.items() if path.relative_to(ROOT).parts[0] in {"runner", "stages"}}
    wrong = {f"{path.relative_to(ROOT)}:{line}" for path, tree in judged.items() for line in lost(tree, take)}
    assert not wrong, f"write say(…) from runner.said instead of the f-string: {sorted(wrong)}"


@pytest.mark.parametrize(
    "line",
    [
        'return failed(f"{n} tables are bare")',
        'said = f"{n} tables are bare"\n    return failed(said)',
        'return in_file("a.py", note=f"{n} tables are bare")',
        'raise ProbeError("so" if n else f"{n} tables are bare")',
    ],
)
def test_an_f_string_that_becomes_a_message_is_found(line: str) -> None:
    take = phrases.TAKE | {"ProbeError": ((0,), ())}
    assert list(lost(ast.parse(f"def judge(n):\n    {line}\n"), take))
    said = line.replace('f"{n} tables are bare"', 'say("{n} tables are bare", n=n)')
    assert not list(lost(ast.parse(f"def judge(n):\n    {said}\n"), take))


def test_documents_and_reports_say_nothing_that_is_not_told(asked: Catalog) -> None:
    said = frozenset(text for one in asked for text in ([one.id] if isinstance(one.id, str) else one.id))
    files = sorted({file for pattern in READ for file in ROOT.glob(pattern)})
    found = [f"{file.relative_to(ROOT)}: {one}" for file in files for one in untold(file.read_text("utf-8"), said)]
    assert not found, "say it with `tell` or `say`: " + "; ".join(found[:8])


@pytest.mark.parametrize("file", sorted(ROOT.glob("stages/*/templates/*.md.j2")), ids=lambda file: file.name)
def test_a_template_says_nothing_that_is_not_told(file: Path) -> None:
    assert SENTENCE.findall(CODE.sub("", file.read_text("utf-8"))) == []


def test_an_untold_sentence_is_found() -> None:
    source = 'def page(n: int) -> str:\n    """Not this one at all."""\n    return f"{n} rows are left behind"\n'
    assert list(untold(source, frozenset())) == ["rows are left behind"]
    assert list(untold('print("rows are left behind")', frozenset({"rows are left behind"}))) == []
    assert SENTENCE.findall(CODE.sub("", '{{ tell("Rows are left behind") }} None of it is told')) != []


def untold(source: str, said: frozenset[str]) -> Iterator[str]:
    tree = ast.parse(source)
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    notes = {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in notes:
            continue
        text = node.value.strip()
        if SENTENCE.search(CODE.sub("", re.sub(r"<[^>]*>", "", text))) and node.value not in said | INSIDE:
            yield text


def test_no_message_is_put_together_before_it_can_be_translated(trees: Mapping[Path, ast.Module]) -> None:
    """`failed(f"{x} is …")` is English for everybody: `say` takes the template and what stands in it."""
    take = phrases.TAKE | dict.fromkeys(phrases.error_names(trees.values()), ((0,), ("looked",)))
    wrong = [f"{path.relative_to(ROOT)}:{line}" for path, tree in trees.items() for line in put_together(tree, take)]
    assert not wrong


def test_a_message_that_is_put_together_is_found() -> None:
    planted = (
        'raise WorkflowError(f"Port {port} is taken.")\nfailed(f"{path}")\nfailed(say("{a} is taken", a=f"b {c} d"))'
    )
    assert list(put_together(ast.parse(planted), phrases.TAKE | {"WorkflowError": ((0,), ())})) == [1]


def put_together(tree: ast.Module, take: Mapping[str, phrase_texts.Where]) -> Iterator[int]:
    """The lines in which a message is an f-string with words of its own."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for text in (one for one in phrase_texts.messages_of(call, take) if isinstance(one, ast.JoinedStr)):
            words = "".join(str(one.value) for one in text.values if isinstance(one, ast.Constant))
            holds = any(isinstance(one, ast.FormattedValue) for one in text.values)
            if holds and re.search("[A-Za-z]{2}", words):
                yield call.lineno


def test_each_reason_of_a_list_of_words_is_a_message(asked: Catalog) -> None:
    reasons = {reason for reason, _ in (*vague_words().values(), *vague_patterns().values())}
    assert not [one for one in reasons if one not in asked]


def test_no_english_text_stands_outside_of_the_catalogue(asked: Catalog, trees: Mapping[Path, ast.Module]) -> None:
    """A sentence on its way to a reader through a variable, a return or a table is one that nobody translates."""
    said = frozenset(text for one in asked for text in ([one.id] if isinstance(one.id, str) else one.id))
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path, tree in trees.items()
        if not FIXED.match(path.relative_to(ROOT).as_posix())
        for line, text in english(tree, said)
    ]
    assert not found, f"make it `say(…)`, or name it in FUNCTIONAL here where no person reads it: {found[:8]}"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('return f"{n} rows are left behind"', ["{} rows are left behind"]),
        ('said = f"it ends after {n} s"', ["it ends after {} s"]),
        ('return "nobody looked at it"', ["nobody looked at it"]),
        ('return say("{n} rows are left behind", n=n)', []),
        ('return say("{n} rows", n=f"{n} that are left")', ["{} that are left"]),
        ('return re.search(f"{n} rows are", text)', []),
        ('raise ValueError(f"{n} is no number")', []),
        ('return f"curl -s $BASE{n}  # with the database stopped"', []),
        ('return f"SELECT a FROM b WHERE c = {n} and d"', []),
    ],
)
def test_an_english_text_outside_of_the_catalogue_is_found(line: str, found: list[str]) -> None:
    tree = ast.parse(f'def judge(n):\n    """Not this one at all."""\n    {line}\n')
    assert [text for _, text in english(tree, frozenset({"{n} rows are left behind"}))] == found


def english(node: ast.AST, said: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Lines and texts of f-strings with two words of English, and of constants with three that nobody says."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and phrase_texts.called_name(child) in NO_READER:
            yield from english(child.func, said)
        elif isinstance(child, ast.JoinedStr):
            whole = "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in child.values)
            yield from ((child.lineno, whole) for _ in [0] if _is_english(whole, 2))
            yield from (
                one for value in child.values if isinstance(value, ast.FormattedValue) for one in english(value, said)
            )
        elif isinstance(child, ast.Constant):
            if (
                isinstance(child.value, str)
                and not said & {child.value, f"{{number}} {child.value}"}
                and _is_english(child.value, 3)
            ):
                yield child.lineno, child.value
        elif not isinstance(child, ast.Compare | ast.Assert) and not _is_note(child):
            yield from english(child, said)


def _is_note(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_english(text: str, words: int) -> bool:
    plain = re.sub(r"{\w*}", " ", text)
    return len(ENGLISH_WORD.findall(plain)) >= words and text not in FUNCTIONAL | INSIDE and not FORM.search(text)
