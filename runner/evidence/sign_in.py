"""How well is the door kept? Guessing, asking who has an account, weak passwords, and where passwords turn up again."""

import re
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import httpx

from runner.evidence.stored_passwords import HASHES, Leak, Store
from runner.evidence.visit import Visit, visit
from runner.live.identities import Identity, login_name
from runner.live.objects import CannotMake
from runner.live.openapi import Operation, properties_of
from runner.live.requests import Request
from runner.model import Evidence
from runner.probe import TargetProbe

MOST_GUESSES = 30
TIMED = 8  # accounts, and as many addresses without one
SUCCESS, TOO_MANY, SERVER_ERROR = range(200, 300), 429, 500
FORWARDED, ELSEWHERE = "X-Forwarded-For", "203.0.113.77"
WEAK = (
    ("Ab1!x", "5 characters"),
    ("12345678", "the most common digits"),
    ("password", "the most common word"),
    ("Password1", "the most common word, a capital and a digit"),
    ("qwerty123", "a row of keys"),
    ("123456789012", "12 digits in a row"),
    ("password1234", "the most common word, 12 characters long"),
    ("qwertyuiop123", "a row of keys, 13 characters long"),
    ("aaaaaaaaaaaaaa", "one letter"),
)
RESET_WORDS = ("forgot", "reset", "recover", "forgot-password", "reset-password", "password-reset", "password-recovery")
CHANGING = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{24,64}\b|\d{4}-\d\d-\d\d[T ][\d:.+Z-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try, and what the service answered. `told` is the answer without what differs each time."""

    what: str
    status: int
    told: str = ""
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessing:
    """Wrong passwords for one account, until the service had enough."""

    guesses: int
    statuses: tuple[int, ...]
    stopped: bool  # by 423 or 429, or by refusing the right password afterwards
    seconds: float
    retry_after: bool = False
    curl: str = ""  # one wrong try
    sidestepped: int = 0  # the status of one more try, said to come from elsewhere, when that got past the stop


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(Evidence):
    """Guessing, enumeration, weak passwords and leaked secrets at the sign-in."""

    endpoint: str
    register: str  # empty where nobody signs up
    wrong: tuple[Try, ...]  # things that must not sign in: a wrong password, half of it, …
    weak: tuple[Try, ...]  # weak passwords that became an account's
    weak_tried: int
    pairs: tuple[tuple[Try, Try], ...]  # (with an account, without): must not differ
    known_ms: tuple[float, ...]  # wrong passwords for accounts, milliseconds
    unknown_ms: tuple[float, ...]  # the same for addresses without one, asked in turn
    guessing: Guessing
    leaks: tuple[Leak, ...]
    stored: tuple[Leak, ...]  # passwords found in the database in a form that can be read back
    hashed: tuple[str, ...]  # how stored hashes begin
    answers: int  # how many were searched for secrets
    throttled: bool = False  # 429 came before the guessing began, so that other tries prove nothing

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        with visit(probe) as here:
            door = Door(here)
            wrong = tuple(door.wrong())
            pairs = tuple(door.pairs())
            known, nobody = door.timings()
            weak = tuple(door.weak())
            leaks = tuple(door.seen_again())
            throttled = TOO_MANY in door.statuses
            guessing = door.guess()
            stored, hashed = door.stored()
            probe.note(f"{len(door.answers)} sign-ins and registrations, right and wrong ones")
            return cls(
                endpoint=door.login.endpoint,
                register=here.people.register.endpoint if here.people.register else "",
                wrong=wrong,
                weak=weak,
                weak_tried=len(WEAK) if here.people.register else 0,
                pairs=pairs,
                known_ms=known,
                unknown_ms=nobody,
                guessing=guessing,
                leaks=leaks + tuple(door.logged()),
                stored=stored,
                hashed=hashed,
                answers=len(door.answers),
                throttled=throttled,
            )


class Door:
    """Stands at the sign-in and tries. Each group of tries has accounts of its own, as failures are counted."""

    def __init__(self, here: Visit) -> None:
        self.here = here
        self.canary = here.fresh(here.roles[0])
        self.login = here.people.login_request("", "").operation
        self.answers: list[tuple[str, httpx.Response]] = []
        self.statuses: set[int] = set()
        self.secrets: dict[str, str] = {"a password": self.canary.password}

    def _try(self, email: str, password: str) -> tuple[Request, httpx.Response]:
        request = self.here.people.login_request(email, password)
        answer = request.send(self.here.client)
        self.answers.append((request.endpoint, answer))
        self.statuses.add(answer.status_code)
        return request, answer

    def wrong(self) -> Iterator[Try]:
        """Passwords that are wrong, and some that are nearly right."""
        email, password = self._account()
        nearly = {
            "another password": self.here.requests.examples.password(),
            "the password without its last letter": password[:-1],
            "the password with a letter more": f"{password}x",
            "the password in capitals": password.swapcase(),
        }
        self.secrets["a password that was typed in wrongly"] = nearly["another password"]
        for what, text in nearly.items():
            request, answer = self._try(email, text)
            yield Try(what=what, status=answer.status_code, curl=request.curl())

    def _account(self) -> tuple[str, str]:
        email, password, _ = self.here.people.sign_up()
        return email, password

    def pairs(self) -> Iterator[tuple[Try, Try]]:
        """The same question about an address with an account and one without."""
        email, _ = self._account()
        stranger = self.here.requests.examples.email()
        password = self.here.requests.examples.password()
        yield self._told(*self._try(email, password), email), self._told(*self._try(stranger, password), stranger)
        if self.here.people.register:
            yield from self._registered(email)
        asked = [(request, who) for who in (email, stranger) if (request := self._reset(who))]
        if asked:
            known, unknown = (self._told(r, r.send(self.here.client), who) for r, who in asked)
            yield known, unknown

    def _registered(self, taken: str) -> Iterator[tuple[Try, Try]]:
        """Signing up with an address that is taken, beside one that is free.

        A service that refuses the taken one says so on purpose. Where both are answered as done, nothing may differ.
        """
        free = self.here.people.registration()
        name = _mail_field(free)
        if not name or login_name(free.fields) != free.fields[name]:
            return
        again = free.with_field(name, taken)
        nobody = free.send(self.here.client)
        known = again.send(self.here.client)
        if known.status_code in SUCCESS and nobody.status_code in SUCCESS:
            yield self._told(again, known, taken), self._told(free, nobody, str(free.fields[name]))

    def _told(self, request: Request, answer: httpx.Response, email: str) -> Try:
        text = CHANGING.sub("…", answer.text.replace(email, "…"))
        return Try(what=request.endpoint, status=answer.status_code, told=text[:2000], curl=request.curl())

    def _reset(self, who: str) -> Request | None:
        """Ask for the link for those who forgot their password; the address is in the body, or in the path."""
        for operation in self.here.requests.operations:
            words = any(word in operation.path.lower() for word in RESET_WORDS)
            if operation.method != "POST" or not words or operation.secured:
                continue
            named = operation.placeholders
            if len(named) == 1 and ("mail" in named[0].lower() or "user" in named[0].lower()):
                return self.here.requests.example(operation, {named[0]: who})
            if not named:
                request = self.here.requests.example(operation)
                names = properties_of(self.here.requests.document, operation.body)
                if _mail_field(request) and not any("password" in n for n in names):
                    return request.with_field(_mail_field(request), who)
        return None

    def timings(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Milliseconds of one wrong try per account, in turn with addresses that have none."""
        accounts = [self._account()[0] for _ in range(TIMED)]
        strangers = [self.here.requests.examples.email() for _ in range(TIMED)]
        password = self.here.requests.examples.password()
        pairs = [(self._timed(a, password), self._timed(s, password)) for a, s in zip(accounts, strangers, strict=True)]
        return tuple(known for known, _ in pairs), tuple(nobody for _, nobody in pairs)

    def _timed(self, email: str, password: str) -> float:
        request = self.here.people.login_request(email, password)
        began = time.perf_counter()
        self.statuses.add(request.send(self.here.client).status_code)
        return (time.perf_counter() - began) * 1000

    def weak(self) -> Iterator[Try]:
        """Weak passwords that were taken: the account exists and opens."""
        for password, what in WEAK if self.here.people.register else ():
            request = self.here.people.registration()
            names = [n for n in request.fields if "password" in n.lower() or n.lower() == "pwd"]
            for name in names:
                request = request.with_field(name, password)
            answer = request.send(self.here.client)
            email = login_name(request.fields)
            if answer.status_code in SUCCESS and self._opens(email, password):
                yield Try(what=f"{password} ({what})", status=answer.status_code, curl=request.curl())

    def _opens(self, email: str, password: str) -> bool:
        return self._try(email, password)[1].status_code in SUCCESS

    def guess(self) -> Guessing:
        """Wrong passwords for one account, until it is enough; then the right one."""
        email, password = self._account()
        began = time.monotonic()
        statuses: list[int] = []
        while len(statuses) < MOST_GUESSES:
            answer = self._try(email, self.here.requests.examples.password())[1]
            statuses.append(answer.status_code)
            if answer.status_code in {423, 429}:
                waits = "retry-after" in answer.headers
                found = _guessing(statuses, began, stopped=True, retry_after=waits)
                elsewhere = self._from_elsewhere(email)
                status = elsewhere.send(self.here.client).status_code
                past = status not in {423, 429} and status < SERVER_ERROR
                return replace(found, sidestepped=status, curl=elsewhere.curl()) if past else found
        locked = self._try(email, password)[1].status_code not in SUCCESS
        wrong = self.here.people.login_request(email, self.here.requests.examples.password())
        return replace(_guessing(statuses, began, stopped=locked), curl=wrong.curl())

    def _from_elsewhere(self, email: str) -> Request:
        """One more wrong try that claims another address, as any client can."""
        wrong = self.here.people.login_request(email, self.here.requests.examples.password())
        return wrong.with_headers({FORWARDED: ELSEWHERE})

    def seen_again(self) -> Iterator[Leak]:
        """Secrets in what the service tells: at the sign-in, and to the most powerful role in every read."""
        for operation in self.here.requests.operations:
            if operation.method == "GET" and (request := self._read(operation)):
                caller = self.here.caller(self.here.roles[-1]) if operation.secured else Identity(role="")
                self.answers.append((operation.endpoint, request.send(self.here.client, caller.headers)))
        if self.here.people.register:
            self._sign_up()
        for endpoint, answer in self.answers:
            for what in self._secrets_in(answer.text):
                yield Leak(what=what, where="its answer", endpoint=endpoint)

    def _read(self, operation: Operation) -> Request | None:
        """A request for a list, or for one thing of the most powerful role's own; None where she can't make it."""
        if not operation.placeholders:
            return self.here.requests.example(operation)
        try:
            return self.here.request(operation, self.here.caller(self.here.roles[-1]))
        except CannotMake:
            return None

    def _sign_up(self) -> None:
        request = self.here.people.registration()
        self.answers.append((request.endpoint, request.send(self.here.client)))
        self.secrets["the password of a new account"] = str(
            next(value for name, value in request.fields.items() if "password" in name.lower() or name == "pwd")
        )

    def _secrets_in(self, text: str) -> Iterator[str]:
        yield from (what for what, secret in self.secrets.items() if secret in text)
        if HASHES.search(text):
            yield "the hash of a password"

    def logged(self) -> Iterator[Leak]:
        """Secrets in the log that the service wrote meanwhile."""
        self.secrets |= {"an access token": self.canary.access_token, "a refresh token": self.canary.refresh_token}
        self.secrets = {what: secret for what, secret in self.secrets.items() if secret}
        found: dict[str, str] = {}
        for line in self.here.server.log().splitlines():
            for what in self._secrets_in(line):
                found.setdefault(what, self._masked(line))
        for what, line in found.items():
            yield Leak(what=what, where=f"the log: {line}")

    def _masked(self, line: str) -> str:
        for secret in self.secrets.values():
            line = line.replace(secret, "…")
        return f"{line.strip()[:160]}"

    def stored(self) -> tuple[tuple[Leak, ...], tuple[str, ...]]:
        """How the service stored the canary's password; nothing where the account was put in without it."""
        people = self.here.people
        if people.register is None:
            return (), ()
        return Store(people, self.here.client, self.here.database).look(self.canary.password)


def _mail_field(request: Request) -> str:
    return next((name for name in request.fields if "email" in name.lower() or "user" in name.lower()), "")


def _guessing(statuses: Sequence[int], began: float, *, stopped: bool, retry_after: bool = False) -> Guessing:
    return Guessing(
        guesses=len(statuses),
        statuses=tuple(statuses),
        stopped=stopped,
        seconds=time.monotonic() - began,
        retry_after=retry_after,
    )


def faster(unknown: Sequence[float], known: Sequence[float]) -> float:
    """How surely an address without an account is answered faster: share of pairs, 0.5 is a toss-up."""
    pairs = [(a, b) for a in unknown for b in known]
    return sum(a < b for a, b in pairs) / len(pairs) if pairs else 0.5


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0
