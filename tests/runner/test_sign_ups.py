"""A sign-up that is refused, and a log-in that refuses: are the other ways tried, and is what stood in the way said?"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from runner.discovery.config import Account, Identities
from runner.errors import ProbeError
from runner.http.callers import MOST_ACCOUNTS, Callers
from runner.http.put_in import PutInto
from runner.http.requests import Requests
from runner.http.sign_ups import TRIES
from runner.postgres.database import Database

NOWHERE = Database(port=1, name="nowhere")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
Fields = Mapping[str, Any]


@pytest.fixture(autouse=True)
def nobody_waits_for_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runner.http.sign_ups.confirm", lambda *_: ())


def body(*fields: str, media: str = JSON, optional: Fields | None = None, example: Fields | None = None) -> Fields:
    properties = {name: {"type": "string"} for name in fields} | dict(optional or {})
    schema = {"type": "object", "required": list(fields), "properties": properties}
    schema |= {"example": example} if example else {}
    return {"requestBody": {"content": {media: {"schema": schema}}}}


def document(sign_up: Fields, **logins: Fields) -> dict[str, Any]:
    given = logins or {"login": body("email", "password")}
    paths = {f"/{name}": {"post": one} for name, one in given.items()}
    return {"paths": {"/signup": {"post": sign_up}, **paths, "/me": {"get": {"security": [{"b": []}]}}}}


class Service:
    """Signs up whom `takes` has nothing against (else it gives a status and a sentence), and in whom it knows."""

    def __init__(self, takes: Callable[[Fields], tuple[int, str] | None], log_in: Callable[[str, Fields], int]) -> None:
        self.takes, self.log_in = takes, log_in
        self.asked: list[tuple[str, Fields]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        form = request.headers.get("content-type") == FORM
        sent = dict(httpx.QueryParams(request.content.decode())) if form else json.loads(request.content or b"{}")
        self.asked.append((path, sent))
        if path == "/me":
            return httpx.Response(200 if "authorization" in request.headers else 401, json={"id": 7})
        if path in {"/signup", "/users/open"}:
            refusal = self.takes(sent)
            return httpx.Response(refusal[0], json={"detail": refusal[1]}) if refusal else httpx.Response(201, json={})
        return httpx.Response(self.log_in(path, sent), json={"access_token": "t"})


def callers(service: Service, contract: Mapping[str, Any], **more: Any) -> Callers:
    client = httpx.Client(transport=httpx.MockTransport(service), base_url="http://shop")
    return Callers(Requests(contract), client, NOWHERE, **more)


def anybody(_: str, __: Fields) -> int:
    return 200


ROLES = "role must be one of: admin, manager, clerk"
REFUSALS = {
    "a list of what is allowed": lambda b: None if b["role"] == "clerk" else (422, ROLES),
    "pydantic's list": lambda b: None if b["role"] == "guest" else (422, "role: Input should be 'admin' or 'guest'"),
    "an example on the model": lambda b: None if b["role"] == "teller" else (400, "no such role"),
    "a crash at what is no member": lambda b: None if b["role"] == "teller" else (500, "Internal Server Error"),
    "addresses that take no mail": lambda b: (
        (422, "email: the domain does not accept mail") if "example" in b["email"] else None
    ),
    "an optional field that it names": lambda b: None if b.get("country") == "FR" else (422, "country is missing"),
    "one thing after the other": lambda b: (
        (422, ROLES)
        if b["role"] != "clerk"
        else (422, "undeliverable e-mail")
        if "example" in b["email"]
        else None
        if b.get("country") == "FR"
        else (400, "country?")
    ),
}


@pytest.mark.parametrize("why", REFUSALS)
def test_what_a_refused_sign_up_wants_is_found(why: str) -> None:
    example = {"email": "ann@corp.io", "password": "x", "role": "teller", "country": "FR"}
    sign_up = body("email", "password", "role", optional={"country": {"type": "string"}}, example=example)
    service = Service(REFUSALS[why], anybody)
    people = callers(service, document(sign_up))
    one = people.one()
    assert one.email != "ann@corp.io"
    assert one.password != "x"
    known = len(service.asked)
    assert people.one().email != one.email
    assert len(service.asked) == known + 3, "what was taken once is sent at once from then on"


def test_an_account_that_is_signed_up_beside_the_shop_that_it_founds() -> None:
    plain = body("name", "location")["requestBody"]["content"][JSON]["schema"]
    admin = body("email", "password")["requestBody"]["content"][JSON]["schema"]
    both = {"type": "object", "required": ["shop", "admin"], "properties": {"shop": plain, "admin": admin}}
    whole = {"shop": {"name", "location"}, "admin": {"email", "password"}}
    sign_up = {"requestBody": {"content": {JSON: {"schema": both}}}}
    service = Service(lambda sent: None if {n: {*one} for n, one in sent.items()} == whole else (422, "no"), anybody)
    one, other = (people := callers(service, document(sign_up))).one(), people.one()
    assert one.email != other.email
    assert service.asked[0][1]["admin"] == {"email": one.email, "password": one.password}


def test_of_several_roles_the_least_powerful_is_asked_for() -> None:
    """Whoever takes the first one takes an administrator for a plain user."""
    listed = body("email", "password", optional={"role": {"type": "string", "enum": ["admin", "manager", "clerk"]}})
    listed["requestBody"]["content"][JSON]["schema"]["required"].append("role")
    told = Service(REFUSALS["a list of what is allowed"], anybody)
    callers(told, document(body("email", "password", "role"))).one()
    seen = Service(lambda _: None, anybody)
    callers(seen, document(listed)).one()
    assert [sent["role"] for path, sent in seen.asked if path == "/signup"] == ["clerk"]
    assert not {"admin", "manager"} & {sent["role"] for path, sent in told.asked if path == "/signup"}


def test_a_sign_up_that_takes_nothing_is_left_soon_with_the_first_refusal() -> None:
    service = Service(lambda b: (422, f"closed {b['email']}: country, role"), anybody)
    sign_up = body("email", "password", "role", example={"role": "teller"})
    with pytest.raises(ProbeError, match="refused a new account: 422"):
        callers(service, document(sign_up)).one()
    assert len(service.asked) < TRIES + 10


def test_another_operation_that_signs_up_is_taken() -> None:
    contract = document(body("email", "password", "invite"))
    contract["paths"]["/users/open"] = {"post": body("email", "password")}
    people = callers(Service(lambda b: (403, "invitations only") if "invite" in b else None, anybody), contract)
    people.one()
    assert people.register is not None
    assert people.register.endpoint == "POST /users/open"
    assert people.signs_up


LOG_INS: dict[str, tuple[Fields, Callable[[str, Fields], int]]] = {
    "at another operation": (
        {"token": body("username", "password", media=FORM), "login": body("email", "password")},
        lambda path, _: 200 if path == "/login" else 404,
    ),
    "by another name": (
        {"token": body("username", "password", media=FORM)},
        lambda _, sent: 401 if "@" in sent["username"] else 200,
    ),
    "under a longer name": ({"login-json": body("email", "password")}, anybody),
}


@pytest.mark.parametrize("how", LOG_INS)
def test_another_way_in_is_taken_from_then_on(how: str) -> None:
    logins, answer = LOG_INS[how]
    service = Service(lambda _: None, answer)
    people = callers(service, document(body("email", "username", "password"), **logins))
    people.one()
    known = len(service.asked)
    one = people.one()
    assert len([path for path, _ in service.asked[known:] if path.lstrip("/") in logins]) == 1
    assert people.try_password(one.email, one.password).is_success


def put_in(name: str) -> Iterator[PutInto]:
    names = {"email": name, "username": "u7"}
    yield PutInto(table=f"people of {name.partition('@')[2]}", password="known", called=names)


def test_where_the_service_signs_nobody_up_an_account_is_put_into_the_database() -> None:
    service = Service(lambda _: (403, "closed"), anybody)
    notes: list[str] = []
    people = callers(service, document(body("email", "password")), planted=put_in, note=notes.append)
    one = people.one()
    assert (one.user_id, one.value_of("username")) == (7, "u7")
    assert not people.signs_up
    assert people.refused == 'POST /signup refused a new account: 403 {"detail":"closed"}'
    assert "in the database: a row in people of example.com" in notes[-1]
    asked = [path for path, _ in service.asked].count("/signup")
    people.one()
    assert [path for path, _ in service.asked].count("/signup") == asked, "it is not asked again"


def test_that_both_ways_were_tried_is_said() -> None:
    service = Service(lambda _: (403, "closed"), lambda *_: 401)
    with pytest.raises(
        ProbeError, match=r"403 .*closed.*put into the database could not sign in .*401.*\[identities\]"
    ):
        callers(service, document(body("email", "password")), planted=put_in).one()


@pytest.mark.parametrize("where", ["signup", "login"])
def test_a_limit_is_not_taken_for_a_closed_door(where: str) -> None:
    """The advice is to raise the limit, not to name an operation."""
    service = Service(
        lambda _: (429, "slow down") if where == "signup" else None, lambda *_: 429 if where == "login" else 200
    )
    with pytest.raises(ProbeError, match=r"429 .*; it limits how often .*\[env\]") as caught:
        callers(service, document(body("email", "password"))).one()
    assert "name the operation" not in str(caught.value)
    assert len(service.asked) <= 2


def test_a_limit_at_the_log_in_of_an_account_that_was_put_in_is_named() -> None:
    service = Service(lambda _: (403, "closed"), lambda *_: 429)
    with pytest.raises(ProbeError, match=r"429 .*limits how often") as caught:
        callers(service, document(body("email", "password")), planted=put_in).one()
    assert "register" not in str(caught.value)


def test_accounts_that_gonogo_toml_names_sign_in_first_and_each_once() -> None:
    config = Identities(accounts={"admin": [Account(name="boss@corp.io", password="known")]})
    service = Service(lambda _: None, anybody)
    people = callers(service, document(body("email", "password")), config=config)
    boss, other = people.one("admin"), people.one("admin")
    assert boss.email == "boss@corp.io"
    assert other.email.endswith("@example.com"), "somebody else is never the same person"
    assert ("/login", {"email": "boss@corp.io", "password": "known"}) in service.asked


def test_fixed_values_of_a_body_are_sent_at_the_sign_up_and_where_the_log_in_has_them() -> None:
    config = Identities(fields={"invite": "abc", "tenant": 3})
    service = Service(lambda b: None if b.get("invite") == "abc" else (400, "no"), anybody)
    login = body("email", "password", optional={"tenant": {"type": "integer"}})
    callers(service, document(body("email", "password"), login=login), config=config).one()
    sent = dict(service.asked)
    assert sent["/signup"]["invite"] == "abc"
    assert sent["/login"]["tenant"] == 3
    assert "invite" not in sent["/login"]


def test_a_read_that_lets_strangers_in_says_nothing_about_a_caller() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/news":
            return httpx.Response(200, json=[])
        known = request.headers.get("authorization") == "Token t"
        return (
            httpx.Response(200 if known else 401)
            if request.method == "GET"
            else httpx.Response(200, json={"token": "t"})
        )

    contract = document(body("email", "password"))
    closed: Fields = {"get": {"security": [{"b": []}]}}
    contract["paths"] = {"/news": closed, **contract["paths"], "/orders": closed}
    del contract["paths"]["/me"]
    contract["components"] = {"securitySchemes": {"b": {"type": "apiKey", "in": "header", "name": "Authorization"}}}
    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://shop")
    people = Callers(Requests(contract), client, NOWHERE)
    assert people.one().headers["Authorization"] == "Token t"
    assert [op.path for op in people.guarded_reads()] == ["/orders"]


def test_the_accounts_of_one_look_are_bounded() -> None:
    people = callers(Service(lambda _: None, anybody), document(body("email", "password")))
    people.made = MOST_ACCOUNTS
    with pytest.raises(ProbeError, match="150 accounts were made in this look"):
        people.one()
