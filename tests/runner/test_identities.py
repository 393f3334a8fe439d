"""Do people get in by the service's own sign-up and log-in, and do objects belong to them?"""

import json
from typing import Any

import httpx
import pytest

from runner.errors import NotThere, ProbeError
from runner.http.callers import Callers
from runner.http.confirmation import confirm
from runner.http.identities import NOBODY, Identity, claims_of, identity_of
from runner.http.objects import CannotMake, Objects, Row
from runner.http.requests import Requests
from runner.http.shown_ids import id_in
from runner.http.things import subject
from runner.live.workshop import Workshop
from runner.postgres.database import Database

NOWHERE = Database(port=1, name="nowhere")


def _body(*fields: str) -> dict[str, Any]:
    schema = {"type": "object", "required": list(fields), "properties": {f: {"type": "string"} for f in fields}}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


DOCUMENT: dict[str, Any] = {
    "paths": {
        "/signup": {"post": _body("email", "password")},
        "/session": {"post": _body("email", "password")},
        "/me": {"get": {"security": [{"b": []}]}},
        "/posts": {"post": {"security": [{"b": []}], **_body("title")}},
        "/posts/{post_id}/publish": {"post": {"security": [{"b": []}]}},
        "/posts/{post_id}/comments": {"post": {"security": [{"b": []}], **_body("body")}},
        "/comments/{comment_id}": {"delete": {"security": [{"b": []}]}},
        "/likes": {"post": {"security": [{"b": []}], **_body("comment_id")}},
        "/orphans/{orphan_id}": {"get": {}},
    }
}


class Service:
    """A stand-in service: remembers what it was asked, answers as a small backend would."""

    def __init__(self, role: str = "reader") -> None:
        self.asked: list[tuple[str, str]] = []
        self.role = role

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append((request.method, path))
        if path == "/session":
            email = json.loads(request.content)["email"]
            return httpx.Response(200, json={"data": {"token": f"of {email}"}}, headers={"set-cookie": "sid=1; Path=/"})
        if path == "/me" and "authorization" not in request.headers:
            return httpx.Response(401)
        if path == "/me":
            return httpx.Response(200, json={"id": 7, "role": self.role})
        if path == "/posts" and request.headers.get("authorization") == "Bearer reader":
            return httpx.Response(403, json={"detail": "no"})
        return httpx.Response(201, json={"id": 40 + len(self.asked)})


@pytest.fixture
def service() -> Service:
    return Service()


def _client(service: Service) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(service), base_url="http://service")


def test_people_sign_up_and_in_by_convention(service: Service) -> None:
    people = Callers(Requests(DOCUMENT), _client(service), NOWHERE)
    one = people.one("reader")
    assert one.headers["Authorization"] == f"Bearer of {one.email}"
    assert one.headers["Cookie"] == "sid=1"
    assert one.user_id == 42 - 1
    assert service.asked == [("POST", "/signup"), ("POST", "/session"), *[("GET", "/me")] * 3]
    people.one("reader")
    assert len(service.asked) == 8, "whether new accounts are let in is asked once"


def test_a_role_that_nobody_can_be_given_is_problem(service: Service) -> None:
    people = Callers(Requests(DOCUMENT), _client(service), NOWHERE)
    with pytest.raises(ProbeError, match="a new user has the role reader, not admin"):
        people.one("admin")


def test_a_service_without_callers_is_not_there(service: Service) -> None:
    with pytest.raises(NotThere, match="knows no callers"):
        Callers(Requests({"paths": {"/health": {"get": {}}}}), _client(service), NOWHERE)


def test_where_nobody_signs_in_everybody_can_be_nobody(service: Service) -> None:
    people = Callers(Requests({"paths": {"/songs": {"get": {}}}}), _client(service), NOWHERE, open_too=True)
    assert people.open
    assert people.one() == NOBODY
    assert service.asked == []


def test_objects_are_made_with_their_parents_and_published(service: Service) -> None:
    requests = Requests(DOCUMENT)
    author = Identity(role="author", headers={"Authorization": "Bearer author"})
    operation = requests.find("DELETE /comments/{comment_id}")
    assert operation is not None
    request = Objects(requests, _client(service)).request(operation, author)
    assert service.asked == [("POST", "/posts"), ("POST", "/posts/41/publish"), ("POST", "/posts/41/comments")]
    assert request.path == "/comments/43"


