"""Which settings do the tests get in CI, that nothing else says? Literal values of the jobs that run them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from runner.discovery.settings import MACHINE, leads_away, meaning_of
from runner.discovery.target import folders_above
from runner.reading.documents import NotReadable, yaml_texts

RUNS_TESTS = re.compile(
    r"\bpytest\b|\bpy\.test\b|\btox\b|\bnox\b|\bunittest\b|\bgonogo\b|\binvoke\b|\./inv\b|coverage run|"
    r"\b(make|just|task|hatch|pdm|poe|rye|uv|poetry)\b[^\n]*\b(test|tests|check|ci)\b",
    re.IGNORECASE,
)
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


def given_in_ci(text: str) -> Iterator[tuple[str, str]]:
    """(name, value) of the variables that a GitHub workflow sets for steps that run tests; the nearest first."""
    try:
        workflow = yaml_texts(text)
    except NotReadable:
        return
    for job in _mappings(_part(workflow, "jobs").values()):
        steps = job.get("steps")
        for step in _mappings(steps if isinstance(steps, list) else ()):
            if RUNS_TESTS.search(str(step.get("run", ""))):
                for one in (step, job, workflow):
                    yield from _plain(_part(one, "env"))


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
