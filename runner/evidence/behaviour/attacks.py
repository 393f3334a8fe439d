"""Which attacks are there? One generator each: it sends bad requests to an operation, and yields what came of each."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import httpx

from runner.evidence.accounts.visit import on_person
from runner.evidence.behaviour.hostile_sender import LET_IN, SUCCESS, Sender
from runner.evidence.behaviour.named_things import object_in
from runner.http import hostile
from runner.http.account_operations import ME_WORDS
from runner.http.meant import is_said_in_body
from runner.http.objects import CannotMake
from runner.http.openapi import Operation, choose, properties_of
from runner.http.requests import Request
from runner.http.shown_ids import content_of
from runner.http.things import alike, collection_of, subject
from runner.postgres.writes import SETTLED
from runner.said import say
from runner.specification import ANONYMOUS
from runner.vocabulary.people import known_by, names_account
from runner.vocabulary.secrets import is_password

REFUSED, FAILED = range(400, 500), 500
BAD_REQUEST, UNPROCESSABLE, TOO_MANY = 400, 422, 429
MOST_PLACES = 20  # that get one bad value when the time is up
MOST_RANKS = 3  # roles of the code that an account tries to give itself
PLAIN = say("a plain request")
TWICE = say("the same a second time")
VALID = say("nothing bad, as the contract allows it")
INSIDES = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]+\.py\", line|sqlalchemy\.|psycopg|asyncpg|pymysql"
    r"|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM) [\w\". ,*()]+\b(?:FROM|SET|VALUES|WHERE)\b"
    r"|violates \w[\w-]* constraint"
    r"|\b[A-Z]\w*(?:Error|Exception)\([\\\"']"  # the repr of any exception
    r"|\b(?:IntegrityError|DataError|ProgrammingError|OperationalError|KeyError|AttributeError|TypeError)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One bad request, and the answer. Status 0: none came."""

    endpoint: str
    place: str
    what: str
    status: int
    curl: str = ""
    text: str = ""


class Aim(StrEnum):
    VALUE = "a bad value"
    FIELD = "a field that nobody declared"
    PRIVILEGE = "a field that the client must not decide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One bad request, and what came of it."""

    answered: Answered
    aim: Aim = Aim.VALUE
    succeeded: bool = False  # the field was taken, or had an effect
    shows: str = ""  # the service's insides, in the answer
    written: tuple[str, ...] = ()  # tables that changed although it was refused
    its_own: bool = True  # the operation answered; False where another route, or none, may have

    @property
    def crashed(self) -> bool:
        return self.answered.status == 0 or self.answered.status >= FAILED


def attacks(sender: Sender, operation: Operation) -> Iterator[Attempt]:
    """All that fit an operation of the contract."""
    role = sender.here.allowed(operation)
    yield from bad_values(sender, operation, role)
    if operation.method == "POST" and operation.body_media:
        yield from same_twice(sender, operation, role)
    if operation.changes and operation.takes_json:
        tolerant = False
        for one in unknown_field(sender, operation, role):
            tolerant = one.succeeded or one.crashed  # it broke on the way: nothing refused the field
            yield one
        yield from privileges(sender, operation, tolerant=tolerant)


def bad_values(sender: Sender, operation: Operation, role: str) -> Iterator[Attempt]:
    """One thing wrong at a time. Where what the contract allows breaks it already, no bad value says more.

    When its part of the look is spent, one value for each place that had none yet, and no more.
    """
    if (broken := _broken_anyway(sender, operation, role)) is not None:
        yield broken
        return
    waiting = _spoilt(sender, operation, role)
    before = sender.watch.look() if operation.changes else None
    asked, left = set[str](), 0
    for number in range(len(waiting)):
        one, known = waiting[number], sender.here.people.made
        if sender.is_spent and (one.place in asked or len(asked) >= MOST_PLACES):
            left += 1
            continue
        asked.add(one.place)
        tried = _attempt(sender, one.request, sender.send(one.request, role), one.place, one.what)
        status = tried.answered.status
        if before is not None:
            after = sender.watch.look()
            ours = sender.here.people.made != known  # somebody signed up, to sign in again
            changed = status in REFUSED and not ours and before.differs(after)
            yield replace(tried, written=_writes_again(sender, one.request, role)) if changed else tried
            before = after
        else:
            yield tried
        if status in SUCCESS and operation.method == "POST":  # what has to be unique is used up now
            waiting = _spoilt(sender, operation, role)
            before = sender.watch.look()
    if left:
        (sender.cut if left * 2 > len(waiting) else sender.short).append(operation.endpoint)


