"""Tests: have they seen what the contract and the specification promise?"""

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping

from runner.errors import Thing
from runner.evidence.agreed.specification import Spec
from runner.evidence.contract.contract import Contract, Operation
from runner.evidence.contract.routing import fits, operation_of
from runner.evidence.suite.guards import Guard, Guards
from runner.evidence.suite.gutted import Gutted, Handler
from runner.evidence.suite.suite import Suite
from runner.evidence.suite.suite_files import is_of_tests
from runner.evidence.suite.suite_record import Exchange, Test, Turned
from runner.evidence.suite.turned_refusals import TurnedRefusals
from runner.model import Verdict, at_endpoint, check, every, failed, in_file, not_applicable, passed, share, unknown
from runner.said import say, together
from runner.specification import Requirement
from runner.words import listed, plural
from stages.testing.checks import MOST

UNSEEN = say("no request reached the app inside of the tests' process: they talk to it in another one, or not at all")
REFUSED = frozenset({401, 403})
# Answered by one and the same piece of code for every operation: seen once is seen.
SHARED = re.compile(r"^(413|415|429|5\d\d)$")
POSTGRES, SQLITE = "postgresql", "sqlite"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ERROR = 400  # from this status on nothing was changed


def exchanges_by_operation(suite: Suite, contract: Contract) -> dict[str, list[Exchange]]:
    """The requests that the tests sent, by the operation of the contract they belong to."""
    found: dict[str, list[Exchange]] = defaultdict(list)
    known: dict[tuple[str, str], Operation | None] = {}
    for one in suite.exchanges:
        key = (one.method, one.path)
        if in_a_test(one):
            continue
        if key not in known:
            known[key] = operation_of(contract.operations, *key)
        operation = known[key]
        if operation:
            found[operation.endpoint].append(one)
    return found


def in_a_test(one: Exchange) -> bool:
    """Was it answered by what the tests themselves made? Then it says nothing about the service."""
    return one.stranger or (bool(one.file) and is_of_tests(one.file))


def traces(test: Test, id: str) -> bool:
    """Does a test name this id: in a marker, in its docstring, or in its own name (`test_ac_post_001_…`)?"""
    return id in test.ids or _is_in(test.name.lower(), id)


def _is_in(name: str, id: str) -> bool:
    """Is an id a part of a test's name, in small letters?"""
    spelled = re.sub("[-._]", "_", id.lower())
    return spelled in name and bool(re.search(rf"(?<![a-z0-9]){spelled}(?![a-z0-9])", name))


def tests_by_criterion(suite: Suite, requirements: Iterable[Requirement]) -> dict[str, list[Test]]:
    """The tests of each acceptance criterion. A requirement's id will do where it has one criterion alone."""
    named = [(test, test.name.lower()) for test in suite.tests]
    found = {}
    for requirement in requirements:
        for criterion in requirement.acceptance:
            ids = [criterion.id, *([requirement.id] if len(requirement.acceptance) == 1 else [])]
            found[criterion.id] = [test for test, name in named if any(i in test.ids or _is_in(name, i) for i in ids)]
    return found


@check("TS005", step="5.2")
def every_criterion_has_a_passing_test(suite: Suite, spec: Spec) -> Verdict:
    """Every acceptance criterion has a test that passes.

    A criterion without a test is a promise that nobody checks; the next change may break it in silence.
    Fix: name the criterion in the test that proves it: `@pytest.mark.requirement("AC-…")`, or in its docstring.
    """
    found = tests_by_criterion(suite, spec.content.requirements)
    if not found:
        looked = say(
            "the {requirements} of {path}",
            requirements=plural(len(spec.content.requirements), "requirement"),
            path=spec.file.path,
        )
        return not_applicable("the specification has no acceptance criteria", looked=looked)
    places = []
    for id, tests in found.items():
        if not tests:
            places.append(spec.place(id, say("{id}: no test names it", id=id)))
        elif not any(test.outcome == "passed" for test in tests):
            places.append(
                spec.place(id, say("{id}: {name} {outcome}", id=id, name=tests[0].name, outcome=tests[0].outcome))
            )
        elif not any(test.outcome == "passed" and test.asserts is not False for test in tests):
            places.append(spec.place(id, say("{id}: {name} asserts nothing", id=id, name=tests[0].name)))
    if places:
        names = listed((place.note.partition(":")[0] for place in places), MOST)
        return failed(
            say(
                "{places} of {found} criteria have no passing test: {names}",
                places=len(places),
                found=len(found),
                names=names,
            ),
            at=places,
        )
    judged = criteria_reached(suite, spec.content.requirements, found)
    beside = [id for id in found if id not in judged]
    words = (
        say("; the tests of {beside} never ask what the requirement names", beside=listed(beside, MOST))
        if beside
        else ""
    )
    return passed(
        say("{criterions}, each with a passing test{words}", criterions=plural(len(found), "criterion"), words=words),
        share(len(judged), len(found), "acceptance criterion"),
    )


