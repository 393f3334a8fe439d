"""Does a proposed specification say what was seen, ask what was not, and pass our own rules of wording?"""

from typing import Any

import yaml

from runner.evidence.access.cells import ANOTHERS, NONE, OWN, Cell
from runner.evidence.access.seen_access import SeenAccess
from runner.evidence.accounts.role_names import in_contract, in_database, least_first
from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.evidence.contract.contract import Contract
from runner.evidence.database.schema import Column, Constraint, Extra, Schema, Shape, Table
from runner.model import Outcome
from runner.said import CHINESE, speaking
from runner.specification import Specification
from runner.specification_text import parse
from stages.requirements import checks_coverage, checks_wording
from stages.requirements.proposal import as_yaml, propose
from stages.requirements.proposed_access import row
from stages.requirements.proposed_questions import Looked

ANSWER = {"description": "fine", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Loan"}}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "paths": {
        "/api/v1/loans": {
            "get": {"summary": "List loans", "responses": {"200": {"description": "all"}}},
            "post": {"responses": {"201": ANSWER, "409": {"description": "many fast, e.g. TBD and so on"}}},
        },
        "/api/v1/loans/{id}": {"delete": {"operationId": "end_loan", "responses": {"204": {"description": "gone"}}}},
        "/": {"get": {"responses": {"default": {"description": "whatever"}}}},
    },
    "components": {"schemas": {"Loan": {"title": "Loan", "type": "object", "properties": {}}}},
}
LIST, MAKE, END, ROOT = "GET /api/v1/loans", "POST /api/v1/loans", "DELETE /api/v1/loans/{id}", "GET /"
ALL = f"`{LIST}`, `{MAKE}` or `{END}`"


def cell(endpoint: str, role: str, status: int | None, owner: str = NONE, **more: Any) -> Cell:
    return Cell(endpoint=endpoint, role=role, owner=owner, declared=None, status=status, **more)


ACCESS = SeenAccess(
    roles=("member", "clerk"),
    named=("member", "clerk"),
    cells=(
        cell(LIST, "anonymous", 401),
        cell(LIST, "member", 200),
        cell(LIST, "clerk", 200),
        cell(MAKE, "anonymous", 401),
        cell(MAKE, "member", 403),
        cell(MAKE, "clerk", 422),
        cell(END, "anonymous", 401, ANOTHERS),
        cell(END, "member", 204, OWN),
        cell(END, "member", 404, ANOTHERS),
        cell(END, "clerk", 204, OWN),
        cell(END, "clerk", 204, ANOTHERS),
        cell(ROOT, "anonymous", 200),
        cell(ROOT, "member", 500),
    ),
)


def looked(access: SeenAccess = ACCESS, document: dict[str, Any] = DOCUMENT, **more: Any) -> Looked:
    return Looked(name="library", contract=Contract(document=document, app="x:app"), access=access, **more)


def written(proposal: Specification) -> Spec:
    text = as_yaml(proposal)
    problems, parsed = parse("spec.yaml", text)
    assert problems == ()
    file = SpecificationFile(path="spec.yaml", text=text, problems=(), parsed=parsed)
    assert parsed is not None
    return Spec(file=file, content=parsed)


def asked(proposal: Specification) -> str:
    assert all(question.status == "open" and question.owner is None for question in proposal.questions)
    return "\n".join(question.text for question in proposal.questions)


def test_the_file_is_the_proposal_and_says_what_it_is() -> None:
    proposal = propose(looked())
    text = as_yaml(proposal)
    assert Specification.model_validate(yaml.safe_load(text)) == proposal
    assert text.startswith("# A proposal, written by `invoke adopt` from what library serves today. Nobody has agreed")
    assert "numbers to be agreed" in text
    assert proposal.quality == ()
    assert "  - {endpoint: GET /api/v1/loans, allow: {member: any, clerk: any}}" in text


def test_permissions_are_those_that_were_seen_and_doubts_are_questions() -> None:
    proposal = propose(looked())
    assert {one.endpoint: one.allow for one in proposal.permissions} == {
        LIST: {"member": "any", "clerk": "any"},
        END: {"member": "own", "clerk": "any"},
        ROOT: {"anonymous": "any"},
    }
    assert f"Who may call {MAKE}? Not told by what was seen: clerk got 422." in asked(proposal)
    assert f"Which lists show only the caller's own? Not looked at: {LIST}." in asked(proposal)


