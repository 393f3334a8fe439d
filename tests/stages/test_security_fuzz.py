"""Do the checks of random requests judge rightly? Evidence by hand."""

from dataclasses import replace

from runner.evidence.behaviour.fuzz import Fuzz
from runner.evidence.behaviour.fuzz_events import Surprise
from runner.model import Outcome
from stages.security import checks_input as checks

CRASH = Surprise(endpoint="POST /posts", judged_by="not_a_server_error", message="Server error", curl="curl x")
SHAPE = Surprise(
    endpoint="GET /tags", judged_by="response_schema_conformance", message='"1" is not of type "integer"', curl="curl y"
)


def fuzz(*surprises: Surprise) -> Fuzz:
    return Fuzz(
        requests=40,
        answered={"GET /tags": 9, "POST /posts": 3},
        left_out=("POST /logout",),
        surprises=surprises,
        operations=3,
    )


def test_sc038_passes_and_says_what_was_asked() -> None:
    verdict = checks.valid_input_never_fails(fuzz(SHAPE))
    assert verdict.outcome is Outcome.PASSED
    said = "40 valid requests at random (12 succeeded, without POST /logout): no 5xx (2 of 4 operations judged)"
    assert verdict.message == said


def test_sc038_names_the_operation_and_the_request() -> None:
    verdict = checks.valid_input_never_fails(fuzz(CRASH, SHAPE))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "valid requests made it fail (operations: 1): POST /posts: Server error"
    assert verdict.again == ("curl x",)


def test_sc039_passes_when_only_a_crash_was_seen() -> None:
    assert checks.answers_keep_the_contract(fuzz(CRASH)).outcome is Outcome.PASSED


def test_sc039_names_the_operation_and_the_field() -> None:
    verdict = checks.answers_keep_the_contract(fuzz(SHAPE))
    assert verdict.outcome is Outcome.FAILED
    assert [(place.endpoint, place.note) for place in verdict.places] == [("GET /tags", SHAPE.message)]
    assert verdict.again == ("curl y",)


def test_what_was_ended_early_says_so() -> None:
    early = replace(fuzz(), ended=True)
    for judge in (checks.valid_input_never_fails, checks.answers_keep_the_contract):
        assert ", ended when its time was up)" in judge(early).message
