"""Each route, asked by a member of one tenant for what is another's; and by the other's own, to compare."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.access.tenants import Member, Tenancy, Tenants
from runner.evidence.accounts.visit import Visit
from runner.evidence.database.schema import Table
from runner.http.identities import json_of
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.http.things import collection_of, is_person, subject
from runner.postgres.driver import PostgresError
from runner.postgres.writes import Watch
from runner.said import say, together
from runner.vocabulary.names import words_of
from runner.vocabulary.roles import ABOVE_TENANTS

SUCCESS, REFUSED = range(200, 300), frozenset({401, 403})
MOST = 60  # operations of each kind
SECONDS = 180.0  # after which no other operation is asked
IN_QUERY = re.compile(r"id|uuid|\w+_(?:id|uuid)|\w+Id")
VERBS = frozenset({"list", "all", "get", "read", "detail", "info", "search", "update", "edit", "delete", "remove"})
PAUSE = 0.1  # seconds in which what is written behind an answer is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """One way into another tenant, tried. `got`: what came of it; empty where nothing did."""

    endpoint: str
    how: str  # "another tenant's ids"
    got: str = ""
    curl: str = ""


class Crossing:
    """Two tenants at one running service."""

    def __init__(self, here: Visit, tenancy: Tenancy, watch: Watch) -> None:
        self.here, self.tenancy, self.watch = here, tenancy, watch
        self.tenants = Tenants(here, tenancy)
        self.problem = ""
        self._pairs: dict[str, tuple[Member, Member]] = {}
        self._ends = time.monotonic() + SECONDS
        self.left_out: set[str] = set()  # endpoints that are open to all, or for those above all tenants
        self._refused = False  # by 401 or 403, to each who was tried

    # --- which operations are concerned

    def concerns(self, operation: Operation) -> bool:
        """It reads what is a tenant's: by the id of one, in a list of them, or a tenant itself."""
        return self.below(operation) or self._list_of(operation) is not None

    def below(self, operation: Operation) -> bool:
        return any(self._is_owned(operation, name) for name in self._ids(operation))

    def references(self, operation: Operation) -> bool:
        """Its body names a tenant, or something that is one's."""
        return bool(list(self._named(operation)))

    def _ids(self, operation: Operation) -> tuple[str, ...]:
        """What names a thing: in the path, and `?id=` or `?bill_id=` where nothing there does."""
        asked = (one.name for one in operation.parameters if one.place == "query" and IN_QUERY.fullmatch(one.name))
        is_list = self._list_of(operation) is not None
        return operation.placeholders or (() if is_list else tuple(asked))

    def _is_owned(self, operation: Operation, name: str) -> bool:
        table = self._table(operation, name)
        return table is not None and (table.name in self.tenancy.owned or table.name == self.tenancy.table)

    def _table(self, operation: Operation, name: str) -> Table | None:
        if name in self.tenancy.called:
            return self.here.rows.shape.table(self.tenancy.table)
        in_path = name in operation.placeholders
        word = collection_of(operation, name) if in_path else _word_of(operation) if name == "id" else subject(name)
        if is_person(word, name):
            return self.here.rows.shape.table(self.tenancy.people)
        return self.here.rows.table_of(word, {})

    def _list_of(self, operation: Operation) -> Table | None:
        last = _word_of(operation)
        table = self.here.rows.table_of(last, {}) if last and not last.startswith("{") else None
        return table if table is not None and table.name in self.tenancy.owned else None

    def _named(self, operation: Operation) -> Iterator[tuple[str, Table | None]]:
        properties = (operation.body or {}).get("properties") if operation.takes_json else None
        for name in properties if isinstance(properties, Mapping) else ():
            if name in self.tenancy.called:
                yield name, None
            elif name.endswith("_id") and not is_person(subject(name), name):
                table = self.here.rows.table_of(subject(name), {})
                if table is not None and table.name in self.tenancy.owned - {self.tenancy.people}:
                    yield name, table

    # --- asking

    def each(
        self, operations: Sequence[Operation], ask: Callable[[Operation, Member, Member], Iterator[Crossed]]
    ) -> Iterator[Crossed]:
        """With somebody of the least powerful role that gets through with her own."""
        for operation in operations[:MOST]:
            if time.monotonic() > self._ends:
                self.problem = self.problem or say("the time that gonogo takes was over")
                return
            if not self._is_closed(operation):
                self.left_out.add(operation.endpoint)
                continue
            self._refused = True
            for role in self._roles():
                try:
                    found = list(ask(operation, *self._pair(role)))
                except (ProbeError, PostgresError, httpx.HTTPError) as error:
                    self._refused = False
                    self.problem = self.problem or say(
                        "{endpoint}: {error}", endpoint=operation.endpoint, error=first_line(error)
                    )
                    continue
                if found:
                    yield from found
                    break
            else:
                if self._refused:
                    self.left_out.add(operation.endpoint)

    def _is_closed(self, operation: Operation) -> bool:
        """Is it refused to who is nobody? What is open to all is no tenant's."""
        answer = None if operation.is_protected else self.here.requests.example(operation).send(self.here.client)
        return answer is None or answer.status_code in REFUSED

    def _roles(self) -> list[str]:
        """Those that belong to a tenant: an administrator of the whole service may see all."""
        return [role for role in self.here.roles if not ABOVE_TENANTS & set(words_of(role))]

    def _pair(self, role: str) -> tuple[Member, Member]:
        if role not in self._pairs:
            self._pairs[role] = self.tenants.pair(role)
        return self._pairs[role]

    def read(self, operation: Operation, me: Member, other: Member) -> Iterator[Crossed]:
        table = self._list_of(operation)
        row = self._row(table, other) if table else None  # so that there is something to list
        theirs = self._request(operation, other, below=row)
        shown = self._sent(theirs, other)
        if shown.status_code not in SUCCESS or not _entries(json_of(shown)):
            self._not_judged(operation, shown)
        elif self.below(operation):
            answer = self._sent(theirs, me)
            same = answer.status_code in SUCCESS and _shared(json_of(shown), json_of(answer))
            got = (
                say("answers {status_code} with what is the other tenant's", status_code=answer.status_code)
                if same
                else ""
            )
            yield self._crossed(theirs, say("another tenant's ids"), got)
        elif table and row and len(table.key) == 1 and _has(json_of(shown), row[table.key[0]]):
            yield from self._listed(operation, me, other, row[table.key[0]])

    def _listed(self, operation: Operation, me: Member, other: Member, key: Any) -> Iterator[Crossed]:
        """Lists in which the other tenant finds that row."""
        mine = self._request(operation, me)
        got = say("the other tenant's row is in it") if _has(json_of(self._sent(mine, me)), key) else ""
        yield self._crossed(mine, "the list", got)
        for parameter in operation.parameters:
            if parameter.place == "query" and parameter.name in self.tenancy.called:
                asked = mine.with_query(parameter.name, _plain(other.tenant))
                got = say("the other tenant's rows are listed") if _has(json_of(self._sent(asked, me)), key) else ""
                yield self._crossed(asked, say("?{name}= of another tenant", name=parameter.name), got)

    def _row(self, table: Table, member: Member) -> Mapping[str, Any] | None:
        return self.tenants.account(member) if table.name == self.tenancy.people else self.tenants.row_of(table, member)

    def written(self, operation: Operation, me: Member, other: Member) -> Iterator[Crossed]:
        request = self._request(operation, other)
        before = self.watch.look().tables
        answer = self._sent(request, me)
        time.sleep(PAUSE)
        changed = [name for name in self._differing(before) if name in self.tenancy.owned | {self.tenancy.table}]
        if answer.status_code in SUCCESS and changed:
            yield self._crossed(
                request, say("another tenant's ids"), say("changes {changed}", changed=together(changed))
            )
            return
        shown = self._sent(request, other)
        if shown.status_code in SUCCESS:
            yield self._crossed(request, say("another tenant's ids"), "")
        else:
            self._not_judged(operation, shown)

    def told(self, operation: Operation, me: Member, other: Member) -> Iterator[Crossed]:
        for name, table in self._named(operation):
            own = self._request(operation, me, {name: self._value(table, me)})
            if not isinstance(own.body, dict):
                continue
            shown = self._sent(own.with_field(name, self._value(table, me)), me)
            if shown.status_code not in SUCCESS:
                self._not_judged(operation, shown)
                continue
            fresh = self._request(operation, me)
            request = fresh.with_field(name, self._value(table, other))
            rows, before = self._of(other), self.watch.look().tables
            answer = self._sent(request, me)
            time.sleep(PAUSE)
            more = {one for one, number in self._of(other).items() if number > rows.get(one, 0)}
            got = say("{more}: a row that is the other tenant's", more=together(sorted(more))) if more else ""
            if not more and table is not None and answer.status_code in SUCCESS:
                below = self._differing(before)
                got = (
                    say(
                        "{below}: a row that refers to the other tenant's {name}",
                        below=together(below),
                        name=table.name,
                    )
                    if below
                    else ""
                )
            yield self._crossed(request, say("{name} of another tenant in the body", name=name), got)

    # --- what is sent

    def _request(
        self,
        operation: Operation,
        member: Member,
        fields: Mapping[str, Any] | None = None,
        below: Mapping[str, Any] | None = None,
    ) -> Request:
        """On rows of this member's tenant, each new but what is above the row `below`. Raises `ProbeError`."""
        values: dict[str, Any] = {}
        row = below
        for name in reversed(self._ids(operation)):
            table = self._table(operation, name)
            if table is None:
                raise ProbeError(say("no table is known to hold what {{{name}}} names", name=name))
            values[name] = self._of_path(table, name, member, row)
            if row is None and table.name not in {self.tenancy.people, self.tenancy.table}:
                row = self._last
        return self.here.requests.example(operation, {**values, **(fields or {})})

    _last: Mapping[str, Any] | None = None

    def _of_path(self, table: Table, name: str, member: Member, below: Mapping[str, Any] | None) -> Any:
        self._last = None
        if table.name == self.tenancy.table:
            return _plain(member.tenant)
        if table.name == self.tenancy.people:
            return member.caller.value_of(name)
        for column in (name, f"{subject(name)}_id") if below else ():
            if below and below.get(column) is not None:
                return _plain(below[column])
        row = self.tenants.row_of(table, member)
        if row is None:
            raise ProbeError(say("{name} takes no row that gonogo can make", name=table.name))
        self._last = row
        column = name if table.column(name) else table.key[0] if table.key else "id"
        return _plain(row[column])

    def _value(self, table: Table | None, member: Member) -> Any:
        if table is None:
            return _plain(member.tenant)
        row = self.tenants.row_of(table, member)
        if row is None:
            raise ProbeError(say("{name} takes no row that gonogo can make", name=table.name))
        return _plain(row[table.key[0]])

    def _sent(self, request: Request, member: Member) -> httpx.Response:
        return request.send(self.here.client, member.caller.headers)

    def _differing(self, before: Mapping[str, str]) -> list[str]:
        return [name for name, print in self.watch.look().tables.items() if before.get(name) != print]

    def _of(self, member: Member) -> dict[str, int]:
        """How many rows of each table are this tenant's."""
        return {name: self.tenants.count(name, member) for name in self.tenancy.owned}

    def _crossed(self, request: Request, how: str, got: str) -> Crossed:
        return Crossed(endpoint=request.endpoint, how=how, got=got, curl=request.curl(signed_in=True))

    def _not_judged(self, operation: Operation, shown: httpx.Response) -> None:
        self._refused = self._refused and shown.status_code in REFUSED
        why = say(
            "{endpoint} answers {status_code} to the tenant's own",
            endpoint=operation.endpoint,
            status_code=shown.status_code,
        )
        self.problem = self.problem or why


