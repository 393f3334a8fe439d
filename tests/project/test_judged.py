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


def disagreement(service: Service, page: str) -> str:
    """What the page about strangers lacks of a service that is judged, or says otherwise; empty where both agree."""
    rows = [line for line in page.splitlines() if line.startswith("|") and service.name in line]
    row = next((line for line in rows if service.commit[:7] in line), "")
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    judged = [str(len(kind)) for kind in (service.useful, service.useless, service.false)]
    if not row:
        return f"no row names {service.name} at {service.commit[:7]}"
    stands = judged in [cells[at : at + 3] for at in range(len(cells))]
    return "" if stands else f"{service.name} is judged {' '.join(judged)}, and its row is {row}"


def test_the_page_about_strangers_has_the_same_numbers() -> None:
    page = (ROOT / "docs/strangers.md").read_text(encoding="utf-8")
    assert [wrong for one in JUDGED.service if (wrong := disagreement(one, page))] == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("| a/b | `abcdef0` | 3 | 2 | 0 | 1 |", ""),
        ("| a/b | `abcdef0` | 3 | 2 | 1 | 0 |", "is judged 2 0 1"),
        ("| a/b | `1234567` | 3 | 2 | 0 | 1 |", "no row names a/b at abcdef0"),
        ("| a/c | `abcdef0` | 3 | 2 | 0 | 1 |", "no row names a/b at abcdef0"),
    ],
)
def test_a_page_that_says_otherwise_is_found(row: str, said: str) -> None:
    service = Service(name="a/b", commit="abcdef0123", useful=("SC001", "SC002"), false=("SC003",))
    found = disagreement(service, f"# Strangers\n\n{row}\n")
    assert said in found
    assert bool(found) is bool(said)


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
