"""Does each check on what browsers make of answers pass what is right, and name what is wrong?"""

from dataclasses import replace

import pytest

from runner.evidence.access.browser_errors import BrowserAnswer, BrowserErrors, Preflight, asked_before
from runner.evidence.behaviour.wide_numbers import SAFE, WideNumber, WideNumbers, is_hollow, numbers_in
from runner.evidence.contract.contract import Contract
from runner.model import Outcome, Verdict, every, share
from stages.security import checks_browser

SHOP = "https://shop.example.com"
ERRORS = BrowserErrors(
    app="app.main:app",
    origins=(SHOP,),
    origin=SHOP,
    well=BrowserAnswer(status=200, allowed=SHOP),
    broken=BrowserAnswer(status=500, allowed=SHOP),
)
NUMBERS = WideNumbers(operations=("GET /a", "POST /a"), read=("GET /a", "POST /a"))


@pytest.mark.parametrize("allowed", [SHOP, "*"])
def test_sc048_passes_a_500_that_a_page_may_read(allowed: str) -> None:
    broken = BrowserAnswer(status=500, allowed=allowed)
    verdict = checks_browser.errors_reach_permitted_pages(replace(ERRORS, broken=broken))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.shares == (every(1, "internal error"),)


def test_sc048_names_the_origin_that_can_not_read_a_500() -> None:
    broken = BrowserAnswer(status=500, allowed="")
    verdict = checks_browser.errors_reach_permitted_pages(replace(ERRORS, broken=broken))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"a 500 to {SHOP}, which is permitted, lacks Access-Control-Allow-Origin"


@pytest.mark.parametrize(
    "change",
    [
        {"well": None},
        {"well": BrowserAnswer(status=500, allowed="")},
        {"well": BrowserAnswer(status=200, allowed="")},
        {"broken": None},
        {"broken": BrowserAnswer(status=200, allowed=SHOP)},
    ],
)
def test_sc048_does_not_know_what_it_could_not_see(change: dict[str, BrowserAnswer | None]) -> None:
    verdict = checks_browser.errors_reach_permitted_pages(replace(ERRORS, **change))  # type: ignore[arg-type]
    assert verdict.outcome is Outcome.UNKNOWN


ASKED = Preflight(
    endpoint="DELETE /posts/{id}", headers=("authorization",), status=200, origin=SHOP,
    methods="GET, DELETE", allowed="Accept, Authorization",
)  # fmt: skip
TOLD = replace(ERRORS, told=("GET", "DELETE"), operations=3, preflights=(ASKED,))


def sending(**changes: object) -> Verdict:
    return checks_browser.permitted_pages_may_send(replace(TOLD, preflights=(replace(ASKED, **changes),)))  # type: ignore[arg-type]


def test_sc071_passes_what_a_page_may_send() -> None:
    verdict = checks_browser.permitted_pages_may_send(TOLD)
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(1, 1, "operation asked about beforehand"),))
    assert sending(methods="*", cookie=True, credentials=True).outcome is Outcome.PASSED
    assert sending(origin="*", endpoint="POST /posts", methods="").outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"status": 400, "methods": "GET, POST"}, "DELETE"),
        ({"status": 400, "allowed": "Accept, Content-Type"}, "authorization"),
        ({"allowed": "*"}, "authorization"),
        ({"cookie": True}, "cookies"),
        ({"origin": ""}, "the origin"),
        ({"status": 405}, "what is answered 405"),
    ],
)
def test_sc071_names_what_a_page_may_not_send(changes: dict[str, object], lacking: str) -> None:
    verdict = sending(**changes)
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"a page of {SHOP}, which is permitted, can't use 1 operation: {lacking} not permitted"
    assert verdict.places[0].endpoint == "DELETE /posts/{id}"


