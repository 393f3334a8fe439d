"""What comes of a limit of requests? Services by hand, each with a way to count."""

from collections import Counter
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from runner.evidence.behaviour.rate_limits import RateLimit, number_in, rate_limits, said_by
from runner.http.identities import Identity
from runner.http.objects import Objects
from runner.http.openapi import operations_of
from runner.http.requests import Requests
from runner.live.client import Wandering
from runner.specification import RateLimit as Agreed

REFUSED = {"429": {"description": "too many"}}
BODY = {"type": "object", "properties": {"email": {"type": "string"}, "password": {"type": "string"}}}
SIGN_IN = {"requestBody": {"content": {"application/json": {"schema": BODY}}}, "responses": REFUSED}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/quota": {"get": {"responses": {"200": {"description": "ok"}, **REFUSED}, "security": [{"b": []}]}},
        "/sign-in": {"post": SIGN_IN},
        "/unlimited": {"get": {"responses": {"200": {"description": "ok"}}, "security": [{"b": []}]}},
    }
}


def fine(headers: Mapping[str, str], _: str) -> str:
    return headers["authorization"].partition(".")[0]


def by_header(headers: Mapping[str, str], _: str) -> str:
    return headers.get("x-forwarded-for", fine(headers, _))


def by_token(headers: Mapping[str, str], _: str) -> str:
    return headers["authorization"]


def together(_: Mapping[str, str], __: str) -> str:
    return "all"


def by_address(_: Mapping[str, str], address: str) -> str:
    return address


Key = Callable[[Mapping[str, str], str], str]


class Limited:
    """Counts by a key and refuses beyond `most`."""

    def __init__(self, key: Key, most: int = 5, *, told: str = "", waits: bool = True) -> None:
        self.key, self.most, self.told, self.waits = key, most, told, waits
        self.counts: Counter[str] = Counter()
        self.people = 0

    def client(self) -> httpx.Client:
        return Client(self)

    def answer(self, headers: Mapping[str, str], address: str) -> httpx.Response:
        key = self.key(headers, address)
        self.counts[key] += 1
        told = {"x-ratelimit-limit": self.told} if self.told else {}
        if self.counts[key] <= self.most:
            return httpx.Response(200, json={}, headers=told)
        return httpx.Response(429, json={}, headers={"retry-after": "60"} if self.waits else {})

    def fresh(self, role: str) -> Identity:
        self.people += 1
        return self.sign_in(role, f"user{self.people}", "secret")

    def sign_in(self, role: str, email: str, password: str) -> Identity:
        self.counts["tokens"] += 1
        token = f"{email}.{self.counts['tokens']}"
        return Identity(
            role=role, email=email, password=password, access_token=token, headers={"Authorization": f"Bearer {token}"}
        )


class Client(Wandering):
    """A client of such a service, here or at another address."""

    def __init__(self, service: Limited) -> None:
        self.address = "127.0.0.1"
        transport = httpx.MockTransport(lambda request: service.answer(request.headers, self.address))
        httpx.Client.__init__(self, base_url="http://here", transport=transport)

    def move(self) -> None:
        self.address = "127.0.0.2"


