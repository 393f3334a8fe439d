"""Does a script run the tests? Its commands, word by word: `pip install pytest` and `echo pytest` run none."""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

Read = Callable[[str], str | None]  # the text of a file of the repository, None where there is none

ENDS = frozenset({";", "&", "&&", "||", "|", "|&", "(", ")", "{", "}", ";;"})
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
# Words before a command that leave it what it is; the number of words that follow each.
BEFORE = {"time": 0, "sudo": 0, "env": 0, "nice": 0, "nohup": 0, "exec": 0, "xvfb-run": 0, "command": 0, "then": 0,
          "do": 0, "else": 0, "if": 0, "while": 0, "!": 0, "timeout": 1}  # fmt: skip
# `uv run pytest`: a tool whose word makes the rest a command.
RUNNING = {"uv": "run", "poetry": "run", "pdm": "run", "hatch": "run", "rye": "run", "pipenv": "run", "pixi": "run",
           "uvx": "", "pipx": "run"}  # fmt: skip
SHELLS = frozenset({"bash", "sh", "zsh", "dash", "source", "."})
TASKS = frozenset({"make", "just", "task", "invoke", "inv", "poe", "tox", "nox", "npm", "doit", "mise"})
TESTING = re.compile(r"(?:^|[-_:.])(?:tests?|check|checks|ci|unit|integration|coverage|cov)(?:$|[-_:.])", re.IGNORECASE)
NOT_RUNNING = ("--version", "-V", "--help", "-h", "--collect-only", "--co", "--fixtures", "--markers", "--setup-plan")
VALUED = ("-k", "-m", "-p", "-c", "-o", "-n", "-W", "-r", "--ignore", "--deselect", "--rootdir", "--cov-report",
          "--maxfail", "--tb", "--durations", "--junitxml", "--junit-xml", "--cov-config", "--timeout")  # fmt: skip
DEEPEST = 3  # scripts that call scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """One command that runs tests: the paths that it names (none: all), and what it leaves out."""

    __test__ = False  # it is no test of ours

    paths: tuple[str, ...] = ()
    chosen: str = ""  # `-k smoke`, where it runs a choice of them


def runs_in(script: str, read: Read, depth: int = 0) -> list[TestRun]:
    """The commands of a shell script that run tests and whose failure ends the script."""
    return [run for command in commands(script) for run in _runs(command, read, depth)]


def commands(script: str) -> Iterator[list[str]]:
    """The words of each simple command. One whose failure is swallowed (`… || true`) is left out."""
    words = _words(script.replace("\\\n", " "))
    command: list[str] = []
    for number, word in enumerate(words):
        if word not in ENDS and word != "\n":
            command.append(word)
            continue
        swallowed = word == "||" and words[number + 1 : number + 2] in (["true"], [":"], ["exit"], ["echo"])
        if command and not swallowed:
            yield command
        command = []
    if command:
        yield command


def _words(script: str) -> list[str]:
    """As a shell splits them; a line that is no shell is left out."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines():
        pending = f"{pending}\n{line}" if pending else line
        lexer = shlex.shlex(pending, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            found += [*lexer, "\n"]
        except ValueError:  # a quote that goes on in the next line
            continue
        pending = ""
    return found


def _runs(command: Sequence[str], read: Read, depth: int) -> Iterator[TestRun]:
    words = _bare(list(command))
    if not words:
        return
    name, rest = PurePosixPath(words[0]).name, words[1:]
    if PYTHON.fullmatch(name):
        yield from _runs(_module(rest), read, depth)
    elif name == "coverage" and rest[:1] == ["run"]:
        yield from _runs(_module(rest[1:]), read, depth)
    elif name in ("pytest", "py.test", "unittest"):
        yield from _of_pytest(rest)
    elif name == "gonogo" or words[0] in ("./inv", "inv", "invoke") or name in TASKS:
        if name in ("tox", "nox", "gonogo") or any(TESTING.search(word) for word in rest):
            yield TestRun()
    elif name in SHELLS or words[0].startswith("./") or words[0].endswith(".sh"):
        yield from _in_script(
            words[0] if name not in SHELLS else next((w for w in rest if w[:1] != "-"), ""), read, depth
        )
    elif name in ("docker", "podman", "docker-compose", "hatch", "pdm", "npm"):
        yield from _inside(rest, read, depth)


def _bare(words: list[str]) -> list[str]:
    """Without variables, `sudo`, `uv run` and their like before it."""
    while words:
        name = PurePosixPath(words[0]).name
        if ASSIGNMENT.match(words[0]) or words[0].startswith("-"):
            words = words[1:]
        elif name in BEFORE:
            words = words[1 + BEFORE[name] :]
        elif name in RUNNING and (not RUNNING[name] or RUNNING[name] in words[1:3]):
            words = words[words.index(RUNNING[name]) + 1 if RUNNING[name] else 1 :]
            words = _without_options(words)
        else:
            return words
    return words


def _without_options(words: list[str]) -> list[str]:
    """`--group dev pytest` → `pytest`: up to the first word that is a program that we know."""
    known = ("pytest", "py.test", "coverage", "tox", "nox", "unittest", *TASKS, *SHELLS)
    for number, word in enumerate(words):
        if PurePosixPath(word).name in known or PYTHON.fullmatch(word) or (word[:1] != "-" and "/" in word):
            return words[number:]
        if word[:1] != "-" and TESTING.search(word) and number == 0:
            return ["make", word]  # a task of the tool's own: `hatch run test`
    return []


def _module(words: Sequence[str]) -> list[str]:
    """`-W error -m pytest tests` → `pytest tests`."""
    return list(words[words.index("-m") + 1 :]) if "-m" in words else []


def _of_pytest(words: Sequence[str]) -> Iterator[TestRun]:
    if any(word.partition("=")[0] in NOT_RUNNING for word in words):
        return
    paths, chosen, skip = [], [], False
    for number, word in enumerate(words):
        if skip:
            skip = False
        elif word in ("-k", "-m", "--ignore", "--deselect") and number + 1 < len(words):
            chosen.append(f"{word} {words[number + 1]}")
            skip = True
        elif word in VALUED:
            skip = True
        elif word.startswith(("-k", "-m", "--ignore=", "--deselect=", "--lf", "--last-failed")):
            chosen.append(word)
        elif word[:1] not in ("-", "$", ">", "<") and not word.isdigit():
            paths.append(word.partition("::")[0])
    yield TestRun(paths=tuple(paths), chosen=" ".join(chosen))


def _in_script(path: str, read: Read, depth: int) -> Iterator[TestRun]:
    text = read(path.removeprefix("./")) if path and depth < DEEPEST else None
    if text is None and TESTING.search(PurePosixPath(path).stem):
        yield TestRun(chosen=f"{path}, which is not here to be read")
    elif text is not None:
        yield from runs_in(text, read, depth + 1)


def _inside(words: Sequence[str], read: Read, depth: int) -> Iterator[TestRun]:
    """`docker compose exec -T backend bash scripts/tests.sh`: what is run in a container."""
    for number, word in enumerate(words):
        name = PurePosixPath(word).name
        if name in ("pytest", "coverage", "tox", "nox") or name in SHELLS or PYTHON.fullmatch(name):
            yield from _runs(words[number:], read, depth)
            return
        if number and words[0] in ("run", "test") and TESTING.search(word):
            yield TestRun()
            return
