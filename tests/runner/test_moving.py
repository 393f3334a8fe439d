"""Where a service limits how often one address may ask, callers are signed up and in from another one."""

import json
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from runner.errors import ProbeError
from runner.http.callers import Callers
from runner.http.requests import Requests
from runner.live.client import Wandering, moved
from runner.postgres.database import Database
from runner.processes.fence import HOST

FIELDS = {name: {"type": "string"} for name in ("email", "password")}
BODY = {"type": "object", "required": ["email", "password"], "properties": FIELDS}
TAKES = {"post": {"requestBody": {"content": {"application/json": {"schema": BODY}}}}}
DOCUMENT: dict[str, Any] = {"paths": {"/register": TAKES, "/login": TAKES, "/me": {"get": {"security": [{"b": []}]}}}}
MOST = 2  # requests that one address may make of one operation


class Limiting(BaseHTTPRequestHandler):
    asked: Counter[tuple[str, str]]
    everybody = False  # the limit counts all addresses together

    def do_POST(self) -> None:
        whose = ("all" if self.everybody else self.client_address[0], self.path)
        self.asked[whose] += 1
        name = json.loads(self.rfile.read(int(self.headers["content-length"])))["email"]
        self._answer(429 if self.asked[whose] > MOST else 200, {"access_token": name})

    def do_GET(self) -> None:
        self._answer(200 if "authorization" in self.headers else 401, {"id": 7})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def people() -> Iterator[Callers]:
    Limiting.asked, Limiting.everybody = Counter(), False
    server = ThreadingHTTPServer(("127.0.0.1", 0), Limiting)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with Wandering(HOST, f"http://127.0.0.1:{server.server_port}", 5) as client:
        yield Callers(Requests(DOCUMENT), client, Database(port=1, name="nowhere"))
    server.shutdown()
    server.server_close()


def test_everybody_is_signed_in_though_one_address_may_ask_twice(people: Callers) -> None:
    assert len({people.one().email for _ in range(5)}) == 5
    assert len({address for address, _ in Limiting.asked}) > 1


def test_a_limit_that_counts_all_addresses_together_is_told(people: Callers) -> None:
    Limiting.everybody = True
    people.one()
    people.one()
    with pytest.raises(ProbeError, match="it limits how often anybody may"):
        people.one()


def test_a_wrong_password_comes_from_where_it_came_before(people: Callers) -> None:
    statuses = [people.try_password("ann@example.com", "wrong").status_code for _ in range(MOST + 1)]
    assert statuses == [200] * MOST + [429], "who looks for the limit sees it"


def test_only_a_client_of_the_run_moves() -> None:
    assert not moved(httpx.Client())