def _word_of(operation: Operation) -> str:
    """What a path is about, without its verb: `user` of /user/list."""
    words = [one for one in operation.segments if not one.startswith("{")]
    verb = len(words) > 1 and words[-1].lower() in VERBS
    return words[-2 if verb else -1] if words and (verb or words[-1] == operation.segments[-1]) else ""


def _shared(one: Any, other: Any) -> bool:
    """The same thing, or an entry in common: two empty lists have none."""
    first, second = _entries(one), _entries(other)
    return any(entry in second for entry in first)


def _entries(answer: Any) -> list[Any]:
    if isinstance(answer, list):
        return [one for one in answer if one]
    if isinstance(answer, dict):
        lists = [value for value in answer.values() if isinstance(value, list)]
        return [one for found in lists for one in found] if lists else [answer] if answer else []
    return [answer] if answer else []


def _has(answer: Any, key: Any) -> bool:
    """Is it the id of one of the entries?"""
    return any(
        str(one.get(name)) == str(key) for one in _entries(answer) if isinstance(one, dict) for name in _ids(one)
    )


def _ids(entry: Mapping[str, Any]) -> list[str]:
    return [name for name in ("id", "uuid", "uid", "pk") if name in entry]


def _plain(value: Any) -> Any:
    """As JSON and a path take it."""
    return value if isinstance(value, str | int) or value is None else str(value)