def criteria_reached(suite: Suite, requirements: Iterable[Requirement], found: Mapping[str, list[Test]]) -> list[str]:
    """The criteria of which a test sent a request to an endpoint that the requirement names, where it names any.

    A test that only carries the id of a criterion proves nothing about it.
    """
    asked: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in suite.exchanges:
        if not in_a_test(one):
            asked[one.test].add((one.method, one.path))
    reached = []
    for requirement in requirements:
        ends = [tuple(endpoint.split(" ", 1)) for endpoint in requirement.endpoints]
        for criterion in requirement.acceptance:
            sent = {pair for test in found[criterion.id] if test.outcome == "passed" for pair in asked[test.id]}
            if not ends or any(m == method and fits(path, p) for method, p in sent for m, path in ends):
                reached.append(criterion.id)
    return reached


@check("TS007", step="5.2")
def tests_run_on_postgresql(suite: Suite, contract: Contract) -> Verdict:
    """What changes data is tested on PostgreSQL.

    SQLite takes wrong types, ignores lengths and foreign keys, and locks differently: tests that pass there say little
    about the database that production runs.
    Fix: let the tests read the database's address from the environment and point it at PostgreSQL; gonogo.toml, [env],
    passes it on: `TEST_DATABASE_URL = "{database_url}"`.
    """
    if suite.driver is None:
        return not_applicable(
            "this service has no PostgreSQL driver installed", looked="the packages of its environment"
        )
    used = {test.id: test.dialects for test in suite.tests if test.dialects}
    if not used:
        return unknown("no test opened a database through SQLAlchemy: it cannot be told which one the tests use")
    real = [id for id, names in used.items() if POSTGRES in names]
    if not real:
        first = next(test for test in suite.tests if test.id in used)
        kinds = together(sorted({name for names in used.values() for name in names}))
        place = in_file(first.path, first.line, say("{name} opened {kinds}", name=first.name, kinds=kinds))
        return failed(
            say(
                "{tests} opened {kinds}, none PostgreSQL, which the service is made for",
                tests=plural(len(used), "test"),
                kinds=kinds,
            ),
            at=[place],
        )
    return _changes_on_postgresql(suite, contract, used)


def _changes_on_postgresql(suite: Suite, contract: Contract, used: Mapping[str, tuple[str, ...]]) -> Verdict:
    """Handlers that change data and were reached by tests on SQLite alone."""
    on: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    for one in suite.exchanges:
        if one.method not in SAFE and one.file and one.status < ERROR and not in_a_test(one):
            on[one.file, one.line, f"{one.method} {one.name}"].update(used.get(one.test, ()))
    bad = sorted(key for key, names in on.items() if names == {SQLITE})
    if bad:
        places = [in_file(file, line, say("{name}: tested on SQLite alone", name=name)) for file, line, name in bad]
        return failed(
            say("{handlers} that change data never ran on PostgreSQL", handlers=plural(len(bad), "handler")), at=places
        )
    real = {id for id, names in used.items() if POSTGRES in names}
    changing = [one for one in contract.operations if one.method not in SAFE]
    sent = exchanges_by_operation(suite, contract)
    seen = [o for o in changing if any(e.test in real and e.status < ERROR for e in sent.get(o.endpoint, ()))]
    said = say("{real} of {tests} with a database ran on PostgreSQL", real=len(real), tests=plural(len(used), "test"))
    return passed(said, share(len(seen), len(changing), "changing operation") if changing else every(len(real), "test"))


