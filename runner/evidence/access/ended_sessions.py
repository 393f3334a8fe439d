"""Attacks with tokens that were good: after the sign-out, a new password, the end of the account, and a second use."""

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx

from runner.evidence.access.password_change import password_change
from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.access.switched_off import switch_off
from runner.evidence.access.token_attack import REUSE, REVOKED, SUCCESS, Attack
from runner.evidence.accounts.visit import Visit, ends_session
from runner.http.identities import Identity, identity_of
from runner.http.openapi import Operation, opened, properties_of
from runner.http.requests import Request
from runner.postgres.sqlite_file import NotAsked
from runner.said import say
from runner.vocabulary.secrets import is_password

LOGOUT = re.compile(r"log[-_]?(?:out|off)|sign[-_]?out|revoke", re.IGNORECASE)
RESET = re.compile(r"reset|recover|forgot", re.IGNORECASE)
SWITCHES = {
    **dict.fromkeys(("active", "is_active", "enabled", "is_enabled"), False),
    **dict.fromkeys(("disabled", "is_disabled", "blocked", "is_blocked", "banned", "is_banned", "suspended"), True),
}
CHANGES = frozenset({"POST", "PUT", "PATCH"})
SWITCHING_OFF = re.compile(r"^(?:de-?activate|deactivation|disable|ban|suspend)$", re.IGNORECASE)


