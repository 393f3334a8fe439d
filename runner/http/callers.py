"""Who can call the service? Users that really signed up and in, one role each, by its own operations."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx

from runner.discovery.config import Identities
from runner.errors import NotThere, ProbeError, Thing
from runner.http.account_operations import find_logins, find_registers, header_of, is_closed_read, is_me, is_open_read
from runner.http.identities import (
    ADMINISTRATOR,
    NOBODY,
    PLAIN,
    Identity,
    id_of_user,
    id_told_by,
    identity_of,
    json_of,
    lets_in,
    said,
)
from runner.http.issued import Issued, SignedInElsewhere
from runner.http.log_ins import Way, log_in, ways
from runner.http.openapi import Operation
from runner.http.put_in import PutIn
from runner.http.refused_sign_in import SignInRefused, nobody_gets_in
from runner.http.requests import Request, Requests
from runner.http.sign_ups import CROWDED, TOO_MANY, SignUps
from runner.live.client import moved
from runner.postgres.database import Database
from runner.said import say, together
from runner.specification import ANONYMOUS

SCHEMES = ("Bearer ", "Token ", "JWT ", "")  # what stands before a token in its header
SHUT_OUT = frozenset({401, 403})
MOST_REGISTERS = 3
MOST_READS = 12
MOST_LOG_INS = 8  # ways that are tried to let one account in
WRONG_WAY = frozenset({404, 405, 415, 422})  # so that no password was looked at
MOST_ACCOUNTS = 150  # that one look makes


class Callers:
    """Signs people up and in. Works by `[identities]` of gonogo.toml, else by the usual names of the endpoints."""

    def __init__(  # noqa: PLR0913 - each is one thing that a look brings along, and most are named
        self,
        requests: Requests,
        client: httpx.Client,
        database: Database,
        config: Identities | None = None,
        hide: Callable[[str], None] = lambda _: None,
        note: Callable[[str], None] = lambda _: None,
        *,
        open_too: bool = False,
        planted: PutIn | None = None,
        issued: Issued | None = None,
    ) -> None:
        """Raises `NotThere` where nobody signs in and nothing is protected; with `open_too`, all are nobody there."""
        self.hide, self.note, self._planted = hide, note, planted
        self.issued = issued  # where another server signs people in
        self.raised: Callable[[Sequence[str]], Sequence[str]] = lambda _: ()  # gives an account all power there is
        self.second_step: Callable[[Identity], Identity] = lambda first: first
        self.known_roles: Callable[[], Sequence[str]] = lambda: ()  # that the code names, the mightiest first
        self._looked = False  # whether a new account is let in anywhere
        self.made = 0  # accounts
        self.refused = ""  # how the service refused to sign anybody up: from then on accounts are put in without it
        self.requests, self.client, self.database = requests, client, database
        self.config = config or Identities()
        self._named_ones = {role: list(given) for role, given in self.config.accounts.items()}
        registers = _first(self._named(self.config.register_), find_registers(requests))
        self.sign_ups = SignUps(
            *(requests, client, database, next(iter(registers), None), hide, note, registers[1:MOST_REGISTERS]),
            self.config.fields,
        )
        self.log_ins = _first(self._named(self.config.login), find_logins(requests))
        self.way: Way | None = next(ways(self.log_ins), None)
        self.me = next((op for op in requests.served if is_me(op)), None)
        self._settled = False  # whether somebody was let in by `way`
        self._guarded: list[Operation] | None = None
        self.open = self.login is None and not (self._names_guards or (self.by_issuer and self.guarded_reads()))
        if self.open and not open_too:
            raise NotThere(
                "this service knows no callers: no operation is protected and none signs in "
                '(gonogo.toml, [identities] login = "POST /…" names one)',
                looked=say("the {served} operations that it serves and their security", served=len(requests.served)),
                absent=Thing.CALLERS,
            )

    @property
    def register(self) -> Operation | None:
        """The operation that signs people up; of several, the one that did."""
        return self.sign_ups.register

    @property
    def login(self) -> Operation | None:
        """The operation that signs people in; of several, the one that let somebody in."""
        return self.way.operation if self.way else None

    @property
    def signs_up(self) -> bool:
        """Do the accounts come from the service's own operation, so that what it stores of them is its own doing?"""
        return self.register is not None and not self.refused

    def _named(self, endpoint: str | None) -> Operation | None:
        if endpoint is None:
            return None
        found = self.requests.find(endpoint)
        if found is None:
            raise ProbeError(say("gonogo.toml, [identities]: the contract has no `{endpoint}`", endpoint=endpoint))
        return found

    def one(self, role: str = PLAIN) -> Identity:
        """A new user with this role, signed in. Raises `ProbeError` with what stood in the way."""
        if role == ANONYMOUS or self.open:
            return NOBODY
        if given := self._named_ones.get(role):
            account = given.pop(0)
            self.hide(account.password)
            return self._let_in(role, account.name, account.password, None)
        if self.by_issuer and self.issued is not None:
            return self._issued(self.issued, role)
        email, password, answered = self.sign_up()
        self.promote(email, role)
        user_id = id_of_user(answered)
        try:
            found = self.sign_in(role, email, password, user_id)
        except SignInRefused as refused:
            if refused.status == TOO_MANY:
                raise
            self.sign_ups.confirmed(email)
        else:
            once, self._looked = self._looked, True
            if once or not self.shut_out(found) or not self.sign_ups.confirmed(email):
                return found
        return self._let_in(role, email, password, user_id)

    @property
    def _names_guards(self) -> bool:
        return any(op.is_protected for op in self.requests.served)

    @property
    def by_issuer(self) -> bool:
        """Does another server sign people in, and this one not?"""
        return self.issued is not None and self.login is None

    def sign_in_at(self, log_ins: Sequence[Operation]) -> None:
        """From now on at one of these; at none of them where another server gives out the tokens."""
        self.log_ins, self.way, self._guarded = tuple(log_ins), next(ways(log_ins), None), None

    def _issued(self, issued: Issued, role: str) -> Identity:
        """A caller with a token of the run's own issuer, which an operation that refuses strangers lets in."""
        email = self.requests.examples.email()
        identity = issued.one(role, email, self._at_the_doors)
        if role == ADMINISTRATOR and (given := self.raised([email, str(identity.user_id)])):
            self.note(
                say(
                    "in the database: {given} for {email}, who is asked for what others may not do",
                    given=together(given),
                    email=email,
                )
            )
        self.keep_secret(identity)
        self.note(
            say(
                "a token of the issuer that stands in for the service's own, for {email} as {role}",
                email=email,
                role=role,
            )
        )
        return self._known(identity, None)

    def _at_the_doors(self, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        return (self.requests.example(read).send(self.client, headers) for read in self.guarded_reads())

    def _let_in(self, role: str, email: str, password: str, user_id: Any) -> Identity:
        """By the way that is known, else by each other one that there is. Raises `SignInRefused`."""
        try:
            return self.sign_in(role, email, password, user_id)
        except SignInRefused as refused:
            if self._settled or refused.status == TOO_MANY or not self._other_way(email, password):
                raise
        return self.sign_in(role, email, password, user_id)

    def _other_way(self, email: str, password: str) -> bool:
        """Is the account let in at another operation, or by another of its names? Then by that way from now on."""
        known, asked = self.way, {str(self.login_request(email, password))}
        for way in itertools.islice(ways(self.log_ins), MOST_LOG_INS):
            self.way = way
            request = self.login_request(email, password)
            if str(request) not in asked and lets_in(request.send(self.client)):
                self.note(
                    say(
                        "accounts sign in at {said}: {said2} refused them",
                        said=way.said,
                        said2=known.said if known else say("nothing"),
                    )
                )
                return True
            asked.add(str(request))
        self.way = known
        return False

    def shut_out(self, identity: Identity) -> bool:
        """Is the caller let in nowhere? What only the powerful may read says nothing: one answered read is enough."""
        reads = self.guarded_reads()
        asked = (self.requests.example(read).send(self.client, identity.headers) for read in reads)
        return bool(reads) and all(answer.status_code in SHUT_OUT for answer in asked)

    def guarded_reads(self) -> list[Operation]:
        """The reads that refuse strangers; where one tells who the caller is, that one alone.

        That a read is called protected is no proof: one that lets everybody in says nothing about a caller.
        """
        if self._guarded is None:
            untold = self.by_issuer and not self._names_guards
            reads = [op for op in self.requests.served if (is_open_read if untold else is_closed_read)(op)]
            reads = [self.me, *reads] if self.me is not None and self.me in reads else reads
            closed = (
                op for op in reads[:MOST_READS] if self.requests.example(op).send(self.client).status_code in SHUT_OUT
            )
            own = next(closed, None)
            self._guarded = [own] if own is not None and own == self.me else [*([own] if own else []), *closed]
        return self._guarded

    def sign_up(self) -> tuple[str, str, Any]:
        """E-mail address (or user name), password and the answer of a new account.

        Where the service makes none for us, one is put into the database. Raises `ProbeError`.
        """
        if self.by_issuer:
            raise SignedInElsewhere
        if self.made >= MOST_ACCOUNTS:
            raise ProbeError(
                say("{made} accounts were made in this look, and no more are: it ends with what it saw", made=self.made)
            )
        self.made += 1
        try:
            return self._signed_up()
        except ProbeError as refused:
            if CROWDED not in str(refused) or not moved(self.client):
                raise
        return self._signed_up()

    def _signed_up(self) -> tuple[str, str, Any]:
        put_in = self._planted if self.login is not None else None
        if put_in is not None and not self.signs_up:
            return self._put_in(put_in)
        try:
            return self.sign_ups.make()
        except ProbeError as refused:
            if put_in is None or self.sign_ups.worked:
                raise
            self.refused = str(refused)
        return self._put_in(put_in)

    def registration(self) -> Request:
        """A valid request for a new account. Raises `ProbeError` where none can be made."""
        return self.sign_ups.registration()

    def _put_in(self, planted: PutIn) -> tuple[str, str, Any]:
        """An account that nobody signed up for, where only an administrator makes them. Raises `ProbeError`."""
        name = self.requests.examples.email()
        answer: httpx.Response | None = None
        for one in planted(name):
            self.hide(one.password)
            self.sign_ups.called[name] = one.called
            tried = self.try_any_way(name, one.password)
            if tried.is_success:
                self.note(
                    say(
                        "in the database: a row in {table} for {name}, as an administrator would make it",
                        table=one.table,
                        name=name,
                    )
                )
                return name, one.password, None
            answer = answer if answer is not None and answer.is_server_error else tried  # the right password broke it
            if tried.status_code == TOO_MANY:
                break
        raise ProbeError(nobody_gets_in(self.refused, answer))

    def promote(self, email: str, role: str) -> None:
        """Give a user the role, by the statement that gonogo.toml names; all power there is to an administrator.

        Raises `ProbeError` where the service's tables know no power.
        """
        if role == ADMINISTRATOR:
            names = [email, *(one for one in self.sign_ups.called.get(email, {}).values() if isinstance(one, str))]
            given = self.raised(names)
            if not given:
                raise ProbeError("no table says who may do more than others")
            self.note(
                say(
                    "in the database: {given} for {email}, who is asked for what others may not do",
                    given=together(given),
                    email=email,
                )
            )
        elif self.config.promote and role != PLAIN:
            known = str(self.sign_ups.called.get(email, {}).get("email", email))
            self.database.rows(self.config.promote.replace("{email}", known).replace("{role}", role))

    def sign_in(self, role: str, email: str, password: str, user_id: Any = None) -> Identity:
        response = self.try_password(email, password)
        if response.status_code == TOO_MANY and moved(self.client):
            response = self.try_password(email, password)
        if not response.is_success:
            status, path = response.status_code, response.request.url.path
            crowded = say("; {crowded}", crowded=CROWDED) if status == TOO_MANY else ""
            raise SignInRefused(
                say(
                    "{method} {path} refused: {said}{crowded}",
                    method=response.request.method,
                    path=path,
                    said=said(response),
                    crowded=crowded,
                ),
                status,
            )
        self._settled = self._settled or lets_in(response)
        identity = self._taken(self.second_step(identity_of(role, email, password, response)))
        self.keep_secret(identity)
        if not identity.signed_in:
            path = response.request.url.path
            raise SignInRefused(
                say(
                    "{path} answered {status_code} with neither a token nor a cookie: call it `access_token`",
                    path=path,
                    status_code=response.status_code,
                ),
                response.status_code,
            )
        return self._known(identity, user_id)

    def keep_secret(self, identity: Identity) -> None:
        """What the caller has to send is told to nobody."""
        cookies = [pair.partition("=")[2] for pair in identity.headers.get("Cookie", "").split("; ")]
        for secret in (identity.password, identity.access_token, identity.refresh_token, *cookies):
            self.hide(secret)

    def try_password(self, email: str, password: str) -> httpx.Response:
        """One try to sign in, right or wrong."""
        return self.login_request(email, password).send(self.client)

    def try_any_way(self, email: str, password: str) -> httpx.Response:
        """As `try_password`; also by another way where no password was looked at, and nobody was let in yet."""
        answer = self.try_password(email, password)
        if answer.status_code in WRONG_WAY and not self._settled and self._other_way(email, password):
            return self.try_password(email, password)
        return answer

    def login_request(self, email: str, password: str) -> Request:
        if self.by_issuer:
            raise SignedInElsewhere
        if self.way is None:
            raise ProbeError('no operation signs people in: name it in gonogo.toml, [identities] login = "POST /…"')
        names = self.sign_ups.called.get(email, {})
        return log_in(self.requests, self.way, names, email, password, self.config.fields)

    def _taken(self, identity: Identity) -> Identity:
        """With the token in the header and after the word that the service takes: `Authorization: Token …`."""
        name = header_of(self.requests)
        read = next(iter(self.guarded_reads()), None)
        if not identity.access_token or name is None or read is None:
            return identity
        for scheme in SCHEMES if name.lower() == "authorization" else ("", *SCHEMES):
            tried = replace(identity, header=name, scheme=scheme)
            tried = replace(tried, headers={**identity.headers, **tried.bearing(identity.access_token)})
            if self.requests.example(read).send(self.client, tried.headers).status_code not in SHUT_OUT:
                self.requests.signature = f"{name}: {scheme}$TOKEN"
                return tried
        return identity

    def _known(self, identity: Identity, user_id: Any) -> Identity:
        """With the user id. Raises `ProbeError` when the service says that the user has another role."""
        about = json_of(self.requests.example(self.me).send(self.client, identity.headers)) if self.me else None
        role = about.get("role") if isinstance(about, dict) else None
        if isinstance(role, str) and identity.role not in {PLAIN, ADMINISTRATOR, role}:
            promote = say("promote in gonogo.toml, [identities], must give that role (SQL with {email} and {role})")
            raise ProbeError(
                say(
                    "a new user has the role {role}, not {role2}: {promote}",
                    role=role,
                    role2=identity.role,
                    promote=promote,
                )
            )
        called = self.sign_ups.called.get(identity.email, {})
        names = [identity.email, *(one for one in called.values() if isinstance(one, str))]
        found = (user_id, id_of_user(about), id_told_by(identity.access_token, names))
        return replace(identity, user_id=next((id for id in found if id is not None), None), called=called)


def _first(named: Operation | None, found: Sequence[Operation]) -> tuple[Operation, ...]:
    """What gonogo.toml names, and nothing else then."""
    return (named,) if named else tuple(found)
