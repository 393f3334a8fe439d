"""Can a weak password be chosen? Where people sign up, change it or are given one, beside a strong one."""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.evidence.access.password_change import password_change
from runner.evidence.access.sign_in_tries import REFUSALS, SUCCESS, Tries, Try
from runner.http.account_operations import login_name
from runner.http.confirmation import confirm
from runner.http.openapi import Operation, properties_of
from runner.http.requests import Request, Requests
from runner.said import say
from runner.vocabulary.people import PEOPLE, names_account
from runner.vocabulary.secrets import is_password

WEAK = (
    ("Ab1!x", "5 characters"),
    ("12345678", say("the most common digits")),
    ("Password1234", say("the most common word with a capital, 12 characters long")),
    ("Password1", say("the most common word, a capital and a digit")),
    ("qwerty123", say("a row of keys")),
    ("123456789012", say("12 digits in a row")),
    ("password1234", say("the most common word, 12 characters long")),
    ("qwertyuiop123", say("a row of keys, 13 characters long")),
    ("aaaaaaaaaaaaaa", "one letter"),
)

MADE_WORDS = frozenset({"create", "add", "new", "invite", "employees", "staff", "admins", "operators"})
CHANGED = ("Password1234", "Password1")  # enough where they are changed or given: the same rule, one hopes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A weak password that somebody tried to choose."""

    at: str  # the operation
    one: Try  # `good`: the same request with a strong password was taken
    opens: bool  # it was taken, and signs in


def choose_weak(tries: Tries) -> Iterator[Chosen]:
    """Each weak password where people sign up, and two where they change it and where somebody makes their account."""
    if tries.here.people.register is not None:
        for password, what in WEAK:
            yield _signed_up(tries, password, say("{password} ({what})", password=password, what=what))
    yield from _changed(tries)
    for operation in making(tries.here.requests, tries.here.people.register):
        yield from _given(tries, operation)


def making(requests: Requests, register: Operation | None) -> Iterator[Operation]:
    """The protected operations by which somebody makes an account for somebody else, with its password."""
    for operation in requests.operations:
        fields = properties_of(requests.document, operation.body)
        people = operation.last.lower() in PEOPLE or operation.last.lower() in MADE_WORDS
        named = any(map(names_account, fields))
        closed = operation.is_protected and operation.method == "POST" and not operation.placeholders
        if closed and people and named and operation != register and any(map(is_password, fields)):
            yield operation


def _signed_up(tries: Tries, password: str, what: str) -> Chosen:
    """A refusal counts where the very same request is taken with a strong password instead."""
    people = tries.here.people
    strong = people.registration()
    weak = _with_password(strong, password)
    email = login_name(strong.fields)
    answer = weak.send(tries.here.client)
    if people.sign_ups.waiting and answer.status_code in SUCCESS:
        confirm(tries.here.database, email)
    opens = answer.status_code in SUCCESS and tries.opens(email, password)
    good = not opens and strong.send(tries.here.client).status_code in SUCCESS
    good = good and (answer.status_code in REFUSALS or _is_deaf(tries, email, strong))
    one = Try(what=what, status=answer.status_code, curl=weak.curl(), good=good)
    return Chosen(at=weak.endpoint, one=one, opens=opens)


def _is_deaf(tries: Tries, email: str, strong: Request) -> bool:
    """Answered as if it were done, yet nothing was: the strong one makes the account."""
    passwords = [value for name, value in strong.fields.items() if is_password(name)]
    return bool(passwords) and tries.opens(email, str(passwords[0]))


def _changed(tries: Tries) -> Iterator[Chosen]:
    for password in CHANGED:
        caller = tries.here.fresh(tries.here.roles[0])
        weak = password_change(tries.here, caller, password)
        if weak is None:
            return
        answer = weak.send(tries.here.client, caller.headers)
        opens = answer.status_code in SUCCESS and tries.opens(caller.email, password)
        strong = password_change(tries.here, caller, tries.here.requests.examples.password())
        good = not opens and strong is not None
        good = good and strong is not None and strong.send(tries.here.client, caller.headers).status_code in SUCCESS
        one = Try(
            what=say("{password} (as a new one)", password=password),
            status=answer.status_code,
            curl=weak.curl(signed_in=True),
            good=good,
        )
        yield Chosen(at=weak.endpoint, one=one, opens=opens)


def _given(tries: Tries, operation: Operation) -> Iterator[Chosen]:
    """By the most powerful role. A refusal counts where the very same request is taken with a strong password."""
    here = tries.here
    power = here.caller(here.roles[-1])
    for password in CHANGED:
        strong = here.requests.example(operation)
        fresh = here.requests.examples.password()
        here.people.hide(fresh)
        strong, weak = _with_password(strong, fresh), _with_password(strong, password)
        answer = weak.send(here.client, power.headers)
        opens = answer.status_code in SUCCESS and tries.opens(login_name(weak.fields), password)
        good = not opens and answer.status_code in REFUSALS
        good = good and strong.send(here.client, power.headers).status_code in SUCCESS
        what = say("{password} (for an account that is made for somebody)", password=password)
        one = Try(what=what, status=answer.status_code, curl=weak.curl(signed_in=True), good=good)
        yield Chosen(at=weak.endpoint, one=one, opens=opens)


def _with_password(request: Request, password: str) -> Request:
    for name in request.fields:
        request = request.with_field(name, password) if is_password(name) else request
    return request
