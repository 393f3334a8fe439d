"""What is left of a person who was erased? In the tables, in Redis, in the log, and in what others are answered."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.accounts.planted_account import holds_people
from runner.evidence.accounts.scene import uses_redis
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.caches import is_read
from runner.evidence.behaviour.expendable import shared
from runner.evidence.behaviour.leaving_traces import People, Person
from runner.evidence.contract.contract import Contract
from runner.http.erasing import erasing, hidden_erasing, own_account
from runner.http.identities import NOBODY, SUCCESS, Identity, said
from runner.http.openapi import Operation
from runner.http.sessions import with_own_secrets
from runner.live.held_values import Held, Kept, held_in_redis, held_in_tables, row_of
from runner.live.redis import Redis
from runner.live.waiting import until
from runner.model import Evidence
from runner.postgres.driver import PostgresError
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.names import words_of
from runner.vocabulary.people import is_personal

BROKEN, ACCEPTED, SHUT_OUT = 500, 202, frozenset({401, 403})
PATIENCE = 2.0  # seconds in which what an answer left to be done is done
LOGGED = 0.5  # seconds until the log tells of a failure
DAY = 86_400
BLOCKS = re.compile(  # PostgreSQL 18 names the rule that it kept
    r"violates (?:RESTRICT setting of )?foreign key constraint \W{1,3}\w+\W{1,3} on table \W{1,3}(?P<table>[\w.]+)"
)
BOOKKEPT = frozenset({"updated", "modified", "changed", "version"})  # with every change


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What was still there after the erasure: of the person's field `what`, at `where`."""

    what: str
    where: str  # "users.email", "Redis, under the key …", "the log", "GET /users"
    table: str = ""
    column: str = ""
    why: str = ""  # "the row still refers to the account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """One operation that erases a person, and what it left. A `status` of 0: it was not asked."""

    endpoint: str
    status: int = 0
    left: tuple[Left, ...] = ()
    marked: tuple[str, ...] = ()  # columns of the account's row that changed, where the row is still there
    texts: tuple[str, ...] = ()  # columns with texts of the person's that are nobody's now
    things: tuple[str, ...] = ()  # operations that had made something for the person
    broke: int = 0  # the status for a person with things, where it is not that for one without
    blocked: str = ""  # the table whose foreign key stood in the way, as the log says
    curl: str = ""
    problem: str = ""

    @property
    def done(self) -> bool:
        return self.status in SUCCESS

    @property
    def later(self) -> bool:
        """Does it say that the erasure is still to come?"""
        return self.status == ACCEPTED and bool(self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure(Evidence):
    """Persons who were erased after they had left something everywhere."""

    operations: int  # of the contract
    erased: tuple[Erased, ...] = ()
    hidden: tuple[str, ...] = ()  # operations that seem to erase somebody and that no contract names

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        hidden = tuple(hidden_erasing(contract.hidden))
        if not any(True for _ in erasing(contract.operations)):
            return cls(operations=len(contract.operations), hidden=hidden)
        with visit(probe, contract, agreed, open_too=True) as here:
            redis = probe.environment.redis_of(here.database)[0] if uses_redis(probe) else None
            eraser = _Eraser(here, redis)
            erased = tuple(eraser.at(one) for one in erasing(here.requests.operations))
            probe.note(say("{made} people were erased, and looked for in every table", made=eraser.people.made))
            return cls(operations=len(contract.operations), erased=erased, hidden=hidden)


class _Eraser:
    def __init__(self, here: Visit, redis: Redis | None) -> None:
        self.here, self.redis, self.people = here, redis, People(here)

    def at(self, operation: Operation) -> Erased:
        """Erase somebody who has made things; where that is refused, also somebody who has not."""
        try:
            first = self._erase(operation, self.people.one(operation, busy=True))
            if first.done or first.problem or not first.things:
                return first
            second = self._erase(operation, self.people.one(operation, busy=False))
        except (ProbeError, PostgresError, httpx.HTTPError) as error:
            return Erased(endpoint=operation.endpoint, problem=first_line(error))
        seen = second if second.done else first
        return replace(seen, things=first.things, broke=first.status, blocked=first.blocked, curl=first.curl)

    def _erase(self, operation: Operation, person: Person) -> Erased:
        caller = self._caller(operation, person)
        known = self.here.objects.references(operation, person.who, person.values)
        request = with_own_secrets(self.here.requests.example(operation, known), person.who)
        done = Erased(
            endpoint=operation.endpoint,
            things=tuple(person.things),
            curl=request.curl(signed_in=operation.is_protected),
        )
        before = held_in_tables(self.here.database, person.all)
        if not any(one.value in person.own for one in before):
            return replace(done, problem=say("nothing of the person stood in any table before"))
        log = Counter(self._log())
        answer = request.send(self.here.client, caller.headers)
        mighty = self.here.administrator if answer.status_code in SHUT_OUT and not own_account(operation) else None
        if mighty is not None:
            answer = request.send(self.here.client, mighty.headers)
        done = replace(done, status=answer.status_code)
        if not done.done:
            broke = answer.status_code >= BROKEN
            blocks = until(lambda: BLOCKS.search("\n".join(Counter(self._log()) - log)), LOGGED) if broke else None
            problem = "" if person.things else say("answered {said}", said=said(answer))
            return replace(done, blocked=blocks["table"] if blocks else "", problem=problem)
        after = until(
            lambda: held_in_tables(self.here.database, person.all),
            PATIENCE,
            enough=lambda found: not [one for one in found if one.value in person.own],
        )
        left = _Left(self.here, person, before, after)
        lines = Counter(self._log()) - log
        stored = tuple(left.in_tables())  # and then answers only tell what the tables hold
        found = (
            *stored,
            *self._in_redis(person),
            *_in_log(lines, person, request.path),
            *(() if stored else self._answered(person)),
        )
        return replace(done, left=found, marked=left.marked(), texts=tuple(left.texts))

    def _caller(self, operation: Operation, person: Person) -> Identity:
        role = self.here.allowed(operation)
        return person.who if own_account(operation) or role == person.who.role else shared(self.here, role)

    def _log(self) -> list[str]:
        return self.here.server.log().splitlines()

    def _in_redis(self, person: Person) -> Iterator[Left]:
        """A name of a key that ends within a day is how requests are counted; a value is a copy."""
        for one in held_in_redis(self.redis, person.own) if self.redis else ():
            if not one.in_name or not 0 <= one.left <= DAY:
                yield Left(what=person.own[one.value], where=_told_key(one))

    def _answered(self, person: Person) -> Iterator[Left]:
        """What is kept in the service's own memory shows in what it answers."""
        readers = [shared(self.here, role) for role in self.here.roles[-1:] if not self.here.people.open]
        for one in self.here.requests.operations:
            if not is_read(one) or not all(name in person.values for name in one.placeholders):
                continue
            for reader in readers if one.is_protected else [NOBODY]:
                request = self.here.requests.example(one, person.values)
                answer = request.send(self.here.client, reader.headers)
                told = [
                    name for value, name in person.own.items() if value in answer.text and value not in request.path
                ]
                if answer.is_success and told:
                    yield Left(what=told[0], where=one.endpoint)


class _Left:
    """Rows of a person's, before and after."""

    def __init__(self, here: Visit, person: Person, before: tuple[Held, ...], after: tuple[Held, ...]) -> None:
        self.here, self.person, self.after = here, person, after
        self.texts: list[str] = []
        self.account = next((one for one in before if self._is_account(one)), None)

    def _is_account(self, held: Held) -> bool:
        table = self.here.rows.shape.table(held.table)
        return table is not None and holds_people(table) and held.value in self.person.own

    def _key(self) -> Mapping[str, Any]:
        table = self.here.rows.shape.table(self.account.table) if self.account else None
        return {name: self.account.row.get(name) for name in table.key} if self.account and table else {}

    def marked(self) -> tuple[str, ...]:
        """The columns of the account's row that the erasure changed, where the person still stands in it."""
        there = {one.table for one in self.after if one.value in self.person.own}
        now = self._now() if self.account and self.account.table in there else None
        if self.account is None or now is None:
            return ()
        changed = [name for name, was in self.account.row.items() if now.get(name) != was]
        return tuple(f"{self.account.table}.{name}" for name in changed if not BOOKKEPT & set(words_of(name)))

    def _now(self) -> Mapping[str, Any] | None:
        return row_of(self.here.database, self.account.table, self._key()) if self.account else None

    def in_tables(self) -> Iterator[Left]:
        gone = self.account is not None and self._now() is None
        ids = {str(value) for value in self._key().values()} if gone else set()
        for one in {(held.value, str(held)): held for held in self.after}.values():
            refers = ids & {str(content) for name, content in one.row.items() if name != "id"}
            if one.value in self.person.own or is_personal(one.column) or refers:
                why = say("in a row that still refers to the account that is gone") if refers else ""
                what = self.person.all[one.value]
                yield Left(what=what, where=str(one), table=one.table, column=one.column, why=why)
            else:
                self.texts.append(str(one))


def _in_log(lines: Mapping[str, int], person: Person, path: str) -> Iterator[Left]:
    """What the erasure itself wrote down, but for the path that it was asked under."""
    for value, name in person.own.items():
        line = next((one for one in lines if value.lower() in one.lower()), "")
        if line and value not in path:
            yield Left(what=name, where=say("the log"), why=line.replace(value, "…").strip()[:120])


def _told_key(kept: Kept) -> str:
    """`Redis, under profile:7 for 300 s more`."""
    how = say("for {left} s more", left=kept.left) if kept.left >= 0 else say("without an end")
    key = re.sub(re.escape(kept.value), "…", kept.key, flags=re.IGNORECASE)
    return say("Redis, under {key} {how}", key=key, how=how)
