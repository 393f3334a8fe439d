"""Do the access checks judge the matrix rightly? Evidence by hand."""

from dataclasses import replace

import pytest

from runner.evidence.access.cells import ANOTHERS, NONE, OWN, Cell
from runner.evidence.access.matrix import Matrix
from runner.model import Outcome, Verdict
from stages.security import checks_access as checks

POST = "DELETE /posts/{post_id}"


def cell(**changes: object) -> Cell:
    usual = {"endpoint": POST, "role": "author", "owner": ANOTHERS, "declared": False, "by": "own", "status": 403}
    return Cell(**{**usual, **changes})  # type: ignore[arg-type]


def matrix(*cells: Cell, specified: bool = True) -> Matrix:
    return Matrix(cells=cells, roles=("anonymous", "reader", "author"), specified=specified)


ANONYMOUS = cell(role="anonymous", by="", status=401)
READER = cell(role="reader", by="", status=403)
ALLOWED = cell(owner=OWN, declared=True, status=204)
HEALTHY = matrix(ANONYMOUS, READER, cell(), ALLOWED)


def told(verdict: Verdict) -> str:
    return ", ".join(map(str, verdict.shares))


def test_sc001_passes_when_anonymous_is_refused() -> None:
    verdict = checks.closed_without_sign_in(HEALTHY)
    assert verdict.outcome is Outcome.PASSED
    assert (verdict.message, told(verdict)) == (
        "callers who are not signed in are refused",
        "1 of 1 request, 1 of 1 operation",
    )


def test_sc001_names_the_open_operation() -> None:
    verdict = checks.closed_without_sign_in(matrix(replace(ANONYMOUS, status=204, curl="curl x")))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"1 request got in at {POST}: anonymous, another's object: 204"
    assert verdict.again == ("curl x",)


