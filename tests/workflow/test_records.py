"""`decide`: does a service without records and without a document get both, once, and does what people edit stay?"""

import shutil
from datetime import date
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.errors import WorkflowError
from runner.evidence.agreed.decisions import record
from stages.design.regions import REGION, digest
from workflow.service import write_decisions

SAMPLE = Path(__file__).parents[2] / "sample_service"
TODAY = date(2026, 11, 29)


@pytest.fixture
def undecided(tmp_path: Path) -> Path:
    """The bundled service without a specification, records and architecture document; it pays by Stripe."""
    folder = tmp_path / "shop"
    left = (".venv", ".gonogo", "spec.yaml", "__pycache__", "docs")
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(*left))
    (folder / ".venv").symlink_to(SAMPLE / ".venv")
    settings = folder / "app" / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("\nSHORTEST", '\nSTRIPE_API = "https://api.stripe.com"\nSHORTEST', 1), encoding="utf-8"
    )
    return folder


def test_records_and_document_are_written_once_and_edits_stay(undecided: Path) -> None:
    target = find_target(undecided)
    first = write_decisions(target, lambda _: None, TODAY)
    names = ["0001-python.md", "0002-fastapi.md", "0003-postgresql.md", "0004-redis.md", "0005-stripe.md"]
    assert [one.name for one in first.records] == names
    folder = undecided / "docs" / "decisions"
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in names}
    assert record("x.md", texts["0003-postgresql.md"]).servers == {"postgresql": ">=16,<17"}
    document = undecided / "docs" / "architecture.md"
    text = document.read_text(encoding="utf-8")
    assert all(digest(one["text"]) == one["digest"] for one in REGION.finditer(text))
    assert 'service --> server0[("PostgreSQL 16")]' in text
    assert "(press:" not in text

    (folder / names[0]).write_text(texts[names[0]].replace("proposed", "accepted"), encoding="utf-8")
    edited = text.replace("## Deployment", "We chose this in May.\n\n## Deployment").replace(
        "Redis 7.4", "our cache", 1
    )
    document.write_text(edited, encoding="utf-8")
    again = write_decisions(target, lambda _: None, TODAY)
    assert (again.records, again.edited, again.renewed) == ((), ("context",), ("decisions",))
    now = document.read_text(encoding="utf-8")
    assert "We chose this in May." in now
    assert "our cache" in now
    assert "| DR-001 | Python 3.11 | accepted |" in now
    assert (folder / names[0]).read_text(encoding="utf-8").count("accepted") == 1


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path, undecided: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (undecided / "docs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkflowError, match=r"leads out of the service's folder|lies outside"):
        write_decisions(find_target(undecided), lambda _: None, TODAY)
    assert not list((tmp_path / "elsewhere").iterdir())
