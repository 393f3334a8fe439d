"""What speaks against an absence? Cheap signs that a service has callers, a cache, a database, and the like."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

from runner.discovery.code_files import python_files
from runner.errors import Thing, WorkflowError
from runner.evidence.accounts.scene import has_redis_client
from runner.evidence.agreed.specification import SpecificationFile
from runner.evidence.code.lock_file import LockFile
from runner.evidence.code.unused_packages import idle
from runner.evidence.contract.contract import Contract
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.reading.documents import NotReadable, text_of
from runner.said import say
from runner.vocabulary.folders import SKIPPED
from runner.words import listed, plural

READING = ("GET ", "HEAD ", "OPTIONS ", "TRACE ")
LOOKED = 2000  # files of code that are searched for a sign
# Packages in a lock that nobody uses without having the thing.
PACKAGES: Mapping[Thing, re.Pattern[str]] = {
    Thing.CALLERS: re.compile(
        r"pyjwt|python-jose|authlib|passlib|pwdlib|argon2-cffi|bcrypt|fastapi-users|joserfc|authx|itsdangerous"
    ),
    Thing.CACHE: re.compile(r"redis|aioredis|aiocache|fastapi-cache2?|cashews|valkey|coredis|pymemcache|aiomcache"),
    Thing.DATABASE: re.compile(
        r"sqlmodel|sqlalchemy|asyncpg|psycopg2?(-binary|-c)?|pg8000|aiosqlite|tortoise-orm|peewee|ormar|databases|piccolo"
    ),
    Thing.MIGRATIONS: re.compile(r"alembic|aerich|yoyo-migrations"),
    Thing.MODELS: re.compile(r"sqlmodel|tortoise-orm|peewee|ormar|piccolo"),
    Thing.JOBS: re.compile(r"celery|arq|saq|rq|taskiq|dramatiq|huey|procrastinate|apscheduler|streaq|repid"),
}
# What code says that has the thing, at the beginning of a line or as a decorator.
CODE: Mapping[Thing, re.Pattern[str]] = {
    Thing.OPERATIONS: re.compile(r"^\s*@\w+(?:\.\w+)*\.(?:get|post|put|patch|delete)\(\s*[rf]?[\"']", re.MULTILINE),
    Thing.CHANGES: re.compile(r"^\s*@\w+(?:\.\w+)*\.(?:post|put|patch|delete)\(\s*[rf]?[\"']", re.MULTILINE),
    Thing.CALLERS: re.compile(r"\b(?:OAuth2PasswordBearer|HTTPBearer|HTTPBasic|APIKeyHeader|APIKeyCookie)\("),
    Thing.CACHE: re.compile(r"\b(?:Redis|StrictRedis|RedisCluster)(?:\.from_url)?\(|@\w*cache\w*\(.*(?:ttl|expire)"),
    Thing.DATABASE: re.compile(
        r"\b(?:create_(?:async_)?engine|(?:async_)?engine_from_config|create_pool|register_tortoise)\("
        r"|\b(?:psycopg\w*|asyncpg|aiosqlite|sqlite3|pg8000\w*)\.connect\(|\bTortoise\.init\("
    ),
    Thing.MIGRATIONS: re.compile(r"^\s*from alembic import\b|^\s*import alembic\b", re.MULTILINE),
    Thing.UPLOADS: re.compile(r":\s*(?:list\[|List\[|Annotated\[\s*(?:list\[)?)?UploadFile\b|\brequest\.stream\(\)"),
    Thing.LIMITS: re.compile(
        r"^\s*@\w*limiter\w*\.(?:shared_)?limit\(|\bDepends\(\s*RateLimiter\(|\badd_middleware\(\s*\w*RateLimit\w*",
        re.MULTILINE,
    ),
    Thing.REPEATED: re.compile(r"\brequest\.headers(?:\.get\(|\[)\s*[\"'](?:x-)?idempotency-?key\b", re.IGNORECASE),
    Thing.MODELS: re.compile(r"\btable\s*=\s*True\b|__tablename__\s*=|\bTable\(\s*[\"']"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs(Evidence):
    """What speaks against an absence."""

    against: Mapping[Thing, tuple[str, ...]]

    @classmethod
    def collect(
        cls,
        probe: Probe,
        specification: Looked[SpecificationFile],
        contract: Looked[Contract],
        lock: Looked[LockFile],
    ) -> Self:
        """Each reader by itself: one that can't look is no sign."""
        found: dict[Thing, list[str]] = {}
        readers = (
            _specification(specification),
            _settings(probe),
            _contract(probe, contract),
            _lock(probe, lock),
            _files(probe),
            _code(probe),
        )
        for signs in readers:
            try:
                for thing, said in signs:
                    found.setdefault(thing, []).append(said)
            except (WorkflowError, OSError):
                continue
        return cls(against={thing: tuple(dict.fromkeys(said)) for thing, said in found.items()})

    def of(self, thing: Thing | None) -> str:
        """The first signs of a thing in a sentence's end; empty where nothing speaks for it."""
        return "; ".join(self.against.get(thing, ())[:2]) if thing else ""


