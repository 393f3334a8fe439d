"""Is what was answered as done what is read afterwards, whichever role sent it? Each change by each role, read back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import httpx

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.accounts.visit import Visit, ends_session, on_person, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.named_things import object_in
from runner.evidence.contract.contract import Contract
from runner.http.budget import Budget
from runner.http.identities import ADMINISTRATOR, Identity, json_of
from runner.http.list_questions import asked_by
from runner.http.listed import ids_of, items_in, listed
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.http.shown_ids import id_in
from runner.http.things import PERSON_WORDS
from runner.live.postbox import Postbox
from runner.live.waiting import until
from runner.model import Evidence
from runner.postgres.driver import PostgresError
from runner.postgres.writes import SETTLED, Watch
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.names import words_of
from runner.vocabulary.pages import is_page_size
from runner.vocabulary.secrets import is_password
from runner.vocabulary.versions import names_version

DONE, ACCEPTED = range(200, 300), 202  # 202: something is still to come
CREATED, FULL = 201, 10  # FULL: things in a list that names no size of its pages, and may go on
SOON = 2.0  # seconds in which what is stored after the answer is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Unstored:
    """A change that was told as done, after which everything is as before."""

    endpoint: str
    role: str
    status: int
    why: str  # "title is still 'a'"
    curl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnstoredChanges(Evidence):
    """Each change by each role that may make it, read back."""

    unstored: tuple[Unstored, ...]
    judged: frozenset[str]  # operations of which a success was read back, or changed a row
    changing: frozenset[str]  # operations that change what can be read
    told: int = 0  # successes, each of one operation to one role
    roles: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()  # roles of which nobody could sign in, and why
    problems: tuple[tuple[str, str], ...] = ()

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        with visit(probe, contract, agreed, open_too=True) as here, Watch(here.database) as watch:
            changing = [one for one in here.requests.operations if _read_by(here, one)]
            if not changing:
                looked = say("the {operations} operations of the contract", operations=len(here.requests.operations))
                absent = None if here.requests.operations else Thing.OPERATIONS
                raise NotThere("no operation changes what another one reads", looked=looked, absent=absent)
            look = _Look(here, watch, probe.workshop.postbox())
            budget = Budget(here.client)
            for one in budget.within(changing, lambda one, why: look.problems.update({one.endpoint: why})):
                look.at(one)
            probe.note(say("{told} changes that were told as done, read back", told=look.told))
            return cls(
                unstored=tuple(look.unstored),
                judged=frozenset(look.judged),
                changing=frozenset(one.endpoint for one in changing),
                told=look.told,
                roles=here.roles,
                missing=tuple(here.missing.items()),
                problems=tuple(look.problems.items()),
            )


def _read_by(here: Visit, operation: Operation) -> Operation | None:
    """The GET that shows what an operation changes: at the same path, or of the thing that a POST makes below it.

    Where nothing reads that thing alone: the list that the POST makes it for.
    """
    people = here.people
    if not operation.changes or operation in (people.login, people.register, *people.log_ins):
        return None
    gets = [one for one in here.requests.operations if one.method == "GET"]
    path = operation.path.rstrip("/")
    same = next((one for one in gets if one.path.rstrip("/") == path), None)
    if operation.method == "POST":
        below = (one for one in gets if one.path.startswith(f"{path}/{{"))
        named = same and any(one.place == "query" and one.required for one in same.parameters)  # another part of it
        return next((one for one in below if "/" not in one.path.rstrip("/")[len(path) + 1 :]), None if named else same)
    return same


class _Look:
    def __init__(self, here: Visit, watch: Watch, postbox: Postbox) -> None:
        self.here, self.watch, self.postbox = here, watch, postbox
        self.told = 0
        self.unstored: list[Unstored] = []
        self.judged: set[str] = set()
        self.problems: dict[str, str] = {}

    def at(self, operation: Operation) -> None:
        self.here.sign_in_all()
        roles = self.here.present
        if self.here.allowed(operation) == ADMINISTRATOR:
            roles = (*roles, ADMINISTRATOR)
        for role in roles:
            try:
                self._as(operation, role)
            except (ProbeError, PostgresError, httpx.HTTPError) as error:
                self.problems.setdefault(operation.endpoint, str(error))

    def _as(self, operation: Operation, role: str) -> None:
        caller = self._caller(operation, role)
        request = self.here.objects.request(operation, caller)
        before = self._state(request, caller) if operation.method != "POST" else None
        if operation.method != "POST" and before is None:
            self.problems.setdefault(operation.endpoint, say("what it changes can't be read"))
            return
        sent = self._differing(request, before or {})
        if operation.method in {"PUT", "PATCH"} and not sent:
            self.problems.setdefault(operation.endpoint, say("nothing that it sends can be read back"))
            return
        time.sleep(SETTLED / 4)  # what the making of its object wrote
        stood, mails = self.watch.look(), self.postbox.taken
        answer = request.send(self.here.client, caller.headers)
        if answer.status_code not in DONE or answer.status_code == ACCEPTED:
            return
        self.told += 1
        if until(lambda: stood.differs(self.watch.look()), SETTLED, pause=0.02):
            self.judged.add(operation.endpoint)
            return
        why = until(
            lambda: self._as_before(operation, request, caller, answer, before or {}, sent),
            SOON,
            enough=lambda said: not said,
        )
        if why and self.postbox.taken > mails:
            self.problems.setdefault(operation.endpoint, say("it may wait until somebody answers its mail"))
            why = None
        if why is None:
            return
        self.judged.add(operation.endpoint)
        if why and not stood.differs(self.watch.look()):
            self.unstored.append(
                Unstored(
                    endpoint=operation.endpoint,
                    role=role,
                    status=answer.status_code,
                    why=why,
                    curl=request.curl(signed_in=operation.is_protected),
                )
            )

    def _caller(self, operation: Operation, role: str) -> Identity:
        """Somebody made for it alone where it may cost an account or a session."""
        of_people = ends_session(operation) or on_person(operation) or PERSON_WORDS & set(words_of(operation.path))
        return self.here.fresh(role) if of_people else self.here.caller(role)

    def _differing(self, request: Request, before: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that it sends with another value than is read now."""
        return {
            name: value
            for name, value in request.fields.items()
            if name in before and before[name] != value and not names_version(name) and not is_password(name)
        }

    def _state(self, request: Request, caller: Identity) -> dict[str, Any] | None:
        shown = self.here.client.get(request.path, headers=dict(caller.headers))
        return object_in(shown.text) if shown.is_success else None

    def _as_before(
        self,
        operation: Operation,
        request: Request,
        caller: Identity,
        answer: httpx.Response,
        before: Mapping[str, Any],
        sent: Mapping[str, Any],
    ) -> str | None:
        """In which words everything is as it was; empty where it is not, None where that can't be told."""
        if operation.method == "POST":
            return self._not_made(operation, answer, caller)
        after = self._state(request, caller)
        if operation.method == "DELETE":
            return say("it can still be read") if after == before else ""
        if after is None:
            return None
        kept = next((name for name in sent if after.get(name) == before[name]), "")
        if not kept or any(after.get(name) != before[name] for name in sent):
            return ""
        return say("{name} is still {value}", name=kept, value=repr(before[kept]))

    def _not_made(self, operation: Operation, answer: httpx.Response, caller: Identity) -> str | None:
        """Of a POST that says 201: the new thing is not there."""
        read = _read_by(self.here, operation)
        if answer.status_code != CREATED or read is None:
            return None
        listing = read.path.rstrip("/") == operation.path.rstrip("/")
        id = id_in(answer, "id" if listing else read.placeholders[-1], operation.last)
        if id is None:
            return None
        if listing:
            return self._not_listed(read, answer.request.url.path, str(id), caller)
        place = f"{answer.request.url.path.rstrip('/')}/{id}"
        shown = self.here.client.get(place, headers=dict(caller.headers))
        return say("{path} answers {status}", path=place, status=shown.status_code) if shown.status_code == 404 else ""  # noqa: PLR2004

    def _not_listed(self, read: Operation, path: str, id: str, caller: Identity) -> str | None:
        """Its list has room for it, and it is not there; None where the list may have it on another page.

        None as well where the answer is no list of things with ids each.
        """
        request = replace(asked_by(self.here.requests, read, {}, ""), path=path)
        answer = request.send(self.here.client, caller.headers)
        found = listed(answer.status_code, json_of(answer), read.last)
        rows = [int(value) for name, value in request.query.items() if is_page_size(name)]
        if id in found.ids:
            return ""
        if not names_each(answer, read.last):
            return None
        if not answer.is_success or found.count >= min(rows, default=FULL):
            return None
        return say("{path} does not list {id}", path=path, id=id)


def names_each(answer: httpx.Response, thing: str) -> bool:
    """Is it a list, and has each row of it an id?"""
    rows = items_in(json_of(answer))
    return rows is not None and all(isinstance(row, dict) and ids_of(row, thing) for row in rows)
