"""Does a real service without a specification get a first one that is true, valid and blocks until people decide?"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from runner.discovery.target import Target, find_target
from runner.errors import WorkflowError
from runner.specification import Specification
from runner.specification_text import parse
from tests.runner.conftest import bookshop  # noqa: F401 - a fixture
from tests.workflow.test_cli import gonogo
from workflow.service import adopt

SAMPLE = Path(__file__).parents[2] / "sample_service"
QUIET = (
    "import fastapi\n"
    "app = fastapi.FastAPI()\n"
    "@app.get('/ping', include_in_schema={shown})\n"
    "def ping():\n"
    "    return {{}}\n"
    "served = app.openapi\n"
    "def bare():\n"
    "    document = served()\n"
    "    for item in document['paths'].values():\n"
    "        item['get'] = {{'responses': item['get']['responses']}}\n"
    "    return document\n"
    "app.openapi = bare\n"
)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The bundled service as it was before anybody wrote its specification."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".venv", ".gonogo", "spec.yaml", "__pycache__"))
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    return folder


def tiny(folder: Path, text: str) -> Target:
    """A service of one file, in the bundled one's environment."""
    (folder / "main.py").write_text(text, encoding="utf-8")
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    (folder / "gonogo.toml").write_text('[service]\napp = "main:app"\n', encoding="utf-8")
    return find_target(folder)


def adopted(target: Target, output: str = "", *, force: bool = False) -> Specification:
    found = adopt(target, lambda _: None, output, force=force)
    problems, parsed = parse(found.path.name, found.path.read_text(encoding="utf-8"))
    assert problems == ()
    assert parsed == found.proposal
    return found.proposal


def test_the_bundled_service_gets_the_access_that_was_agreed_for_it(sample: Path, tmp_path: Path) -> None:
    ledger = f"sqlite:///{tmp_path / 'ledger.db'}"
    code, out, err = gonogo("adopt", "--service", str(sample), ledger=ledger)
    assert (code, err) == (0, "")
    assert "9 resources" in out
    assert "Next: ./inv stage.requirements" in out
    agreed = Specification.model_validate(parse("", (SAMPLE / "spec.yaml").read_text(encoding="utf-8"))[1])
    found = parse("", (sample / "spec.yaml").read_text(encoding="utf-8"))[1]
    assert found is not None
    assert {p.endpoint: p.allow for p in found.permissions} == {p.endpoint: p.allow for p in agreed.permissions}
    assert [role.id for role in found.roles] == [role.id for role in agreed.roles]

    report = tmp_path / "run.json"
    code, out, err = gonogo("stage.requirements", "--service", str(sample), "--json", str(report), ledger=ledger)
    assert code == 1, out + err
    findings = {f["check"]: f for f in json.loads(report.read_text(encoding="utf-8"))["stages"][0]["findings"]}
    blocking = {id for id, finding in findings.items() if finding["outcome"] != "passed"}
    assert blocking == {"RQ004", "RQ005", "RQ011", "RQ012"}
    assert findings["RQ004"]["message"] == f"{len(found.questions)} questions need work: open, and nobody owns it"

    code, _, err = gonogo("adopt", "--service", str(sample), ledger=ledger)
    assert code == 2
    assert "is there already; it is left alone" in err
    assert parse("", (sample / "spec.yaml").read_text(encoding="utf-8"))[1] == found


def test_without_the_way_to_give_roles_nothing_is_said_of_them(sample: Path) -> None:
    settings = (sample / "gonogo.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in settings if not line.startswith("promote")]
    (sample / "gonogo.toml").write_text("\n".join(kept), encoding="utf-8")
    proposal = adopted(find_target(sample))
    assert [role.id for role in proposal.roles] == ["reader"]  # what a new account is, as the service itself tells
    assert {role for row in proposal.permissions for role in row.allow} == {"anonymous", "reader"}
    assert any(q.text.startswith("What may author, editor and admin do? Listed as roles") for q in proposal.questions)


def test_a_service_that_signs_nobody_in_is_asked_by_a_passer_by(bookshop: Path) -> None:  # noqa: F811
    proposal = adopted(find_target(bookshop), str(bookshop / "first" / "spec.yaml"))
    assert [one.id for one in proposal.resources] == ["books", "purchases"]
    allowed = {p.endpoint: p.allow for p in proposal.permissions}
    assert allowed["GET /api/books"] == {"anonymous": "any"}
    assert "PUT /api/books/{isbn}" not in allowed
    assert any("Who may call PUT /api/books/{isbn}?" in question.text for question in proposal.questions)
    assert any("book and purchase" in question.text for question in proposal.questions)
    assert not list((bookshop / "first").glob(".adopt-*"))


def test_an_operation_without_name_tags_or_summary_is_called_by_its_endpoint(tmp_path: Path) -> None:
    proposal = adopted(tiny(tmp_path, QUIET.format(shown=True)))
    assert [(one.title, one.endpoints) for one in proposal.requirements] == [("GET /ping", ("GET /ping",))]
    assert proposal.permissions[0].allow == {"anonymous": "any"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (QUIET.format(shown=False), "the contract of main:app has no operation"),
        (
            "import fastapi\napp = fastapi.FastAPI()\napp.openapi = lambda: 1 / 0\n",
            "the contract of main:app has no operation",
        ),
        ("import nothing_of_this_name\n", "its contract can't be asked"),
    ],
)
def test_without_a_contract_nothing_is_written(tmp_path: Path, text: str, said: str) -> None:
    target = tiny(tmp_path, text)
    with pytest.raises(WorkflowError, match=said):
        adopt(target, lambda _: None)
    assert not (tmp_path / "spec.yaml").exists()


def test_a_file_that_is_there_stays_unless_forced_whatever_it_says(tmp_path: Path) -> None:
    target = tiny(tmp_path, QUIET.format(shown=True))
    (tmp_path / "spec.yaml").write_text("not: a specification\n", encoding="utf-8")
    with pytest.raises(WorkflowError, match="left alone"):
        adopt(target, lambda _: None)
    assert (tmp_path / "spec.yaml").read_text(encoding="utf-8") == "not: a specification\n"
    with pytest.raises(WorkflowError, match="is a folder; name a file"):
        adopt(target, lambda _: None, str(tmp_path), force=True)
    assert len(adopted(target, force=True).requirements) == 1


def test_nothing_is_written_outside_of_the_service_unless_the_user_names_the_file(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    target = tiny(shop, QUIET.format(shown=True))
    service = target.config.service.model_copy(update={"spec": "../../outside.yaml"})
    astray = replace(target, config=target.config.model_copy(update={"service": service}))
    with pytest.raises(WorkflowError, match=r"outside of the service.*--output FILE"):
        adopt(astray, lambda _: None, force=True)
    assert not (tmp_path.parent / "outside.yaml").exists()