class EndedSessions:
    """Ends sessions in every way that the service offers, and tries their tokens."""

    def __init__(self, protected: ProtectedOperation) -> None:
        self.protected, self.here, self.role = protected, protected.here, protected.role
        self.document = protected.here.requests.document
        self.tried: set[str] = set()  # the operations by which sessions were ended
        self.missing: list[tuple[str, str]] = []
        self.problems: list[tuple[str, str]] = []

    def attacks(self) -> Iterator[Attack]:
        yield from self._after_logout()
        yield from self._after_password_change()
        yield from self._after_disablement()
        yield from self._refreshed_twice()

    def endings(self) -> frozenset[str]:
        """Every operation of the contract that ends a session, as it seems: tried or not."""
        found = (op for op in self.here.requests.operations if self._ends(op))
        return frozenset(op.endpoint for op in found) | self.tried

    def _ends(self, operation: Operation) -> bool:
        if operation in (self.protected.refresh, self.here.people.login, self.here.people.register):
            return False
        takes = any(map(is_password, properties_of(self.document, operation.body)))
        return ends_session(operation) or bool(takes and operation.changes and RESET.search(operation.path))

    def _after_logout(self) -> Iterator[Attack]:
        found = sign_out_operations(self.here)
        if not found:
            self.missing.append((REVOKED, say("no operation signs out")))
        for operation in found:
            caller, before = self._good()
            request, answer = _sign_out(self.protected, operation, caller)
            yield from self._dead(say("after signing out"), caller, request, answer, told=before)

    def _good(self) -> tuple[Identity, bool]:
        """A new caller, and whether it is let in: only then can it be refused later."""
        caller = self.here.fresh(self.role)
        return caller, self.protected.status(caller.headers) in SUCCESS

    def _after_password_change(self) -> Iterator[Attack]:
        caller, before = self._good()
        fresh = self.here.requests.examples.password()
        self.here.people.hide(fresh)
        request = password_change(self.here, caller, fresh)
        if request is None:
            self.missing.append((REVOKED, say("no operation changes the password")))
            return
        elsewhere = self._second_sign_in(caller)
        answer = request.send(self.here.client, caller.headers)
        yield from self._dead(say("after the password was changed"), caller, request, answer, told=before)
        if elsewhere is not None and answer.status_code in SUCCESS:
            other = say("of another sign-in after the password was changed")
            yield from self._dead(other, elsewhere, request, answer, told=True)
        if answer.status_code in SUCCESS:
            again = self.here.people.login_request(caller.email, caller.password)
            status = again.send(self.here.client).status_code
            new = self.here.people.try_password(caller.email, fresh).status_code in SUCCESS
            what = say("the old password after it was changed")
            yield Attack(
                kind=REVOKED, what=what, endpoint=again.endpoint, status=status, curl=again.curl(), told=before and new
            )

    def _second_sign_in(self, caller: Identity) -> Identity | None:
        """The same person on another device; None where that is not let in, or gets the very same token."""
        if self.here.people.by_issuer:
            return None
        answer = self.here.people.login_request(caller.email, caller.password).send(self.here.client)
        if answer.status_code not in SUCCESS:
            return None
        second = identity_of(self.role, caller.email, caller.password, answer)
        self.here.people.keep_secret(second)
        new = second.signed_in and second.headers != caller.headers
        return second if new and self.protected.status(second.headers) in SUCCESS else None

    def _after_disablement(self) -> Iterator[Attack]:
        found = self._disabling()
        if found is None:
            yield from self._switched_off()
            return
        operation, field = found
        caller, before = self._good()
        power = self.here.caller(self.here.roles[-1])
        name = operation.placeholders[0]
        request = self.here.requests.example(operation, {name: caller.value_of(name)})
        if field is not None:
            request = request.with_field(field, SWITCHES[field])
            needed = opened(self.document, operation.body).get("required", [])
            request = request.with_fields({n: v for n, v in request.fields.items() if n == field or n in needed})
        answer = request.send(self.here.client, power.headers)
        yield from self._dead(say("after the account was disabled"), caller, request, answer, told=before)
        if answer.status_code in SUCCESS and not self.here.people.by_issuer:
            signing_in = self._signing_in(caller, told=before)
            yield replace(signing_in, curl=f"{request.curl(signed_in=True)}; {signing_in.curl}")

    def _switched_off(self) -> Iterator[Attack]:
        """No operation disables an account: somebody does it in the database, where accounts have a switch."""
        caller, before = self._good()
        try:
            done = switch_off(self.here.database, caller.email)
        except NotAsked as error:
            self.missing.append((REVOKED, str(error)))
            return
        if not done:
            self.missing.append(
                (REVOKED, say("no operation disables an account, and no column says that one is disabled"))
            )
            return
        shown = self.protected.shown(
            REVOKED, "an access token after the account was disabled", caller.headers, told=before
        )
        yield replace(shown, curl=f"{shown.curl}  # in the database, {done}")
        if self.here.people.by_issuer:
            return
        signing_in = self._signing_in(caller, told=before)
        yield replace(signing_in, curl=f"{signing_in.curl}  # in the database, {done}")

    def _signing_in(self, caller: Identity, *, told: bool) -> Attack:
        """The right password of an account that has ended, while that of another one is taken."""
        request = self.here.people.login_request(caller.email, caller.password)
        status = request.send(self.here.client).status_code
        other = self.protected.caller
        opens = self.here.people.try_password(other.email, other.password).status_code in SUCCESS
        return Attack(
            kind=REVOKED,
            what="the password after the account was disabled",
            endpoint=request.endpoint,
            status=status,
            curl=request.curl(),
            told=told and opens,
        )

    def _disabling(self) -> tuple[Operation, str | None] | None:
        """The operation that switches a user off, by its name or by a field; else the one that deletes the user."""
        deleting = None
        for operation in self.here.requests.operations:
            names = operation.placeholders
            if len(names) != 1 or not self.here.objects.is_account(operation, names[0]):
                continue
            if operation.method in CHANGES and SWITCHING_OFF.match(operation.path.rstrip("/").rpartition("/")[2]):
                return operation, None
            if not operation.path.rstrip("/").endswith("}"):
                continue
            fields = properties_of(self.document, operation.body)
            switch = next((name for name in SWITCHES if name in fields), None)
            if operation.method in {"PATCH", "PUT"} and switch:
                return operation, switch
            deleting = (operation, None) if operation.method == "DELETE" else deleting
        return deleting

    def _dead(
        self, when: str, caller: Identity, request: Request, answer: httpx.Response, *, told: bool
    ) -> Iterator[Attack]:
        """The tokens of a session that has ended. Problem where ending it did not work."""
        if answer.status_code not in SUCCESS:
            seen = say(
                "{endpoint} answered {status_code} {text}",
                endpoint=request.endpoint,
                status_code=answer.status_code,
                text=answer.text[:120],
            )
            self.problems.append((REVOKED, say("tokens {when} were not tried: {seen}", when=when, seen=seen)))
            return
        self.tried.add(request.endpoint)
        shown = self.protected.shown(REVOKED, say("an access token {when}", when=when), caller.headers, told=told)
        yield replace(shown, curl=f"{request.curl(signed_in=True)}; {shown.curl}  # with the same $TOKEN")
        if caller.refresh_token and self.protected.refresh is not None:
            request, answer = self.protected.renew(caller.refresh_token, caller)
            yield Attack(
                kind=REVOKED,
                what=say("a refresh token {when}", when=when),
                endpoint=request.endpoint,
                status=answer.status_code,
                curl=request.curl(),
                told=told and self.protected.renews(),
            )

    def _refreshed_twice(self) -> Iterator[Attack]:
        caller = self.here.fresh(self.role)
        if self.protected.refresh is None or not caller.refresh_token:
            self._no_renewal(caller)
            return
        request, answer = self.protected.renew(caller.refresh_token, caller)
        if answer.status_code not in SUCCESS:
            seen = say(
                "{endpoint} answered {status_code} {text}",
                endpoint=request.endpoint,
                status_code=answer.status_code,
                text=answer.text[:120],
            )
            self.problems.append((REUSE, say("a good refresh token was refused: {seen}", seen=seen)))
            return
        answered = identity_of(self.role, "", "", answer)
        self.here.people.keep_secret(answered)
        if not answered.signed_in:
            self.problems.append(
                (
                    REUSE,
                    say(
                        "{endpoint} answered {status_code} without a new token",
                        endpoint=request.endpoint,
                        status_code=answer.status_code,
                    ),
                )
            )
            return
        if answered.refresh_token in {"", caller.refresh_token}:
            self.missing.append((REUSE, say("refresh tokens are not replaced when they are used")))
            return
        again, answer = self.protected.renew(caller.refresh_token, caller)
        yield Attack(
            kind=REUSE,
            what="a refresh token used a second time",
            endpoint=again.endpoint,
            status=answer.status_code,
            curl=again.curl(),
            told=self.protected.renews(),
        )

    def _no_renewal(self, caller: Identity) -> None:
        """Neither refresh tokens nor what renews them is an absence; one without the other is not understood."""
        if caller.refresh_token:
            self.problems.append(
                (REUSE, say("signing in gives a refresh token, and no operation was found that takes it"))
            )
        elif self.protected.refresh is not None and not self._slides(caller):
            renewing = self.protected.refresh.endpoint
            self.problems.append(
                (REUSE, say("{renewing} renews tokens, and signing in was seen to give none for it", renewing=renewing))
            )
        else:
            self.missing.append((REUSE, say("no refresh tokens are given out")))

    def _slides(self, caller: Identity) -> bool:
        """Is it the access token that is renewed?"""
        return self.protected.renew(self.protected.carrier.token(caller), caller)[1].status_code in SUCCESS


def sign_out_operations(here: Visit) -> list[Operation]:
    posts = [op for op in here.requests.operations if op.method in {"POST", "DELETE"} and not op.placeholders]
    return [op for op in posts if LOGOUT.search(op.last)]


def sign_outs(protected: ProtectedOperation, caller: Identity) -> Iterator[tuple[Request, httpx.Response]]:
    """The caller signs out, by every operation that does so in turn."""
    return (_sign_out(protected, operation, caller) for operation in sign_out_operations(protected.here))


def _sign_out(protected: ProtectedOperation, operation: Operation, caller: Identity) -> tuple[Request, httpx.Response]:
    request = protected.here.requests.example(operation)
    for name in properties_of(protected.here.requests.document, operation.body):
        if "token" in name.lower():
            own = caller.refresh_token if "refresh" in name.lower() else ""
            request = request.with_field(name, own or protected.carrier.token(caller))
    if not request.fields and isinstance(request.body, dict) and caller.refresh_token:
        request = request.with_field("refresh_token", caller.refresh_token)  # any object, as the contract has it
    return request, request.send(protected.here.client, caller.headers)
