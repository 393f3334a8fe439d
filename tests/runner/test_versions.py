"""Is a stale version told from what can't be done twice?"""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.races import Doubled, Race
from runner.evidence.code.versions import keeps_version
from runner.http.identities import Identity
from runner.http.requests import Request, Requests


def request(body: Any = None, **more: Any) -> Request:
    paths: Any = {"/orders/{id}/cancel": {"post": {"responses": {}}}}
    (operation,) = Requests({"openapi": "3.1.0", "paths": paths}).operations
    return Request(operation=operation, path="/orders/1/cancel", body=body, **more)


def test_what_was_done_already_is_no_version() -> None:
    assert not keeps_version(request(), 409)
    assert not keeps_version(request({"reason": "late", "conversion": 2}), 409)
    assert not keeps_version(request({"version": 2}), 403)


def test_a_refusal_that_only_versions_get_tells_by_itself() -> None:
    assert keeps_version(request(), 412)
    assert keeps_version(request(), 428)


@pytest.mark.parametrize(
    "name", ["version", "lockVersion", "row_version", "revision", "etag", "updated_at", "updatedAt"]
)
def test_a_409_on_a_request_with_a_version_is_one(name: str) -> None:
    assert keeps_version(request({name: 3}), 409)
    assert keeps_version(request({"order": {name: 3}}, envelope="order"), 409)


def test_a_version_may_also_stand_in_a_header_or_the_query() -> None:
    assert keeps_version(request(headers={"If-Match": '"3"'}), 409)
    assert keeps_version(request(query={"version": 3}), 409)


class Everybody(Race):
    """A race on a service that refuses the second in a row, in which all who come at once are taken."""

    def __init__(self, made: Request) -> None:
        answers = iter((200, 409))
        client = httpx.Client(
            base_url="http://service", transport=httpx.MockTransport(lambda _: httpx.Response(next(answers), json={}))
        )
        here = SimpleNamespace(
            client=client,
            requests=SimpleNamespace(operations=()),
            allowed=lambda _: "user",
            caller=lambda role: Identity(role=role, headers={"Authorization": "Bearer t"}),
            objects=SimpleNamespace(request=lambda *_: made),
            missing={},
            sign_in_all=lambda: None,
        )
        super().__init__(cast("Visit", here))
        self._change(made.operation)

    def _at_once(self, request: Request, _: Identity, refuses: int, __: bool) -> Doubled:  # noqa: FBT001
        return Doubled(endpoint=request.endpoint, refuses=refuses, statuses=(200,) * 8)


def test_all_may_cancel_at_once_what_can_be_cancelled_only_once() -> None:
    race = Everybody(request())
    assert (race.overtaken, race.guarded, race.changed) == ([], [], 1)


def test_all_at_once_past_a_version_is_found() -> None:
    race = Everybody(request({"version": 1}, media_type="application/json"))
    assert [one.taken for one in race.overtaken] == [8]
    assert race.guarded == ["POST /orders/{id}/cancel"]
