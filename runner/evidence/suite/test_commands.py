"""Which of a script's commands run the tests, followed into make, tox, nox, just and scripts; and which may?"""

import configparser
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runner.evidence.suite.targets import TARGETS, lines_of
from runner.reading.documents import NotReadable, toml_in
from runner.reading.shell import SHELLS, Command, Read, Script, Word, both, script_of
from runner.said import say

MOST_DEEP = 4  # targets that call targets
# Words in front of a command that run it, and how many words of their own follow at least.
WRAPPERS: Mapping[str, int] = {
    "exec": 0, "command": 0, "builtin": 0, "time": 0, "nice": 0, "nohup": 0, "env": 0, "sudo": 0, "xvfb-run": 0,
    "timeout": 1, "stdbuf": 0, "dotenv": 0, "unbuffer": 0, "catchsegv": 0, "chronic": 0, "wait-for-it": 0,
}  # fmt: skip
MANAGERS = frozenset(("uv", "poetry", "pdm", "rye", "pipenv", "hatch", "pixi", "conda", "micromamba", "uvx", "pipx"))
# What a manager runs by a word of its own.
OWN_VERBS: Mapping[tuple[str, str], str] = {("hatch", "test"): "pytest", ("uv", "audit"): "uv-audit"}
TAKES = re.compile(  # options of wrappers and managers that have a value of their own
    r"-[evwupnsk]|--(env|env-file|volume|workdir|user|name|network|publish|with|with-requirements|python|project|package"
    r"|directory|group|extra|only-group|index|mount|file|profile|entrypoint|spec|signal|kill-after)"
)
# Options of pytest with which it runs no test.
DRY = frozenset(
    ("--collect-only", "--co", "--version", "-V", "-VV", "-h", "--help", "--fixtures", "--funcargs", "--markers",
     "--setup-plan", "--setup-only", "--cache-show", "--fixtures-per-test", "--trace-config-only")
)  # fmt: skip
VALUED = re.compile(  # options of pytest whose value is the next word
    r"-[kmnocprW]|--(maxfail|tb|cov-config|cov-report|junit-xml|junitxml|rootdir|confcutdir|basetemp|durations|ignore"
    r"|ignore-glob|deselect|timeout|dist|log-level|log-cli-level|reruns|capture|color|import-mode|cov-fail-under"
    r"|numprocesses)"
)
NARROWS = re.compile(
    r"(-k|-m|--deselect|--ignore|--ignore-glob|--lf|--last-failed|--sw|--stepwise|--testmon|--picked)(?:=|$)"
)
# They name a test runner and do not start it.
ONLY_SAYS = frozenset(
    ("echo", "printf", "pip", "pip3", "apt", "apt-get", "apk", "which", "type", "cat", "grep", "git", "rm", "mkdir",
     "cp", "mv", "ls", "cd", "sed", "awk", "test", "[", "export", "brew", "conda", "tee", "touch", "ruff",
     "mypy", "black", "flake8", "isort", "pylint", "curl", "wget", "tar", "zip", "chmod", "head", "tail", ":",
     "true", "false", "exit", "sleep", "date", "docker-credential", "coverage-badge", "pre-commit", "safety", "bandit")
)  # fmt: skip
RUNNER = re.compile(r"\b(pytest|py\.test|unittest|tox|nox)\b")
GOALS = re.compile(r"(?i)test|check|\bci\b|verify|pipeline|\ball\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """A command that runs the tests, or that may: then `unsure` says what is not known of it."""

    __test__ = False  # it is no test of ours

    command: str
    line: int  # of the step's script
    runs: bool | None = True  # None: under a condition of the script; False: never
    lost: str = ""  # how its failure is lost
    dry: str = ""  # the option with which no test runs
    unsure: str = ""
    folder: str | None = ""  # where it runs, below where the step does
    paths: tuple[str, ...] = ()  # that it is given; none: all
    narrowed: tuple[str, ...] = ()  # options that leave tests out

    @property
    def counts(self) -> bool:
        """It runs tests, and fails where they do."""
        return not (self.lost or self.dry or self.unsure or self.runs is False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What kind of command is looked for: who judges it by its name, and which words may hide it."""

    finders: Mapping[str, "Finder"]
    named: re.Pattern[str]
    goals: re.Pattern[str]  # names of targets behind which it may be


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known around a command: files of the repository, the settings of pytest, variables that are set."""

    read: Read
    env: Mapping[str, str]
    sought: Sought
    deep: int = 0

    def deeper(self) -> "Seen":
        return replace(self, deep=self.deep + 1)


def test_runs(script: Script, read: Read, env: Mapping[str, str]) -> list[TestRun]:
    """What of the script runs the tests, or may. `read` gives the text of a file where the script runs."""
    return runs_sought(script, read, env, TESTS)


def runs_sought(script: Script, read: Read, env: Mapping[str, str], sought: Sought) -> list[TestRun]:
    """What of the script is a command of this kind, or may be."""
    seen = Seen(read=read, env=env, sought=sought)
    found = [run for command in script.commands for run in _runs(command, seen)]
    if script.problem and not any(one.counts for one in found):
        found.append(TestRun(command="", line=1, unsure=script.problem))
    return found


test_runs.__test__ = False  # type: ignore[attr-defined]


def _runs(command: Command, seen: Seen) -> Iterator[TestRun]:
    if seen.deep > MOST_DEEP:
        return
    bare = _unwrapped(command, seen)
    find = seen.sought.finders.get(bare.name)
    if not bare.words:
        return
    if bare.name in SHELLS and len(bare.argv) > 2 and re.fullmatch(r"-\w*c", bare.argv[1]):  # noqa: PLR2004
        yield from _of_script(bare, bare.argv[2], seen)
    elif not bare.words[0].known:
        yield from _unknown_name(bare, seen)
    elif find:
        yield from find(bare, seen)
    elif (text := _script_text(bare, seen)) is not None:
        yield from _of_script(bare, text, seen)
    elif bare.name not in ONLY_SAYS and seen.sought.named.search(" ".join(bare.argv)):
        yield run_of(bare, unsure=say("what `{command}` runs", command=bare.text[:60]))


def run_of(command: Command, **more: Any) -> TestRun:
    found = TestRun(
        command=command.text, line=command.line, runs=command.runs, lost=command.lost, folder=command.folder
    )
    return replace(found, **more)


def _unwrapped(command: Command, seen: Seen) -> Command:
    """Without what only stands in front: `env A=1`, `timeout 60`, `uv run`, `python -m`, `coverage run -m`."""
    words, before = list(command.words), None
    given = list(command.given)
    while words and words != before:
        before = words
        name = words[0].text.rpartition("/")[2]
        if name in WRAPPERS:
            words = _without_options(words[1:])[WRAPPERS[name] :]
            while words and re.match(r"\w+=", words[0].text):
                given.append((words[0].text.partition("=")[0], words[0].text.partition("=")[2]))
                words = words[1:]
        elif name in {"docker", "podman", "docker-compose", "kubectl"}:
            words = _in_container(words)
        elif name in MANAGERS:
            words = _managed(words, name, seen)
        elif re.fullmatch(r"python[\d.]*", name) or name == "coverage":
            words = _module(words, name)
    return replace(command, words=tuple(words), given=tuple(given))


def _without_options(words: list[Word]) -> list[Word]:
    while words and words[0].text.startswith("-"):
        if words[0].text == "--":
            return words[1:]
        words = words[2:] if TAKES.fullmatch(words[0].text) else words[1:]
    return words


def _in_container(words: list[Word]) -> list[Word]:
    """`docker compose run --rm web pytest` → `pytest`; anything else of it is no test run."""
    verb = next((n for n, word in enumerate(words) if word.text in {"run", "exec"}), None)
    if verb is None:
        return []
    return _without_options(_without_options(words[verb + 1 :])[1:])


def _managed(words: list[Word], name: str, seen: Seen) -> list[Word]:
    """`uv run pytest` → `pytest`; `poetry install` → nothing. A script of pyproject.toml becomes its command."""
    rest = _without_options(words[1:])
    own_verb = OWN_VERBS.get((name, rest[0].text)) if rest else None
    if own_verb:
        return [Word(text=own_verb), *rest[1:]]
    if name == "uvx" or (name == "uv" and [w.text for w in rest[:2]] == ["tool", "run"]):
        rest = rest if name == "uvx" else rest[1:]
        return [Word(text=re.split(r"[=@<>]", rest[0].text)[0]), *rest[1:]] if rest else []
    if not rest or rest[0].text not in {"run", "exec"}:
        return []
    after = _without_options(rest[1:])
    if name == "pipx" and after:  # `pipx run pip-audit==2.10.1`
        after = [Word(text=re.split(r"[=@<>]", after[0].text)[0]), *after[1:]]
    own = _own_script(after[0].text.rpartition(":")[2], seen) if after else None
    if own is None:
        return after
    return [*[Word(text=text) for text in own], *after[1:]]


def _own_script(name: str, seen: Seen) -> list[str] | None:
    """The command of a script that pyproject.toml names for pdm, hatch, rye or poe."""
    try:
        tools = toml_in(seen.read("pyproject.toml") or "").get("tool", {})
    except NotReadable:
        return None
    tables = [
        tools.get("pdm", {}).get("scripts"),
        tools.get("rye", {}).get("scripts"),
        tools.get("poe", {}).get("tasks"),
    ]
    tables += [env.get("scripts") for env in tools.get("hatch", {}).get("envs", {}).values() if isinstance(env, dict)]
    found = next((table[name] for table in tables if isinstance(table, dict) and name in table), None)
    text = found.get("cmd") or found.get("shell") if isinstance(found, dict) else found
    text = " && ".join(map(str, text)) if isinstance(text, list) else text
    return ["bash", "-ec", text] if isinstance(text, str) else None


def _module(words: list[Word], name: str) -> list[Word]:
    """`python -X dev -m pytest` → `pytest`; `python run.py` stays itself; `coverage report` is no run."""
    at = next((n for n, word in enumerate(words) if word.text == "-m"), None)
    if name == "coverage":
        verb = next((n for n, word in enumerate(words) if word.text == "run"), None)
        return (
            words
            if verb is None
            else words[at + 1 :]
            if at and at > verb
            else [Word(text="python"), *words[verb + 1 :]]
        )
    options = {"-X", "-W"}
    plain = all(w.text.startswith("-") or words[n].text in options for n, w in enumerate(words[1:at])) if at else False
    return words[at + 1 :] if at is not None and plain else words


def _unknown_name(command: Command, seen: Seen) -> Iterator[TestRun]:
    """`$TESTS`, which the step's own environment may say."""
    found = re.fullmatch(r"[\"']?\$\{?(\w+)\}?[\"']?", command.words[0].text)
    text = seen.env.get(found[1]) if found else None
    then = command.argv[1].rpartition("/")[2] if len(command.words) > 1 else ""
    if text is None and then in ONLY_SAYS:  # `$SUDO apt-get …`
        return
    if text is None or "${{" in text:
        yield run_of(command, unsure=say("what `{command}` runs", command=command.words[0].text))
        return
    words = tuple(Word(text=one) for one in split(text))
    yield from _runs(replace(command, words=(*words, *command.words[1:])), seen.deeper())


# --- pytest and unittest


def _pytest(command: Command, seen: Seen) -> Iterator[TestRun]:
    options = dict(command.given).get("PYTEST_ADDOPTS") or seen.env.get("PYTEST_ADDOPTS", "")
    config = pytest_settings(seen.read)
    before = [*config.get("addopts", []), *split(options)] if "${{" not in options else config.get("addopts", [])
    words = [*before, *command.argv[1:]]
    open_ones = [word.text for word in command.words[1:] if not word.known and not set("*?") & set(word.text)]
    dry = next((word for word in words if word in DRY), "")
    paths, narrowed = _asked_for(words)
    unsure = (
        say("what `{word}` is in `{command}`", word=open_ones[0], command=command.text[:60])
        if _may_narrow(open_ones, words)
        else ""
    )
    paths = paths or tuple(config.get("testpaths", ()))
    yield run_of(command, dry=dry, paths=paths, narrowed=narrowed, unsure=unsure)


def _may_narrow(open_ones: list[str], words: list[str]) -> bool:
    """A variable that stands by itself may be any option; as the value of another one it may not."""
    loose = [one for one in open_ones if not one.startswith("-") or NARROWS.match(one)]
    return any(one in words and not VALUED.fullmatch(words[words.index(one) - 1]) for one in loose)


def _asked_for(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paths that pytest is given, and the options that leave tests out."""
    paths, narrowed = [], []
    given = iter(words)
    for word in given:
        value = next(given, "") if VALUED.fullmatch(word) else ""
        if NARROWS.match(word) or (word.startswith("-k") and not word.startswith("--")):
            narrowed.append(f"{word} {value}".strip())
        elif not word.startswith("-"):
            paths.append(word.partition("::")[0])
            narrowed += [word] if "::" in word else []
    return tuple(paths), tuple(narrowed)


def pytest_settings(read: Read) -> dict[str, list[str]]:
    """`addopts` and `testpaths` of the first file in which pytest looks for them."""
    for name, section in (
        ("pytest.ini", "pytest"),
        ("pyproject.toml", ""),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        text = read(name)
        found = _from_toml(text) if text and not section else _from_ini(text, section) if text else None
        if found is not None:
            return found
    return {}


def _from_toml(text: str) -> dict[str, list[str]] | None:
    try:
        options = toml_in(text)["tool"]["pytest"]["ini_options"]
    except (NotReadable, KeyError, TypeError):
        return None
    return {name: _listed(options[name]) for name in ("addopts", "testpaths") if name in options}


def _from_ini(text: str, section: str) -> dict[str, list[str]] | None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    if not parser.has_section(section):
        return None
    return {
        name: _listed(parser.get(section, name))
        for name in ("addopts", "testpaths")
        if parser.has_option(section, name)
    }


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else split(str(value or ""))


def split(text: str) -> list[str]:
    """The words of a line, as they stand where its quotes do not match."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _unittest(command: Command, _: Seen) -> Iterator[TestRun]:
    yield run_of(command, dry=next((word for word in command.argv if word in {"-h", "--help"}), ""))


def _python(command: Command, seen: Seen) -> Iterator[TestRun]:
    """`python manage.py test`; `python run_tests.py` and `python -c` are for nobody to decide."""
    words = list(command.argv[1:])
    file = next((word for word in words if not word.startswith("-")), "")
    if file.endswith("manage.py"):
        yield from [run_of(command)] if "test" in words else []
    elif RUNNER.search(" ".join(words)) or (file.endswith(".py") and RUNNER.search(seen.read(file) or "")):
        yield run_of(command, unsure=say("whether `{command}` runs the tests", command=command.text[:60]))


# --- what stands for other commands


def _followed(command: Command, line: str, seen: Seen) -> Iterator[TestRun]:
    """A line of a target, in a shell of its own that fails with it."""
    for inner in script_of(line, read=seen.read).commands:
        for run in _runs(_told(command, inner), seen.deeper()):
            yield replace(run, command=command.text, line=command.line)


def _of_script(command: Command, text: str, seen: Seen) -> Iterator[TestRun]:
    """A shell script of the repository, started by its name or by a shell."""
    flags = "".join(word for word in command.argv[1:] if re.fullmatch(r"-\w+", word)) if command.name in SHELLS else ""
    if "n" in flags and command.argv[1:2] != ("-c",):  # only its grammar is read
        return
    for inner in script_of(text, errexit="e" in flags, read=seen.read).commands:
        yield from (replace(run, command=command.text) for run in _runs(_told(command, inner), seen.deeper()))


def _told(command: Command, inner: Command) -> Command:
    """An inner command as the outer one runs it: under its conditions, in its folder, lost where it is."""
    known = inner.folder is not None and command.folder is not None
    return replace(
        inner,
        runs=both(inner.runs, command.runs),
        lost=command.lost or inner.lost,
        line=command.line,
        folder=f"{command.folder}/{inner.folder}".strip("/") if known else None,
    )


def _script_text(command: Command, seen: Seen) -> str | None:
    named = command.argv[0]
    if command.name in SHELLS:
        named = next((word for word in command.argv[1:] if not word.startswith("-")), "")
    elif "/" not in named:
        return None
    text = seen.read(named.removeprefix("./")) if named else None
    is_shell = text is not None and (named.endswith(".sh") or command.name in SHELLS or re.match(r"#!.*sh\b", text))
    return text if is_shell else None


def target_runs(command: Command, seen: Seen) -> Iterator[TestRun]:
    """make, just, tox, nox, invoke: the commands that stand for it in the repository's own file."""
    found = lines_of(command.name, command.argv[1:], seen.read)
    if found is None:
        yield from _open_target(command, [word for word in command.argv[1:] if not word.startswith("-")], seen)
        return
    for line, lost in found:
        yield from _followed(replace(command, lost=command.lost or lost), line, seen)


def _open_target(command: Command, goals: Sequence[str], seen: Seen) -> Iterator[TestRun]:
    """A target of a file that is not there or not read: it may be what is sought where its name says so."""
    if any(seen.sought.goals.search(goal) for goal in goals):
        yield run_of(command, unsure=say("what `{command}` runs", command=command.text[:60]))


Finder = Callable[[Command, Seen], Iterator[TestRun]]
FINDERS: Mapping[str, Finder] = {
    "pytest": _pytest, "py.test": _pytest, "unittest": _unittest, "python": _python, "python3": _python,
    **dict.fromkeys((*TARGETS, "task", "poe"), target_runs),
}  # fmt: skip
TESTS = Sought(finders=FINDERS, named=RUNNER, goals=GOALS)
