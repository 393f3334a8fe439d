"""What belongs to what: read from the newest run that wrote a trace, in both directions."""

import json
from pathlib import Path

import pytest

from runner.errors import WorkflowError
from runner.model import Outcome, in_file, in_table
from stages.catalogue import BUILT_IN
from tests.web.ledgers import TESTS, TRACE, a_run, document, everything, finding, full_ledger, make_service, write
from workflow.cli.trace import show_trace
from workflow.ledger import Ledger
from workflow.service import Traced, ledger_of, overview, traced_service


def the_trace(root: Path, ledger: Ledger | None = None) -> Traced:
    target = make_service(root)
    ledger = ledger or full_ledger(target)
    return traced_service(overview(target, ledger, BUILT_IN), ledger.content)


def ids(traced: Traced, word: str, kind: str) -> list[str]:
    return [one.id for one in traced.around(traced.find(word), kind)]


def test_each_end_leads_to_the_other(tmp_path: Path) -> None:
    traced = the_trace(tmp_path)
    assert ids(traced, "R-007", "table") == ["posts"]
    assert ids(traced, "posts", "requirement") == ["R-007"]
    assert ids(traced, "AC-007-1", "endpoint") == ["GET /posts"]
    assert ids(traced, "test_lists", "table") == ["posts"]
    assert ids(traced, "qn-1", "test") == []
    assert ids(traced, "parcels", "requirement") == []
    assert traced.orphans["table:parcels"] == "no request of the tests touched it"


def test_a_finding_belongs_to_what_its_places_name(tmp_path: Path) -> None:
    target = make_service(tmp_path)
    ledger = ledger_of(target)
    found = (
        finding("DB004", "database", "3.1", Outcome.FAILED, "no index", places=(in_table("posts", "title"),)),
        finding("RQ008", "requirements", "1.1", Outcome.FAILED, "vague", places=(in_file("spec.yaml", 6),)),
        finding("SC034", "security", "4.1", Outcome.PASSED, "fine", requirements=("R-007",)),
        finding("SC001", "security", "4.1", Outcome.FAILED, "open", requirements=("R-007",)),
        finding("TS006", "testing", "5.1", Outcome.FAILED, "x", places=(in_file("tests/test_posts.py", 3),)),
    )
    trace = document("trace.json", "testing", "5.2", "Trace", "application/json", json.dumps(TRACE))
    write(ledger, a_run(target), found, (trace,))
    traced = traced_service(overview(target, ledger, BUILT_IN), ledger.content)

    def checks(word: str) -> list[str]:
        return [one.check for one in traced.findings(traced.find(word))]

    assert checks("posts") == ["DB004"]
    assert checks("test_lists") == ["TS006"]
    assert checks("R-007") == ["SC001", "SC034", "RQ008"]  # what blocks first, then those of its criterion
    assert checks("R-008") == []


def test_what_is_misspelt_and_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match="Did you mean `posts`"):
        the_trace(tmp_path).find("psots")
    target = make_service(tmp_path, "bare")
    ledger = ledger_of(target)
    write(ledger, a_run(target), everything())
    with pytest.raises(WorkflowError, match=r"No run has written a trace yet. `invoke stage\.tests` writes it"):
        traced_service(overview(target, ledger, BUILT_IN), ledger.content)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "things": [{"k": 1}]}'])
def test_a_damaged_trace_is_said_to_be_one(tmp_path: Path, content: str) -> None:
    target = make_service(tmp_path)
    ledger = ledger_of(target)
    write(
        ledger,
        a_run(target),
        everything(),
        (document("trace.json", "testing", "5.2", "T", "application/json", content),),
    )
    with pytest.raises(WorkflowError, match="The trace of run 1 can't be read"):
        traced_service(overview(target, ledger, BUILT_IN), ledger.content)


def test_the_terminal_names_requirements_orphans_and_all_around_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = make_service(tmp_path)
    full_ledger(target)
    show_trace("", str(target.root), "")
    told = capsys.readouterr().out
    assert "R-008  Sign in" in told
    assert "1 operation · 1 table · 1 test, 1 not passed · 1 quality need  DB004" in told
    assert "No request of the tests touched it: 1 table  parcels" in told
    assert "trace --service" in told
    show_trace("posts", str(target.root), "")
    told = capsys.readouterr().out
    assert f"      {TESTS}  failed" in told
    assert "      R-007  List posts" in told
    show_trace("", str(target.root), "-")
    things = json.loads(capsys.readouterr().out)["things"]
    assert {one["id"]: one["orphan"] for one in things}["parcels"] == "no request of the tests touched it"