def test_sc001_does_not_know_what_a_422_means() -> None:
    verdict = checks.closed_without_sign_in(matrix(replace(ANONYMOUS, status=422)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "answered 422, which does not tell" in verdict.message


def test_sc001_is_not_applicable_to_an_open_service() -> None:
    assert checks.closed_without_sign_in(matrix(ALLOWED)).outcome is Outcome.NOT_APPLICABLE


def test_sc002_passes_when_another_is_refused_or_hidden() -> None:
    verdict = checks.own_objects_only(matrix(cell(), cell(status=404), ALLOWED))
    assert (verdict.outcome, told(verdict)) == (Outcome.PASSED, "2 of 2 requests, 1 of 1 operation")


def test_sc002_proves_nothing_where_the_owner_is_refused_too() -> None:
    verdict = checks.own_objects_only(matrix(cell(), replace(ALLOWED, status=403)))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message == (
        f"1 of 1 refusal prove nothing: {POST} refuses author, another's object, and lets nobody else in either"
    )


@pytest.mark.parametrize("status", [401, 403, 404, 500, None])
def test_sc002_proves_nothing_where_only_others_than_the_owner_get_in(status: int | None) -> None:
    admin = replace(ALLOWED, role="admin", owner=ANOTHERS, by="any")
    owner = replace(ALLOWED, status=status, problem="" if status else "could not be asked")
    for_one = cell(), admin
    verdict = checks.own_objects_only(matrix(*for_one, owner))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.message.endswith("and does not let author in for its own object either")
    undeclared = (replace(one, declared=None, by="") for one in (*for_one, owner))
    assert checks.own_objects_only(matrix(*undeclared, specified=False)).outcome is not Outcome.PASSED
    assert checks.own_objects_only(matrix(*for_one, replace(owner, impossible=True))).outcome is Outcome.PASSED
    assert checks.own_objects_only(matrix(*for_one, ALLOWED)).outcome is Outcome.PASSED


def test_sc002_leaves_alone_what_is_nobodys_where_nobody_said_whose_things_are() -> None:
    changed = cell(endpoint="DELETE /tags/{tag_id}", declared=None, by="", status=204)
    shared = replace(changed, shared=True)
    assert checks.own_objects_only(matrix(changed, specified=False)).outcome is Outcome.FAILED
    alone = checks.own_objects_only(matrix(shared, specified=False))
    assert (alone.outcome, alone.looked) == (Outcome.NOT_APPLICABLE, "the columns of its tables")
    own = replace(changed, endpoint=POST, status=200)
    assert checks.own_objects_only(matrix(shared, own, specified=False)).outcome is not Outcome.NOT_APPLICABLE


def test_sc002_does_not_believe_a_list_that_hides_from_its_owner_too() -> None:
    listed = cell(by="list", status=200, problem="GET /posts does not show author what it made itself")
    verdict = checks.own_objects_only(matrix(listed, ALLOWED))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "does not show author what it made itself" in verdict.message


def test_sc002_names_who_reached_whose_object() -> None:
    verdict = checks.own_objects_only(matrix(cell(status=204), cell(role="reader", status=204)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].endpoint == POST
    assert verdict.places[0].note == "author, another's object: 204; reader, another's object: 204"


def test_sc002_names_a_write_behind_a_refusal() -> None:
    verdict = checks.own_objects_only(matrix(cell(written=("posts",))))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.endswith("author, another's object: 403, yet posts changed")


def test_sc002_names_a_list_of_everybodys() -> None:
    verdict = checks.own_objects_only(matrix(cell(endpoint="GET /orders", by="list", status=200, leaked=True)))
    assert verdict.message == "1 request got in at GET /orders: author sees what somebody else made"


def test_sc002_names_a_total_of_everybodys() -> None:
    of = cell(endpoint="GET /orders", by="list", status=200, leaked=True, counted=True)
    verdict = checks.own_objects_only(matrix(of))
    assert verdict.outcome is Outcome.FAILED
    assert "sees in the list's total that somebody else made one" in verdict.places[0].note


def test_sc002_passes_a_list_of_ones_own() -> None:
    assert checks.own_objects_only(matrix(cell(by="list", status=200))).outcome is Outcome.PASSED


def test_sc002_does_not_know_without_a_specification() -> None:
    read = cell(endpoint="GET /posts/{post_id}", declared=None, by="", status=200)
    verdict = checks.own_objects_only(matrix(read, specified=False))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 got in, GET /posts/{post_id} as author" in verdict.message


def test_sc002_names_who_changes_anothers_object_without_a_specification() -> None:
    verdict = checks.own_objects_only(matrix(cell(declared=None, by="", status=200), specified=False))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message.startswith("1 request changed what another user made, at DELETE /posts/{post_id}")


def test_sc002_passes_without_a_specification_where_all_are_refused() -> None:
    refused = cell(declared=None, by="", status=403)
    let_in = cell(owner=OWN, declared=None, by="", status=204)
    verdict = checks.own_objects_only(matrix(refused, let_in, specified=False))
    assert (verdict.message, told(verdict)) == ("requests for another's object are refused", "1 of 1 request")
    assert checks.own_objects_only(matrix(refused, specified=False)).outcome is Outcome.UNKNOWN
    public = cell(endpoint="POST /recovery/{email}", role="anonymous", declared=None, by="", status=None)
    untried = replace(public, role="author", problem="nobody can make one")
    assert checks.own_objects_only(matrix(refused, let_in, public, untried, specified=False)).outcome is Outcome.PASSED
    nothing = checks.own_objects_only(matrix(cell(owner=NONE, declared=None), specified=False))
    assert nothing.outcome is Outcome.NOT_APPLICABLE


def test_sc003_and_sc004_do_not_apply_without_a_specification() -> None:
    bare = replace(matrix(cell(declared=None), specified=False), without_specification=True)
    assert checks.roles_are_refused(bare).outcome is Outcome.NOT_APPLICABLE
    assert checks.roles_get_in(bare).outcome is Outcome.NOT_APPLICABLE


def test_sc003_passes_when_roles_are_refused() -> None:
    assert checks.roles_are_refused(HEALTHY).message == "requests beyond the caller's role are refused"
    assert told(checks.roles_are_refused(HEALTHY)) == "1 of 1 request, 1 of 1 operation"


def test_sc003_names_the_role_that_got_in() -> None:
    wrong = replace(READER, endpoint="GET /users", owner=NONE, status=200)
    verdict = checks.roles_are_refused(matrix(wrong))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 request got in at GET /users: reader: 200"


def test_sc003_leaves_out_objects_that_a_role_cannot_own() -> None:
    cells = (replace(READER, owner=OWN, status=None, impossible=True), READER)
    assert checks.roles_are_refused(matrix(*cells, ALLOWED)).outcome is Outcome.PASSED


def test_sc004_passes_when_the_allowed_get_in() -> None:
    verdict = checks.roles_get_in(matrix(ALLOWED, replace(ALLOWED, status=409)))
    assert verdict.message == "let in, as anonymous, reader, author"
    assert told(verdict) == "2 of 2 allowed requests, 1 of 1 operation"


def test_sc004_does_not_take_a_500_for_let_in() -> None:
    verdict = checks.roles_get_in(matrix(*[replace(ALLOWED, status=500)] * 3, ALLOWED))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "3 of 4 allowed requests came to nothing" in verdict.message


def test_sc004_names_the_role_that_is_shut_out() -> None:
    verdict = checks.roles_get_in(matrix(replace(ALLOWED, status=403)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.places[0].note == "author, own object: 403"


def test_sc004_judges_no_signature_and_no_link_that_nobody_has() -> None:
    open_to_all = replace(ALLOWED, endpoint="POST /hooks/payments", owner=NONE, by="any", status=401)
    cells = (replace(open_to_all, role="anonymous"), replace(open_to_all, role="reader"), open_to_all)
    verdict = checks.roles_get_in(matrix(*cells, *[ALLOWED] * 3))
    assert (verdict.outcome, told(verdict)) == (Outcome.PASSED, "3 of 6 allowed requests, 2 of 2 operations")


def test_sc004_names_a_guard_that_takes_nobody_s_token() -> None:
    shut = replace(ALLOWED, endpoint="POST /posts", owner=NONE, by="any", status=401)
    closed = checks.roles_get_in(matrix(replace(shut, role="reader"), shut, *[ALLOWED] * 3))
    let_in = checks.roles_get_in(
        matrix(replace(shut, role="anonymous"), shut, replace(shut, role="reader", status=201))
    )
    assert [closed.outcome, let_in.outcome] == [Outcome.FAILED] * 2


def test_sc005_passes_when_401_and_403_are_kept_apart() -> None:
    assert checks.unknown_or_forbidden(HEALTHY).message == "1 time 401 without a sign-in, 2 times 403 with one"


def test_sc005_names_a_403_for_a_stranger() -> None:
    verdict = checks.unknown_or_forbidden(matrix(replace(ANONYMOUS, status=403)))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == f"1 refusal with the wrong status at {POST}: anonymous, another's object: 403"


def test_sc005_names_a_401_for_a_caller_who_is_known_there() -> None:
    seen = {"declared": None, "by": "", "role": "user"}
    own = cell(endpoint="GET /users/{id}", owner=OWN, status=200, **seen)
    told = cell(endpoint="GET /users/{id}", status=401, **seen)
    verdict = checks.unknown_or_forbidden(matrix(ANONYMOUS, own, told, specified=False))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == "1 refusal with the wrong status at GET /users/{id}: user, another's object: 401"
    for ended in (replace(own, status=401), replace(own, role="admin"), replace(own, endpoint="GET /posts/{id}")):
        assert checks.unknown_or_forbidden(matrix(ANONYMOUS, ended, told, specified=False)).outcome is Outcome.PASSED


def stranger(endpoint: str, status: int | None, **changes: object) -> Cell:
    return cell(endpoint=endpoint, role="anonymous", owner=NONE, declared=None, by="", status=status, **changes)


def test_sc007_passes_where_strangers_are_refused_or_meant() -> None:
    seen = matrix(ANONYMOUS, stranger("POST /contact", 201), stranger("POST /search", 200), stranger("GET /posts", 200))
    verdict = checks.changes_need_a_sign_in(replace(seen, purposes={"POST /contact": "takes a message"}))
    assert verdict.outcome is Outcome.PASSED
    assert verdict.message == "1 refuse strangers, 1 are open on purpose, 1 store nothing"
    assert told(verdict) == "3 of 3 changing operations"


def test_sc007_passes_what_the_specification_opens() -> None:
    seen = matrix(replace(stranger("PUT /votes", 200), declared=True, by="any"))
    assert checks.changes_need_a_sign_in(seen).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "opened",
    [
        stranger("POST /orders", 201),
        stranger("POST /orders", 200, written=("orders",)),
        stranger("PUT /orders/{id}", 200),
        stranger("DELETE /orders/{id}", 204),
    ],
    ids=lambda one: f"{one.endpoint} {one.written}",
)
def test_sc007_names_what_strangers_change_and_the_line_that_means_it(opened: Cell) -> None:
    verdict = checks.changes_need_a_sign_in(matrix(replace(ANONYMOUS, endpoint="POST /a"), opened, specified=False))
    assert verdict.outcome is Outcome.FAILED
    assert verdict.message == (
        f"strangers get in at 1 changing operation: {opened.endpoint} ({opened.status}). "
        f'Where that is meant, gonogo.toml says so: [access] open = ["{opened.endpoint}"]'
    )
    assert [place.endpoint for place in verdict.places] == [opened.endpoint]


@pytest.mark.parametrize("status", [404, 422, 429, 500, None])
def test_sc007_an_answer_that_is_no_refusal_is_none(status: int | None) -> None:
    verdict = checks.changes_need_a_sign_in(matrix(stranger("POST /orders", status, problem="no order" * (not status))))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "1 of 1 changing operation could not be judged: POST /orders" in verdict.message


def test_sc007_what_no_contract_names_was_not_asked() -> None:
    seen = replace(matrix(ANONYMOUS), hidden=("POST /import", "DELETE /import", "PUT /import"))
    verdict = checks.changes_need_a_sign_in(seen)
    assert verdict.outcome is Outcome.UNKNOWN, "1 of 4"


def test_sc007_without_changes_there_is_nothing_to_close() -> None:
    verdict = checks.changes_need_a_sign_in(matrix(stranger("GET /posts", 200)))
    assert verdict.outcome is Outcome.NOT_APPLICABLE


def test_where_nobody_signs_in_the_other_checks_have_nobody_to_ask() -> None:
    seen = replace(matrix(stranger("POST /orders", 201), specified=False), nobody=True, without_specification=True)
    asked = (
        checks.closed_without_sign_in,
        checks.own_objects_only,
        checks.roles_are_refused,
        checks.roles_get_in,
        checks.unknown_or_forbidden,
    )
    assert {check(seen).outcome for check in asked} == {Outcome.NOT_APPLICABLE}
    assert checks.changes_need_a_sign_in(seen).outcome is Outcome.FAILED