@check("TS008", step="5.2")
def every_documented_status_was_seen(suite: Suite, contract: Contract) -> Verdict:
    """The tests have seen every status that the contract documents.

    A status that no test has seen is a guess: the code may answer another one, or an internal error.
    Fix: write the missing test, or take the status out of the contract if the operation never answers it.
    """
    if not suite.exchanges:
        return unknown(UNSEEN)
    seen = {endpoint: {one.status for one in got} for endpoint, got in exchanges_by_operation(suite, contract).items()}
    anywhere = {one.status for one in suite.exchanges if not in_a_test(one)}
    places, total = [], 0
    for operation in contract.operations:
        wanted = [response.status for response in operation.responses if response.status != "default"]
        total += len(wanted)
        there = seen.get(operation.endpoint, set())
        missing = [w for w in wanted if not _seen(w, anywhere if SHARED.match(w) else there)]
        if missing:
            places.append(at_endpoint(operation.endpoint, say("never seen: {missing}", missing=together(missing))))
    if places:
        names = listed((place.endpoint or "" for place in places), MOST)
        message = say(
            "{operations} with a documented status that no test saw: {names}",
            operations=plural(len(places), "operation"),
            names=names,
        )
        return failed(message, at=places, again=_mentions(place.endpoint or "" for place in places))
    documented = sum(len(one.responses) for one in contract.operations)
    return passed(
        say(
            "{total} documented statuses of {operations}, all seen",
            total=total,
            operations=plural(len(contract.operations), "operation"),
        ),
        share(total, documented, "documented answer"),
    )


def _mentions(endpoints: Iterable[str]) -> list[str]:
    """Where the tests name an operation's path: none of those lines asserts what is missing."""
    paths = (endpoint.partition(" ")[2] for endpoint in endpoints)
    words = dict.fromkeys(next((p for p in reversed(path.split("/")) if p and "{" not in p), path) for path in paths)
    return [f"grep -rn -A6 --include='*.py' -e '{word}' ." for word in list(words)[:MOST]]


def _seen(wanted: str, there: set[int]) -> bool:
    if wanted.upper().endswith("XX"):
        return any(str(status)[0] == wanted[0] for status in there)
    return int(wanted) in there


@check("TS009", step="5.2")
def every_protected_route_refuses_in_a_test(suite: Suite, contract: Contract, turned: TurnedRefusals) -> Verdict:
    """Every protected operation has a test that is refused, and that fails when it is not.

    Tests that only sign in would all pass with the lock taken off the door. So would one that is refused and does not
    say so: a status that nobody reads, an assertion behind `if answer.status_code == 200`.
    Fix: add a test that calls the operation without a token (401) or as a user who may not (403), and assert that
    status.
    """
    protected = [operation for operation in contract.operations if operation.is_protected]
    if not contract.operations:
        return unknown("the contract has no operations to look at")
    if not protected:
        looked = say("the {operations} of the contract", operations=plural(len(contract.operations), "operation"))
        return not_applicable("the contract protects no operation", looked=looked, absent=Thing.CALLERS)
    if not suite.exchanges:
        return unknown(UNSEEN)
    found = exchanges_by_operation(suite, contract)
    bad = [one for one in protected if not any(e.status in REFUSED for e in found.get(one.endpoint, ()))]
    careless = [one for one in turned.turned if one.state == "unnoticed"]
    if bad or careless:
        return _refusals_lacking(bad, careless, len(protected))
    said = say("{operations}, each refused a test", operations=plural(len(protected), "protected operation"))
    noticed = len(turned.noticed & {one.endpoint for one in protected})
    more = [share(noticed, len(protected), "refusal")] if noticed < len(protected) else []
    return passed(said, every(len(protected), "protected operation"), *more)


