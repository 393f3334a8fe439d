"""Is somebody let in who brings no token, and only says who is calling: in a header, a cookie or a parameter?"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.access.token_attack import CLAIMED, SUCCESS, Attack
from runner.evidence.code.asked_headers import Asked
from runner.said import say

# What gateways write for the service behind them, and any client may write as well.
USUAL = (
    "x-user-id", "x-user", "x-user-email", "x-username", "x-authenticated-user", "x-authenticated-userid",
    "x-auth-request-user", "x-auth-request-email", "x-forwarded-user", "x-forwarded-email", "x-remote-user",
    "remote-user", "x-webauth-user", "x-consumer-username", "x-goog-authenticated-user-email",
)  # fmt: skip
# Of these every client tells something; of the first the service may ask a good token.
OTHERS = frozenset((
    "authorization", "cookie", "host", "origin", "referer", "user-agent", "accept", "accept-language",
    "accept-encoding", "content-type", "content-length", "connection", "x-request-id", "x-correlation-id",
    "traceparent", "tracestate", "if-match", "if-none-match", "if-modified-since", "range", "idempotency-key",
    "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "forwarded",
))  # fmt: skip
WITHIN = {"x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", "forwarded": "for=127.0.0.1"}
YES = ("true", "1", "admin")
MOST = 40  # names that the code asks for


class ClaimedCallers:
    """Asks a protected operation without a token. What lets nobody in when all is said at once is not asked alone."""

    def __init__(self, protected: ProtectedOperation, asked: Iterable[Asked]) -> None:
        self.protected = protected
        told = [one for one in asked if one.name.lower() not in OTHERS and not self._carries(one)]
        known = {one.name.lower() for one in told if one.place == "header"}
        usual = [Asked(place="header", name=name) for name in USUAL if name not in known]
        self.names = (*islice(told, MOST), *usual)

    def _carries(self, one: Asked) -> bool:
        """Does the caller's own token travel there?"""
        headers = {name.lower() for name in self.protected.caller.headers}
        return one.name.lower() in headers or (one.place == "cookie" and one.name == self.protected.carrier.cookie)

    def attacks(self) -> Iterator[Attack]:
        """One for each value that let a caller in, with the name that did; else one for all values."""
        if self.protected.status({}) in SUCCESS:
            return  # strangers are let in as well: what they say decides nothing
        worked = False
        for value in self._values():
            if self._status(self.names, value) in SUCCESS:
                worked = True
                yield from self._alone(value)
        if self.protected.status(WITHIN) in SUCCESS:
            yield self._attack(say("X-Forwarded-For: 127.0.0.1 and no token"), WITHIN, {})
        elif not worked:
            yield self._attack(say("names of callers and no token"), *self._said(self.names, YES[0]))

    def _values(self) -> Iterator[str]:
        caller = self.protected.here.fresh(self.protected.role)
        yield from (str(one) for one in (caller.user_id, caller.email) if one is not None)
        yield from YES

    def _alone(self, value: str) -> Iterator[Attack]:
        for one in self.names:
            if self._status([one], value) in SUCCESS:
                what = say("the {place} {name}: {value} and no token", place=one.place, name=one.name, value=value)
                yield self._attack(what, *self._said([one], value))

    def _said(self, names: Iterable[Asked], value: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Headers, cookies among them, and parameters that all say the same."""
        told = list(names)
        headers = {one.name: value for one in told if one.place == "header"}
        if cookies := [f"{one.name}={value}" for one in told if one.place == "cookie"]:
            headers["Cookie"] = "; ".join(cookies)
        return headers, {one.name: value for one in told if one.place == "query"}

    def _status(self, names: Iterable[Asked], value: str) -> int:
        headers, query = self._said(names, value)
        return self._sent(headers, query)[0]

    def _sent(self, headers: Mapping[str, str], query: Mapping[str, str]) -> tuple[int, str]:
        here = self.protected.here
        request = here.requests.example(self.protected.operation)
        for name, value in query.items():
            request = request.with_query(name, value)
        request = request.with_headers(headers)
        return request.send(here.client).status_code, request.curl()

    def _attack(self, what: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Attack:
        told = self.protected.lets_in()
        status, curl = self._sent(headers, query)
        told = told and self.protected.lets_in()
        endpoint = self.protected.operation.endpoint
        return Attack(kind=CLAIMED, what=what, endpoint=endpoint, status=status, curl=curl, told=told)