def test_one_resource_per_first_word_and_one_requirement_per_operation_and_refusal() -> None:
    proposal = propose(looked())
    assert [one.id for one in proposal.resources] == ["loans", "root"]
    texts = {one.id: (one.title, one.text) for one in proposal.requirements}
    assert texts == {
        "REQ-LOANS-001": (
            "List loans",
            f"When a signed-in member or clerk sends `{LIST}`, the service shall answer 200.",
        ),
        "REQ-LOANS-002": (
            MAKE,
            f"When a caller sends `{MAKE}`, the service shall answer 201 with one `Loan`.",
        ),
        "REQ-LOANS-003": (
            "end_loan",
            f"When a signed-in member (their own) or clerk (any) sends `{END}`, the service shall answer 204.",
        ),
        "REQ-LOANS-004": (
            "401 on loans",
            f"If a request to {ALL} comes without a valid sign-in, then the service shall answer 401.",
        ),
        "REQ-LOANS-005": (
            "403 on loans",
            f"If a request to `{MAKE}` comes from a caller who may not make it, then the service shall answer 403.",
        ),
        "REQ-LOANS-006": (
            "409 on loans",
            f"If a request to `{MAKE}` contradicts what is stored, then the service shall answer 409.",
        ),
        "REQ-ROOT-001": (ROOT, f"When anyone sends `{ROOT}`, the service shall answer 200."),
    }
    reasons = {one.id: one.rationale or "" for one in proposal.requirements}
    assert reasons["REQ-LOANS-001"] == "Seen: 200 to member and clerk."
    assert reasons["REQ-LOANS-002"] == "Taken from the contract; nobody got in while gonogo asked."
    assert reasons["REQ-LOANS-004"] == "Seen at least once."
    assert reasons["REQ-LOANS-006"].startswith("Taken from the contract; gonogo did not provoke it.")


def test_no_rule_of_wording_is_broken_whatever_the_contract_says() -> None:
    spec = written(propose(looked()))
    for check in (
        checks_wording.wording_is_ears,
        checks_wording.one_idea_each,
        checks_wording.no_vague_words,
        checks_wording.acceptance_can_be_tested,
        checks_coverage.changes_have_failure_cases,
    ):
        verdict = check(spec)
        assert verdict.outcome is Outcome.PASSED, verdict.message


def test_nothing_could_be_asked_so_nothing_is_permitted() -> None:
    document = DOCUMENT | {"security": [{"bearer": []}]}
    nothing = SeenAccess(cells=(), roles=())
    proposal = propose(looked(nothing, document, access_problem="the service did not start"))
    assert proposal.permissions == ()
    assert proposal.roles == ()
    said = asked(proposal)
    assert f"Nobody could be sent to ask: the service did not start. The contract wants a sign-in for {LIST}," in said
    assert f"What shall {END} answer when it fails? The contract documents no refusal." in said
    assert f"What shall {ROOT} answer? The contract documents no success, and none was seen." in said
    bare = next(one for one in proposal.requirements if one.endpoints == (ROOT,))
    assert bare.text == f"When a caller sends `{ROOT}`, the service shall answer every such request."
    assert checks_wording.wording_is_ears(written(proposal)).outcome is Outcome.PASSED


def test_roles_that_are_listed_but_could_not_be_signed_in_are_a_question() -> None:
    access = SeenAccess(cells=(cell(LIST, "user", 200),), roles=("user",), named=("member", "clerk"))
    said = asked(propose(looked(access)))
    assert (
        "What may member and clerk do? Listed as roles, but nobody of them could be asked (name in gonogo.toml" in said
    )
    broken = SeenAccess(cells=(), roles=(), problems=("user: POST /login refused: 500",))
    assert "Nobody signed in could be asked: user: POST /login refused: 500." in asked(propose(looked(broken)))


def test_an_answer_that_is_not_the_documented_one_is_a_question() -> None:
    access = SeenAccess(cells=(cell(MAKE, "anonymous", 200),), roles=())
    proposal = propose(looked(access))
    assert f"Shall {MAKE} answer 200, as was seen, or 201, as is documented?" in asked(proposal)
    made = next(one for one in proposal.requirements if one.endpoints == (MAKE,))
    assert made.text == f"When anyone sends `{MAKE}`, the service shall answer 200."


def test_what_a_role_can_not_own_or_could_not_be_made_is_told_apart() -> None:
    reports = SeenAccess(
        roles=("member", "clerk"),
        cells=(
            cell(END, "anonymous", 401, ANOTHERS),
            cell(END, "member", None, OWN, impossible=True, problem="403"),
            cell(END, "member", 204, ANOTHERS),
            cell(END, "clerk", None, OWN, problem="POST answered 500"),
            cell(END, "clerk", 403, ANOTHERS),
        ),
    )
    found = row(reports, END)
    assert found.allow == {"member": "any"}
    assert found.unsure == ("clerk was not asked on their own object (POST answered 500)",)


