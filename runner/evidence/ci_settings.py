"""Which settings do the tests get in CI, that nothing else says? Literal values of the jobs that run them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from runner.settings import leads_away, meaning_of
from runner.target import folders_above

RUNS_TESTS = re.compile(
    r"\bpytest\b|\bpy\.test\b|\btox\b|\bnox\b|\bunittest\b|\bgonogo\b|\binvoke\b|\./inv\b|coverage run|"
    r"\b(make|just|task|hatch|pdm|poe|rye|uv|poetry)\b[^\n]*\b(test|tests|check|ci)\b",
    re.IGNORECASE,
)
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
        workflow = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    for job in _mappings(_part(workflow, "jobs").values()):
        steps = job.get("steps")
        for step in _mappings(steps if isinstance(steps, list) else ()):
            if RUNS_TESTS.search(str(step.get("run", ""))):
                for one in (step, job, workflow):
                    yield from _plain(_part(one, "env"))


def _plain(env: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in env.items():
        said = str(value).lower() if isinstance(value, bool) else str(value)
        if not any(word in said for word in ELSEWHERE) and not meaning_of(name) and not leads_away(name, said):
            yield str(name), said


def _part(whole: object, key: str) -> Mapping[str, Any]:
    part = whole.get(key) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _mappings(many: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in many if isinstance(one, dict)) if hasattr(many, "__iter__") else iter(())
