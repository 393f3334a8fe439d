"""Until when are a Python, a server or a distribution supported? The dates and where they were read: `support.toml`."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from runner.said import say

_READ: dict[str, Any] = tomllib.loads(Path(__file__).with_name("support.toml").read_text(encoding="utf-8"))
SOURCES: dict[str, dict[str, Any]] = _READ.pop("sources")
OPEN: dict[str, list[str]] = _READ.pop("open")
TABLE: dict[str, dict[str, date]] = _READ


@dataclass(frozen=True, slots=True, kw_only=True)
class Supported:
    """A product's version and its last day."""

    product: str
    version: str
    until: date

    def __str__(self) -> str:
        return f"{self.product} {self.version} until {self.until:%d %b %Y}"


def last_day(product: str, version: str) -> date | None:
    """Of the line that a version belongs to: "16.4" is PostgreSQL 16, "7.4.1" Redis 7.4. None: no day is known."""
    table = TABLE.get(product, {})
    parts = re.findall(r"\d+", version)[:2]
    return table.get(".".join(parts)) or (table.get(parts[0]) if parts else None)


def line_of(product: str, version: str) -> str:
    """The line that a version belongs to: `16` of PostgreSQL 16.4, `7.4` of Redis 7.4.1."""
    parts = re.findall(r"\d+", version)[:2]
    whole = parts and parts[0] in TABLE.get(product, {})
    return parts[0] if whole else ".".join(parts)


def has_no_last_day(product: str, version: str) -> bool:
    """Was it still given fixes when its table was read, with no last day published?"""
    return ".".join(re.findall(r"\d+", version)[:2]) in OPEN.get(product, [])


def source_of(product: str) -> str:
    """Where its dates were read, and when: `postgresql.org/support/versioning, 29 Nov 2026`; empty for none."""
    found = SOURCES.get(product)
    return say("{found}, {found2}", found=found["read"], found2=f"{found['taken']:%d %b %Y}") if found else ""


def newest(product: str) -> str:
    """Its version that is supported longest; empty where none is known."""
    table = TABLE.get(product, {})
    return max(table, key=lambda version: (table[version], version), default="")