def test_sc071_leaves_pages_alone_that_only_read_on_purpose() -> None:
    refused = replace(ASKED, status=400, methods="GET")
    reading = replace(TOLD, told=("GET",), preflights=(refused,))
    assert checks_browser.permitted_pages_may_send(reading).outcome is Outcome.NOT_APPLICABLE
    anybody = replace(TOLD, told=None, origins=("*",), preflights=(refused,))
    assert checks_browser.permitted_pages_may_send(anybody).outcome is Outcome.NOT_APPLICABLE
    forgotten = replace(TOLD, told=None, preflights=(refused,))
    assert checks_browser.permitted_pages_may_send(forgotten).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "hollow",
    [
        replace(TOLD, well=None),
        replace(TOLD, operations=0, preflights=()),
        replace(TOLD, preflights=(replace(ASKED, status=0),)),
        replace(TOLD, preflights=(ASKED, *(replace(ASKED, status=0),) * 2)),
    ],
)
def test_sc071_does_not_know_what_was_not_answered(hollow: BrowserErrors) -> None:
    assert checks_browser.permitted_pages_may_send(hollow).outcome is Outcome.UNKNOWN


def test_a_browser_asks_before_what_no_plain_form_sends() -> None:
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    form = {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "session": {"type": "apiKey", "in": "cookie", "name": "session"},
    }
    paths = {
        "/open": {"get": {}, "post": {"requestBody": body}, "delete": {}},
        "/form": {"post": {"requestBody": form}},
        "/own": {"get": {"security": [{"bearer": []}]}},
        "/programs": {"post": {"security": [{"key": []}]}},
        "/cookie": {"patch": {"security": [{"session": []}]}},
    }
    asked = asked_before(Contract(document={"paths": paths, "components": {"securitySchemes": schemes}}))
    assert [(one.endpoint, one.headers, one.cookie) for one in asked] == [
        ("POST /open", ("content-type",), False),
        ("DELETE /open", (), False),
        ("GET /own", ("authorization",), False),
        ("PATCH /cookie", (), True),
    ]


def test_sc049_passes_numbers_that_browsers_keep() -> None:
    verdict = checks_browser.numbers_are_not_rounded(NUMBERS)
    assert (verdict.outcome, verdict.shares) == (Outcome.PASSED, (share(2, 2, "operation"),))


def test_sc049_tells_which_operations_nobody_got_an_answer_of() -> None:
    numbers = WideNumbers(
        operations=("GET /a", "POST /a"), read=("GET /a",), refused=(("POST /a", "422 name: too short"),)
    )
    assert numbers.answered == share(1, 2, "operation")
    verdict = checks_browser.numbers_are_not_rounded(numbers)
    assert (
        verdict.message
        == "none above 2^53; refused each time: POST /a (422 name: too short) (1 of 2 operations judged)"
    )


def test_sc049_names_field_and_operation() -> None:
    wide = WideNumber(endpoint="POST /a", field="items[].id", value=SAFE + 1, curl="curl")
    verdict = checks_browser.numbers_are_not_rounded(replace(NUMBERS, wide=(wide,)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 number above 2^53: items[].id of POST /a"
    assert verdict.places[0].note == f"items[].id is {SAFE + 1}, above 2^53"


def test_numbers_are_found_at_any_depth_and_texts_are_none() -> None:
    said = {
        "id": SAFE,
        "items": [{"id": SAFE + 1, "text": str(SAFE + 2)}],
        "low": -SAFE - 1,
        "yes": True,
        "half": 1e300,
    }
    assert list(numbers_in(said)) == [("items[].id", SAFE + 1), ("low", -SAFE - 1)]
    assert list(numbers_in([SAFE + 1])) == [("[]", SAFE + 1)]


@pytest.mark.parametrize(
    ("said", "hollow"),
    [
        ([], True),
        ({"items": [], "total": 0}, True),
        ({"items": [{"id": 1}], "total": 1}, False),
        ({"id": 1, "tags": []}, False),
        ({"status": "well"}, False),
        ([1], False),
        (None, False),
    ],
)
def test_a_list_with_nothing_in_it_shows_no_number(said: object, hollow: bool) -> None:  # noqa: FBT001
    assert is_hollow(said) is hollow
