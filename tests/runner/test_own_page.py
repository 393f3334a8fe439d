"""Services that want a token against requests from other sites are asked with the one that they give out."""

import httpx
import pytest

from runner.http.requests import Requests

OPERATION = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}}
PAGE: dict[str, object] = {"get": {}}


class Service:
    """It lets in who sends the token back; `signed`: its cookie holds another text than the token."""

    def __init__(self, *, told: bool, signed: bool = False, header: str = "x-csrf-token") -> None:
        self.told, self.signed, self.header, self.asked = told, signed, header, list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        cookie = "signed-t1" if self.signed else "t1"
        if request.method == "GET":
            gives = {"data": {"csrf_token": "t1"}} if self.told else {"ok": True}
            return httpx.Response(200, json=gives, headers={"set-cookie": f"app-csrf={cookie}; Path=/"})
        kept = request.headers.get("cookie", "")
        if f"app-csrf={cookie}" in kept and request.headers.get(self.header) == "t1":
            return httpx.Response(201, json={"cookies": kept})
        return httpx.Response(403, json={"detail": "CSRF token missing"})


def sent(service: Service, paths: dict[str, object], headers: dict[str, str]) -> httpx.Response:
    requests = Requests({"paths": paths})
    client = httpx.Client(transport=httpx.MockTransport(service), base_url="http://service")
    found = requests.find("POST /orders")
    assert found
    return requests.example(found).send(client, headers)


@pytest.mark.parametrize("header", ["x-csrf-token", "x-csrftoken", "x-xsrf-token"])
def test_the_token_of_a_page_is_sent_back_beside_the_callers_cookies(header: str) -> None:
    service = Service(told=True, signed=True, header=header)
    answer = sent(service, {"/orders": OPERATION, "/auth/csrf-token": PAGE}, {"Cookie": "session=s"})
    assert (answer.status_code, answer.json()["cookies"]) == (201, "session=s; app-csrf=signed-t1")
    assert service.asked == ["POST /orders", "GET /auth/csrf-token", "POST /orders"]


def test_without_such_a_page_the_cookie_is_sent_back() -> None:
    service = Service(told=False)
    assert sent(service, {"/orders": OPERATION}, {}).status_code == 201
    assert service.asked == ["POST /orders", "GET /", "POST /orders"]


@pytest.mark.parametrize(("why", "asked"), [("CSRF token missing", ["POST", "GET"]), ("not yours", ["POST"])])
def test_where_no_token_helps_the_refusal_stays_one(why: str, asked: list[str]) -> None:
    seen = []

    def refuses(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return httpx.Response(403, json={"detail": why})

    requests = Requests({"paths": {"/orders": OPERATION}})
    client = httpx.Client(transport=httpx.MockTransport(refuses), base_url="http://service")
    found = requests.find("POST /orders")
    assert found
    assert requests.example(found).send(client).status_code == 403
    assert seen == asked
