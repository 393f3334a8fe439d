"""Tries at the sign-in, right and wrong ones, and what was answered."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx

from runner.evidence.accounts.visit import Visit
from runner.http.identities import Identity
from runner.http.openapi import Operation, properties_of
from runner.http.requests import Request
from runner.live.client import moved
from runner.said import say
from runner.vocabulary.account_paths import SIGNS_IN, is_called
from runner.vocabulary.secrets import is_password

SUCCESS, TOO_MANY, SERVER_ERROR = range(200, 300), 429, 500
REFUSALS = frozenset(range(400, 500)) - {TOO_MANY, 404, 405}
# What is made of a right password, to be refused. The first has another letter in each place.
WRONG: Mapping[str, Callable[[str], str]] = {
    say("another password"): lambda right: "".join(
        chr(ord(letter) + 1) if letter.isalnum() else letter for letter in right
    ),
    say("the password without its last letter"): lambda right: right[:-1],
    say("the password with a letter more"): lambda right: f"{right}x",
    say("the password in capitals"): str.swapcase,
    say("no password"): lambda _: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try, and what the service answered. `told` is the answer without what differs each time."""

    what: str
    status: int
    told: str = ""
    curl: str = ""
    good: bool = False  # what is right, asked in the same way at the same time, was let in

    @property
    def proved(self) -> bool:
        """It was refused for what it is."""
        return self.good and self.status in REFUSALS


class Tries:
    """Stands at the sign-in and tries. Each group of tries has accounts of its own, as failures are counted."""

    def __init__(self, here: Visit) -> None:
        self.here = here
        self.canary: Identity = here.fresh(here.roles[0])
        self.answers: list[tuple[str, httpx.Response]] = []
        self.statuses: set[int] = set()
        self.secrets: dict[str, str] = {"a password": self.canary.password}

    @property
    def login(self) -> Operation:
        return self.here.people.login_request("", "").operation

    def one(self, email: str, password: str) -> tuple[Request, httpx.Response]:
        """From another address of this machine where the tries of one are counted."""
        request, answer = self.from_here(email, password)
        if answer.status_code == TOO_MANY and moved(self.here.client):
            request, answer = self.from_here(email, password)
        self.statuses.add(answer.status_code)
        return request, answer

    def from_here(self, email: str, password: str) -> tuple[Request, httpx.Response]:
        request = self.here.people.login_request(email, password)
        answer = request.send(self.here.client)
        self.answers.append((request.endpoint, answer))
        return request, answer

    def opens(self, email: str, password: str) -> bool:
        return self.one(email, password)[1].status_code in SUCCESS

    def account(self) -> tuple[str, str]:
        """Name and password of a new account."""
        email, password, _ = self.here.people.sign_up()
        return email, password

    def wrong(self) -> Iterator[Try]:
        """Passwords that are wrong, and some that are nearly right; the right one after each."""
        email, password = self.account()
        self.secrets[say("a password that was typed in wrongly")] = WRONG[say("another password")](password)
        for number, (what, spoil) in enumerate(WRONG.items()):
            if number and number % 2 == 0:
                email, password = self.account()
            request, answer = self.one(email, spoil(password))
            yield Try(what=what, status=answer.status_code, curl=request.curl(), good=self.opens(email, password))
        _, foreign = self.account()
        request, answer = self.one(email, foreign)
        good = self.opens(email, password)
        yield Try(
            what=say("the password of another account"), status=answer.status_code, curl=request.curl(), good=good
        )

    def log_ins(self) -> tuple[str, ...]:
        """Every operation that signs in with a password, as the contract has them."""
        found = [op for op in self.here.requests.operations if self._signs_in(op)]
        return tuple(dict.fromkeys((self.login.endpoint, *(op.endpoint for op in found))))

    def _signs_in(self, operation: Operation) -> bool:
        fields = properties_of(self.here.requests.document, operation.body)
        takes = any(map(is_password, fields))
        others = (self.here.people.register,)
        named = is_called(SIGNS_IN, operation.last)
        return operation.method == "POST" and takes and named and operation not in others and not operation.is_protected
