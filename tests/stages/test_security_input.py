"""Do the input checks judge the hostile requests rightly? Evidence by hand."""

from dataclasses import replace

from runner.evidence.behaviour.attacks import Answered
from runner.evidence.behaviour.hostile_input import HostileInput
from runner.model import Outcome
from stages.security import checks_input as checks

POSTS = "POST /posts"


def answered(**changes: object) -> Answered:
    usual = {"endpoint": POSTS, "place": "body.title", "what": "a NUL byte", "status": 500, "curl": "curl x"}
    return Answered(**{**usual, **changes})  # type: ignore[arg-type]


def hostile(**changes: object) -> HostileInput:
    usual: dict[str, object] = {
        "sent": 80,
        "operations": 2,
        "documented": ((POSTS, frozenset({"201", "422"})), ("GET /posts", frozenset({"200", "4XX"}))),
        "seen": ((POSTS, 201, "a"), (POSTS, 422, "b"), ("GET /posts", 404, "c"), (POSTS, 429, "d")),
        "crashed": (),
        "written": (),
        "unknown_taken": (),
        "unknown_tried": 1,
        "assigned": (),
        "assigned_tried": 3,
        "insides": (),
        "large": (answered(status=413), answered(status=413)),
        "troubles": (),
        "reached": frozenset({POSTS, "GET /posts"}),
        "changing": frozenset({POSTS}),
        "bodies": frozenset({POSTS}),
        "large_there": 1,
    }
    return HostileInput(**{**usual, **changes})  # type: ignore[arg-type]


def test_sc031_passes_without_a_5xx() -> None:
    verdict = checks.bad_input_breaks_nothing(hostile())
    assert (verdict.message, *map(str, verdict.shares)) == ("80 bad requests: no 5xx", "2 of 2 operations")


def test_bad_input_behind_a_refusal_of_everybody_proves_nothing() -> None:
    shut = hostile(reached=frozenset(), unknown_tried=0)
    for check in (
        checks.bad_input_breaks_nothing,
        checks.refused_means_unwritten,
        checks.unknown_fields_are_refused,
        checks.no_mass_assignment,
        checks.insides_stay_inside,
    ):
        assert check(shut).outcome is Outcome.UNKNOWN, check.id


def test_sc031_names_field_value_and_command() -> None:
    crashed = (answered(), answered(what="half a character"), answered(place="query.page", what="2^63", status=0))
    verdict = checks.bad_input_breaks_nothing(hostile(crashed=crashed))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"3 bad values in 2 places made it fail: {POSTS}, body.title = a NUL byte: 500"
    assert [place.note for place in verdict.places] == [
        "body.title = a NUL byte (500), half a character (500)",
        "query.page = 2^63 (no answer)",
    ]
    assert verdict.again == ("curl x",) * 3


def test_sc032_passes_when_nothing_was_written() -> None:
    assert checks.refused_means_unwritten(hostile()).outcome is Outcome.PASSED


def test_sc032_names_the_table() -> None:
    verdict = checks.refused_means_unwritten(hostile(written=(answered(status=422, text="posts"),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"1 refused requests wrote: {POSTS}, body.title = a NUL byte: 422, yet posts changed"


def test_sc033_passes_when_unknown_fields_are_refused() -> None:
    assert checks.unknown_fields_are_refused(hostile()).outcome is Outcome.PASSED


def test_sc033_names_the_operation_that_drops_them() -> None:
    taken = (answered(place="body.gonogo_unknown", what="an undeclared field", status=201),)
    verdict = checks.unknown_fields_are_refused(hostile(unknown_taken=taken))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"1 of 1 operations take an undeclared field: {POSTS}"


def test_sc033_leaves_to_ds008_what_the_contract_leaves_open() -> None:
    taken = (answered(place="body.gonogo_unknown", what="an undeclared field", status=201),)
    all_open = hostile(unknown_taken=taken, bodies=frozenset({POSTS}), open_bodies=frozenset({POSTS}))
    verdict = checks.unknown_fields_are_refused(all_open)
    assert (verdict.outcome, verdict.message) == (
        Outcome.NOT_APPLICABLE,
        "the contract lets any field into every body, which DS008 judges",
    )
    one_open = replace(all_open, bodies=frozenset({POSTS, "PUT /posts"}), unknown_tried=2)
    assert "; DS008 judges 1 body that the contract leaves open" in checks.unknown_fields_are_refused(one_open).message
    other = replace(one_open, open_bodies=frozenset({"PUT /posts"}))
    assert checks.unknown_fields_are_refused(other).outcome is Outcome.FAILED


def test_sc034_passes_when_no_privilege_had_an_effect() -> None:
    assert checks.no_mass_assignment(hostile()).outcome is Outcome.PASSED


def test_sc034_names_the_field_and_its_value() -> None:
    verdict = checks.no_mass_assignment(
        hostile(assigned=(answered(place="body.role", what="role: admin", status=201),))
    )
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"1 privileged fields had an effect: {POSTS}, role: admin"


def test_sc034_names_a_moved_id_also_where_everybody_is_nobody() -> None:
    moved = answered(endpoint="PUT /posts/{id}", place="body.id", what="id became 987655", status=200)
    verdict = checks.no_mass_assignment(hostile(callers=False, assigned=(moved,)))
    assert verdict.message == "1 privileged fields had an effect: PUT /posts/{id}, id became 987655"


def test_sc034_does_not_apply_where_everybody_is_nobody() -> None:
    assert checks.no_mass_assignment(hostile(callers=False)).outcome is Outcome.NOT_APPLICABLE


def test_sc035_passes_when_large_bodies_get_413() -> None:
    verdict = checks.bodies_are_limited(hostile())
    assert verdict.message == "32 MiB are refused with 413, announced or in chunks"
    assert [str(one) for one in verdict.shares] == ["1 of 1 operation"]


def test_sc035_names_the_way_that_is_not_limited() -> None:
    large = (answered(status=413), answered(what="32 MiB, in chunks", status=422))
    verdict = checks.bodies_are_limited(hostile(large=large))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"{POSTS} reads a body of 32 MiB to its end (32 MiB, in chunks (422))"


def test_sc035_no_answer_is_no_refusal() -> None:
    verdict = checks.bodies_are_limited(
        hostile(large=(answered(status=413), answered(status=0, what="32 MiB, in chunks")))
    )
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"{POSTS} gives no answer to a body of 32 MiB (32 MiB, in chunks (no answer))"


def test_sc036_passes_when_statuses_are_documented() -> None:
    assert checks.statuses_are_documented(hostile()).outcome is Outcome.PASSED


def test_sc036_names_the_undocumented_status() -> None:
    verdict = checks.statuses_are_documented(hostile(seen=((POSTS, 409, "curl y"),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"1 status not in the contract: {POSTS} answers 409"
    assert verdict.places[0].note == "answers 409, documents 201, 422"


def test_sc037_passes_when_answers_tell_nothing() -> None:
    assert checks.insides_stay_inside(hostile()).outcome is Outcome.PASSED


def test_sc037_names_what_an_answer_shows() -> None:
    verdict = checks.insides_stay_inside(hostile(insides=(answered(text="psycopg"),)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.endswith("(body.title = a NUL byte) shows `psycopg`")
