"""The judgements that the catalogue counts: of checks that exist, on services that strangers.md tells of."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from stages.catalogue import BUILT_IN
from tests.conftest import ROOT
from workflow.report.judged import Judged, Service, figures

JUDGED = Judged.read(ROOT / "docs/judged.toml")


def test_every_check_that_is_judged_exists() -> None:
    known = {check.id for check in BUILT_IN.checks}
    named = {check for one in JUDGED.service for check in (*one.useful, *one.useless, *one.false, *one.missed)}
    assert named <= known


@pytest.mark.parametrize("service", JUDGED.service, ids=lambda one: one.name)
def test_the_page_about_strangers_has_the_same_numbers(service: Service) -> None:
    page = (ROOT / "docs/strangers.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("|") and service.name in line)
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert service.commit[:7] in row
    judged = [str(len(kind)) for kind in (service.useful, service.useless, service.false)]
    assert judged in [cells[at : at + 3] for at in range(len(cells))], row


def test_a_check_has_one_verdict_for_a_service(tmp_path: Path) -> None:
    text = '[[service]]\nname = "a/b"\ncommit = "abcdef0"\nuseful = ["SC001"]\nfalse = ["SC001"]\n'
    (tmp_path / "judged.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValidationError, match="SC001 is judged 2 times"):
        Judged.read(tmp_path / "judged.toml")


def test_the_sentence_of_a_check_counts_what_is_there(tmp_path: Path) -> None:
    for file in ("tests/mutants/SC001.patch", "tests/mutants/SC001-again.patch", "tests/hollows/SC001.patch"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    (tmp_path / "docs").mkdir()
    services = [("a/b", "useful"), ("a/c", "false"), ("a/d", "missed")]
    text = "".join(f'[[service]]\nname = "{name}"\ncommit = "abcdef0"\n{kind} = ["SC001"]\n' for name, kind in services)
    (tmp_path / "docs/judged.toml").write_text(text, encoding="utf-8")
    said = figures(tmp_path)["SC001"]
    assert re.fullmatch(
        r"Tried: names 2 planted defects; does not believe 1 service that lies; "
        r"failed 2 public services: 1 true and useful, 1 false; missed it on 1 other\.",
        said,
    )