@pytest.mark.parametrize(
    ("made_of", "account"), [({"name": {}}, False), ({"email": {}, "password": {}}, True), (None, True)]
)
def test_who_is_made_without_a_password_is_no_account(made_of: dict[str, Any] | None, account: bool) -> None:  # noqa: FBT001
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": made_of}}}}
    making = {"post": {"requestBody": body}} if made_of else {"get": {}}
    requests = Requests(
        {"paths": {"/authors": making, "/authors/{author_id}": {"delete": {}}, "/users/{id}": {"get": {}}}}
    )
    objects = Objects(requests, httpx.Client())
    deleting, user = requests.find("DELETE /authors/{author_id}"), requests.find("GET /users/{id}")
    assert deleting is not None
    assert user is not None
    assert (objects.is_account(deleting, "author_id"), objects.is_account(user, "id")) == (account, True)


@pytest.mark.parametrize(
    ("collection", "field", "account"),
    [
        ("customers", "owner_id", False),
        ("members", "userId", False),
        ("customers", "town", True),
        ("users", "user_id", True),  # its own
        ("members", "created_by", True),  # who invited her
    ],
)
def test_a_person_whose_record_belongs_to_an_account_is_no_account(collection: str, field: str, account: bool) -> None:  # noqa: FBT001
    shown = {"application/json": {"schema": {"type": "object", "properties": {"id": {}, field: {}}}}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"name": {}}}}}}
    making = {"post": {"requestBody": body, "responses": {"201": {"content": shown}}}}
    requests = Requests({"paths": {f"/{collection}": making, f"/{collection}/{{id}}": {"get": {}}}})
    reading = requests.find(f"GET /{collection}/{{id}}")
    assert reading is not None
    objects = Objects(requests, httpx.Client())
    assert objects.is_account(reading, "id") is account
    assert objects.names_record(f"{collection.removesuffix('s')}_id") is not account


def test_a_helper_makes_the_parent_that_the_owner_may_not_make(service: Service) -> None:
    requests = Requests(DOCUMENT)
    reader = Identity(role="reader", headers={"Authorization": "Bearer reader"})
    author = Identity(role="author", headers={"Authorization": "Bearer author"})
    objects = Objects(requests, _client(service), [author])
    comment, post = requests.find("DELETE /comments/{id}"), requests.find("POST /posts/{id}/comments")
    assert comment is not None
    assert post is not None
    assert objects.request(comment, reader).path.startswith("/comments/")
    with pytest.raises(CannotMake, match="reader could not POST /posts: 403"):
        objects.request(post, reader)


def test_a_reference_in_the_body_is_an_object_made_for_it(service: Service) -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("POST /likes")
    assert operation is not None
    request = Objects(requests, _client(service)).request(operation, Identity(role="author"))
    assert request.body["comment_id"] == "47", "the operation was tried out with another one before"


def _answers(request: httpx.Request) -> httpx.Response:
    told = {"/kinds": ["books", "films"], "/audit-logs": {"data": [{"id": "l7", "action": "x"}]}}
    if request.method == "POST":
        return httpx.Response(201, json={"id": "new", "email": "a@b.de"})
    return httpx.Response(200, json=told.get(request.url.path, []))


SECRET_BODY = {"content": {"application/json": {"schema": {"type": "object", "properties": {"password": {}}}}}}
SHOWN: dict[str, Any] = {
    "/kinds": {"get": {}},
    "/kinds/{kind}": {"get": {}, "delete": {}},
    "/audit-logs": {"get": {}},
    "/audit-logs/{log_id}": {"get": {}},
    "/users": {"post": {"requestBody": SECRET_BODY}},
    "/users/{user_id}": {"get": {}, "delete": {}},
}


@pytest.mark.parametrize(
    ("endpoint", "role", "path"),
    [
        ("GET /kinds/{kind}", "user", "/kinds/books"),
        ("GET /audit-logs/{log_id}", "user", "/audit-logs/l7"),
        ("DELETE /kinds/{kind}", "user", ""),  # it may be anybody's
        ("GET /users/{user_id}", "administrator", "/users/me1"),
        ("DELETE /users/{user_id}", "administrator", "/users/new"),  # nobody may end its own account so
        ("DELETE /users/{user_id}", "user", "/users/me1"),
    ],
)
def test_what_is_only_shown_is_read_and_an_administrator_ends_the_account_of_another(
    endpoint: str, role: str, path: str
) -> None:
    requests = Requests({"paths": SHOWN})
    operation = requests.find(endpoint)
    assert operation is not None
    client = httpx.Client(transport=httpx.MockTransport(_answers), base_url="http://service")
    objects, caller = Objects(requests, client), Identity(role=role, user_id="me1")
    if path:
        assert objects.request(operation, caller).path == path
    else:
        with pytest.raises(CannotMake, match="no operation makes the kind"):
            objects.request(operation, caller)
    if "{kind}" in endpoint and path:
        assert not objects.make(operation, caller).owned


