"""Are schemathesis' events read rightly?"""

import base64
import json
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.fuzz import events_of, examples
from runner.evidence.behaviour.fuzz_events import answers_in, surprises_in
from runner.http.requests import Requests


def scenario(status: int, message: str = "", method: str = "GET", body: str = "") -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": method,
        "uri": "http://127.0.0.1:5000/tags?limit=2",
        "headers": {"Authorization": ["[Filtered]"], "Content-Type": ["application/json"]},
        "body": {"$base64": base64.b64encode(body.encode()).decode()} if body else None,
    }
    failure = {"failure_info": {"failure": {"message": message, "title": "t"}}} if message else {}
    return {
        "ScenarioFinished": {
            "recorder": {
                "cases": {"a": {"value": {"method": method, "path": "/tags"}}},
                "interactions": {"a": {"request": request, "response": {"status_code": status}}},
                "checks": {"a": [{"name": "response_schema_conformance", "status": "x", **failure}]},
            }
        }
    }


LONG = """"1" is not of type "integer"

Validated against the response schema for status code 200.

Schema at /components/schemas/TagRead/properties/id:

    {"type": "integer"}"""


def test_answers_are_counted_and_successes_by_operation() -> None:
    events = [{"PhaseStarted": {}}, scenario(200), scenario(201), scenario(404), {"ScenarioFinished": {"recorder": {}}}]
    assert answers_in(events) == (3, {"GET /tags": 2})


def test_an_answer_that_never_came_is_no_success() -> None:
    event = scenario(0)
    event["ScenarioFinished"]["recorder"]["interactions"]["a"]["response"] = None
    assert answers_in([event]) == (1, {})


def test_surprise_names_place_in_the_schema_once() -> None:
    found = list(surprises_in([scenario(200, LONG), scenario(200, LONG.replace("1", "27"))]))
    assert [one.message for one in found] == ['"1" is not of type "integer" (TagRead/properties/id)']
    assert found[0].curl == 'curl -i -X GET -H "Authorization: Bearer $TOKEN" "$BASE"\'/tags?limit=2\''


def test_curl_sends_the_body() -> None:
    found = next(surprises_in([scenario(500, "Server error", "POST", '{"name": "it\'s"}')]))
    assert "-H 'Content-Type: application/json' -d" in found.curl
    assert found.curl.endswith("\"$BASE\"'/tags?limit=2'")


def test_a_body_of_bytes_is_piped_and_not_printed() -> None:
    found = next(iter(surprises_in([scenario(500, LONG, method="POST", body="PNG\x1a\x00\r\n")])))
    assert found.curl.startswith("echo UE5HGgANCg== | base64 -d | curl -i -X POST")
    assert "--data-binary @-" in found.curl
    assert found.curl.isprintable()


def test_readiness_that_says_that_it_is_not_ready_is_no_crash() -> None:
    def failed(path: str, status: int) -> dict[str, Any]:
        event = scenario(status, "Server error")
        recorder = event["ScenarioFinished"]["recorder"]
        recorder["cases"]["a"]["value"]["path"] = path
        recorder["checks"]["a"][0]["name"] = "not_a_server_error"
        return event

    asked = [("/health/ready", 503), ("/health/ready", 500), ("/orders/{id}/status", 503), ("/tags", 503)]
    found = {one.endpoint for one in surprises_in([failed(*one) for one in asked[:1]])}
    assert not found
    assert [one.endpoint for one in surprises_in([failed(*one) for one in asked[1:]])] == [
        "GET /health/ready", "GET /orders/{id}/status", "GET /tags",
    ]  # fmt: skip


def test_of_a_report_that_was_broken_off_the_whole_lines_count() -> None:
    report = "\n".join(map(json.dumps, (scenario(200), scenario(500, "it broke"))))
    assert answers_in(events_of(report)) == answers_in([scenario(200), scenario(500, "it broke")])
    assert answers_in(events_of(report[:-9])) == answers_in([scenario(200)])


@pytest.mark.parametrize(("seconds", "made"), [(60.0, 1), (-1.0, 0)])
def test_no_more_objects_are_made_for_it_when_the_time_is_up(seconds: float, made: int) -> None:
    requests = Requests({"paths": {"/tags": {"get": {}}}})
    here = SimpleNamespace(
        requests=requests,
        client=httpx.Client(),
        present=(),
        sign_in_all=lambda: None,
        request=lambda operation, _: requests.example(operation),
    )
    assert len(list(examples(cast("Visit", here), [], seconds))) == made
