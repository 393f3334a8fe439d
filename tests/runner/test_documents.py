"""Is a broken, huge or malicious document one sentence, at once, with its line and what to do?"""

import time
from pathlib import Path

import pytest

from runner.discovery.config_file import read_config
from runner.errors import WorkflowError
from runner.reading import documents
from runner.reading.documents import (
    DEPTH,
    NotReadable,
    json_in,
    read_document,
    text_of,
    toml_in,
    yaml_documents,
    yaml_in,
    yaml_texts,
)
from runner.specification_text import MOST, parse
from tests.conftest import ROOT


def problem(read: object, *given: object) -> NotReadable:
    with pytest.raises(NotReadable) as raised:
        read(*given)  # type: ignore[operator]
    return raised.value


def chained(step: str, letters: str = "bcdefghi") -> str:
    """Each line stands for the one before it ten times over."""
    lines = [f"{c}: &{c} {step.format(aliases=','.join(['*' + chr(ord(c) - 1)] * 10))}" for c in letters]
    return "a: &a {x: 1}\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb:\n  c: 1\n  'c': 2\n", 4, "the key `c` stands twice in one mapping (first on line 3)"),
        ("{a: 1, a: 2}", 1, "the key `a` stands twice in one mapping (first on line 1)"),
        ("a: 1\nb: [\n", 3, ""),
        ("a:\n\tb: 1\n", 2, "A tab stands there: YAML is indented with spaces"),
        ("a:\n  b: 1\n\tc: 1\n", 3, "A tab stands there"),
        ("a: 1\nb: 2026-02-30\n", 2, "`2026-02-30` is no value (day "),
        ("a: 1\nb: !Ref x\n", 2, "!Ref"),
        ("? [a]\n: b", 1, "unhashable"),
        ("a: 1\nb: *nope", 2, "undefined alias"),
        ("a: 1\n---\nb: 1\n", 3, "a second document begins here"),
        ("a: 1\nb: \x01", 2, "control character"),
        ("a: \ud800", None, "no character"),
        (f"a: {'1' * 5000}", 1, "is no value"),
        ("[" * 100_000, 1, f"nested more than {DEPTH} levels deep"),
        ("- " * 50_000, 1, f"nested more than {DEPTH} levels deep"),
        ("a: &a [*a]", 1, "an alias stands for what it is a part of"),
        (chained("[{aliases}]"), 6, "its aliases stand for more than 100000 values"),
        (chained("{{<<: [{aliases}]}}"), 6, "its aliases stand for more than 100000 values"),
    ],
)
def test_what_is_wrong_with_yaml_is_told_with_its_line(text: str, line: int | None, said: str) -> None:
    found = problem(yaml_in, text)
    assert said in found.problem
    assert found.line == line
    assert len(str(found)) < 300


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('{"a": 1,\n"b": {"c": 1},\n"a": 2}', 3, "the key `a` stands twice in one mapping (first on line 1)"),
        ('{"a":\n nope}', 2, "Expecting value"),
        ("[" * 100_000, None, f"nested more than {DEPTH} levels deep"),
        ("[" * 200 + "]" * 200, None, f"nested more than {DEPTH} levels deep"),
        (f'{{"a": {"1" * 5000}}}', None, "digits"),
    ],
)
def test_what_is_wrong_with_json_is_told(text: str, line: int | None, said: str) -> None:
    found = problem(json_in, text)
    assert said in found.problem
    assert found.line == line


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = 1\na = 2\n", 2, "Cannot overwrite a value"),
        (f"a = {'[' * 10_000}", None, "levels deep"),
        ("[" + "a." * 5000 + "a]\n", None, "levels deep"),
    ],
)
def test_what_is_wrong_with_toml_is_told(text: str, line: int | None, said: str) -> None:
    found = problem(toml_in, text)
    assert said in found.problem
    assert found.line == line