def test_an_object_that_nothing_makes_is_problem(service: Service) -> None:
    requests = Requests(DOCUMENT)
    operation = requests.find("GET /orphans/{id}")
    assert operation is not None
    with pytest.raises(CannotMake, match="no operation makes the orphan_id"):
        Objects(requests, _client(service)).request(operation, Identity(role="author"))


LOOK_UPS: dict[str, Any] = {
    "paths": {
        "/carts": {"post": {"responses": {}}},
        "/carts/by-code/{code}": {"get": {"responses": {}}},
        "/users/email/{email}": {"get": {"responses": {}}},
        "/carts/status/{status}/{closed}": {
            "get": {
                "responses": {},
                "parameters": [
                    {"name": "status", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/S"}},
                    {"name": "closed", "in": "path", "required": True, "schema": {"type": "boolean"}},
                ],
            }
        },
    },
    "components": {"schemas": {"S": {"type": "string", "enum": ["active", "done"]}}},
}


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("GET /carts/by-code/{code}", "/carts/by-code/AB-1"),
        ("GET /users/email/{email}", "/users/email/ann%40example.com"),
        ("GET /carts/status/{status}/{closed}", "/carts/status/active/False"),
    ],
)
def test_what_is_looked_up_by_another_column_is_made_first_and_fixed_values_are_no_things(
    endpoint: str, path: str
) -> None:
    made = httpx.Response(201, json={"id": 5, "code": "AB-1"})
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(lambda _: made))
    requests = Requests(LOOK_UPS)
    operation = requests.find(endpoint)
    assert operation is not None
    ann = Identity(role="user", email="ann@example.com", user_id=3, headers={"Authorization": "Bearer x"})
    assert Objects(requests, client).request(operation, ann).path.lower() == path.lower()


BROKEN: dict[str, Any] = {
    "paths": {
        "/carts": {"post": {"responses": {}}, "get": {"responses": {}}},
        "/carts/{cart_id}": {"get": {"responses": {}}, "delete": {"responses": {}}},
    }
}


