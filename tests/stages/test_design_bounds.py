"""DS025: are the bounds that requirements state in numbers those of the contract?"""

from collections.abc import Mapping
from typing import Any

import pytest

from runner.model import Outcome, Verdict
from stages.design.checks_bounds import stated_bounds_are_served
from stages.design.stated_limits import stated
from tests.stages.test_design import body, contract, limit, listed, obj, operation, spec, told

TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
NUMBER = {"type": "integer", "minimum": 1, "exclusiveMaximum": 100}
NOTE = {"anyOf": [{"type": "string", "maxLength": 500}, {"type": "null"}]}
POSTING = obj(title=TEXT, display_name={"type": "string", "maxLength": 80}, note=NOTE, seats=NUMBER)
PATHS = {
    "/posts": {
        "get": operation(parameters=[limit(maximum=100)], responses={"200": {"description": "", **body(listed({}))}}),
        "post": operation(requestBody=body(POSTING)),
    },
    "/remarks": {"post": operation(requestBody=body(obj(body=TEXT)))},
}


def judged(text: str, endpoints: str = "[GET /posts, POST /posts, POST /remarks]", paths: Any = PATHS) -> Verdict:
    more = f'  - {{id: R-2, title: x, text: "{text}", priority: must, endpoints: {endpoints}}}'
    return stated_bounds_are_served(spec(more=more), contract(paths))


@pytest.mark.parametrize(
    "text",
    [
        "When she submits a title of 1 to 200 characters, the service shall answer 201.",
        "If a title has no or more than 200 characters, then the service shall answer 422.",
        "If a note has more than 500 characters, then the service shall refuse it.",
        "When anyone lists posts, the service shall answer 200 with at most 100 of them.",
        "When she books 1 to 99 seats, the service shall answer 201.",
        "If a display name has more than 80 characters, then the service shall answer 422.",
        "If a remark has more than 200 characters, then the service shall answer 422.",
        "如果 title 超过 200 个字符，服务应返回 422。",
    ],
)
def test_ds025_passes_what_is_the_same(text: str) -> None:
    assert told(judged(text)) == (Outcome.PASSED, "each as the contract has it · 1 of 1 stated bound")


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        ("When she submits a title of 3 to 200 characters, the service shall answer 201.",
         "“3 to 200 characters”, POST /posts takes at least 1 for `title`"),
        ("When she submits a title of 3 to 250 characters, the service shall answer 201.",
         "“3 to 250 characters”, POST /posts takes at least 1 and at most 200 for `title`"),
        ("If a title has more than 1,000 characters, then the service shall answer 422.",
         "“more than 1,000 characters”, POST /posts takes at most 200 for `title`"),
        ("When anyone lists posts, the service shall answer 200 with at most 250 posts.",
         "“at most 250 posts”, GET /posts takes at most 100 for `limit`"),
        ("If she books more than 20 seats, then the service shall answer 409.",
         "“more than 20 seats”, POST /posts takes at most 99 for `seats`"),
        ("If a remark has more than 300 characters, then the service shall answer 422.",
         "“more than 300 characters”, POST /remarks takes at most 200 for `body`"),
        ("如果 title 超过 300 个字符，服务应返回 422。",
         "“超过 300 个字符”, POST /posts takes at most 200 for `title`"),
    ],
)  # fmt: skip
def test_ds025_names_requirement_and_operation(text: str, differs: str) -> None:
    verdict = judged(text)
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, f"R-2 says {differs}")
    assert verdict.places[0].path == "spec.yaml"


def test_ds025_names_the_one_of_two_writes_that_takes_more() -> None:
    change: Mapping[str, Any] = {"patch": operation(requestBody=body(obj(title={"type": "string", "maxLength": 2000})))}
    text = "If a title has more than 200 characters, then the service shall answer 422."
    verdict = judged(text, "[POST /posts, 'PATCH /posts/{id}']", {**PATHS, "/posts/{id}": change})
    assert verdict.message == "R-2 says “more than 200 characters”, PATCH /posts/{id} takes at most 2000 for `title`"


@pytest.mark.parametrize(
    "text",
    [
        "If an account has 5 failed sign-ins within 300 seconds, then the service shall answer 429.",
        "When a title of more than 150 characters is sent, the service shall shorten it in lists.",
        "When anyone lists posts, the service shall answer with at most 20 posts by default.",
        "While 20 users read, the service shall answer at least 15 requests per second.",
        "If a picture has more than 300 characters, then the service shall answer 422.",
    ],
)
def test_ds025_judges_no_number_that_bounds_no_field(text: str) -> None:
    assert judged(text).outcome is Outcome.NOT_APPLICABLE


def test_a_bound_belongs_to_what_stands_before_it() -> None:
    text = (
        "If a title has no or more than 200 characters, or a body more than 20 000 characters, then it is refused 422."
    )
    assert [(one.most, one.of_text) for one in stated(text)] == [(200, True), (20_000, True)]
    assert [one.before for one in stated(text)] == ["If a title has no or ", ", or a body "]