def _specification(file: Looked[SpecificationFile]) -> Iterator[tuple[Thing, str]]:
    path, spec = file.must().path, file.must().parsed
    if spec is None:
        return
    if spec.roles:
        yield (
            Thing.CALLERS,
            say("{path} names the roles {roles}", path=path, roles=listed(role.id for role in spec.roles)),
        )
    closed = next((p.endpoint for p in spec.permissions if "anonymous" not in p.allow), None)
    if closed:
        yield Thing.CALLERS, say("{path} does not allow {closed} to everybody", path=path, closed=closed)
    if spec.permissions or any(one.endpoints for one in spec.requirements):
        yield Thing.OPERATIONS, say("{path} names endpoints", path=path)
    changing = next((p.endpoint for p in spec.permissions if not p.endpoint.startswith(READING)), None)
    if changing:
        yield Thing.CHANGES, say("{path} says who may call {changing}", path=path, changing=changing)
    if spec.data:
        yield Thing.DATABASE, say("{path} declares rows of {data}", path=path, data=listed(spec.data))


def _lock(probe: Probe, lock: Looked[LockFile]) -> Iterator[tuple[Thing, str]]:
    found = {
        thing: [pin for pin in lock.must().pins if wanted.fullmatch(pin.name.lower())]
        for thing, wanted in PACKAGES.items()
    }
    unused = idle(probe, {pin.name for pins in found.values() for pin in pins})
    for thing, pins in found.items():
        if pin := next((pin for pin in pins if pin.name not in unused), None):
            yield thing, say("{path}:{line} installs {name}", path=pin.path, line=pin.line, name=pin.name)


def _contract(probe: Probe, looked: Looked[Contract]) -> Iterator[tuple[Thing, str]]:
    contract = looked.must()
    served = [*(one.endpoint for one in contract.operations), *contract.hidden]
    if not served:
        return
    yield Thing.OPERATIONS, say("the app serves {operations}", operations=plural(len(served), "operation"))
    if changing := next((one for one in served if not one.startswith(READING)), None):
        yield Thing.CHANGES, say("the app serves {changing}", changing=changing)
    guarded = next((one for one in contract.operations if one.is_protected), None)
    if guarded:
        yield Thing.CALLERS, say("the contract protects {endpoint}", endpoint=guarded.endpoint)
    taking = (one for one in contract.operations if one.body and _takes_password(contract.properties(one.body)))
    if signing := next(taking, None):
        yield Thing.CALLERS, say("{endpoint} takes a password", endpoint=signing.endpoint)
    if not any(True for source in probe.target.sources or (".",) for _ in python_files(probe.root / source)):
        yield (
            Thing.CODE,
            say("the app serves {operations}, which some code does", operations=plural(len(served), "operation")),
        )


def _takes_password(fields: Mapping[str, object]) -> bool:
    return any("passw" in name.lower() for name in fields)


def _settings(probe: Probe) -> Iterator[tuple[Thing, str]]:
    config = probe.target.config
    for word, thing in (("{redis_", Thing.CACHE), ("{database_", Thing.DATABASE)):
        name = next((name for name, value in probe.environment.named().items() if word in value), None)
        if name and (thing is not Thing.CACHE or has_redis_client(probe.target.python)):
            yield thing, say("the setting {name} takes the address of one", name=name)
    if config.identities.login or config.identities.register_:
        yield Thing.CALLERS, say("gonogo.toml, [identities], says how callers sign in")


def _files(probe: Probe) -> Iterator[tuple[Thing, str]]:
    root = probe.root
    if probe.target.alembic:
        yield Thing.MIGRATIONS, say("{path} is there", path=probe.target.alembic)
    for thing, pattern in (
        (Thing.WORKFLOWS, ".github/workflows/*.y*ml"),
        (Thing.WORKFLOWS, ".gitlab-ci.yml"),
        (Thing.IMAGE, "*ockerfile*"),
    ):
        if found := next((path for path in root.glob(pattern) if path.is_file()), None):
            yield thing, say("{path} is there", path=found.relative_to(root))
    if other := _other_specification(probe):
        yield (
            Thing.SPECIFICATION,
            say("{path} is one. Name it in gonogo.toml, [service] spec", path=other.relative_to(root)),
        )
    if test := _first_test(root):
        yield Thing.TESTS, say("{path} is there", path=test.relative_to(root))


def _other_specification(probe: Probe) -> Path | None:
    """A file that begins like a specification, under another name than the service's."""
    root = probe.root
    found = (path for deep in ("", "*/", "*/*/") for path in islice(root.glob(f"{deep}*.y*ml"), LOOKED))
    near = (path for path in found if not SKIPPED & set(path.relative_to(root).parts) and path.is_file())
    return next((path for path in near if path != root / probe.target.spec and _begins(path)), None)


def _begins(path: Path) -> bool:
    try:
        return bool(re.search(r"^gonogo:\s*1\b", text_of(path), re.MULTILINE))
    except NotReadable:
        return False


def _first_test(root: Path) -> Path | None:
    found = (path for name in ("test_*.py", "*_test.py") for path in islice(root.rglob(name), LOOKED))
    return next((path for path in found if not SKIPPED & set(path.relative_to(root).parts)), None)


def _code(probe: Probe) -> Iterator[tuple[Thing, str]]:
    missing = dict(CODE)
    for path in islice(python_files(probe.root), LOOKED):
        text = path.read_text(encoding="utf-8", errors="replace")
        for thing, pattern in list(missing.items()):
            if found := pattern.search(text):
                line = text.count("\n", 0, found.end()) + 1
                yield thing, f"{path.relative_to(probe.root)}:{line} has `{' '.join(found[0].split())[:60]}`"
                del missing[thing]