def _spoilt(sender: Sender, operation: Operation, role: str) -> list[hostile.Spoilt]:
    return list(hostile.spoilt(sender.here.requests.document, sender.valid_or_not(operation, role)))


def _broken_anyway(sender: Sender, operation: Operation, role: str) -> Attempt | None:
    """A request that the contract allows, where it makes the operation fail."""
    try:
        request = sender.valid(operation, role)
    except CannotMake:
        return None
    answer = sender.send(request, role)
    what = PLAIN if operation.endpoint in sender.hidden else VALID
    tried = _attempt(sender, request, answer, "request", what)
    return tried if tried.crashed else None


def _writes_again(sender: Sender, request: Request, role: str) -> tuple[str, ...]:
    """The tables that it changes for sure: what an earlier request wrote may have been stored after its answer."""
    time.sleep(SETTLED)
    before, known = sender.watch.look(), sender.here.people.made
    sender.send(request, role)
    time.sleep(SETTLED)
    return before.differs(sender.watch.look()) if sender.here.people.made == known else ()


def same_twice(sender: Sender, operation: Operation, role: str) -> Iterator[Attempt]:
    """The same valid request once more: what is taken already is to be refused, not to break."""
    request = sender.valid_or_not(operation, role)
    first = sender.send(request, role)
    if first is not None and first.status_code in SUCCESS:
        yield _attempt(sender, request, sender.send(request, role), "request", TWICE)


def unknown_field(sender: Sender, operation: Operation, role: str) -> Iterator[Attempt]:
    """A field that nobody declared: is it taken?"""
    request = hostile.with_unknown_field(sender.valid_or_not(operation, role))
    if request is not None:
        answer = sender.send(request, role)
        yield _attempt(sender, request, answer, "body.gonogo_unknown", str(Aim.FIELD), Aim.FIELD)


def privileges(sender: Sender, operation: Operation, *, tolerant: bool) -> Iterator[Attempt]:
    """Try to decide what only the service may decide: as somebody of little power, about what is the caller's own.

    Where unknown fields are refused, only those that are declared can have an effect.
    """
    here, other = sender.here, sender.other.user_id
    declared = properties_of(here.requests.document, operation.body)
    ranks: Sequence[str] = here.people.known_roles()[:MOST_RANKS] if here.specification is None else ()
    known = [one for rank in ranks or here.roles[-1:] for one in hostile.privileged(operation, rank, other)]
    fields = [one for number, one in enumerate(known) if one not in known[:number] and (tolerant or one[0] in declared)]
    records = [name for name, value in fields if value == other and here.objects.names_record(name)]
    fields = [(name, value) for name, value in fields if name not in records]  # an account's id is none of a record
    if operation == here.people.register:
        yield from _signing_up(sender, [(name, value) for name, value in fields if value != other])
        return
    silent = [name for name in declared if operation.method == "POST" and hostile.may_own(name)]
    names = _names_account(operation, declared)  # nobody may have that name by now: it is not found, or breaks it
    role = sender.least(operation, LET_IN if names else SUCCESS) if fields or silent or names or records else None
    if role is None or operation == here.people.login or _sends_password(sender, operation, role):
        return
    given = set[str]()
    for name, value in fields:
        if name in given:
            continue
        tried = _with_privilege(sender, operation, role, name, value)
        if tried.succeeded:
            given.add(name)
            here.forget(role)  # what the caller made of itself must not open the next operation
        yield tried
    if names:
        yield from _anothers_account(sender, operation, role)
    for name in records:
        yield from _anothers_record(sender, operation, role, name)
    for name in silent:
        if _is_callers_own(sender, operation, role, name):
            yield _with_privilege(sender, operation, role, name, other, say(", who is somebody else"))


