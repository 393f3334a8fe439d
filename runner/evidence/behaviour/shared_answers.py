"""Does a cache answer one caller from what it keeps for another? Read by the owner first, then by others."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Self

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.caches import PATIENCE, is_read, own_redis
from runner.evidence.behaviour.hidden_children import HiddenChildren, hidden_children
from runner.evidence.behaviour.reads import Read, read_of
from runner.evidence.contract.contract import Contract
from runner.http.identities import NOBODY, Identity
from runner.http.objects import Made, Objects
from runner.http.openapi import Operation, choose
from runner.http.requests import Request
from runner.live.redis import Redis, tell
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.pages import is_page_size

MOST_ROWS, FEWEST_ROWS = 97, 3  # of a page: numbers that hardly anybody asks for


class Unopened(Objects):
    """Objects as they are made, a draft as a draft: what nobody else may see yet."""

    def _opened(self, creator: Operation, value: Any, known: Any, makers: Any) -> dict[str, Any]:  # noqa: ARG002
        return known if isinstance(known, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAnswer:
    """An answer that a caller gets only after somebody else has asked."""

    endpoint: str
    path: str
    first: str  # who asked before
    caller: str
    alone: int  # what the caller is answered when nobody asked before
    after: int
    curl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAnswers(Evidence):
    """Each read, by those who may not have the answer: before and after somebody who may."""

    shared: tuple[SharedAnswer, ...]
    asked: frozenset[str]  # reads that somebody was answered, and others asked before and after
    reads: int  # operations that read anything
    private: frozenset[str] = frozenset()  # of the asked: those that answer others differently
    problems: tuple[tuple[str, str], ...] = ()  # reads that could not be asked, and why
    hidden: HiddenChildren = field(default_factory=HiddenChildren)  # below what somebody may not see

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        with (
            own_redis(probe, Migrator(probe).usable_database()) as (redis, env),
            visit(probe, contract, agreed, env=env, timeout=PATIENCE) as here,
        ):
            reads = [one for one in here.requests.operations if is_read(one)]
            if not reads:
                looked = say("the {operations} operations of the contract", operations=len(here.requests.operations))
                raise NotThere("no operation reads anything", looked=looked, absent=Thing.OPERATIONS)
            pairs = _Pairs(here, redis)
            for one in reads:
                pairs.at(one)
            hidden = hidden_children(here, *pairs.makers, pairs.other)
            probe.note(say("{reads} reads, each by others before and after its owner", reads=len(reads)))
            return cls(
                shared=tuple(pairs.shared),
                asked=frozenset(pairs.asked),
                reads=len(reads),
                private=frozenset(pairs.private),
                problems=tuple(pairs.problems.items()),
                hidden=hidden,
            )


def without_size(body: Any, query: Mapping[str, Any]) -> Any:
    """A body without the page size that was asked for, which it may repeat in a field or a link."""
    asked = {name: value for name, value in query.items() if is_page_size(name)}
    if isinstance(body, dict):
        return {name: without_size(value, query) for name, value in body.items() if value not in asked.values()}
    if isinstance(body, list):
        return [without_size(one, query) for one in body]
    for name, value in asked.items() if isinstance(body, str) else ():
        body = re.sub(rf"\b{re.escape(name)}={value}\b", "", body)
    return body


class _Pairs:
    """The same read of things that are alike: of one others ask first, of the other its owner does."""

    def __init__(self, here: Visit, redis: Redis | None) -> None:
        self.here, self.redis = here, redis
        helpers = [here.caller(role) for role in here.roles]
        self.makers = (Unopened(here.requests, here.client, helpers), Objects(here.requests, here.client, helpers))
        self.other = here.fresh(here.roles[0])
        self.shared: list[SharedAnswer] = []
        self.asked: set[str] = set()
        self.private: set[str] = set()
        self.problems: dict[str, str] = {}
        self._sizes: dict[str, Iterator[int]] = {}

    def at(self, operation: Operation) -> None:
        for objects in self.makers if operation.placeholders else self.makers[:1]:
            for owner in self._owners(operation):
                if not operation.placeholders:
                    self._fill(objects, operation, owner)
                try:
                    cold, warm = self._made(objects, operation, owner), self._made(objects, operation, owner)
                except (ProbeError, PostgresError) as error:
                    self.problems.setdefault(operation.endpoint, str(error))
                    continue
                self._compare(cold, warm, owner)

    def _owners(self, operation: Operation) -> Iterator[Identity]:
        """One of each role: what only the powerful may see is kept for them."""
        yield from (self.here.caller(role) for role in self.here.roles)
        if operation.placeholders and len(self.here.roles) == 1:
            yield self.here.fresh(self.here.roles[0])

    def _made(self, objects: Objects, operation: Operation, owner: Identity) -> Request:
        made: Made = objects.make(operation, owner)
        request = self.here.requests.example(operation, made.values, made.known)
        return request if operation.placeholders else self._unasked(request)

    def _fill(self, objects: Objects, operation: Operation, owner: Identity) -> None:
        """Something of the owner's in the list: an empty one tells nobody apart."""
        posts = (one for one in self.here.requests.operations if one.method == "POST" and one.path == operation.path)
        creator = next(posts, None)
        if creator is not None:
            with suppress(ProbeError, PostgresError):
                objects.request(creator, owner).send(self.here.client, owner.headers)

    def _unasked(self, request: Request) -> Request:
        """With a page size that nobody has asked for yet: what a process keeps in itself nobody can empty."""
        sizes = {p.name: choose(self.here.requests.document, p.schema) for p in request.operation.parameters
                 if p.place == "query" and is_page_size(p.name)}  # fmt: skip
        name, schema = next(iter(sizes.items()), ("", {}))
        largest = int(min(schema.get("maximum", MOST_ROWS), MOST_ROWS))
        left = self._sizes.setdefault(request.endpoint, iter(range(largest, FEWEST_ROWS, -1)))
        rows = next(left, 0) if name else 0
        return request.with_query(name, rows) if rows else request

    def _compare(self, cold: Request, warm: Request, owner: Identity) -> None:
        self._forget()
        others = [NOBODY, self.other]
        alone = [self._read(cold, one) for one in others]
        again = [self._read(cold, one) for one in others]
        self._forget()
        first = [self._read(warm, owner), self._read(warm, owner)][-1]
        after = [self._read(warm, one) for one in others]
        if not first.ok:
            return
        self.asked.add(cold.endpoint)
        for caller, before, steady, now in zip(others, alone, again, after, strict=True):
            if before.status != first.status or (cold.path == warm.path and before.body != first.body):
                self.private.add(cold.endpoint)
            let_in = now.ok and not before.ok and before.status in range(400, 500)
            same = cold.path == warm.path and before.ok and before.same(steady)
            copied = same and now.same(first) and not now.same(before)
            if before.status == steady.status and (let_in or copied):
                self.shared.append(
                    SharedAnswer(
                        endpoint=warm.endpoint,
                        path=warm.path,
                        first=owner.role,
                        caller=say("another {role}", role=caller.role) if caller.signed_in else "a stranger",
                        alone=before.status,
                        after=now.status,
                        curl=f"{warm.curl(signed_in=True)}; {warm.curl(signed_in=caller.signed_in)}",
                    )
                )

    def _read(self, request: Request, caller: Identity) -> Read:
        read = read_of(request, request.send(self.here.client, caller.headers), 0)
        return read if request.operation.placeholders else replace(read, body=without_size(read.body, request.query))

    def _forget(self) -> None:
        """Empty the caches; where sessions are kept there too, everybody would be signed out."""
        if self.redis is None:
            return
        own_page = self.here.people.me
        if own_page is None or not self.here.people.shut_out(self.other):
            tell(self.redis, "FLUSHALL")
            if own_page is not None and self.here.people.shut_out(self.other):
                self.redis = None
                self.other = self.here.fresh(self.here.roles[0])
                for role in self.here.roles:
                    self.here.forget(role)
