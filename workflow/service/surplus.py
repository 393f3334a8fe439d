"""Which files and packages of the skeleton does a new service not need? Taken out of it again."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements.in", "requirements-dev.in")
SHARED = frozenset({"redis", "fakeredis"})  # packages of what is counted or kept for all processes


def take_out(made: Path, package: str, context: Mapping[str, Any]) -> None:
    """Of a rendered service: what nothing in it asks for. `context`: of its templates."""
    for path in _surplus(package, context):
        (made / path).unlink(missing_ok=True)
    if not context["redis"]:
        for name in LOCKS:
            lock = made / name
            lock.write_text(without(lock.read_text(encoding="utf-8"), SHARED), encoding="utf-8")


def _surplus(package: str, context: Mapping[str, Any]) -> list[str]:
    wanted = {
        "tests/integration/test_to_write.py": context["to_write"],
        f"{package}/conflicts.py": any(one.conflicts for one in context["made"]),
        f"{package}/redis_guard.py": context["redis"],
        f"{package}/shared_counts.py": context["redis"],
        f"{package}/rate_limits.py": context["limits"],
        "tests/unit/test_rate_limits.py": context["limits"],
        f"{package}/cache.py": context["caches"],
        "tests/unit/test_cache.py": context["caches"],
        f"{package}/retention.py": context["keeps"],
        "tests/integration/test_retention.py": context["keeps"],
    }
    return [path for path, needed in wanted.items() if not needed]


def without(lock: str, packages: frozenset[str]) -> str:
    """A lock, or the list that it is made of, without these packages and without what they alone need."""
    entries = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)
    gone = set(packages)
    while more := {_name(one) for one in entries if _needed_by(one) and _needed_by(one) <= gone} - gone:
        gone |= more
    return "".join(one for one in entries if _name(one) not in gone)


def _name(entry: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", entry)
    return found.group() if found else ""


def _needed_by(entry: str) -> set[str]:
    _, via, said = entry.partition("# via")
    return {word for word in re.findall(r"[^\s#]+", said) if word != "-r"} if via else set()
