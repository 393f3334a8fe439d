"""Which commands stand behind a target of make, just, tox, nox, invoke or npm? Read from their own files; pure."""

import ast
import configparser
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence

from runner.reading.documents import NotReadable, json_in, toml_in
from runner.reading.shell import Read
from runner.reading.syntax import parsed
from runner.said import say

MOST_DEEP = 4  # variables in variables
Lines = list[tuple[str, str]]  # a command line, and how its failure is lost
Rules = dict[str, tuple[list[str], list[str]]]  # target → (those before it, lines of its recipe)


def lines_of(tool: str, words: Sequence[str], read: Read) -> Lines | None:
    """The command lines of a call such as `make test`, in order; None where they are not to be known."""
    reader = TARGETS.get(tool)
    return reader(words, read) if reader else None


def _plain(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


# --- make and just


def _make(words: Sequence[str], read: Read) -> Lines | None:
    if {"-n", "--dry-run", "--just-print", "--recon", "-t", "--touch", "-q", "--question"} & set(words):
        return []
    text = next((found for name in ("GNUmakefile", "makefile", "Makefile") if (found := read(name))), None)
    if text is None or {"-C", "-f", "--directory", "--file"} & set(words):
        return None
    rules, variables = make_rules(text)
    goals = [word for word in _plain(words) if "=" not in word] or [n for n in rules if not n.startswith(".")][:1]
    if not set(goals) <= set(rules):
        return None
    ignoring = {"-i", "--ignore-errors"} & set(words) or ".IGNORE" in rules
    lines: Lines = []
    for line in _recipe(rules, goals):
        bare = line.lstrip("@+-")
        marked = "-" in line[: len(line) - len(bare)]
        lost = say("a `-` before it in the Makefile") if marked else say("make ignores errors") if ignoring else ""
        lines.append((_filled(bare, variables), lost))
    return lines


def make_rules(text: str) -> tuple[Rules, dict[str, str]]:
    """The rules and the variables of a Makefile."""
    rules: Rules = {}
    variables: dict[str, str] = {"MAKE": "make"}
    open_ones: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("\t"):
            for name in open_ones:
                rules[name][1].append(line.strip())
        elif assigned := re.match(r"(?:export\s+)?([\w.-]+)\s*[:?+]?:?=\s*(.*)$", line):
            variables[assigned[1]] = assigned[2].split(" #")[0].strip()
        elif found := re.match(r"([^\s#:=][^:=]*?)\s*::?(?!=)\s*([^#;]*)(?:;(.*))?", line):
            open_ones = found[1].split()
            for name in open_ones:
                needs, lines = rules.setdefault(name, ([], []))
                needs.extend(found[2].split())
                lines.extend([found[3].strip()] if found[3] else [])
    return rules, variables


def _recipe(rules: Rules, goals: Sequence[str]) -> Iterator[str]:
    """The lines of these targets and of those that come before them, each once."""
    done: set[str] = set()
    waiting = list(goals)
    while waiting:
        goal = waiting.pop(0)
        if goal in rules and goal not in done:
            done.add(goal)
            waiting += rules[goal][0]
            yield from rules[goal][1]


def _filled(line: str, variables: Mapping[str, str]) -> str:
    for _ in range(MOST_DEEP):
        line = re.sub(r"\$[({]([\w.-]+)[)}]", lambda found: variables.get(found[1], f"${found[1]}"), line)
    return line.replace("$$", "$")


def _just(words: Sequence[str], read: Read) -> Lines | None:
    text = next((found for name in ("justfile", "Justfile", ".justfile") if (found := read(name))), None)
    if {"-n", "--dry-run", "-l", "--list"} & set(words):
        return []
    rules = _just_rules(text) if text else {}
    goals = _plain(words)[:1] or list(rules)[:1]
    if not rules or not set(goals) <= set(rules):
        return None
    lines: Lines = []
    for line in _recipe(rules, goals):
        bare = line.lstrip("@-")
        marked = "-" in line[: len(line) - len(bare)]
        lines.append((bare, say("a `-` before it in the justfile") if marked else ""))
    return lines


def _just_rules(text: str) -> Rules:
    rules: Rules = {}
    name = ""
    for line in text.splitlines():
        if line[:1].isspace() and name:
            rules[name][1].append(line.strip())
        elif found := re.match(r"@?([\w-]+)[^:=]*:(?!=)\s*([^#]*)", line):
            name = found[1]
            rules[name] = (re.findall(r"[\w-]+", found[2]), [])
    return rules


# --- tox


def _tox(words: Sequence[str], read: Read) -> Lines | None:
    """The commands of its environments, from tox.ini."""
    if {"--notest", "-n", "-l", "--listenvs", "-a", "--showconfig", "list", "config"} & set(words):
        return []
    text = read("tox.ini")
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text or "")
    except configparser.Error:
        return None
    if not text or not any(section.startswith("testenv") for section in parser.sections()):
        return None
    listed = parser.get("tox", "env_list", fallback=parser.get("tox", "envlist", fallback="")) or ""
    wanted = [env for n, word in enumerate(words[:-1]) if word in {"-e", "--env"} for env in words[n + 1].split(",")]
    return [line for env in wanted or re.split(r"[,\s]+", listed.strip()) for line in _tox_env(parser, env)]