def _with_privilege(
    sender: Sender, operation: Operation, role: str, name: str, value: Any, remark: str = ""
) -> Attempt:
    request = sender.valid_or_not(operation, role).with_field(name, value)
    rank = name in hostile.PRIVILEGES and sender.here.specification is None  # of an account, or a word for other things
    before = _oneself(sender, role) if rank else {}
    answer = sender.send(request, role)
    tried = _attempt(
        sender,
        request,
        answer,
        f"body.{name}",
        say("{name}: {value}{remark}", name=name, value=value, remark=remark),
        Aim.PRIVILEGE,
    )
    if answer is None or answer.status_code not in SUCCESS:
        return tried
    if name in before:
        return replace(tried, succeeded=before[name] != value and _oneself(sender, role).get(name) == value)
    own = not rank or on_person(operation) or operation.last.lower() in ME_WORDS
    return replace(tried, succeeded=own and _holds(answer, name, value))


def _anothers_record(sender: Sender, operation: Operation, role: str, name: str) -> Iterator[Attempt]:
    """In the name of a customer that is somebody else's and that the caller does not see."""
    here = sender.here
    try:
        theirs = here.objects.record_of(name, sender.other)
    except CannotMake:
        return
    if _sees(sender, role, name, theirs):
        return
    yield _with_privilege(sender, operation, role, name, theirs, say(", which is somebody else's"))


def _sees(sender: Sender, role: str, name: str, value: Any) -> bool:
    """Is the caller shown the thing of this id? Yes where no operation shows one: nothing is known then."""
    shows = (op for op in sender.here.requests.operations if op.method == "GET" and len(op.placeholders) == 1)
    reading = next(
        (op for op in shows if op.path.endswith("}") and alike(subject(name), collection_of(op, op.placeholders[0]))),
        None,
    )
    if reading is None:
        return True
    request = sender.here.requests.example(reading, {reading.placeholders[0]: value})
    answer = sender.send(request, role)
    return answer is None or answer.status_code not in {403, 404}


def _names_account(operation: Operation, declared: Iterable[str]) -> bool:
    """Does a change tell by its body alone whose account it is?"""
    return operation.method in {"PUT", "PATCH"} and not operation.placeholders and any(map(names_account, declared))


def _anothers_account(sender: Sender, operation: Operation, role: str) -> Iterator[Attempt]:
    """With somebody else's name in the body, is their account changed?"""
    me, other = sender.here.people.me, sender.other
    if me is None or not other.signed_in or sender.who(role).headers == other.headers:
        return
    plain, look = sender.valid_or_not(operation, role), sender.here.requests.example(me)
    own = {"email": other.email, **other.called}
    for name in [one for one in plain.fields if names_account(one) and own.get(one)]:
        before = object_in(look.send(sender.here.client, other.headers).text) or {}
        request = _with_shown_texts(sender, plain, before).with_field(name, own[name])
        answer = sender.send(request, role)
        after = object_in(look.send(sender.here.client, other.headers).text) or {}
        changed = [n for n, v in request.fields.items() if before.get(n) != v and after.get(n) == v and n in before]
        what = say("{name}: somebody else's", name=name) + (
            say(", whose {changed} changed", changed=changed[0]) if changed else ""
        )
        yield replace(_attempt(sender, request, answer, f"body.{name}", what, Aim.PRIVILEGE), succeeded=bool(changed))


def _with_shown_texts(sender: Sender, request: Request, shown: Mapping[str, Any]) -> Request:
    """With new texts in the fields that may stay away and are shown of an account: a change that changes something."""
    for name, schema in properties_of(sender.here.requests.document, request.operation.body).items():
        plain = choose(sender.here.requests.document, schema)
        free = name in shown and name not in request.fields and not known_by([name])
        if free and plain.get("type") == "string" and "enum" not in plain and not is_password(name):
            request = request.with_field(name, sender.here.requests.examples.value(plain, name))
    return request


