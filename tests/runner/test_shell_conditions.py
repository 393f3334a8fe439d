"""Does a condition of a shell script hold, where its words and some values say so?"""

from pathlib import Path

import pytest

from runner.evidence.release.build_arguments import given_arguments
from runner.reading.shell import script_of

VALUES = {"MODE": "dev", "NONE": "", "COUNT": "3"}

BUILT = """\
services:
  api:
    build:
      context: .
      args:
        - DEV=true
        - PLAIN
  db: {image: a}
"""
BUILDS = """\
      - uses: docker/build-push-action@v6
        with:
          build-args: |
            MODE=dev
            B=1
          push: true
      - run: docker build --build-arg C=1 .
"""


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        ('[ "$MODE" = dev ]', True),
        ("[ $MODE = 'prod' ]", False),
        ("! [ $MODE = prod ]", True),
        ('[ ! "$MODE" = prod ]', True),
        ('[[ "${MODE}" == "dev" && -z "$NONE" ]]', True),
        ('[ "$MODE" = prod ] || [ "$COUNT" -gt 2 ]', True),
        ('[ "$MODE" = prod ] && [ -f x ]', False),
        ('[ "$MODE" = dev ] && [ -f x ]', None),
        ('test "$COUNT" -le 2', False),
        ('test -n "$NONE"', False),
        ('[ "x$NONE" = "x" ]', True),
        ('[ "${NONE:-dev}" = "dev" ]', True),
        ('[ -n "${MODE:+yes}" ]', True),
        ('[ -z "${OTHER:-}" ]', None),
        ('[ "$OTHER" = dev ]', None),
        ('[ "$(cat mode)" = dev ]', None),
        ("[ $MODE = d* ]", None),
        ("[ -f dev ]", None),
        ("grep -q x y", None),
        ("true", True),
        ("false", False),
    ],
)
def test_what_stands_under_a_condition_runs_where_it_holds(condition: str, runs: bool | None) -> None:  # noqa: FBT001
    opposite = None if runs is None else not runs
    text = f"if {condition}; then here; else there; fi\n"
    found = {one.name: one.runs for one in script_of(text, values=VALUES).commands}
    assert (found["here"], found["there"]) == (runs, opposite)


def test_cases_and_elifs_run_once() -> None:
    text = 'case "$MODE" in prod) a ;; dev|test) b ;; d*) c ;; *) d ;; esac\n'
    text += "if [ $MODE = prod ]; then e; elif [ -f x ]; then f; elif [ $MODE = dev ]; then g; else h; fi\n"
    found = {one.name: one.runs for one in script_of(text, values=VALUES).commands}
    told = [found[name] for name in "abcdefgh"]
    assert told == [False, True, False, False, False, None, None, False]


def test_what_a_test_compares_decides_as_between_brackets() -> None:
    for text in ('test "$(curl -s http://a)" = 200', '[ "$(curl -s http://a)" = 200 ]'):
        assert [one.lost for one in script_of(text).commands if one.name == "curl"] == [""], text
    said = script_of('echo "$(curl -s http://a)"').commands
    assert [one.lost for one in said if one.name == "curl"] == ["$(…)"]


def test_a_script_that_ends_under_a_condition_that_holds_runs_no_further() -> None:
    text = 'if [ "$MODE" = dev ]; then exit 0; fi\nafter\n'
    assert [one.runs for one in script_of(text, values=VALUES).commands if one.name == "after"] == [False]
    assert [one.runs for one in script_of(text).commands if one.name == "after"] == [True]


def test_what_the_script_sets_itself_is_not_known() -> None:
    for own in ("MODE=$(cat x)", "read MODE", "for MODE in a b; do :; done", ': "${MODE:=a}"'):
        found = script_of(f'{own}\nif [ "$MODE" = dev ]; then here; fi\n', values=VALUES).commands
        assert [one.runs for one in found if one.name == "here"] == [None], own


def test_build_arguments_of_the_compose_file_and_of_ci_are_known(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(BUILT, encoding="utf-8")
    flows = tmp_path / ".github" / "workflows"
    flows.mkdir(parents=True)
    (flows / "ci.yml").write_text(BUILDS, encoding="utf-8")
    assert given_arguments(tmp_path, "compose.yaml") == ("B", "C", "DEV", "MODE", "PLAIN")
    assert given_arguments(tmp_path, None) == ("B", "C", "MODE")
    assert given_arguments(tmp_path / "nowhere", "compose.yaml") == ()