def _tox_env(parser: configparser.RawConfigParser, env: str) -> Iterator[tuple[str, str]]:
    own = f"testenv:{env}"
    section = own if parser.has_option(own, "commands") else "testenv"
    forgiving = own if parser.has_option(own, "ignore_outcome") else "testenv"
    forgives = str(parser.get(forgiving, "ignore_outcome", fallback="")).lower() == "true"
    lines = (parser.get(section, "commands", fallback="") or "").replace("\\\n", " ").splitlines()
    for line in filter(None, map(str.strip, lines)):
        marked = say("a `-` before it in tox.ini") if line.startswith("-") else ""
        bare = re.sub(r"\{posargs:?([^}]*)\}|\{[^}]*\}", r"\1", line.lstrip("-! "))
        yield bare, "ignore_outcome in tox.ini" if forgives else marked


# --- nox and invoke, which are Python


def _nox(words: Sequence[str], read: Read) -> Lines | None:
    """`session.run("pytest", …)` of the sessions that are asked for."""
    if {"-l", "--list", "--list-sessions", "--install-only"} & set(words):
        return []
    flags = [n for n, word in enumerate(words) if word in {"-s", "--session", "--sessions", "-e"}]
    wanted = {re.split(r"[-(]", word)[0] for n in flags for word in words[n + 1 :] if not word.startswith("-")}
    functions = _functions(read("noxfile.py"))
    if functions is None or not wanted <= {one.name for one in functions}:
        return None
    return [line for one in functions if not wanted or one.name in wanted for line in _calls(one, shlex.join)]


def _invoke(words: Sequence[str], read: Read) -> Lines | None:
    """`c.run("pytest")` of the tasks that are asked for, in tasks.py."""
    goals = {word.replace("-", "_").rpartition(".")[2] for word in _plain(words)}
    functions = _functions(read("tasks.py"))
    if functions is None or not goals <= {one.name for one in functions}:
        return None
    known = {one.name: one for one in functions}
    return [line for name in sorted(goals) for one in _with_helpers(known, name) for line in _calls(one, " ".join)]


def _with_helpers(known: Mapping[str, ast.FunctionDef], name: str) -> list[ast.FunctionDef]:
    """A task, the tasks that come before or after it, and the functions of the file that it calls."""
    found: dict[str, ast.FunctionDef] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop(0)
        if one in known and one not in found:
            found[one] = known[one]
            waiting += [node.id for node in ast.walk(known[one]) if isinstance(node, ast.Name)]
    return list(found.values())


def _functions(text: str | None) -> list[ast.FunctionDef] | None:
    tree = parsed(text) if text else None
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)] if tree else None


def _calls(function: ast.FunctionDef, joined: Callable[[list[str]], str]) -> Iterator[tuple[str, str]]:
    """The texts that a function gives to `.run(…)`."""
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in {"run", "_run"}:
            words = [_said(one) for one in call.args if isinstance(one, ast.Constant | ast.JoinedStr)]
            forgiving = [word.arg for word in call.keywords if word.arg in {"warn", "success_codes"}]
            yield (
                joined(words),
                say("`{forgiving}` in {name}", forgiving=forgiving[0], name=function.name) if forgiving else "",
            )


def _said(node: ast.Constant | ast.JoinedStr) -> str:
    """A text; where something is put into it, that stands as a variable: `$x -m pytest` of `f"{PY} -m pytest"`."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    python = re.compile(r"sys\.executable|\bpy(?:thon)?\b", re.IGNORECASE)
    filled = ("python" if python.search(ast.unparse(one)) else "$x" for one in node.values)
    parts = zip(node.values, filled, strict=True)
    return "".join(_said(one) if isinstance(one, ast.Constant) else put for one, put in parts)


def _poe(words: Sequence[str], read: Read) -> Lines | None:
    """A task of poethepoet or taskipy in pyproject.toml, and what it stands for: a command, a script, other tasks."""
    try:
        tools = toml_in(read("pyproject.toml") or "").get("tool", {})
    except NotReadable:
        return None
    tables = [tools.get("poe", {}).get("tasks"), tools.get("taskipy", {}).get("tasks")]
    tasks = {name: given for table in tables if isinstance(table, dict) for name, given in table.items()}
    goal = next(iter(_plain(words)), "")
    return [(line, "") for line in _poe_lines(tasks, goal, MOST_DEEP)] if goal in tasks else None


def _poe_lines(tasks: Mapping[str, object], goal: object, deep: int) -> Iterator[str]:
    given = tasks.get(goal) if isinstance(goal, str) and goal in tasks else goal
    if isinstance(given, dict):
        before = given.get("deps") or []
        given = next((given[key] for key in ("cmd", "shell", "sequence", "ref") if key in given), "")
        given = [*before, given] if isinstance(before, list) and before else given
    if isinstance(given, list):
        yield from (line for one in given if deep for line in _poe_lines(tasks, one, deep - 1))
    elif isinstance(given, str) and given:
        yield from _poe_lines(tasks, given, deep - 1) if given in tasks and given != goal and deep else [given]


def _npm(words: Sequence[str], read: Read) -> Lines | None:
    """A script of package.json, which rarely runs Python's tests."""
    plain = _plain(words)
    name = plain[1] if plain[:1] in (["run"], ["run-script"]) and len(plain) > 1 else (plain or [""])[0]
    try:
        scripts = json_in(read("package.json") or "{}").get("scripts", {})
    except (NotReadable, AttributeError):
        return None
    return [(str(scripts[name]), "")] if name in scripts else []


TARGETS: Mapping[str, Callable[[Sequence[str], Read], Lines | None]] = {
    "make": _make, "gmake": _make, "just": _just, "tox": _tox, "nox": _nox, "inv": _invoke, "invoke": _invoke,
    "npm": _npm, "yarn": _npm, "pnpm": _npm, "poe": _poe, "task": _poe,
}  # fmt: skip