def _oneself(sender: Sender, role: str) -> Mapping[str, Any]:
    """What the service says of the caller; nothing where nobody asks it that."""
    me = sender.here.people.me
    answer = sender.send(sender.here.requests.example(me), role) if me is not None else None
    return object_in(answer.text) or {} if answer is not None and answer.status_code in SUCCESS else {}


def _sends_password(sender: Sender, operation: Operation, role: str) -> bool:
    """One that may stay away changes no password."""
    return any(map(is_password, sender.valid_or_not(operation, role).fields))


def _is_callers_own(sender: Sender, operation: Operation, role: str, name: str) -> bool:
    """Left out, is the field filled with the caller, so that it says whose a thing is?"""
    caller = sender.who(role)
    plain = sender.valid_or_not(operation, role)
    if sender.other.user_id is None or caller.user_id is None or name in plain.fields:
        return False
    answer = sender.send(plain, role)
    return answer is not None and answer.status_code in SUCCESS and _holds(answer, name, caller.user_id)


def _signing_up(sender: Sender, fields: Sequence[tuple[str, Any]]) -> Iterator[Attempt]:
    """Sign up with more than is offered, sign in, and look at oneself; not where another server keeps the accounts."""
    people = sender.here.people
    if people.by_issuer:
        return
    plain: Mapping[str, Any] = {}
    if fields:
        request = people.registration()
        plain = _account(sender, request, sender.send(request, ANONYMOUS))
    for name, value in fields:
        request = people.registration().with_field(name, value)
        answer = sender.send(request, ANONYMOUS)
        effect = _account(sender, request, answer).get(name) == value and plain.get(name) != value
        what = (
            say("{name} is {value} after signing up with it", name=name, value=value) if effect else f"{name}: {value}"
        )
        yield replace(_attempt(sender, request, answer, f"body.{name}", what, Aim.PRIVILEGE), succeeded=effect)


def _account(sender: Sender, request: Request, answer: httpx.Response | None) -> Mapping[str, Any]:
    """What the service says about an account that was just made; nothing where it was not made."""
    people = sender.here.people
    if answer is None or answer.status_code not in SUCCESS:
        return {}
    if people.me is None:
        shown = answer.json() if "json" in answer.headers.get("content-type", "") else None
        return shown if isinstance(shown, dict) else {}
    password = next(str(v) for n, v in request.fields.items() if is_password(n))
    email = str(request.fields.get("email") or request.fields.get("username"))
    if people.try_password(email, password).status_code not in SUCCESS:
        return {}
    found = people.sign_in("user", email, password)
    return object_in(sender.here.requests.example(people.me).send(sender.here.client, found.headers).text) or {}


def _attempt(
    sender: Sender, request: Request, answer: httpx.Response | None, place: str, what: str, aim: Aim = Aim.VALUE
) -> Attempt:
    operation, status = request.operation, answer.status_code if answer is not None else 0
    answered = Answered(
        endpoint=operation.endpoint,
        place=place,
        what=what,
        status=status,
        curl=f"{request.curl(signed_in=operation.is_protected)}{'  # twice' if what == TWICE else ''}",
        text=answer.text[:300] if answer is not None else "no answer",
    )
    another = place.startswith("path.") and what != str(hostile.MISSING) and status in {307, 404, 405}
    unreadable = place == "body" and status == BAD_REQUEST  # the framework's own answer to what is no JSON
    in_body = answer is not None and is_said_in_body(answer)
    shown = INSIDES.search(answer.text) if answer is not None and status >= BAD_REQUEST else None
    return Attempt(
        answered=answered,
        aim=aim,
        succeeded=aim is Aim.FIELD and status in SUCCESS,
        shows=shown[0] if shown else "",
        its_own=not (another or unreadable or in_body or operation.endpoint in sender.hidden),
    )


def _holds(answer: httpx.Response, name: str, value: Any) -> bool:
    """Does the answer show the value in this very field?"""
    try:
        body = answer.json()
    except ValueError:
        return False
    found = content_of(body)
    return isinstance(found, dict) and str(found.get(name)) == str(value)
