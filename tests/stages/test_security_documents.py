"""Do the documents say what was seen, differences first?"""

from runner.evidence.access.cells import ANOTHERS, OWN, Cell
from runner.evidence.access.matrix import Matrix
from runner.evidence.access.token_attack import EXPIRY, REUSE, SIGNATURE, Attack
from runner.evidence.access.tokens import Tokens
from runner.evidence.agreed.specification import Spec, SpecificationFile
from runner.evidence.behaviour.attacks import Answered
from runner.evidence.behaviour.hostile_input import HostileInput
from runner.evidence.contract.contract import Contract
from runner.specification import Specification
from stages.security import artifacts

POST = "DELETE /posts/{post_id}"


def cell(**changes: object) -> Cell:
    usual = {"endpoint": POST, "role": "author", "owner": ANOTHERS, "declared": False, "by": "own", "status": 403}
    return Cell(**{**usual, **changes})  # type: ignore[arg-type]


def test_the_matrix_shows_own_and_other_objects_side_by_side() -> None:
    cells = (cell(), cell(owner=OWN, declared=True, status=204), cell(role="anonymous", status=401))
    text = str(artifacts.access_matrix(Matrix(cells=cells, roles=("anonymous", "author"), specified=True)))
    assert "**Everything is as declared.**" in text
    assert "| `DELETE /posts/{post_id}` | *(401)* | 204 / *(403)* |" in text
    assert "## Differences" not in text


def test_the_matrix_shows_differences_first() -> None:
    matrix = Matrix(cells=(cell(status=204),), roles=("author",), specified=True)
    text = str(artifacts.access_matrix(matrix))
    assert "**1 answers differ from what was declared.**" in text
    assert "| `DELETE /posts/{post_id}` | author, another's object | refused | **✗ 204** |" in text


def test_the_token_report_shows_what_was_tried_and_what_was_not() -> None:
    tokens = Tokens(
        endpoint="GET /me",
        is_jwt=True,
        algorithm="HS256",
        lifetime=900,
        attacks=(Attack(kind=SIGNATURE, what="unsigned", endpoint="GET /me", status=200),),
        missing=((REUSE, "no operation renews tokens"),),
        problems=((EXPIRY, "the signing key is not known"),),
    )
    text = str(artifacts.token_report(tokens))
    assert "**1 got through.** Access tokens are JSON Web Tokens, HS256, good for 900 s." in text
    assert "| unsigned | `GET /me` | **✗ 200** |" in text
    assert "Not tried: no operation renews tokens." in text
    assert "Not tried: the signing key is not known." in text


def test_the_validation_report_marks_undocumented_answers() -> None:
    crash = Answered(endpoint=POST, place="path.post_id", what="2^63", status=500)
    hostile = HostileInput(
        sent=9,
        operations=1,
        documented=((POST, frozenset({"204", "4XX"})),),
        seen=((POST, 404, ""), (POST, 307, ""), (POST, 500, "")),
        crashed=(crash,),
        written=(),
        unknown_taken=(),
        unknown_tried=0,
        assigned=(),
        assigned_tried=0,
        insides=(),
        large=(),
        problems=(),
    )
    text = str(artifacts.validation_report(hostile))
    assert "**1 inputs made the service fail.**" in text
    assert f"| `{POST}` | path.post_id | 2^63 | 500 |" in text
    assert f"| `{POST}` | **307**, 404, **500** |" in text


def test_the_threat_model_names_threats_of_a_group_and_the_checks_that_meet_them() -> None:
    document = {
        "paths": {
            "/posts/{post_id}": {"delete": {"security": [{"bearer": []}]}},
            "/health": {"get": {}},
        }
    }
    head = {"name": "shop", "summary": "s", "owner": "o"}
    roles = [{"id": "author", "description": "Writes."}]
    permissions = [
        {"endpoint": POST, "allow": {"author": "own"}},
        {"endpoint": "GET /health", "allow": {"anonymous": "any"}},
    ]
    parsed = Specification.model_validate({"gonogo": 1, "service": head, "roles": roles, "permissions": permissions})
    file = SpecificationFile(path="spec.yaml", text="", problems=(), parsed=parsed)
    text = str(artifacts.threat_model(Contract(document=document), Spec(file=file, content=parsed)))
    assert text.startswith("# Threats to shop\n\n2 entry points in 2 groups, 1 of them open to strangers")
    assert "| author | Writes. | 2 of 2, 1 on own objects only |" in text
    posts, health = text.split("### ")[1:3]
    assert "SC002 Nobody reaches what belongs to somebody else." in posts
    assert "Spoofing" not in health
