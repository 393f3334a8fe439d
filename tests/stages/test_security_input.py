"""Do the input checks judge the hostile requests rightly? Evidence by hand."""

from dataclasses import replace

import httpx
import pytest

from runner.evidence.behaviour.attacks import VALID, Answered
from runner.evidence.behaviour.fetched_urls import AUTHORITY, MACHINE, UrlField, other_texts, url_fields
from runner.evidence.behaviour.hostile_input import HostileInput
from runner.evidence.behaviour.rate_limits import RateLimit
from runner.evidence.behaviour.refusals import Refusal, Refusals
from runner.http.openapi import operations_of
from runner.live.canary import Canary
from runner.model import Outcome, Verdict
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
        "problems": (),
        "reached": frozenset({POSTS, "GET /posts"}),
        "changing": frozenset({POSTS}),
        "bodies": frozenset({POSTS}),
        "large_there": 1,
    }
    return HostileInput(**{**usual, **changes})  # type: ignore[arg-type]


def test_sc031_passes_without_a_5xx() -> None:
    verdict = checks.bad_input_breaks_nothing(hostile())
    assert (verdict.message, *map(str, verdict.shares)) == ("80 bad requests: no 5xx", "2 of 2 operations")


def test_where_nobody_could_sign_in_it_is_said_why() -> None:
    why = "user could not sign in: POST /users refused a new account: 403 closed"
    verdict = checks.bad_input_breaks_nothing(hostile(missing=why, reached=frozenset()))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message.endswith(f"Strangers asked, as {why}")


def test_sc031_says_what_the_time_did_not_suffice_for() -> None:
    verdict = checks.bad_input_breaks_nothing(hostile(unasked=("GET /posts",), reached=frozenset({POSTS})))
    said = "80 bad requests; 1 left when the time of this look was used up: no 5xx (1 of 2 operations judged)"
    assert (verdict.message, *map(str, verdict.shares)) == (said, "1 of 2 operations")


def test_an_operation_that_got_a_few_bad_values_alone_is_not_judged() -> None:
    verdict = checks.bad_input_breaks_nothing(hostile(cut=("GET /posts",)))
    said = "80 bad requests; 1 got less than half of their bad values in that time: no 5xx (1 of 2 operations judged)"
    assert (verdict.message, *map(str, verdict.shares)) == (said, "1 of 2 operations")
    assert checks.refused_means_unwritten(hostile(cut=(POSTS,))).outcome is Outcome.UNKNOWN
    assert checks.insides_stay_inside(hostile(cut=(POSTS, "GET /posts"))).outcome is Outcome.UNKNOWN


def test_an_operation_that_did_not_get_all_of_its_bad_values_is_told() -> None:
    message = checks.bad_input_breaks_nothing(hostile(short=("GET /posts",))).message
    assert "; 1 did not get all of their bad values in that time" in message


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


def test_sc031_says_where_the_failure_of_a_valid_request_is_told() -> None:
    valid = answered(place="request", what=VALID)
    alone = checks.bad_input_breaks_nothing(hostile(crashed=(valid,)))
    assert alone.message == f"nothing bad is needed, a valid request made it fail: {POSTS}"
    assert alone.places[0].note.endswith("(500) (see SC038)")
    both = checks.bad_input_breaks_nothing(hostile(crashed=(valid, answered())))
    assert both.message == f"1 bad values in 1 places made it fail: {POSTS}, body.title = a NUL byte: 500"
    assert [place.note.endswith("(see SC038)") for place in both.places] == [False, True]


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


def test_sc035_a_limit_of_requests_says_nothing_of_bodies() -> None:
    verdict = checks.bodies_are_limited(hostile(large=(answered(status=429), answered(what="in chunks", status=429))))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "(429)" in verdict.message
    one_of_two = (answered(status=429), answered(endpoint="PUT /posts/{id}", status=413))
    verdict = checks.bodies_are_limited(hostile(large=one_of_two, large_there=1))
    assert [str(one) for one in verdict.shares] == ["1 of 1 operation"]


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


PROBLEM = tuple((name, "plain") for name in ("detail", "instance", "status", "title", "type"))
REFUSED = Refusal(status=422, media="application/problem+json", fields=PROBLEM, endpoint=POSTS, curl="curl x", seen=9)
MISSING = replace(REFUSED, status=404, endpoint="GET /posts/{id}")


