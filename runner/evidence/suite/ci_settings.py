"""Which settings do the tests get in CI, that nothing else says? Literal values of the jobs that run them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.discovery.code_files import python_files
from runner.discovery.other_machines import leads_away
from runner.discovery.target import Target
from runner.discovery.variables_read import optional_in
from runner.reading.documents import NotReadable, yaml_texts
from runner.reading.walk import folders_above
from runner.vocabulary.secrets import is_secret
from runner.vocabulary.variables import MACHINE, meaning_of

RUNS_TESTS = re.compile(
    r"\bpytest\b|\bpy\.test\b|\btox\b|\bnox\b|\bunittest\b|\bgonogo\b|\binvoke\b|\./inv\b|coverage run|"
    r"\b(make|just|task|hatch|pdm|poe|rye|uv|poetry)\b[^\n]*\b(test|tests|check|ci)\b",
    re.IGNORECASE,
)
IN_CONTAINER = re.compile(r"\bdocker(?:[ -]compose)?\b[^\n]*\b(?:exec|run)\b")
# What changes how programs are loaded, Python runs or pytest looks, so the proof would no longer be ours.
STEERS = re.compile(r"LD_|DYLD_|PYTHON|PYTEST_|COVERAGE_|GONOGO_|BASH_ENV$", re.IGNORECASE)
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
ELSEWHERE = ("://", "localhost", "127.0.0.1", "${{")  # a server of CI's own, or what only CI can fill in


def settings_in_ci(root: Path) -> dict[str, str]:
    """Variable → value. Nothing that says where a database or Redis is, and no address."""
    found: dict[str, str] = {}
    for folder in (root, *folders_above(root)):
        for path in sorted((folder / ".github" / "workflows").glob("*.y*ml")):
            for name, value in given_in_ci(path.read_text(encoding="utf-8", errors="replace")):
                found.setdefault(name, value)
    return found


def foreign_to_tests(target: Target) -> frozenset[str]:
    """Variables that gonogo found, and that the service's own tests do without wherever its team runs them.

    What its code has a default for, and no job of CI that runs the tests gives: its Redis, its mail, a secret. The
    database is always given; without such a job, only a secret with a default of its own is left out.
    """
    optional = optional_in(python_files(target.root))
    told = told_in_ci(target.root)
    return frozenset(
        name
        for name, value in target.config.env.items()
        if name in optional and name not in target.written and "{database_" not in value
        if (is_secret(name) and optional[name] and name not in (told or ""))
        or (told is not None and not _has(told, name))
    )


def _has(told: frozenset[str], name: str) -> bool:
    """Is it given by name, or as a server beside the tests: `services: {redis: …}`?"""
    kind = meaning_of(name).strip("{}").partition("_")[0]
    return name in told or (bool(kind) and any(kind in one for one in told if one.islower()))


def told_in_ci(root: Path) -> frozenset[str] | None:
    """Names of the variables and, in lower case, images of the servers of jobs that run tests; None without one."""
    found: set[str] = set()
    running = False
    for folder in (root, *folders_above(root)):
        for path in sorted((folder / ".github" / "workflows").glob("*.y*ml")):
            for workflow, job, step in _running(path.read_text(encoding="utf-8", errors="replace")):
                whole = re.sub(r"\\\s*\n", " ", str(step.get("run", "")))
                lines = [line for line in whole.splitlines() if RUNS_TESTS.search(line)]
                if lines and all(map(IN_CONTAINER.search, lines)):
                    continue  # they have what its compose file or its image says
                running = True
                found |= {name for one in (workflow, job, step) for name in _part(one, "env")}
                found |= set(re.findall(r"\b([A-Z][A-Z0-9_]+)=", str(step.get("run", ""))))
                found |= {f"{name} {one}".lower() for name, one in _part(job, "services").items()}
    return frozenset(found) if running else None


def given_in_ci(text: str) -> Iterator[tuple[str, str]]:
    """(name, value) of the variables that a GitHub workflow sets for steps that run tests; the nearest first."""
    for whole in _running(text):
        for one in reversed(whole):
            yield from _plain(_part(one, "env"))


def _running(text: str) -> Iterator[tuple[Mapping[str, Any], ...]]:
    """(workflow, job, step) of each step that runs tests."""
    try:
        workflow = yaml_texts(text)
    except NotReadable:
        return
    for job in _mappings(_part(workflow, "jobs").values()):
        steps = job.get("steps")
        for step in _mappings(steps if isinstance(steps, list) else ()):
            if RUNS_TESTS.search(str(step.get("run", ""))) and isinstance(workflow, dict):
                yield workflow, job, step


def _plain(env: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in env.items():
        if isinstance(value, str) and not _is_ours(name, value):
            yield name, value


def _is_ours(name: str, value: str) -> bool:
    """Is it the proof's own to say, or not sayable at all: an address, the machine's, or no variable's name?"""
    steers = MACHINE.match(name) or STEERS.match(name) or not NAME.fullmatch(name) or "\0" in value
    return bool(steers or meaning_of(name)) or any(w in value for w in ELSEWHERE) or leads_away(name, value)


def _part(whole: object, key: str) -> Mapping[str, Any]:
    part = whole.get(key) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _mappings(many: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in many if isinstance(one, dict)) if hasattr(many, "__iter__") else iter(())
