"""Is a page that the service permits named where it refuses who names none, and only there?"""

from collections.abc import Callable

import httpx
import pytest

from runner.http.own_origin import shown_origin
from runner.http.requests import Requests

BODY = {"type": "object", "properties": {"email": {"type": "string"}, "password": {"type": "string"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {"/login": {"post": {"requestBody": {"content": {"application/json": {"schema": BODY}}}}}},
}
SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("answer", "origins", "shown"),
    [
        (lambda origin: 401 if origin == SHOP else 403, (SHOP,), SHOP),
        (lambda origin: 401 if origin == SHOP else 403, ("https://other.example", SHOP), SHOP),
        (lambda origin: 401 if origin == SHOP else 403, (), ""),  # it permits none by name
        (lambda _: 403, (SHOP,), ""),  # it refuses for another reason
        (lambda _: 401, (SHOP,), ""),  # it does not ask
    ],
)
def test_a_page_is_named_where_none_is_refused(
    answer: Callable[[str | None], int], origins: tuple[str, ...], shown: str
) -> None:
    seen: list[httpx.Request] = []

    def service(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(answer(request.headers.get("origin")))

    requests = Requests(DOCUMENT)
    requests.origins = origins
    client = httpx.Client(transport=httpx.MockTransport(service), base_url="http://shop")
    assert shown_origin(requests, client) == shown
    request = requests.example(requests.operations[0])
    assert request.headers == ({"Origin": shown} if shown else {})
    assert (f"Origin: {shown}" in request.curl()) is bool(shown), "who repeats the command is let in as well"