@pytest.mark.parametrize(
    ("made", "read", "listed", "kept"),
    [
        *((500, 200, 200, True), (201, 200, 200, True), (422, 200, 401, True)),
        *((500, 500, 200, False), (500, 200, 500, False), (500, 404, 200, False), (403, 200, 200, False)),
    ],
)
def test_what_the_service_fails_to_make_is_a_row_that_it_shows(
    made: int, read: int, listed: int, *, kept: bool
) -> None:
    """`made`, `read`, `listed`: how the service answers POST /carts, GET /carts/7, GET /carts."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            made if request.method == "POST" else read if request.url.path == "/carts/7" else listed, json={}
        )

    removed: list[str] = []
    client = httpx.Client(base_url="http://shop", transport=httpx.MockTransport(answer))
    row = Row(value=7, owned=True, remove=lambda: removed.append("row"))
    requests = Requests(BROKEN)
    objects = Objects(requests, client, rows=lambda *_: row)
    operation = requests.find("DELETE /carts/{cart_id}")
    assert operation is not None
    if kept:
        assert objects.request(operation, NOBODY).path == "/carts/7"
        assert not removed
    else:
        with pytest.raises(CannotMake, match="could not POST /carts"):
            objects.request(operation, NOBODY)
        assert removed == ([] if made == 403 else ["row"])


def test_claims_of_a_token_and_of_rubbish() -> None:
    assert claims_of("e30.eyJzdWIiOiI3In0.x") == {"sub": "7"}
    assert claims_of("e30.###.x") == {}
    assert claims_of("opaque") == {}


def test_an_answer_without_token_or_cookie_signs_nobody_in() -> None:
    answer = httpx.Response(200, json={"ok": True}, request=httpx.Request("POST", "http://service/session"))
    assert not identity_of("r", "e", "p", answer).signed_in


def test_names_of_things() -> None:
    assert [subject(n) for n in ("post_id", "postId", "slug")] == ["post", "post", "slug"]


def _wrapped(name: str, *fields: str) -> dict[str, Any]:
    inner = {"type": "object", "required": list(fields), "properties": {f: {"type": "string"} for f in fields}}
    schema = {"type": "object", "required": [name], "properties": {name: inner}}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def test_people_get_in_with_wrapped_bodies_and_a_word_of_its_own_before_the_token() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content or b"{}")
        if request.method == "GET":
            known = request.headers.get("authorization") == "Token t1"
            return httpx.Response(200 if known else 403, json={"user": {"id": 5}})
        assert set(body) == {"user"}
        assert body["user"]["email"]
        return httpx.Response(201, json={"user": {"token": "t1"}})

    requests = Requests(
        {
            "paths": {
                "/users": {"post": _wrapped("user", "email", "password")},
                "/users/login": {"post": _wrapped("user", "email", "password")},
                "/user": {"get": {"security": [{"key": []}]}},
            },
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Authorization"}}},
        }
    )
    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://service")
    one = Callers(requests, client, NOWHERE).one()
    assert one.headers == {"Authorization": "Token t1"}
    assert one.bearing("other") == {"Authorization": "Token other"}
    assert one.user_id == 5
    assert one.value_of("user_id") == 5
    assert one.value_of("email") == one.email
    me = requests.find("GET /user")
    assert me is not None
    assert requests.example(me).curl(signed_in=True).endswith('-H "Authorization: Token $TOKEN"')


def test_an_object_comes_out_of_its_envelope() -> None:
    answer = httpx.Response(201, json={"article": {"slug": "a-b", "title": "A b"}})
    assert id_in(answer, "slug", "articles") == "a-b"
    nested = {"data": {"workspace": {"id": "w1", "owner_id": "u1"}}, "message": "made"}
    assert id_in(httpx.Response(200, json=nested), "workspace_id", "workspaces") == "w1"
    beside = {"data": {"membership": {"id": "m1"}, "workspace": {"id": "w1"}}}
    assert id_in(httpx.Response(200, json=beside), "workspace_id", "workspaces") == "w1"
    plain = {"id": "w1", "workspace": {"id": "w2"}}
    assert id_in(httpx.Response(200, json=plain), "workspace_id", "workspaces") == "w1"


def test_a_name_that_is_refused_is_made_plainer_and_stays_so() -> None:
    """The contract says `string`; the code wants letters and digits alone."""
    given: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content or b"{}")
        given.append(body)
        if not body.get("username", "x").isalnum():
            said = {"loc": ["body", "username"], "msg": "Username must not contain special characters"}
            return httpx.Response(422, json={"detail": [said]})
        return httpx.Response(201, json={"id": 1})

    document = {
        "paths": {
            "/signup": {"post": _body("email", "username", "password")},
            "/session": {"post": _body("email", "password")},
        }
    }
    requests = Requests(document)
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://shop") as client:
        people = Callers(requests, client, NOWHERE)
        people.sign_up()
        people.sign_up()
    assert [body["username"].isalnum() for body in given] == [False, True, True]


def test_a_refusal_that_names_no_field_is_not_tried_again() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(422, json={"detail": "closed today"})

    requests = Requests({"paths": {"/signup": {"post": _body("email", "username", "password")}}})
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://shop") as client:
        people = Callers(requests, client, NOWHERE, open_too=True)
        with pytest.raises(ProbeError, match="refused a new account: 422"):
            people.sign_up()


def test_an_account_that_waits_for_a_mail_is_confirmed_in_the_database() -> None:
    """At once from the second one on; and whoever is let in as she is stays as she is."""
    with Workshop() as workshop:
        database = workshop.new_database()
        database.rows(
            "CREATE TABLE people (email text, is_verified boolean, is_admin boolean, verified_at timestamptz)"
        )
        database.rows("INSERT INTO people VALUES ('Ann@example.com', FALSE, FALSE), ('bob@example.com', NULL, FALSE)")
        assert confirm(database, "ann@example.com") == (
            "people.is_verified became TRUE",
            "people.verified_at became now()",
        )
        assert confirm(database, "ann@example.com") == ()
        found = database.rows("SELECT email, is_verified, is_admin, verified_at IS NULL AS open FROM people ORDER BY 1")
    assert [tuple(row.values()) for row in found] == [
        ("Ann@example.com", True, False, False),
        ("bob@example.com", None, False, True),
    ]


class Waiting(Service):
    """Lets nobody in before `confirmed`."""

    confirmed = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/me" and not self.confirmed:
            return httpx.Response(403, json={"message": "Account not verified"})
        return super().__call__(request)


@pytest.mark.parametrize(
    ("body", "name", "id"),
    [
        ({"uid": "b-1", "name": "x"}, "book_uid", "b-1"),
        ({"bookId": 3, "id": 4}, "bookId", 3),
        ({"id": 4, "name": "x"}, "bookId", 4),
        ({"guid": "g", "code": "x"}, "book_id", "g"),
        ({"book_uuid": "u"}, "uuid", "u"),
    ],
)
def test_an_objects_id_is_found_under_its_usual_names(body: dict[str, Any], name: str, id: Any) -> None:
    assert id_in(httpx.Response(201, json=body), name, "books") == id


def test_who_is_shut_out_until_she_is_confirmed_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Waiting()
    people = Callers(Requests(DOCUMENT), _client(service), NOWHERE)

    def confirm(_: Database, name: str) -> tuple[str, ...]:
        service.confirmed = "@" in name
        return ("people.is_verified became TRUE",)

    monkeypatch.setattr("runner.http.sign_ups.confirm", confirm)
    assert people.one().user_id is not None
    assert people.sign_ups.waiting
