"""Which options are there, and what do constraints and end-of-life dates say of each? Pure."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from runner.specification import Constraint
from runner.vocabulary.support import TABLE, last_day
from runner.vocabulary.technologies import of_word, technologies

MONTH = timedelta(days=30.44)
MONTHS = {"months": 1, "years": 12}
# Which kinds of constraints bear on what.
BEARING = {
    "python": {"team", "platform", "lifetime", "compliance"},
    "framework": {"team", "load", "lifetime"},
    "database": {"team", "platform", "load", "data", "budget", "compliance", "lifetime"},
    "cache": {"team", "platform", "load", "budget", "lifetime"},
    "queue": {"team", "platform", "load", "budget", "lifetime"},
    "third-party": {"budget", "compliance", "platform", "team"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that can be chosen, in one version."""

    id: str
    title: str
    version: str = ""
    until: date | None = None
    licence: str = ""
    speaks_for: str = ""
    against: str = ""
    marks: tuple[tuple[str, str], ...] = ()  # constraint → what it says of this option
    score: int = 0

    @property
    def named(self) -> str:
        return f"{self.title} {self.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """What is to be decided."""

    about: str
    heading: str
    need: str
    front: str
    options: tuple[Option, ...]
    product: str = ""
    constraints: tuple[Constraint, ...] = field(default=())


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("options.toml").read_text(encoding="utf-8"))


def area(about: str, constraints: Sequence[Constraint], today: date) -> Area:
    """One of options.toml, its maintained versions as options of their own, each weighed. KeyError for others."""
    told = _table()[about]
    bearing = tuple(one for one in constraints if one.kind in BEARING[about])
    found = [
        option
        for one in told["options"]
        for option in _versions(one, told.get("versions", one.get("versions", 0)), today)
    ]
    return Area(
        about=about,
        heading=told["heading"],
        need=told["need"],
        front=told["front"],
        product=told.get("product", ""),
        options=tuple(weighed_by(one, bearing, today) for one in found),
        constraints=bearing,
    )


def _versions(told: dict[str, Any], number: int, today: date) -> Iterator[Option]:
    known = technologies().get(told["id"])
    whole = Option(
        id=told["id"],
        title=told["title"],
        licence=told.get("licence") or (known.licence if known else ""),
        speaks_for=told["for"],
        against=told["against"],
    )
    table = TABLE.get(told["id"], {})
    kept = sorted((v for v, until in table.items() if until > today), key=lambda v: [int(n) for n in v.split(".")])
    chosen = [version for version in reversed(kept) if _released(told["id"], version, today)][:number]
    if not chosen:
        yield whole
    for version in chosen:
        yield Option(
            id=whole.id, title=whole.title, version=version, until=last_day(whole.id, version), licence=whole.licence,
            speaks_for=whole.speaks_for, against=whole.against,
        )  # fmt: skip


def _released(id: str, version: str, today: date) -> bool:
    """A Python lives five years: one that ends later than in five has not been out for long, or not at all."""
    until = last_day(id, version)
    return id != "python" or until is None or until - timedelta(days=5 * 365 - 60) <= today


def weighed_by(option: Option, constraints: Sequence[Constraint], today: date) -> Option:
    """The option with what each constraint says of it; what no constraint can tell is a question to people."""
    marks = [(one.id, *_mark(option, one, today)) for one in constraints]
    return Option(
        id=option.id, title=option.title, version=option.version, until=option.until, licence=option.licence,
        speaks_for=option.speaks_for, against=option.against,
        marks=tuple((id, said) for id, said, _ in marks), score=sum(points for _, _, points in marks),
    )  # fmt: skip


def _mark(option: Option, one: Constraint, today: date) -> tuple[str, int]:
    """What a constraint says of an option, and what that counts: 1, 0 or -1 (a broken duty: -3)."""
    names = {_known(name) for name in one.names}
    if one.kind in {"team", "platform"}:
        there = bool({option.id, option.title.lower(), option.named.lower()} & names)
        said = {"team": ("known", "new to the team"), "platform": ("is there", "not named")}[one.kind]
        return (said[0], 1) if there else (said[1], 0)
    if one.kind == "lifetime" and one.limit:
        needed = today + one.limit * MONTHS[one.unit or "months"] * MONTH
        if option.until is None:
            return "no date is known", 0
        return (
            ("outlives it", 1) if option.until >= needed else (f"ends {(needed - option.until).days} days before", -1)
        )
    if one.kind == "load" and option.id == "sqlite" and (one.limit or 0) > 1:
        return "one writer at a time", -1
    return "to be judged", 0


def _known(name: str) -> str:
    found = of_word(name)
    return found.id if found else name.strip().lower()
