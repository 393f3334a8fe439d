"""Does a generated service that people have edited come to what its specification and the templates say now?"""

import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from runner.errors import WorkflowError
from tests.workflow.test_cli import gonogo
from workflow.service import new_service, renewal, write_renewal
from workflow.service.update.folder import write_all
from workflow.service.update.plan import Kind
from workflow.service.update.record import NOTE, files_in, read_record, write_record

TODAY = date(2026, 3, 1)
TITLE = "title: {type: text, max: 200}"
EDITION = "edition: {type: text, max: 40}"
TAGS = """
  - id: tag
    description: A word on notes.
    owner: admin
    fields:
      word: {type: text, max: 40}
"""
ROWS = """  - {endpoint: GET /tags, allow: {member: any, admin: any}}
  - {endpoint: POST /tags, allow: {admin: any}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = new_service("shop", str(tmp_path_factory.mktemp("made")), "", TODAY)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    return folder


@pytest.fixture
def service(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "shop"))


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    ran = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x")


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text, f"{before} in {file.name}"
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_what_a_service_was_made_from_is_kept_in_it(made: Path) -> None:
    record = read_record(made)
    assert (record.name, record.package, record.made) == ("shop", "shop", TODAY)
    assert dict(record.files) == {
        path: text for path, text in files_in(made).items() if not path.startswith((".git/", ".gonogo/"))
    }


def grown(service: Path) -> None:
    """Edited by hand, asked for otherwise, and made by a template of another day."""
    record = read_record(service)
    older = {**record.files, "Dockerfile": record.files["Dockerfile"] + b"# of another day\n"}
    older["README.md"] = b"# Another head\n" + record.files["README.md"].partition(b"\n")[2]
    write_record(service, replace(record, files=older))
    change(service / NOTE, "# What this service", "# In other words, what this service")
    (service / "Dockerfile").write_bytes(older["Dockerfile"])
    change(service / "README.md", "# Shop", "# Our shop")
    change(service / "shop" / "models.py", "class Role(StrEnum):", "# the desk counts on these\nclass Role(StrEnum):")
    change(service / "spec.yaml", TITLE, f"{TITLE}\n      {EDITION}")
    change(service / "spec.yaml", "\n# EARS", f"{TAGS.rstrip()}\n\n# EARS")
    change(service / "spec.yaml", "  - {endpoint: GET /health", f"{ROWS}  - {{endpoint: GET /health")
    commit(service)


def read(service: Path, path: str) -> str:
    return (service / path).read_text(encoding="utf-8")


def test_a_changed_specification_and_template_come_in_and_every_edit_stays(service: Path) -> None:
    grown(service)
    found = renewal(service, "")
    kinds = {one.path: one.kind for one in found.moves}
    assert kinds["Dockerfile"] is Kind.CHANGED
    assert kinds["README.md"] is Kind.CONFLICT
    assert kinds["shop/models.py"] is Kind.MERGED
    assert kinds["shop/routes/tags.py"] is Kind.ADDED
    assert "migrations/versions/0002_resources.py" not in kinds
    assert git(service, "status", "--porcelain") == "", "nothing is written before it is wanted"
    with pytest.raises(WorkflowError, match=r"Nothing was written: rows that are there would lose.*--allow-loss"):
        write_renewal(replace(found, losses=("notes.title is dropped",)), allow_loss=False)
    assert git(service, "status", "--porcelain") == ""
    write_renewal(found, allow_loss=False)
    models, spec = read(service, "shop/models.py"), read(service, "spec.yaml")
    assert "# the desk counts on these\nclass Role" in models
    assert "edition: str = Field(max_length=40)" in models
    assert "class Tag(" in models
    assert read(service, "README.md").startswith("# Our shop")
    assert "||||||| generated before\n# Another head" in read(service, "README.md.conflict")
    assert (spec.count("id: REQ-TAG-ADD\n"), spec.count("endpoint: GET /tags")) == (1, 1)
    revision = read(service, "migrations/versions/0003_tags_notes.py")
    assert revision.startswith('"""Tags created; notes: edition added."""')
    assert 'down_revision = "0002"' in revision
    assert found.revision is not None
    assert found.revision.filled == ("notes.edition = '-'",)


def test_a_second_update_finds_nothing_to_do_and_a_rename_is_a_loss(service: Path, tmp_path: Path) -> None:
    """What a person sees, with its exit codes; `test_a_changed_specification_…` is its twin that is always run."""
    grown(service)
    ledger = f"sqlite:///{tmp_path / 'ledger.db'}"
    code, out, _ = gonogo("update", "--service", str(service), ledger=ledger)
    assert code == 1, "a conflict is left"
    assert "README.md: a place is changed here and in what is generated" in out
    (service / "README.md.conflict").unlink()
    commit(service)
    code, out, _ = gonogo("update", "--service", str(service), ledger=ledger)
    assert (code, out) == (0, "shop is as its specification and the templates have it: nothing to update.\n")
    change(service / "spec.yaml", TITLE, "headline: {type: text, max: 200}")
    commit(service)
    code, out, err = gonogo("update", "--service", str(service), ledger=ledger)
    assert code == 2
    assert "loses      notes.title is dropped; if it is called headline now, docs/update.md says how" in out
    assert "Nothing was written: rows that are there would lose" in err
    assert git(service, "status", "--porcelain") == ""


def test_it_is_refused_with_what_to_do(service: Path) -> None:
    (service / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(WorkflowError, match=r"Not everything is committed: mine.txt\. Commit it"):
        renewal(service, "")
    shutil.rmtree(service / ".git")
    with pytest.raises(WorkflowError, match=r"under no version control.*git init"):
        renewal(service, "")
    (service / NOTE).write_text("name = 1\n", encoding="utf-8")
    with pytest.raises(WorkflowError, match=r"can't be read.*git log -- \.gonogo"):
        renewal(service, "")
    (service / NOTE).unlink()
    with pytest.raises(WorkflowError, match="it was not made by `invoke new NAME`"):
        renewal(service, "")


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "folder").write_bytes(b"in the way")
    with pytest.raises(WorkflowError, match=r"folder/b can't be written.*Everything is as it was before"):
        write_all(tmp_path, {"a": b"a", "folder/b": None}, {"a": b"new", "folder/b": b"b"})
    with pytest.raises(WorkflowError, match="a has changed meanwhile"):
        write_all(tmp_path, {"a": b"other"}, {"a": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"a", "folder": b"in the way"}
