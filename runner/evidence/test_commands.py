"""Which of a script's commands run the tests, followed into make, tox, nox, just and scripts; and which may?"""

import ast
import configparser
import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runner.shell import SHELLS, Command, Read, Script, Word, script_of
from runner.syntax import tree_of

MOST_DEEP = 4  # targets that call targets
PYTEST = frozenset(("pytest", "py.test"))
# Words in front of a command that run it, and how many words of their own follow at least.
WRAPPERS: Mapping[str, int] = {
    "exec": 0, "command": 0, "builtin": 0, "time": 0, "nice": 0, "nohup": 0, "env": 0, "sudo": 0, "xvfb-run": 0,
    "timeout": 1, "stdbuf": 0, "dotenv": 0, "unbuffer": 0, "catchsegv": 0, "chronic": 0, "wait-for-it": 0,
}  # fmt: skip
MANAGERS = frozenset(("uv", "poetry", "pdm", "rye", "pipenv", "hatch", "pixi", "conda", "micromamba", "uvx", "pipx"))
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
    r"|ignore-glob|deselect|timeout|dist|log-level|log-cli-level|reruns|capture|color|import-mode|cov-fail-under|numprocesses)"
)
NARROWS = re.compile(r"(-k|-m|--deselect|--ignore|--ignore-glob|--lf|--last-failed|--sw|--stepwise|--testmon|--picked)(?:=|$)")
# They name a test runner and do not start it.
ONLY_SAYS = frozenset(
    ("echo", "printf", "pip", "pip3", "apt", "apt-get", "apk", "which", "type", "cat", "grep", "git", "rm", "mkdir",
     "cp", "mv", "ls", "cd", "sed", "awk", "test", "[", "export", "brew", "conda", "npm", "yarn", "tee", "touch", "ruff",
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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known around a command: files of the repository, the settings of pytest, variables that are set."""

    read: Read
    env: Mapping[str, str]
    deep: int = 0

    def deeper(self) -> "_Seen":
        return replace(self, deep=self.deep + 1)


def test_runs(script: Script, read: Read, env: Mapping[str, str]) -> list[TestRun]:
    """What of the script runs the tests, or may. `read` gives the text of a file where the script runs."""
    seen = _Seen(read=read, env=env)
    found = [run for command in script.commands for run in _runs(command, seen)]
    if script.problem and not any(one.counts for one in found):
        found.append(TestRun(command="", line=1, unsure=script.problem))
    return found


test_runs.__test__ = False  # type: ignore[attr-defined]


def _runs(command: Command, seen: _Seen) -> Iterator[TestRun]:
    if seen.deep > MOST_DEEP:
        return
    bare = _unwrapped(command, seen)
    find = FINDERS.get(bare.name)
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
    elif bare.name not in ONLY_SAYS and RUNNER.search(" ".join(bare.argv)):
        yield _run(bare, unsure=f"whether `{bare.text[:60]}` runs the tests")


def _run(command: Command, **more: Any) -> TestRun:
    found = TestRun(command=command.text, line=command.line, runs=command.runs, lost=command.lost, folder=command.folder)
    return replace(found, **more)


def _unwrapped(command: Command, seen: _Seen) -> Command:
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


def _managed(words: list[Word], name: str, seen: _Seen) -> list[Word]:
    """`uv run pytest` → `pytest`; `poetry install` → nothing. A script of pyproject.toml becomes its command."""
    rest = _without_options(words[1:])
    if name == "hatch" and rest and rest[0].text == "test":
        return [Word(text="pytest"), *rest[1:]]
    if name == "uvx" or (name == "uv" and [w.text for w in rest[:2]] == ["tool", "run"]):
        rest = rest if name == "uvx" else rest[1:]
        return [Word(text=re.split(r"[=@<>]", rest[0].text)[0]), *rest[1:]] if rest else []
    if not rest or rest[0].text not in {"run", "exec"}:
        return []
    after = _without_options(rest[1:])
    own = _own_script(after[0].text.rpartition(":")[2], seen) if after else None
    if own is None:
        return after
    return [*[Word(text=text) for text in own], *after[1:]]


def _own_script(name: str, seen: _Seen) -> list[str] | None:
    """The command of a script that pyproject.toml names for pdm, hatch, rye or poe."""
    try:
        tools = tomllib.loads(seen.read("pyproject.toml") or "").get("tool", {})
    except tomllib.TOMLDecodeError:
        return None
    tables = [tools.get("pdm", {}).get("scripts"), tools.get("rye", {}).get("scripts"), tools.get("poe", {}).get("tasks")]
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
        return words if verb is None else words[at + 1 :] if at and at > verb else [Word(text="python"), *words[verb + 1 :]]
    options = {"-X", "-W"}
    plain = all(w.text.startswith("-") or words[n].text in options for n, w in enumerate(words[1:at])) if at else False
    return words[at + 1 :] if at is not None and plain else words


def _unknown_name(command: Command, seen: _Seen) -> Iterator[TestRun]:
    """`$TESTS`, which the step's own environment may say."""
    found = re.fullmatch(r"[\"']?\$\{?(\w+)\}?[\"']?", command.words[0].text)
    text = seen.env.get(found[1]) if found else None
    if text is None or "${{" in text:
        yield _run(command, unsure=f"what `{command.words[0].text}` runs")
        return
    words = tuple(Word(text=one) for one in shlex.split(text))
    yield from _runs(replace(command, words=(*words, *command.words[1:])), seen.deeper())


# --- pytest and unittest


def _pytest(command: Command, seen: _Seen) -> Iterator[TestRun]:
    options = dict(command.given).get("PYTEST_ADDOPTS") or seen.env.get("PYTEST_ADDOPTS", "")
    config = pytest_settings(seen.read)
    before = [*config.get("addopts", []), *shlex.split(options)] if "${{" not in options else config.get("addopts", [])
    words = [*before, *command.argv[1:]]
    open_ones = [word.text for word in command.words[1:] if not word.known and not set("*?") & set(word.text)]
    dry = next((word for word in words if word in DRY), "")
    paths, narrowed = _asked_for(words)
    unsure = f"what `{open_ones[0]}` is in `{command.text[:60]}`" if _may_narrow(open_ones, words) else ""
    paths = paths or tuple(config.get("testpaths", ()))
    yield _run(command, dry=dry, paths=paths, narrowed=narrowed, unsure=unsure)


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
    for name, section in (("pytest.ini", "pytest"), ("pyproject.toml", ""), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        text = read(name)
        found = _from_toml(text) if text and not section else _from_ini(text, section) if text else None
        if found is not None:
            return found
    return {}


def _from_toml(text: str) -> dict[str, list[str]] | None:
    try:
        options = tomllib.loads(text)["tool"]["pytest"]["ini_options"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
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
    return {name: _listed(parser.get(section, name)) for name in ("addopts", "testpaths") if parser.has_option(section, name)}


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else shlex.split(str(value or ""))


def _unittest(command: Command, _: _Seen) -> Iterator[TestRun]:
    yield _run(command, dry=next((word for word in command.argv if word in {"-h", "--help"}), ""))


def _python(command: Command, seen: _Seen) -> Iterator[TestRun]:
    """`python manage.py test`; `python run_tests.py` and `python -c` are for nobody to decide."""
    words = list(command.argv[1:])
    file = next((word for word in words if not word.startswith("-")), "")
    if file.endswith("manage.py"):
        yield from [_run(command)] if "test" in words else []
    elif RUNNER.search(" ".join(words)) or (file.endswith(".py") and RUNNER.search(seen.read(file) or "")):
        yield _run(command, unsure=f"whether `{command.text[:60]}` runs the tests")


# --- what stands for other commands


def _followed(command: Command, lines: Sequence[str], seen: _Seen) -> Iterator[TestRun]:
    """Commands of a target, each in a shell of its own that fails with it."""
    for line in lines:
        for inner in script_of(line, read=seen.read).commands:
            runs = False if False in (inner.runs, command.runs) else None if None in (inner.runs, command.runs) else True
            told = replace(inner, runs=runs, lost=command.lost or inner.lost, line=command.line, folder=command.folder)
            for run in _runs(told, seen.deeper()):
                yield replace(run, command=command.text, line=command.line)


def _of_script(command: Command, text: str, seen: _Seen) -> Iterator[TestRun]:
    """A shell script of the repository, started by its name or by a shell."""
    flags = "".join(word for word in command.argv[1:] if re.fullmatch(r"-\w+", word)) if command.name in SHELLS else ""
    script = script_of(text, errexit="e" in flags, read=seen.read)
    for inner in script.commands:
        runs = False if False in (inner.runs, command.runs) else None if None in (inner.runs, command.runs) else True
        folder = None if inner.folder is None or command.folder is None else f"{command.folder}/{inner.folder}".strip("/")
        told = replace(inner, runs=runs, lost=command.lost or inner.lost, line=command.line, folder=folder)
        yield from (replace(run, command=command.text) for run in _runs(told, seen.deeper()))


def _script_text(command: Command, seen: _Seen) -> str | None:
    named = command.argv[0]
    if command.name in SHELLS:
        named = next((word for word in command.argv[1:] if not word.startswith("-")), "")
    elif "/" not in named:
        return None
    text = seen.read(named.removeprefix("./")) if named else None
    is_shell = text is not None and (named.endswith(".sh") or command.name in SHELLS or re.match(r"#!.*sh\b", text))
    return text if is_shell else None


def _make(command: Command, seen: _Seen) -> Iterator[TestRun]:
    text = next((found for name in ("GNUmakefile", "makefile", "Makefile") if (found := seen.read(name))), None)
    goals = [word for word in _plain(command.argv[1:]) if "=" not in word]
    ignoring = {"-i", "--ignore-errors", "-k", "--keep-going"} & set(command.argv)
    if {"-n", "--dry-run", "--just-print", "-t", "--touch", "-q"} & set(command.argv):
        return
    elsewhere = "-C" in command.argv or "-f" in command.argv
    if text is None or elsewhere:
        yield from _open_target(command, goals)
        return
    rules, variables = make_rules(text)
    wanted = goals or [next((name for name in rules if not name.startswith(".")), "")]
    lost = "make -i" if "-i" in ignoring or "--ignore-errors" in ignoring or ".IGNORE" in rules else ""
    for line in _recipe(rules, wanted):
        mark = re.match(r"[@+-]*", line)
        own = "a `-` before it in the Makefile" if mark and "-" in mark[0] else lost
        yield from _followed(
            replace(command, lost=command.lost or own), [_filled(line[mark.end() if mark else 0 :], variables)], seen
        )


def make_rules(text: str) -> tuple[dict[str, tuple[list[str], list[str]]], dict[str, str]]:
    """Target → (prerequisites, lines of its recipe), and the variables of a Makefile."""
    rules: dict[str, tuple[list[str], list[str]]] = {}
    variables: dict[str, str] = {"MAKE": "make"}
    open_ones: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("\t"):
            for name in open_ones:
                rules[name][1].append(line.strip())
            continue
        if found := re.match(r"(?:export\s+)?([\w.-]+)\s*[:?+]?:?=\s*(.*)$", line):
            variables[found[1]] = found[2].split(" #")[0].strip()
        elif found := re.match(r"([^\s#:=][^:=]*?)\s*::?(?!=)\s*([^#;]*)(?:;(.*))?", line):
            open_ones = found[1].split()
            for name in open_ones:
                before = rules.setdefault(name, ([], []))
                before[0].extend(found[2].split())
                before[1].extend([found[3].strip()] if found[3] else [])
    return rules, variables


def _recipe(rules: Mapping[str, tuple[list[str], list[str]]], goals: Sequence[str]) -> list[str]:
    lines: list[str] = []
    done: set[str] = set()
    waiting = list(goals)
    while waiting:
        goal = waiting.pop(0)
        if goal in rules and goal not in done:
            done.add(goal)
            waiting += rules[goal][0]
            lines += rules[goal][1]
    return lines


def _filled(line: str, variables: Mapping[str, str]) -> str:
    for _ in range(MOST_DEEP):
        line = re.sub(r"\$[({]([\w.-]+)[)}]", lambda found: variables.get(found[1], f"${found[1]}"), line)
    return line.replace("$$", "$")


def _just(command: Command, seen: _Seen) -> Iterator[TestRun]:
    text = next((found for name in ("justfile", "Justfile", ".justfile") if (found := seen.read(name))), None)
    goals = _plain(command.argv[1:])
    if text is None:
        yield from _open_target(command, goals)
        return
    rules: dict[str, tuple[list[str], list[str]]] = {}
    name = ""
    for line in text.splitlines():
        if line[:1].isspace() and name:
            rules[name][1].append(line.strip())
        elif found := re.match(r"@?([\w-]+)[^:=]*:(?!=)\s*([^#]*)", line):
            name = found[1]
            rules[name] = (re.findall(r"[\w-]+", found[2]), [])
    for line in _recipe(rules, goals[:1] or list(rules)[:1]):
        mark = re.match(r"[@-]*", line)
        own = "a `-` before it in the justfile" if mark and "-" in mark[0] else ""
        yield from _followed(replace(command, lost=command.lost or own), [line.lstrip("@-")], seen)


def _tox(command: Command, seen: _Seen) -> Iterator[TestRun]:
    """The commands of its environments, from tox.ini, setup.cfg or pyproject.toml."""
    argv = list(command.argv)
    if dry := next((word for word in argv if word in {"--notest", "-l", "--listenvs", "--showconfig", "list", "config"}), ""):
        yield _run(command, dry=dry)
        return
    wanted = [env for n, word in enumerate(argv[:-1]) if word in {"-e", "--env"} for env in argv[n + 1].split(",")]
    text = seen.read("tox.ini")
    if text is None:
        yield _run(command, unsure=f"what `{command.text}` runs: there is no tox.ini")
        return
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        yield _run(command, unsure="what tox.ini says, which can't be read")
        return
    listed = parser.get("tox", "env_list", fallback=parser.get("tox", "envlist", fallback="")) or ""
    for env in wanted or re.split(r"[,\s]+", listed.strip()) or [""]:
        yield from _tox_env(command, parser, env, seen)


def _tox_env(command: Command, parser: configparser.RawConfigParser, env: str, seen: _Seen) -> Iterator[TestRun]:
    own = f"testenv:{env}"
    section = own if parser.has_option(own, "commands") else "testenv"
    lines = (parser.get(section, "commands", fallback="") or "").replace("\\\n", " ").splitlines()
    forgives = parser.get(own if parser.has_option(own, "ignore_outcome") else "testenv", "ignore_outcome", fallback="")
    for line in filter(None, map(str.strip, lines)):
        lost = "ignore_outcome in tox.ini" if str(forgives).lower() == "true" else "a `-` before it in tox.ini"
        own_lost = lost if line.startswith("-") or str(forgives).lower() == "true" else ""
        bare = re.sub(r"\{posargs:?([^}]*)\}|\{\[[^}]*\}|\{[^}]*\}", r"\1", line.lstrip("-! "))
        yield from _followed(replace(command, lost=command.lost or own_lost), [bare], seen)


def _nox(command: Command, seen: _Seen) -> Iterator[TestRun]:
    """`session.run("pytest", …)` of the sessions that are asked for."""
    argv = list(command.argv)
    if dry := next((word for word in argv if word in {"-l", "--list", "--list-sessions", "--install-only"}), ""):
        yield _run(command, dry=dry)
        return
    text = seen.read("noxfile.py")
    try:
        tree = tree_of(text) if text else None
    except SyntaxError:
        tree = None
    if tree is None:
        yield _run(command, unsure=f"what `{command.text}` runs: there is no noxfile.py that can be read")
        return
    flags = [n for n, word in enumerate(argv) if word in {"-s", "--session", "--sessions", "-e"}]
    wanted = {re.split(r"[-(]", word)[0] for n in flags for word in argv[n + 1 :] if not word.startswith("-")}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and (not wanted or function.name in wanted):
            yield from _calls(command, function, seen, receiver="session")


def _invoke(command: Command, seen: _Seen) -> Iterator[TestRun]:
    """`c.run("pytest")` of the tasks that are asked for, in tasks.py."""
    goals = [word.replace("-", "_").rpartition(".")[2] for word in _plain(command.argv[1:])]
    text = seen.read("tasks.py")
    try:
        tree = tree_of(text) if text else None
    except SyntaxError:
        tree = None
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in goals] if tree else []
    if not found:
        yield from _open_target(command, goals)
    for function in found:
        yield from _calls(command, function, seen, receiver="")


def _calls(command: Command, function: ast.FunctionDef, seen: _Seen, *, receiver: str) -> Iterator[TestRun]:
    """The texts that a function gives to `.run(…)`."""
    for call in ast.walk(function):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "run":
            continue
        if receiver and not (isinstance(call.func.value, ast.Name) and call.func.value.id == receiver):
            continue
        words = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        forgiving = [word.arg for word in call.keywords if word.arg in {"warn", "success_codes"}]
        lost = command.lost or (f"`{forgiving[0]}` in {function.name}" if forgiving else "")
        line = shlex.join(words) if receiver else " ".join(words)
        yield from _followed(replace(command, lost=lost), [line], seen)


def _npm(command: Command, seen: _Seen) -> Iterator[TestRun]:
    """A script of package.json, which rarely runs Python's tests."""
    words = _plain(command.argv[1:])
    name = words[1] if words[:1] in (["run"], ["run-script"]) and len(words) > 1 else (words or [""])[0]
    try:
        scripts = json.loads(seen.read("package.json") or "{}").get("scripts", {})
    except (json.JSONDecodeError, AttributeError):
        return
    yield from _followed(command, [str(scripts.get(name, ""))], seen)


def _task(command: Command, _: _Seen) -> Iterator[TestRun]:
    yield from _open_target(command, _plain(command.argv[1:]))


def _open_target(command: Command, goals: Sequence[str]) -> Iterator[TestRun]:
    """A target of a file that is not there or not read: it may run the tests where its name says so."""
    if any(GOALS.search(goal) for goal in goals):
        yield _run(command, unsure=f"what `{command.text[:60]}` runs")


def _plain(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


Finder = Callable[[Command, _Seen], Iterator[TestRun]]
FINDERS: Mapping[str, Finder] = {
    "pytest": _pytest, "py.test": _pytest, "unittest": _unittest, "python": _python, "python3": _python, "make": _make,
    "gmake": _make, "just": _just, "tox": _tox, "nox": _nox, "inv": _invoke, "invoke": _invoke, "task": _task,
    "poe": _task, "npm": _npm, "yarn": _npm, "pnpm": _npm,
}  # fmt: skip