def _refusals_lacking(bad: list[Operation], careless: list[Turned], protected: int) -> Verdict:
    places = [at_endpoint(one.endpoint, "no test got 401 or 403") for one in bad]
    places += [
        at_endpoint(
            one.endpoint, say("{by} gets {status}, and passes also when it does not", by=one.by, status=one.status)
        )
        for one in careless
    ]
    never = say(
        "{bad} of {protected} protected operations never refused a test: {names}",
        bad=len(bad),
        protected=protected,
        names=listed((one.endpoint for one in bad), MOST),
    )
    unread = say(
        "{careless} that no test would miss: {names}",
        careless=plural(len(careless), "refusal"),
        names=listed((say("{key} ({by} passes without it)", key=one.key, by=one.by) for one in careless), MOST),
    )
    said = together(filter(None, (never if bad else "", unread if careless else "")), "; ")
    return failed(said, at=places, again=_mentions(place.endpoint or "" for place in places))


@check("TS010", step="5.1")
def emptied_handlers_are_noticed(gutted: Gutted) -> Verdict:
    """A handler that does nothing makes a test fail.

    Tests that pass with the code gone prove nothing about it, however high the coverage.
    Fix: assert what the operation is for: the answer's body, and the row that is there, changed or gone afterwards.
    """
    tried = [one for one in gutted.handlers if one.state in {"noticed", "unnoticed"}]
    if not tried:
        return unknown("no handler could be emptied: no passing test reached one, or all are made inside of functions")
    bad = [one for one in tried if one.state == "unnoticed"]
    if bad:
        places = [in_file(one.file, one.line, _unnoticed(one)) for one in bad]
        names = listed((one.name for one in bad), MOST)
        message = say(
            "{bad} of {handlers} can be empty and no test notices: {names}",
            bad=len(bad),
            handlers=plural(len(tried), "handler"),
            names=names,
        )
        again = [
            f"pytest {' '.join(map(shlex.quote, one.tests[:3]))}  # with `return None` as the body of {one.name}"
            for one in bad
        ]
        return failed(message, at=places, again=again[:MOST])
    there = max(gutted.there, len(gutted.handlers))
    left = there - len(tried)
    beside = say("; {left} not tried", left=left) if left else ""
    return passed(
        say("{handlers} emptied, each noticed{beside}", handlers=plural(len(tried), "handler"), beside=beside),
        share(len(tried), there, "handler"),
    )


def _unnoticed(one: Handler) -> str:
    return say("{name}: {tests} passed with its body gone", name=one.name, tests=plural(len(one.tests), "test"))


@check("TS011", step="5.1")
def refusals_are_noticed(guards: Guards) -> Verdict:
    """A refusal that is taken out makes a test fail.

    What the code refuses is its critical logic: who may not, what is not there, what would break. A refusal that no
    test reaches goes missing in the next refactoring, and everything stays green.
    Fix: write the test that is refused: send what must not pass, and assert the status and that nothing changed.
    """
    tried = [one for one in guards.guards if one.state in {"noticed", "unnoticed", "unreached"}]
    if not tried:
        return unknown("no refusal could be taken out: all are made inside of functions, or time was up")
    bad = [one for one in tried if one.state != "noticed"]
    left = len(guards.guards) - len(tried) + guards.more
    beside = say("; {left} not tried", left=left) if left else ""
    if not bad:
        there = len(guards.guards) + guards.more
        said = say(
            "{refusals} taken out one by one, each noticed{beside}",
            refusals=plural(len(tried), "refusal"),
            beside=beside,
        )
        return passed(said, share(len(tried), there, "refusal"))
    places = [
        in_file(
            one.path,
            one.line,
            say("{function}, {raises}: {missed}", function=one.function, raises=one.raises, missed=_missed(one)),
        )
        for one in bad
    ]
    unreached = sum(one.state == "unreached" for one in bad)
    message = say(
        "{bad} of {refusals} can be taken out and no test notices ({unreached} are reached by none){beside}",
        bad=len(bad),
        refusals=plural(len(tried), "refusal"),
        unreached=unreached,
        beside=beside,
    )
    first = bad[0]
    again = [f"pytest  # with `pass` in place of the raise in {first.path}:{first.line}"]
    return failed(message, at=places, again=again)


def _missed(one: Guard) -> str:
    return (
        say("no test reaches it")
        if one.state == "unreached"
        else say("{tests} passed without it", tests=plural(one.reached, "test"))
    )
