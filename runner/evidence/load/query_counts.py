"""How many statements does a list cost when it holds one thing, and when it holds ten?"""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Self

import httpx

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.accounts.scene import forget_caches, scene
from runner.evidence.accounts.visit import Visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.evidence.database.seeded import Seeded, seeded_database
from runner.evidence.database.statements import Statement, StatementLog
from runner.evidence.load.traffic import StatementKind, calls_by_shape, kinds_of
from runner.http.identities import Identity
from runner.http.openapi import Operation, choose
from runner.http.requests import Request
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.pages import is_page_size
from runner.words import plural

FEW, MANY = 1, 10
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One answer: how many things it held, and the statements that it took."""

    items: int
    statements: Mapping[str, int]  # executions by shape

    @property
    def total(self) -> int:
        return sum(self.statements.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCost:
    """A list operation with few and with many things in it; `problem` says why there is no comparison."""

    endpoint: str
    path: str
    few: Counted | None = None
    many: Counted | None = None
    problem: str = ""

    def growing(self) -> dict[str, int]:
        """Statements whose number grew with the things in the list: shape → executions for many."""
        if self.few is None or self.many is None:
            return {}
        more = self.many.items - self.few.items
        bound = max(2, more // 2)
        before, after = self.few.statements, self.many.statements
        grown = {shape: n for shape, n in after.items() if n - before.get(shape, 0) >= bound}
        return grown if more >= bound else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryCounts(Evidence):
    """The statements behind each list, with one thing in it and with ten."""

    lists: tuple[ListCost, ...]
    kinds: tuple[StatementKind, ...]  # every statement that the lists took

    @classmethod
    def collect(
        cls,
        probe: Probe,
        seeded: Seeded,  # noqa: ARG003 - its database is filled by now
        contract: Contract,
        agreed: AgreedAccess | None,
    ) -> Self:
        database = seeded_database(probe)
        log = StatementLog(probe.servers.postgres(), database)
        heard: list[Statement] = []
        with scene(probe, contract, agreed, database) as visit:
            operations = visit.requests.operations
            wanted = [op for op in operations if is_list(visit, op) or answers_with_a_list(visit, op)]
            if not wanted:
                raise NotThere(
                    "the contract has no operation that answers with a list",
                    looked=say("the {operations} of the contract", operations=plural(len(operations), "operation")),
                    absent=None if operations else Thing.OPERATIONS,
                )
            counter = ListCounter(probe, visit, log, heard)
            lists = tuple(counter.cost(operation) for operation in wanted)
        return cls(lists=lists, kinds=kinds_of(heard))


def is_list(visit: Visit, operation: Operation) -> bool:
    """GET whose documented answer is an array, or an object that holds one array of objects."""
    document, schema = visit.requests.document, answered_schema(visit, operation)
    if operation.method != "GET":
        return False
    if schema.get("type") == "array":
        return True
    arrays = [one for one in schema.get("properties", {}).values() if choose(document, one).get("type") == "array"]
    return len(arrays) == 1 and not operation.path.endswith("}")


def answered_schema(visit: Visit, operation: Operation) -> Mapping[str, Any]:
    """Of what it answers with 200, as JSON; empty where the contract does not say."""
    document = visit.requests.document
    raw = document["paths"][operation.path].get(operation.method.lower(), {})
    content = raw.get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
    return choose(document, content.get("schema", {}))


def answers_with_a_list(visit: Visit, operation: Operation) -> bool:
    """Where the contract does not say what a plain GET answers, the answer does."""
    if operation.method != "GET" or operation.placeholders or answered_schema(visit, operation):
        return False
    try:
        caller = visit.caller(visit.allowed(operation))
        answer = visit.requests.example(operation).with_headers(caller.headers).send(visit.client)
        body = answer.json() if answer.is_success else None
    except (ProbeError, ValueError):
        return False
    return isinstance(body, list) or (isinstance(body, dict) and sum(isinstance(v, list) for v in body.values()) == 1)


def items_in(response: httpx.Response) -> int:
    """The things in an answer: the array, or the longest array of the object."""
    body: Any = response.json()
    if isinstance(body, list):
        return len(body)
    arrays = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    return max((len(one) for one in arrays), default=0)


class ListCounter:
    """Calls lists on one running service and counts what each call costs."""

    def __init__(self, probe: Probe, visit: Visit, log: StatementLog, heard: list[Statement]) -> None:
        self.probe, self.visit, self.log, self.heard = probe, visit, log, heard
        self.people: dict[str, list[Identity]] = {}

    def cost(self, operation: Operation) -> ListCost:
        try:
            return self._cost(operation)
        except ProbeError as error:
            return ListCost(endpoint=operation.endpoint, path=operation.path, problem=str(error))

    def _cost(self, operation: Operation) -> ListCost:
        request = self._request(operation)
        limit = next((p.name for p in operation.parameters if is_page_size(p.name) and p.place == "query"), None)
        if limit is None:
            few = self._count(request)
            self._fill(operation, request, few.items + MANY - 1)
            many = self._count(request)
        else:
            request = request.with_query(limit, MANY)
            self._fill(operation, request, MANY)
            few, many = self._count(request.with_query(limit, FEW)), self._count(request)
        self._search(operation, request)
        problem = "" if many.items - few.items >= 2 else say("it never held more than {items}", items=many.items)  # noqa: PLR2004
        if not problem and not many.total:
            problem = say("it took no statement: what it answers with was kept in memory")
        return ListCost(endpoint=operation.endpoint, path=shown(request), few=few, many=many, problem=problem)

    def _search(self, operation: Operation, request: Request) -> None:
        """Hear also what the list asks when it is searched: one call for each filter that takes any text."""
        for parameter in operation.parameters:
            schema = choose(self.visit.requests.document, parameter.schema)
            free = schema.get("type") == "string" and not schema.keys() & {"enum", "const", "format"}
            if parameter.place == "query" and not parameter.required and free:
                value = self.visit.requests.examples.value(schema, parameter.name)
                with contextlib.suppress(ProbeError):  # it takes other texts than this one
                    self._count(request.with_query(parameter.name, value))

    def _request(self, operation: Operation) -> Request:
        """A valid request, with the headers of whoever could make what it asks for."""
        if not (operation.placeholders or operation.is_protected):
            return self.visit.requests.example(operation)
        problem = ProbeError("nobody could call it")
        for role in (self.visit.allowed(operation), *reversed(self.visit.roles)):
            try:
                caller = self.visit.caller(role)
                return self.visit.request(operation, caller).with_headers(caller.headers)
            except ProbeError as error:
                problem = error
        raise problem

    def _count(self, request: Request) -> Counted:
        """One call with the caches empty."""
        forget_caches(self.probe, self.visit.database)
        self.log.since()
        response = request.send(self.visit.client)
        if response.status_code != OK:
            raise ProbeError(
                say("GET {shown} answered {status_code}", shown=shown(request), status_code=response.status_code)
            )
        statements = self.log.since()
        self.heard.extend(statements)
        return Counted(items=items_in(response), statements=Counter(calls_by_shape(statements)))

    def _fill(self, operation: Operation, listed: Request, wanted: int) -> None:
        """Put things into the list until it holds so many: of ten people, then of the caller where it shows no others.

        What ten things of one person refer to is read once and kept by the session; of ten people it is read ten times.
        """
        creator = self.visit.requests.find(f"POST {operation.path}")
        if creator is None:
            return
        for makers in (self._ten_people(creator), self._one_person(creator)):
            lacking = wanted - self._count(listed).items
            if lacking > 0:
                self._add(creator, listed, islice(makers, lacking))

    def _one_person(self, creator: Operation) -> Iterator[Identity]:
        while True:
            yield self.visit.caller(self.visit.allowed(creator))

    def _ten_people(self, creator: Operation) -> Iterator[Identity]:
        """People of the role that may make such things, the same ones for every list."""
        role = self.visit.allowed(creator)
        people = self.people.setdefault(role, [])
        for number in range(MANY if creator.is_protected else 0):
            if number == len(people):
                people.append(self.visit.fresh(role))
            yield people[number]

    def _add(self, creator: Operation, listed: Request, makers: Iterable[Identity]) -> None:
        """One thing of each of them: POST to the list's own path."""
        everybody = iter(makers)
        while True:
            try:
                caller = next(everybody)
                request = self.visit.request(creator, caller)
            except StopIteration:
                return
            except ProbeError:
                return  # the list stays as short as it is, and says so
            made = replace(request, path=listed.path).send(self.visit.client, caller.headers)
            if not made.is_success:
                return


def shown(request: Request) -> str:
    return request.path + (f"?{httpx.QueryParams(request.query)}" if request.query else "")