def shapes(*refusals: Refusal, **more: object) -> Verdict:
    both = {"refusing": frozenset({POSTS, "GET /posts"}), **more}
    return checks.refusals_have_one_shape(hostile(refusals=refusals, **both))


def test_sc070_passes_one_shape_with_more_in_some() -> None:
    verdict = shapes(replace(REFUSED, fields=(("errors", "list"), *PROBLEM)), MISSING)
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message.startswith("18 refusals (404, 422), all like application/problem+json {")
    assert [str(one) for one in verdict.shares] == ["2 of 2 operations"]


def test_sc070_passes_what_fastapi_answers_by_itself() -> None:
    plain = replace(MISSING, media="application/json", fields=(("detail", "plain"),))
    assert shapes(plain, replace(plain, status=422, fields=(("detail", "list"),))).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("differing", "shape"),
    [
        ({"media": "application/json", "fields": (("detail", "plain"),)}, "application/json {detail}"),
        ({"media": "text/plain", "fields": ()}, "text/plain"),
        ({"fields": (("error", "object"),)}, "application/problem+json {error (object)}"),
        ({"fields": (("detail", "object"), *PROBLEM[1:])}, "application/problem+json {detail (object), instance, "),
    ],
)
def test_sc070_names_the_status_and_its_shape(differing: dict[str, object], shape: str) -> None:
    other = replace(REFUSED, status=405, endpoint="PUT /posts", **differing)  # type: ignore[arg-type]
    verdict = shapes(REFUSED, MISSING, other)
    assert verdict.outcome is Outcome.FAILED
    assert f", and 405 of PUT /posts is {shape}" in verdict.message
    assert (verdict.places[0].endpoint, len(verdict.places)) == ("PUT /posts", 1)


def test_sc070_does_not_know_where_little_was_refused() -> None:
    assert shapes().outcome is Outcome.UNKNOWN
    assert "nothing to compare" in shapes(MISSING).message
    assert shapes(MISSING, replace(MISSING, fields=(("error", "plain"),))).outcome is Outcome.FAILED
    assert shapes(REFUSED, refusing=frozenset()).outcome is Outcome.UNKNOWN


def test_refusals_are_told_apart_by_status_media_and_names() -> None:
    def answer(status: int, text: str, media: str = "application/json; charset=utf-8") -> httpx.Response:
        return httpx.Response(status, text=text, headers={"content-type": media})

    found = Refusals()
    found.add("GET /a", answer(404, '{"detail": "no"}'), "curl a")
    found.add("GET /b", answer(404, '{"detail": "never"}'), "curl b")
    found.add("GET /a", answer(422, '{"detail": [{"loc": []}]}'), "curl c")
    left_out = ((200, "{}", "application/json"), (413, "{}", "application/json"), (404, "<p>", "text/html"))
    for status, text, media in (*left_out, (400, "Invalid HTTP request received.", "text/plain"), (401, "", "")):
        found.add("GET /c", answer(status, text, media), "curl d")
    assert [(one.status, one.media, one.fields, one.endpoint, one.seen) for one in found.found.values()] == [
        (404, "application/json", (("detail", "plain"),), "GET /a", 2),
        (422, "application/json", (("detail", "list"),), "GET /a", 1),
    ]
    assert found.asked == {"GET /a", "GET /b"}


FIELD = UrlField(
    endpoint=POSTS, place="body.image_url", sent="http://127.0.0.1:1/x", status=422, reached=True, curl="c"
)


def test_sc072_passes_urls_that_are_not_asked() -> None:
    verdict = checks.urls_lead_outside(hostile(urls=(FIELD, replace(FIELD, status=201))))
    assert (verdict.outcome, [str(one) for one in verdict.shares]) == (Outcome.PASSED, ["2 of 2 fields for a URL"])


def test_sc072_names_the_field_whose_url_is_asked() -> None:
    verdict = checks.urls_lead_outside(hostile(urls=(FIELD, replace(FIELD, asked=True))))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"{POSTS} asks what body.image_url says, on its own machine: http://127.0.0.1:1/x"
    assert verdict.again == ("c",)


