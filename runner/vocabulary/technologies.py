"""Which technology do an image, an import, a host or a word of a text mean? The names stand in `technologies.toml`."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VERSION = r"v?\d+(?:\.\d+){0,2}"
OPENS = frozenset(("key", "token", "secret", "dsn", "sid", "bucket", "url", "webhook", "password", "id"))
UNIT = r"\s*(?:%|ms|s|min|h|kb|mb|gb|tb|mib|gib|seconds?|minutes?|hours?|days?|users?|rows?|requests?|nodes?)\b"
# Between a technology and its version: `PostgreSQL 16`, `PostgreSQL, version 16`, `PostgreSQL (v16+)`.
BETWEEN = r"(?:\s*[(,:]?\s*(?:version|server)?\s*|[-:@])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Technology:
    """What a service may be built on, or talk to."""

    id: str
    title: str
    job: str  # database, cache, queue, …, or "third party"
    names: tuple[str, ...] = ()  # other ways to write it
    images: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    licence: str = ""

    @property
    def is_others(self) -> bool:
        return bool(self.hosts)


@cache
def technologies() -> dict[str, Technology]:
    """Every one that is known, by its id."""
    text = Path(__file__).with_name("technologies.toml").read_text(encoding="utf-8")
    read: dict[str, dict[str, Any]] = tomllib.loads(text)
    return {id: _technology(id, one) for id, one in read.items()}


def _technology(id: str, told: dict[str, Any]) -> Technology:
    lists = {key: tuple(told.get(key, ())) for key in ("names", "images", "imports", "packages", "schemes", "hosts")}
    return Technology(id=id, title=told["title"], job=told["job"], licence=told.get("licence", ""), **lists)


def of_word(word: str) -> Technology | None:
    """Of a whole name, as a record or a specification writes it: `Postgres`, `valkey`, `psycopg`."""
    return _by_word().get(word.strip().lower().partition("[")[0])


def of_image(image: str) -> Technology | None:
    """Of an image by its name without tag: `docker.io/library/postgres`, `bitnami/redis`."""
    last = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return next((one for one in technologies().values() if last in one.images), None)


def of_import(module: str) -> Technology | None:
    """Of a module that code imports: `redis.asyncio`, `google.cloud.storage`."""
    parts = module.split(".")
    begins = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
    return next((one for one in technologies().values() if begins & set(one.imports)), None)


def of_package(name: str) -> Technology | None:
    """Of a distribution in a lock: `psycopg2-binary`."""
    low = name.lower().replace("_", "-")
    for one in technologies().values():
        if low in one.packages or low in {module.replace("_", "-").replace(".", "-") for module in one.imports}:
            return one
    return None


def of_scheme(address: str) -> Technology | None:
    """Of a server's address: `postgresql+psycopg://…`, `redis://…`."""
    scheme = address.partition("://")[0].lower()
    known = {scheme, scheme.partition("+")[0]} if "://" in address else set()
    return next((one for one in technologies().values() if known & set(one.schemes)), None)


def of_variable(name: str) -> Technology | None:
    """Of a setting that holds what opens a third party's service: `STRIPE_SECRET_KEY`, `SHOP_SENTRY_DSN`."""
    words = name.lower().split("_")
    if words[-1] not in OPENS:
        return None
    return next((one for one in technologies().values() if one.is_others and {one.id, *one.names} & set(words)), None)


def of_host(host: str) -> Technology | None:
    """Of a third party's host: `api.stripe.com`."""
    low = host.lower().rstrip(".")
    for one in technologies().values():
        if any(low == end or low.endswith(f".{end}") for end in one.hosts):
            return one
    return None


def spoken_of(text: str) -> Iterator[tuple[Technology, str, int]]:
    """Every technology that a text names, with the version behind it (or empty) and where it stands, in its order."""
    words = sorted(_by_word(), key=len, reverse=True)
    named = "|".join(map(re.escape, words))
    pattern = (
        rf"(?<![A-Za-z0-9_./-])({named})(?![A-Za-z0-9_/]|-\w|\.\w)(?:{BETWEEN}({VERSION})(?![A-Za-z0-9%]|{UNIT}))?"
    )
    for found in re.finditer(pattern, text, re.IGNORECASE):
        yield _by_word()[found[1].lower()], (found[2] or "").lstrip("v"), found.start()


@cache
def _by_word() -> dict[str, Technology]:
    found: dict[str, Technology] = {}
    for one in technologies().values():
        for name in (one.id, one.title, *one.names):
            found[name.lower()] = one
    return found