def limits(service: Limited, *agreed: Agreed) -> list[RateLimit]:
    requests = Requests(DOCUMENT)
    with service.client() as client:
        here = SimpleNamespace(
            requests=requests,
            client=client,
            server=service,
            fresh=service.fresh,
            allowed=lambda _: "user",
            objects=Objects(requests, client),
            people=SimpleNamespace(login=None, register=None, sign_in=service.sign_in),
        )
        return list(rate_limits(SimpleNamespace(here=here), agreed, {}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("service", "faults"),
    [
        (Limited(fine), ()),
        (Limited(fine, told="5"), ()),
        (Limited(by_address), ()),
        (Limited(by_header), ("answers who writes another X-Forwarded-For when the limit is met",)),
        (Limited(by_token), ("answers who signs in again when the limit is met",)),
        (Limited(together), ("refuses another caller at another address too",)),
        (Limited(fine, waits=False), ("answers 429 without Retry-After",)),
        (Limited(fine, 500, told="20"), ("answers 42 requests, though it says that 20 are its limit",)),
    ],
)
def test_each_way_past_a_limit_is_named(service: Limited, faults: tuple[str, ...]) -> None:
    (found,) = limits(service)
    assert (found.faults, found.judged, found.problem) == (faults, True, "")


@pytest.mark.parametrize(
    ("most", "faults"),
    [
        (20, ()),
        (11, ()),  # what the request needs may have counted too
        (500, ("answers 42 requests, though LIM-001 agrees on 20 in 60 s",)),
        (9, ("refuses after 9 requests, though LIM-001 agrees on 20 in 60 s",)),
    ],
)
@pytest.mark.parametrize("endpoint", ["GET /quota", "GET /unlimited"])
def test_what_was_agreed_is_what_holds(endpoint: str, most: int, faults: tuple[str, ...]) -> None:
    agreed = Agreed(id="LIM-001", endpoint=endpoint, calls=20, seconds=60)
    found = next(one for one in limits(Limited(fine, most), agreed) if one.endpoint == endpoint)
    assert (found.says, found.faults, found.problem) == ("takes 20 calls in 60 s by LIM-001", faults, "")


def test_each_agreed_limit_is_looked_at_or_said_not_to_be() -> None:
    """Of two at one operation, of all operations together, at one that nobody serves, and at one for passwords."""
    told = [("LIM-001", "GET /quota"), ("LIM-002", "GET /quota"), ("LIM-003", None), ("LIM-004", "GET /gone")]
    agreed = [Agreed(id=id, endpoint=endpoint, calls=5, seconds=60) for id, endpoint in told]
    found = limits(Limited(fine), *agreed, Agreed(id="LIM-005", endpoint="POST /sign-in", calls=5, seconds=60))
    assert {one.says.rpartition(" ")[2]: (one.endpoint, one.judged) for one in found} == {
        "LIM-001": ("GET /quota", True),
        "LIM-002": ("GET /quota", True),
        "LIM-003": ("GET /quota", True),
        "LIM-004": ("GET /gone", False),
        "LIM-005": ("POST /sign-in", False),
    }
    assert all(one.problem for one in found if not one.judged)


def test_an_agreed_limit_is_asked_as_often_as_it_takes() -> None:
    agreed = Agreed(id="LIM-001", endpoint="GET /quota", calls=450, seconds=60)
    (found,) = limits(Limited(fine, 450), agreed)
    assert (found.met, found.faults) == (450, ())


def test_a_limit_that_many_requests_do_not_meet_is_not_known() -> None:
    (found,) = limits(Limited(fine, 500))
    assert (found.judged, found.problem) == (False, "none of 400 requests was refused for their number")


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ({"x-ratelimit-limit": "20"}, 20),
        ({"ratelimit-limit": "20, 20;w=60"}, 20),
        ({"ratelimit": "limit=20, remaining=3, reset=9"}, 20),
        ({"ratelimit-policy": '"default";q=20;w=60'}, 20),
        ({"x-ratelimit-remaining": "3"}, None),
        ({"x-ratelimit-limit": "many"}, None),
    ],
)
def test_the_number_of_a_limit_is_read_in_each_spelling(headers: dict[str, str], number: int | None) -> None:
    assert number_in(httpx.Headers(headers)) == number


def test_what_says_that_it_limits() -> None:
    operation = operations_of(DOCUMENT)[0]
    assert said_by(operation, {}) == "documents 429"
    assert said_by(operation, httpx.Headers({"X-RateLimit-Limit": "9"})) == "answers x-ratelimit-limit: 9"
    assert said_by(operations_of({"paths": {"/a": {"get": {}}}})[0], {}) == ""
