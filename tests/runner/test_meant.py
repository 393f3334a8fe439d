"""Is a refusal that comes with 200 taken for what its body says, and nothing else for a refusal?"""

import json
from typing import Any

import httpx
import pytest

from runner.http.meant import as_meant, is_said_in_body

JSON = "application/json"


def asked(body: Any, status: int = 200, kind: str = JSON) -> tuple[httpx.Response, list[str]]:
    notes: list[str] = []
    content = json.dumps(body).encode()

    def service(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers={"content-type": kind})

    client = httpx.Client(transport=httpx.MockTransport(service), base_url="http://shop")
    as_meant(client, notes.append)
    client.get("/a")
    return client.get("/a"), notes


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": 401, "msg": "who?"}, 401),
        ({"code": 403, "message": "no"}, 403),
        ({"code": 500, "msg": "no such user"}, 400),
        ({"code": 601, "msg": "a warning"}, 400),
        ({"code": 40101, "success": False, "msg": "who?"}, 400),
        ({"status": 404, "error": "none"}, 404),
    ],
)
def test_a_refusal_in_the_body_has_its_status(body: Any, status: int) -> None:
    answer, notes = asked(body)
    assert (answer.status_code, answer.json()) == (status, body)
    assert not answer.is_success
    assert is_said_in_body(answer)
    assert len(notes) == 1, "told once"
    assert notes[0].startswith("/a answers 200, and ")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"code": 200, "msg": "done", "success": True}, 200, JSON),
        ({"code": 0, "message": "done"}, 200, JSON),
        ({"code": 404, "name": "a product"}, 200, JSON),  # nothing that is said to a person
        ({"code": 401, "msg": "who?"}, 403, JSON),
        ({"code": 401, "msg": "who?"}, 200, "application/x-ndjson"),  # may have no end
        ([{"code": 401, "msg": "who?"}], 200, JSON),
        ("text", 200, JSON),
    ],
)
def test_what_refuses_nothing_stays_as_it_came(body: Any, status: int, kind: str) -> None:
    answer, notes = asked(body, status, kind)
    assert answer.status_code == status
    assert not is_said_in_body(answer)
    assert notes == []