def test_operations_with_one_doubt_share_a_question_that_repeats_no_body() -> None:
    problem = 'member could not POST /api/v1/loans: 422 {"input": "what was sent"}'
    access = SeenAccess(
        roles=("member",),
        cells=(
            cell(LIST, "member", 403),
            cell(ROOT, "member", 403),
            cell(END, "member", None, OWN, problem=problem),
            cell(MAKE, "member", 201),
        ),
    )
    said = asked(propose(looked(access)))
    assert f"Who may call {LIST} and {ROOT}? Nobody who asked got in." in said
    assert "not asked on their own object (member could not POST /api/v1/loans: 422)." in said
    assert "Is member the only role that there is, and what is it for?" in said
    assert "what was sent" not in said


def test_awkward_names_give_ids_of_their_own() -> None:
    answers = {"responses": {"200": {"description": "ok"}}}
    paths = {path: {"get": answers} for path in ("/订单", "/a.b", "/a-b", "/v1", "/x y", "/{id}")}
    paths["/ok"] = {"trace": answers, "get": answers}
    document = {"openapi": "3.1.0", "info": {}, "paths": paths}
    nothing = SeenAccess(cells=(), roles=())
    proposal = propose(looked(nothing, document, left_out=("GET /x y", "TRACE /ok")))
    assert [one.id for one in proposal.requirements] == [
        "REQ-R1-001",
        "REQ-A-B-001",
        "REQ-A-B-3-001",
        "REQ-V1-001",
        "REQ-ROOT-001",
        "REQ-OK-001",
    ]
    assert "What becomes of GET /x y and TRACE /ok, which this format can't name?" in asked(proposal)
    written(proposal)


def test_roles_are_found_where_the_contract_or_the_database_lists_them() -> None:
    account = {"properties": {"role": {"anyOf": [{"$ref": "#/components/schemas/Role"}, {"type": "null"}]}}}
    schemas = {
        "Role": {"enum": ["admin", "member"]},
        "Account": account,
        "Book": {"properties": {"kind": {"enum": ["a"]}}},
    }
    contract = Contract(document={"paths": {}, "components": {"schemas": schemas}})
    assert in_contract(contract) == ("admin", "member")
    assert in_contract(Contract(document={"paths": {}})) == ()
    assert least_first(("admin", "clerk", "member"), first="member") == ("member", "clerk", "admin")


def test_roles_of_the_database_are_those_of_the_column_that_promotes() -> None:
    promote = "UPDATE users SET role = '{role}' WHERE email = '{email}'"
    check = Constraint(
        name="c", kind="check", columns=("role",), definition="CHECK ((role)::text = ANY ('a'::text, 'b'::text))"
    )
    checked = Table(name="users", columns=(Column(name="role", type="character varying(20)"),), constraints=(check,))
    assert in_database(Schema(shape=Shape(tables=(checked,))), promote) == ("a", "b")
    typed = Table(name="users", columns=(Column(name="role", type="rank"),))
    enum = Extra(kind="enum type", name="rank", definition="low, high")
    assert in_database(Schema(shape=Shape(tables=(typed,), extras=(enum,))), promote) == ("low", "high")
    assert in_database(Schema(shape=Shape(tables=(typed,))), promote) == ()
    assert in_database(Schema(shape=Shape()), None) == ()


def test_questions_and_remarks_are_in_the_language_of_whoever_runs_it() -> None:
    nobody = SeenAccess(cells=(), roles=(), named=("member", "clerk"))
    seen = [
        looked(tables=("loan", "copy"), left_out=("TRACE /",)),
        looked(nobody, access_problem="no server"),
        looked(nobody, tables_problem="no driver"),
    ]
    for one in seen:
        english = propose(one)
        with speaking(CHINESE):
            text = as_yaml(propose(one))
        problems, parsed = parse("spec.yaml", text)
        assert problems == ()
        assert isinstance(parsed, Specification)
        assert [q.id for q in parsed.questions] == [q.id for q in english.questions]
        assert all(any("\u4e00" <= sign <= "\u9fff" for sign in q.text) for q in parsed.questions)
        remarks = [line for line in text.splitlines() if line.startswith("# ") and line[2] != " "]
        assert all(any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in remarks)
        assert parsed.permissions == english.permissions
    with speaking(CHINESE):
        told = asked(propose(seen[0]))
    assert "每个资源（loans和root）由哪个角色负责" in told
    assert "为每个会增长的表（loan和copy）写一个数字" in told