def test_a_good_document_says_what_it_said_before_and_where() -> None:
    found = yaml_in("base: &base {a: 1, b: 2}\nlist:\n  - <<: *base\n    b: 3\n  - 2026-01-02\n")
    assert found.value["list"][0] == {"a": 1, "b": 3}
    assert (found.line("list"), found.line("list", 1), found.line("nothing")) == (2, 5, 1)
    merged = yaml_in("base: &base\n  env:\n    KEY: a\none:\n  <<: *base\n  image: b\ntwo:\n  <<: [*base]\n")
    assert [merged.line(*path) for path in (("one", "env", "KEY"), ("one", "image"), ("two", "env"))] == [3, 6, 2]
    assert yaml_documents("a: 1\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]
    assert yaml_texts("on: 2026-02-30\nyes: 010\n") == {"on": "2026-02-30", "yes": "010"}
    assert yaml_in("").value is None
    assert json_in('{"a": [1, {"a": 2}]}') == {"a": [1, {"a": 2}]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: \x00\n", "line 2: a zero byte"),
        (b"a: 1\nb: caf\xe9\n", "line 2: byte 11 is no UTF-8. Save the file as UTF-8"),
        (b"a" * 2_100_000, "it has 2.1 MB, and at most 2 MB are read"),
    ],
)
def test_a_file_that_is_no_document_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "spec.yaml").write_bytes(content)
    assert said in str(problem(read_document, tmp_path / "spec.yaml"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_with_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "spec.yaml").write_text("a: café\n", encoding=encoding)
    assert yaml_in(read_document(tmp_path / "spec.yaml")).value == {"a": "café"}
    assert text_of(tmp_path / "spec.yaml") == "a: café\n"


def test_a_folder_a_device_and_a_missing_file_are_said(tmp_path: Path) -> None:
    assert "no regular file" in str(problem(read_document, tmp_path))
    assert "no regular file" in str(problem(read_document, Path("/dev/zero")))
    assert "No such file" in str(problem(read_document, tmp_path / "none"))


def test_a_file_larger_than_its_limit_is_never_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(200_000_000_000)  # a hole: reading it would fill the memory
    assert "it has 200000.0 MB, and at most 2 MB are read" in str(problem(read_document, tmp_path / "huge"))
    assert "at most 20 MB are read" in str(problem(text_of, tmp_path / "huge"))


@pytest.mark.parametrize("content", [b"[" * 50_000, b"a = 1\0", b"\xff\xfe\xff", b"a" * 2_100_000])
def test_a_broken_gonogo_toml_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "gonogo.toml").write_bytes(content)
    with pytest.raises(WorkflowError, match=r"gonogo\.toml"):
        read_config(tmp_path)


def test_a_specification_with_thousands_of_mistakes_is_read_at_once_and_told_in_short() -> None:
    head = "service: {name: x, purpose: y}\nrequirements:\n"
    text = head + "".join(f"  - id: R-{n}\n    wrong: {'bla ' * 5}\n" for n in range(40_000))
    began = time.monotonic()
    problems, parsed = parse("spec.yaml", text[:1_900_000].rpartition("\n  -")[0])
    assert time.monotonic() - began < 30  # it took minutes: every problem walked the list from its start
    assert parsed is None
    assert len(problems) == MOST + 1
    assert problems[-1].note.endswith("more problems")


def test_no_other_room_reads_yaml() -> None:
    """One reader, one set of bounds: `yaml.` stands in no other file, but where one is written."""
    named = [
        path.relative_to(ROOT).as_posix()
        for room in ("runner", "workflow", "stages")
        for path in (ROOT / room).rglob("*.py")
        if "import yaml" in path.read_text(encoding="utf-8")
    ]
    written = ["stages/requirements/document/draft.py", "stages/requirements/proposal.py"]
    assert sorted(named) == ["runner/reading/documents.py", *written]
    assert documents.SAFE.__name__ in {"CSafeLoader", "SafeLoader"}
