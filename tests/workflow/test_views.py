"""What is known now: also when it changes while we look."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runner.discovery.target import Target
from runner.model import Finding, Outcome
from stages.catalogue import BUILT_IN
from tests.web.ledgers import DATABASE, everything, make_service, write
from tests.web.ledgers import a_run as a_run_of
from tests.workflow.records import a_run
from workflow.ledger import Ledger, Run, RunState, open_ledger
from workflow.service import ledger_of, onward, overview
from workflow.web.gateway import gateway_of


def test_a_run_that_ends_while_we_look_is_not_shown_as_under_way(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.begin(a_run(root=str(tmp_path)))
    answers = iter([True])  # alive at the first look, gone at every later one
    ledger.alive = lambda _host, _pid: next(answers, False)
    view = overview(Target(root=tmp_path, python=Path("python")), ledger, BUILT_IN)
    assert view.running is None
    assert view.latest is not None
    assert view.latest.state is RunState.INTERRUPTED
    ledger.close()


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_service(tmp_path)


@pytest.fixture
def ledger(target: Target) -> Iterator[Ledger]:
    ledger = ledger_of(target)
    yield ledger
    ledger.close()


def prove(ledger: Ledger, target: Target, *slugs: str, **other: object) -> Run:
    """A run in which these stages are GO."""
    findings = tuple(f for f in everything() if f.outcome is Outcome.PASSED and f.stage in slugs)
    return ledger.run(write(ledger, a_run_of(target, stages=slugs, **other), findings))


def test_after_a_stage_comes_the_next_one_that_is_not_go(target: Target, ledger: Ledger) -> None:
    prove(ledger, target, "security")
    run = prove(ledger, target, "database")
    assert onward(run, overview(target, ledger, BUILT_IN)) == "invoke stage.tests"
    prove(ledger, target, "testing", "performance", "deployment")
    assert onward(run, overview(target, ledger, BUILT_IN)) == "invoke stage.requirements"


def test_after_single_checks_comes_their_whole_stage(target: Target, ledger: Ledger) -> None:
    run = ledger.run(ledger.begin(a_run_of(target, stages=("database",), only=("DB003",))))
    ledger.end(run.id, RunState.FINISHED, "GO")
    assert onward(run, overview(target, ledger, BUILT_IN)) == "invoke stage.db"
    prove(ledger, target, "database")
    assert onward(run, overview(target, ledger, BUILT_IN)) == "invoke stage.security"


def test_after_all_stages_comes_the_pipeline_and_after_it_the_browser(target: Target, ledger: Ledger) -> None:
    slugs = [view.stage.slug for view in overview(target, ledger, BUILT_IN).stages]
    runs = [prove(ledger, target, slug) for slug in slugs]
    view = overview(target, ledger, BUILT_IN)
    assert (onward(runs[-1], view), view.next_command) == ("invoke pipeline", "invoke pipeline")
    run = prove(ledger, target, *slugs)
    again = prove(ledger, target, "database")
    view = overview(target, ledger, BUILT_IN)
    assert (onward(run, view), onward(again, view), view.next_command) == ("invoke web",) * 3


def test_what_blocked_another_state_is_proved_again_not_explained(target: Target, ledger: Ledger) -> None:
    blocked = tuple(one for one in everything() if one.stage == "database")
    run = prove(ledger, target, "design")
    write(ledger, a_run_of(target, stages=("database",), verdict="NO-GO"), blocked)
    assert onward(run, overview(target, ledger, BUILT_IN)) == "invoke explain DB004"
    write(ledger, a_run_of(target, stages=("database",), verdict="NO-GO", digest="0" * 64), blocked)
    assert onward(run, overview(target, ledger, BUILT_IN)) == "invoke stage.db"


def test_after_a_change_the_way_begins_where_it_is_stale(target: Target, ledger: Ledger) -> None:
    slugs = [view.stage.slug for view in overview(target, ledger, BUILT_IN).stages]
    run = prove(ledger, target, *slugs, digest="0" * 64)
    assert onward(run, overview(target, ledger, BUILT_IN)) == "invoke stage.requirements"


def test_a_go_of_a_gonogo_with_fewer_checks_is_stale_and_names_what_it_did_not_ask(
    target: Target, ledger: Ledger
) -> None:
    asked = [check.id for check in BUILT_IN.stage("db").checks]
    same = tuple(replace(DATABASE[1], check=id, outcome=Outcome.PASSED) for id in asked)

    def stale(findings: tuple[Finding, ...], **tools: str) -> str:
        write(ledger, a_run_of(target, stages=("database",), tools=tools), findings)
        word = overview(target, ledger, BUILT_IN).stage("db").stale
        seen = gateway_of(target, ledger, BUILT_IN).fleet()[0].lamps["database"]
        assert seen == ("GO", bool(word)), "all services at a glance say the same"
        return word

    assert stale(same[:-1], gonogo="3 checks (0000000)") == f"{asked[-1]} was not asked then"
    assert stale(same, gonogo="3 checks (0000000)") == "", "it has lost checks of other stages alone"
    assert stale(same[:-1], gonogo=BUILT_IN.built_in) == ""
    assert stale(same[:-1]) == "", "an old record does not tell"