def test_sc072_does_not_know_where_everything_is_refused_or_no_contract_tells() -> None:
    assert checks.urls_lead_outside(hostile(urls=(replace(FIELD, reached=False),))).outcome is Outcome.UNKNOWN
    assert checks.urls_lead_outside(hostile(hidden=frozenset({"POST /preview"}))).outcome is Outcome.UNKNOWN
    assert checks.urls_lead_outside(hostile()).outcome is Outcome.NOT_APPLICABLE


def test_fields_for_a_url_are_told_by_format_and_by_name() -> None:
    text = {"type": "string"}
    fields = {
        "site": {"anyOf": [{**text, "format": "uri"}, {"type": "null"}]},
        "avatarUrl": text,
        "webhooks": text,
        "feed_urls": {"type": "array", "items": text},
        "urlCount": {"type": "integer"},
        "callback_id": text,
        "curl": text,
        "uri": {"type": "string", "format": "uuid"},
        "link": text,
    }
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}
    query = [{"name": "url", "in": "query", "schema": text}, {"name": "q", "in": "query", "schema": text}]
    document = {"paths": {"/a": {"post": {"requestBody": body}, "get": {"parameters": query}}}}
    found = [(op.endpoint, place, many) for op, place, many in url_fields(document, operations_of(document))]
    assert found == [
        ("GET /a", "query.url", False),
        ("POST /a", "body.site", False),
        ("POST /a", "body.avatarUrl", False),
        ("POST /a", "body.feed_urls", True),
        ("POST /a", "body.link", False),
    ]


def test_fields_for_a_url_are_found_in_what_is_inside_and_other_texts_may_hold_one() -> None:
    text: dict[str, object] = {"type": "string"}
    inner = {"type": "object", "properties": {"href": text, "label": text, "short": {**text, "maxLength": 9}}}
    fields = {
        "sources": {"type": "array", "items": inner},
        "cover": {"type": "object", "properties": {"remote": text, "link": text}},
        "picture": text,
        "tag": {**text, "pattern": "^[a-z]+$"},
        "word": {**text, "pattern": r"^\p{L}+$"},  # which Python does not read
        "password": text,
        "email": text,
    }
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}
    document = {"paths": {"/a": {"post": {"requestBody": body}}}}
    operations = operations_of(document)
    assert [place for _, place, _ in url_fields(document, operations)] == ["body.sources[].href", "body.cover.link"]
    assert other_texts(document, operations[0]) == (
        *("body.sources[].label", "body.cover.remote", "body.picture", "body.word"),
    )


def test_a_machine_is_a_text_of_any_name_or_an_address_by_its_format() -> None:
    text = {"type": "string", "maxLength": 60}
    fields = {
        "printer": text,
        "host": {"type": "string", "format": "ipv4"},
        "mail": {"type": "string", "format": "email"},
        "code": {**text, "maxLength": 5},
    }
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": fields}}}}
    operations = operations_of({"paths": {"/a": {"post": {"requestBody": body}}}})
    assert other_texts({}, operations[0], MACHINE) == ("body.printer", "body.host")
    assert other_texts({}, operations[0], AUTHORITY.format(port=65535)) == ("body.printer",)


def test_a_canary_counts_who_connects_and_answers() -> None:
    with Canary() as canary:
        assert httpx.get(f"http://127.0.0.1:{canary.port}/x", trust_env=False).text == "ok"
        assert (canary.heard_since(0), canary.heard_since(1)) == (True, False)


LIMIT = RateLimit(endpoint="GET /quota", says="documents 429", met=20, curl="curl q")


def test_sc083_passes_a_limit_that_was_met() -> None:
    verdict = checks.limits_of_requests_hold(hostile(limits=(LIMIT,)))
    assert (verdict.outcome, [str(one) for one in verdict.shares]) == (
        Outcome.PASSED,
        ["1 of 1 operation with a limit"],
    )


def test_sc083_names_each_way_past_it() -> None:
    bad = replace(LIMIT, faults=("answers 429 without Retry-After", "refuses another caller at another address too"))
    verdict = checks.limits_of_requests_hold(hostile(limits=(bad,)))
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, "GET /quota answers 429 without Retry-After")
    assert len(verdict.places) == 2


def test_sc083_does_not_apply_where_nothing_says_that_it_limits() -> None:
    assert checks.limits_of_requests_hold(hostile()).outcome is Outcome.NOT_APPLICABLE
