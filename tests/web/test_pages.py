"""Do the pages show what is known, and do the buttons ask for what they say? With hand-made ledgers, no browser."""

import hashlib
import io
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextArea, TextInput

from runner.discovery.target import Target
from runner.model import Document, Outcome
from stages.catalogue import BUILT_IN
from tests.stages.test_catalogue import an_own
from tests.web.gateways import RecordingGateway, open_page
from tests.web.ledgers import (
    CLAIMS,
    CONTRACT,
    DATABASE,
    DOCUMENTS,
    LOAD,
    NASTY,
    a_run,
    calm,
    document,
    everything,
    finding,
    full_ledger,
    known_step,
    make_service,
    write,
)
from tests.workflow.test_specify import SPEC
from workflow.cli.write import write_reports
from workflow.ledger import RunState
from workflow.report import as_html
from workflow.service import ledger_of
from workflow.web import bill, contract, dashboard, findings, live, load, rehearsal, text
from workflow.web.gateway import ServiceGateway, gateway_of, open_other


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_service(tmp_path)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> ServiceGateway:
    """A service with a history; only read."""
    target = make_service(tmp_path_factory.mktemp("full"))
    return gateway_of(target, full_ledger(target), BUILT_IN)


@pytest.fixture
def rich(full: ServiceGateway) -> RecordingGateway:
    return RecordingGateway(full)


@pytest.fixture
def gateway(target: Target) -> RecordingGateway:
    return RecordingGateway(gateway_of(target, ledger_of(target), BUILT_IN))


def words(test: AppTest) -> str:
    """All the HTML of a page."""
    assert not test.exception, test.exception
    return "\n".join(str(element.proto.body) for element in test.get("html"))


def drawn(test: AppTest) -> int:
    """How many diagrams a page draws."""
    return sum("```mermaid" in one.value for one in test.markdown)


def links(test: AppTest) -> list[str]:
    """Links that look like buttons, in the next action."""
    labels = [str(element.proto.label) for element in test.get("page_link")]
    return [label for label in labels if label.startswith("Open the record")]


# --- the frame


def test_the_sidebar_is_one_piece_that_says_where_each_stage_stands(rich: RecordingGateway) -> None:
    """Each element of a page is a message of its own, sent anew at every click."""
    test = open_page(rich, "db")
    assert len(test.sidebar) == 1
    [beside] = [str(element.proto.body) for element in test.sidebar.get("html")]
    assert 'href="db" target="_self" class="here" aria-current="page" title="Database: NO-GO"' in beside
    assert beside.count('data-sign="✓"') == 4
    assert '<i class="small lamp stale" data-sign="~" aria-hidden="true"></i>Deployment</a>' in beside


# --- the overview


def test_overview_of_a_service_without_runs_says_what_to_do_first(gateway: RecordingGateway) -> None:
    test = open_page(gateway, "way")
    assert "No run yet" in words(test)
    assert "invoke pipeline" in words(test)
    test.button(key="start-first").click().run()
    assert gateway.real.ledger.runs(str(gateway.real.target.root)) == ()
    assert gateway.started == ["pipeline"]


def test_overview_shows_seven_lamps_the_blocker_and_why_a_stage_is_stale(rich: RecordingGateway) -> None:
    page = words(open_page(rich, "way"))
    assert page.count('class="lamp ') == 7
    assert page.count('class="verdict no-go"') == 2
    assert "NO-GO" in page
    assert page.count('class="verdict stale"') == 1
    assert "4 of 55 checks block." in page


def test_overview_is_go_when_all_seven_are_fresh_and_green(target: Target, gateway: RecordingGateway) -> None:
    green = tuple(f for f in everything() if f.outcome is Outcome.PASSED)
    write(gateway.real.ledger, a_run(target, commit=None), green)
    test = open_page(gateway, "way")
    assert '<h1 class="big go">GO</h1>' in words(test)
    assert "All seven stages are GO" in words(test)
    assert test.button(key="start-all").label == "Run the pipeline"
    assert links(test) == ["Open the record of run 1"]
    assert "invoke web" not in words(test)


def test_stages_that_were_proved_one_by_one_are_to_be_proved_together(
    target: Target, gateway: RecordingGateway
) -> None:
    for stage in BUILT_IN.stages:
        green = tuple(f for f in everything() if f.outcome is Outcome.PASSED and f.stage == stage.slug)
        write(gateway.real.ledger, a_run(target, commit=None, stages=(stage.slug,)), green)
    test = open_page(gateway, "way")
    assert "prove them together" in words(test)
    assert links(test) == []


def test_times_say_what_they_are(rich: RecordingGateway) -> None:
    page = words(open_page(rich, "way"))
    assert re.search(r"Run 3 took [\dmin. ]+ s\. Work is the time of every look", page)
    assert page.count("2.3 s of work</span>") == 7
    assert "2.3 s of work" in words(open_page(rich, "db"))


def test_overview_names_an_interrupted_run_and_its_last_words(target: Target, gateway: RecordingGateway) -> None:
    id = write(gateway.real.ledger, a_run(target, state=RunState.RUNNING), DATABASE[:1])
    log = target.root / ".gonogo/runs" / f"{id}.log"
    log.parent.mkdir(parents=True)
    log.write_text("killed by the night watchman\n", encoding="utf-8")
    test = open_page(gateway, "way")
    assert f"Run {id} was interrupted" in words(test)
    assert any("night watchman" in code.value for code in test.code)
    assert not test.button(key="start-all").disabled


def test_overview_says_that_a_run_was_cancelled(target: Target, gateway: RecordingGateway) -> None:
    write(gateway.real.ledger, a_run(target, state=RunState.CANCELLED), ())
    assert "was cancelled" in words(open_page(gateway, "way"))


def test_live_run_shows_progress_and_can_be_cancelled(target: Target, gateway: RecordingGateway) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=75)
    id = write(gateway.real.ledger, a_run(target, state=RunState.RUNNING, pid=os.getpid(), started=begun), DATABASE[:2])
    test = open_page(gateway, "way")
    page = words(test)
    assert f"Run {id}" in page
    assert re.search(r"1 min \d\d s", page)
    assert "Looking at: The contract" in page
    assert "1 proved · 1 failed" in page
    test.button(key="cancel").click().run()
    assert gateway.cancelled == [id]
    assert test.button(key="cancel").label == "Stopping…"


def test_problem_at_the_start_is_a_sentence(gateway: RecordingGateway) -> None:
    gateway.problem = "Run 7 of this service is under way. <b>"
    test = open_page(gateway, "way")
    test.button(key="start-first").click().run()
    assert "Run 7 of this service is under way. &lt;b&gt;" in words(test)


# --- a stage


def test_stage_shows_each_step_with_blockers_open_and_the_rest_as_lines(rich: RecordingGateway) -> None:
    test = open_page(rich, "db")
    page = words(test)
    assert page.index("DB009") < page.index("DB008"), "in a step, what blocks comes first"
    for told in ("failed", "not seen", "our bug", "Fix", "Why it matters", "app/models.py:41", "R-007"):
        assert told in page
    assert "<details><summary>" in page
    assert "invoke stage.db --only DB004" in [code.value for code in test.code]
    assert next(code for code in test.code if code.value.startswith("explain")).language == "sql"


def test_a_teams_own_check_stands_with_the_others(target: Target) -> None:
    ledger = ledger_of(target)
    gateway = RecordingGateway(gateway_of(target, ledger, BUILT_IN.with_checks([an_own(step="3.3")])))
    plain = RecordingGateway(gateway_of(target, ledger, BUILT_IN))
    asked = [re.findall(r"(\d+) checks to ask", words(open_page(one, "db"))) for one in (gateway, plain)]
    assert sum(map(int, asked[0])) == sum(map(int, asked[1])) + 1
    write(ledger, a_run(target, commit=None, stages=("database",)), DATABASE[:1])
    assert "OPS001 was not asked then" in words(open_page(gateway, "db"))
    own = finding("OPS001", "database", "3.3", Outcome.FAILED, "not as we want it")
    id = write(ledger, a_run(target, commit=None, stages=("database",)), (own, DATABASE[1]))
    for page, choices in (("db", {}), ("run", {"run": str(id)})):
        test = open_page(gateway, page, **choices)
        assert "OPS001" in words(test)
        assert "not as we want it" in words(test)
        assert "invoke stage.db --only OPS001" in [code.value for code in test.code]
        assert "not asked then" not in words(test)


UNSEEN = tuple(
    finding(id, "database", step, Outcome.UNKNOWN, "no PostgreSQL: <b>", why="w")
    for id, step in (("DB003", "3.3"), ("DB004", "3.1"), ("DB007", "3.3"))
)


def test_one_reason_that_blocks_several_checks_is_one_card(target: Target, gateway: RecordingGateway) -> None:
    id = write(gateway.real.ledger, a_run(target, commit=None, stages=("database",)), (*UNSEEN, DATABASE[1]))
    for page, choices in (("db", {}), ("run", {"run": str(id)})):
        test = open_page(gateway, page, **choices)
        shown = words(test)
        assert shown.count("no PostgreSQL: &lt;b&gt;") == 1
        assert "3 checks could not look, for one reason" in shown
        codes = [code.value for code in test.code]
        assert "invoke stage.db --only DB003,DB004,DB007" in codes
        assert "invoke stage.db --only DB007" not in codes
        assert CLAIMS["DB007"] in shown


def test_commands_say_what_is_to_be_filled_in_and_begin_with_ours(target: Target, gateway: RecordingGateway) -> None:
    curl = 'curl -i "$BASE/posts" -H "Authorization: Bearer $TOKEN"'
    one = finding("SC001", "security", "4.1", Outcome.FAILED, "open", again=(curl,))
    write(gateway.real.ledger, a_run(target, stages=("security", "database")), (one, DATABASE[1]))
    test = open_page(gateway, "security")
    assert [code.value for code in test.code] == ["invoke stage.security --only SC001", curl]
    assert "In the commands <code>$BASE</code> is the address of the running service" in words(test)
    assert "<code>$TOKEN</code> is the access token" in words(test)
    assert "In the commands" not in words(open_page(gateway, "db"))


@pytest.mark.parametrize(("task", "slug"), [("db", "database"), ("perf", "performance")])
def test_a_stage_is_found_by_either_name(rich: RecordingGateway, task: str, slug: str) -> None:
    by_task, by_slug = open_page(rich, task), open_page(rich, slug)
    assert words(by_slug) == words(by_task)
    assert not by_slug.exception


def test_stage_starts_its_own_task(rich: RecordingGateway) -> None:
    test = open_page(rich, "db")
    assert "invoke stage.db" in words(test)
    test.button(key="start-db").click().run()
    assert rich.started == ["stage.db"]


def test_a_check_is_asked_again_by_itself_and_says_what_it_is_judged_from(rich: RecordingGateway) -> None:
    test = open_page(rich, "db", check="db004")
    assert "The migrated" in words(test).partition("Judged from")[2]
    test.button(key="start-again").click().run()
    assert rich.started == ["stage.db --only DB004"]


def test_each_step_says_what_goes_in_what_to_do_and_what_comes_out(rich: RecordingGateway) -> None:
    page = words(open_page(rich, "db"))
    assert page.count("<dt>Goes in</dt>") == 3
    assert "an index for each foreign key" in page
    assert "alembic downgrade -1" in page
    assert '<a href="document?stage=db&amp;doc=er-diagram.md" target="_self">Entity-relationship diagram</a>' in page
    assert "Migration report, 5 claims that gonogo proves" in page, "named before it is written"


def test_the_first_step_that_was_not_asked_stands_open(gateway: RecordingGateway) -> None:
    page = words(open_page(gateway, "requirements"))
    assert page.count('<details class="step open" open>') == 1
    assert '<span class="tag">open</span>' in page


def test_stage_cannot_be_started_while_a_run_is_live(target: Target, gateway: RecordingGateway) -> None:
    write(gateway.real.ledger, a_run(target, state=RunState.RUNNING, pid=os.getpid()), ())
    assert open_page(gateway, "perf").button(key="start-perf").disabled


def test_stage_without_a_run_lists_what_it_will_ask(gateway: RecordingGateway) -> None:
    page = words(open_page(gateway, "db"))
    assert "to ask" in page
    assert "not run" in page


def test_stale_stage_says_why(target: Target, gateway: RecordingGateway) -> None:
    write(gateway.real.ledger, a_run(target, commit=None, digest="0" * 64), DATABASE)
    assert "<b>Stale:</b> files have changed since" in words(open_page(gateway, "db"))


def test_unknown_stage_gets_a_suggestion_and_a_way_back(gateway: RecordingGateway) -> None:
    page = words(open_page(gateway, "stage", stage="databse"))
    assert "No stage called <code>databse</code>" in page
    assert "<code>database</code>" in page


def test_documents_are_rendered_by_what_they_are(rich: RecordingGateway) -> None:
    diagram = open_page(rich, "document", stage="db", doc="er-diagram.md")
    assert drawn(diagram) == 1
    assert "<td>20,000</td>" in words(diagram)
    notes = words(open_page(rich, "document", stage="db", doc="notes.md"))
    assert '<h1 id="doc-a-document">A document</h1>' in notes
    assert "&lt;script&gt;" in notes
    assert "<img" not in notes
    yaml = open_page(rich, "document", stage="requirements", doc="spec.yaml")
    assert any("blog" in code.value for code in yaml.code)


def test_each_document_leads_back_to_where_it_lies(rich: RecordingGateway) -> None:
    of_run = open_page(rich, "document", run="3", of="design", doc="openapi.json")
    assert "← Run 3" in [link.proto.label for link in of_run.get("page_link")]
    assert "document?run=3&amp;of=database&amp;doc=er-diagram.md" in words(of_run)
    of_stage = open_page(rich, "document", stage="db", doc="notes.md")
    assert "← Database" in [link.proto.label for link in of_stage.get("page_link")]
    assert "document?stage=db&amp;doc=er-diagram.md" in words(of_stage)


def test_contract_is_a_table_of_operations_and_a_csv_a_table(rich: RecordingGateway) -> None:
    page = words(open_page(rich, "document", stage="design", doc="openapi.json"))
    assert 'class="method post">POST' in page
    assert "&lt;b&gt;Write&lt;/b&gt; a post" in page
    assert "<td>posts</td><td>title</td>" in words(open_page(rich, "document", stage="db", doc="dictionary.csv"))


def test_unknown_document_is_a_sentence(rich: RecordingGateway) -> None:
    assert "No document <code>nothing.md</code>" in words(open_page(rich, "document", stage="db", doc="nothing.md"))


def test_load_is_drawn_as_plots_with_needs_and_endpoints(rich: RecordingGateway) -> None:
    test = open_page(rich, "document", stage="perf", doc="load.json")
    page = words(test)
    assert len(test.get("vega_lite_chart")) == 3
    for told in ("2 of 3 needs met, on 20,000 posts · 50,000 comments", "missed", "GET /posts", "310.5"):
        assert told in page


# --- guides


def test_what_blocks_comes_first_and_green_is_folded(rich: RecordingGateway) -> None:
    page = words(open_page(rich, "db"))
    assert page.index("What blocks") < page.index("DB004") < page.index("Checklist")
    assert page.count('<details class="step blocked" open>') == 3
    green = words(open_page(rich, "security"))
    assert "What blocks" not in green
    assert '<details class="step proved"><summary' in green


def test_of_very_many_findings_the_first_are_drawn_and_the_command_tells_all(
    target: Target, gateway: RecordingGateway
) -> None:
    calm_ones = calm("database", "3.1", "X", findings.MOST_LINES + 12)
    shut = [
        finding(f"Y{n:03}", "database", "3.1", Outcome.FAILED, f"{n} is not as it shall be")
        for n in range(findings.MOST_CARDS + 7)
    ]
    write(gateway.real.ledger, a_run(target, verdict="NO-GO"), (*calm_ones, *shut))
    run = gateway.real.ledger.runs(str(target.root), 1)[0].id
    for page, more in (
        (words(open_page(gateway, "db")), findings.MOST_CARDS + 18),
        (words(open_page(gateway, "run", run=str(run))), findings.MOST_CARDS + 18),
    ):
        assert page.count('<h3 class="claim">') == findings.MOST_CARDS
        assert "7 findings more, each with its own page" in page
        assert f"and {more} more. All of them: <code>" in page
        assert page.count('<span class="id">X') == findings.MOST_LINES - len(shut)
        assert page.index(f">Y{len(shut) - 1:03}<") < page.index('<span class="id">X001<'), "what blocks stands first"


def test_an_address_opens_one_check_with_its_history(rich: RecordingGateway) -> None:
    test = open_page(rich, "db", check="db004")
    page = words(test)
    assert page.index("DB004") < page.index("Its last 2 runs") < page.index("What blocks")
    assert "Blocks since run 1 on <code>aaaaaaa</code>. It was never green in these runs." in page
    assert page.count('<h3 class="claim">Every foreign key has a usable index.</h3>') == 1
    assert "← The whole of Database" in [link.proto.label for link in test.get("page_link")]
    assert "Green since run 1" in words(open_page(rich, "security", check="SC001"))
    assert "No check <code>XX999</code> in this stage" in words(open_page(rich, "db", check="XX999"))


def test_a_stage_that_was_blocked_in_another_state_is_stale_and_not_red(
    target: Target, gateway: RecordingGateway
) -> None:
    write(gateway.real.ledger, a_run(target, commit=None, digest="0" * 64, verdict="NO-GO"), everything())
    page = words(open_page(gateway, "way"))
    assert '<h1 class="big stale">STALE</h1>' in page
    assert "7 of 7 stages were judged in another state: files have changed since. Until" in page
    assert "no-go" not in page
    assert page.count("was NO-GO") == 2
    assert page.count("files have changed since") == 2  # above, and in what is next


def test_only_what_runs_is_running(target: Target, gateway: RecordingGateway) -> None:
    write(gateway.real.ledger, a_run(target, state=RunState.RUNNING, pid=os.getpid()), DATABASE[:2])
    page = words(open_page(gateway, "way"))
    assert page.count('class="verdict running"') + page.count('class="verdict queued"') == 7
    assert page.count('class="verdict running"') < 7
    assert page.count('role="status" aria-live="polite"') == 1
    assert "0 of 7 stages done, 1 check blocks" in page
    assert "queued" in words(open_page(gateway, "requirements"))


def test_since_the_last_go_says_what_is_new_and_gone(target: Target, gateway: RecordingGateway) -> None:
    green = tuple(f for f in everything() if f.outcome is Outcome.PASSED)
    ledger = gateway.real.ledger
    write(ledger, a_run(target, commit=None), (*green, finding("DB004", "database", "3.1", Outcome.PASSED, "x")))
    assert "Since the last GO" not in words(open_page(gateway, "way"))
    write(ledger, a_run(target, commit=None, verdict="NO-GO"), everything())
    page = words(open_page(gateway, "way"))
    since = page[page.index("Since the last GO") :]
    assert since.index("New") < since.index("DB004")
    assert re.search(r"\d+ checks green in both", since)


def test_two_runs_are_compared_by_checks_places_and_documents(target: Target, gateway: RecordingGateway) -> None:
    ledger, stages = gateway.real.ledger, ("database",)
    old = document("notes.md", "database", "3.2", "Notes", "text/markdown", "one\n<b>two</b>\n")
    new = document("notes.md", "database", "3.2", "Notes", "text/markdown", "one\nthree\n")
    fewer = replace(DATABASE[1], places=DATABASE[1].places[:1])
    write(ledger, a_run(target, stages=stages, verdict="NO-GO"), (fewer, DATABASE[2], DATABASE[3]), (old,))
    mended = finding("DB007", "database", "3.3", Outcome.PASSED, "no lock")
    write(ledger, a_run(target, stages=stages, verdict="NO-GO"), (DATABASE[1], mended, DATABASE[4]), (new,))
    page = words(open_page(gateway, "compare", run="2", **{"with": "1"}))
    order = ["New", "DB009", "Gone", "DB007", "Unchanged", "DB004", "new: <code>app/models.py:41", "Not asked any more"]
    places = [page.index(word) for word in order]
    assert places == sorted(places)
    assert '<span class="minus">-&lt;b&gt;two&lt;/b&gt;</span>' in page
    assert '<span class="plus">+three</span>' in page
    assert "has no older one" in words(open_page(gateway, "compare", run="1"))


def test_old_runs_are_found_by_a_filter(target: Target, gateway: RecordingGateway) -> None:
    old = write(gateway.real.ledger, a_run(target, state=RunState.CANCELLED), ())
    for _ in range(27):
        write(gateway.real.ledger, a_run(target), ())
    page = words(open_page(gateway, "runs", verdict="Unfinished"))
    assert f'<span class="number">{old}</span>' in page
    assert "Show older runs" not in page
    assert "runs?show=50&amp;verdict=GO" in words(open_page(gateway, "runs", verdict="GO"))


def test_a_service_without_a_folder_here_shows_all_and_starts_nothing(
    target: Target, gateway: RecordingGateway
) -> None:
    other = replace(a_run(target, verdict="NO-GO", digest="1" * 64), root="/nowhere/shop", service="shop")
    id = write(gateway.real.ledger, other, DATABASE, (DOCUMENTS[0],))
    known = next(one for one in gateway.real.services() if one.name == "shop")
    away = RecordingGateway(cast("ServiceGateway", open_other(known, gateway.real)))
    way = open_page(away, "way")
    assert '<h1 class="big no-go">NO-GO</h1>' in words(way)
    assert "Its folder is not on this machine" in words(way)
    assert not way.button
    stage = open_page(away, "db")
    assert "DB004" in words(stage)
    assert "Nothing can be started from here" in words(stage)
    assert f"Run {id}" in words(open_page(away, "run", run=str(id)))
    assert drawn(open_page(away, "document", stage="db", doc="er-diagram.md")) == 1
    fleet = words(open_page(gateway, "services"))
    assert f"db?service={known.id}" in fleet
    assert 'aria-label="shop, Database: NO-GO"' in fleet


def test_all_services_tell_since_when_how_they_fared_and_who_signs(target: Target, gateway: RecordingGateway) -> None:
    ledger = gateway.real.ledger
    calm_ones = tuple(calm(stage.slug, stage.steps[0].id, "X", 3)[0] for stage in BUILT_IN.stages)
    for verdict in ("GO", "NO-GO", "NO-GO"):
        write(ledger, a_run(target, verdict=verdict, demands={"security": "lead"}), calm_ones)
    fleet = words(open_page(gateway, "services"))
    assert "<td>NO-GO · <span" in fleet
    assert "12 min ago" in fleet
    assert 'aria-label="1 of the last 3 runs were GO"><i class="go"></i><i class="no-go"></i><i class="no-go">' in fleet
    assert '<span class="waits">waits for: lead</span>' in fleet


def test_a_run_is_one_file_that_asks_for_nothing(rich: RecordingGateway, tmp_path: Path) -> None:
    """The same from the page's button and from `--html`."""
    file = tmp_path / "to/send.html"
    write_reports(rich.run(3), BUILT_IN, {"html": str(file)}, rich.called, rich.content)
    page = file.read_text(encoding="utf-8")
    assert page == as_html(rich.run(3), BUILT_IN, rich.called, rich.content)
    assert page.index("What blocks") < page.index("DB004") < page.index("Documents")
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#|https?://|mailto:)', page)
    assert "erDiagram" in page
    assert "&lt;script&gt;" in page
    assert "default-src &#x27;none&#x27;" in page


# --- data


def test_bill_of_materials_is_a_table_with_licences_and_what_needs_each() -> None:
    page = bill.bill(
        {
            "bomFormat": "CycloneDX",
            "components": [
                {"bom-ref": "a", "name": "alpha", "version": "1", "licenses": [{"license": {"id": "MIT"}}]},
                {"bom-ref": "b", "name": "<b>", "version": "2"},
                None,
            ],
            "dependencies": [{"ref": "a", "dependsOn": ["b"]}, {"ref": "root", "dependsOn": ["a"]}],
        }
    )
    assert "<b>alpha</b>" in page
    assert "1 MIT" in page
    assert "2 packages without a licence" in page
    assert "<b>&lt;b&gt;</b>" in page
    assert "<td>alpha</td>" in page
    assert "<td>the service</td>" in page


def test_a_rehearsal_is_a_timeline_that_shows_where_it_ended() -> None:
    steps = [{"step": "migrate", "seconds": 1.5}, {"step": "start", "seconds": 2, "problem": "it died"}]
    bars = rehearsal.timeline(steps)["data"]["values"]
    assert [(bar["from"], bar["to"], bar["end"]) for bar in bars] == [(0, 1.5, "done"), (1.5, 3.5, "failed")]
    assert "ended early at <b>start</b>: it died" in rehearsal.summary({"steps": steps})
    assert "✕ fails" in rehearsal.smoke({"smoke": [{"endpoint": "GET /", "status": 503}, {"status": None}]})


def test_a_dashboard_panel_is_a_plot_with_its_limit() -> None:
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 0.25}]
    panel = {"title": "<b>", "fieldConfig": {"defaults": {"unit": "s", "thresholds": {"steps": steps}}}}
    assert dashboard.thresholds(panel) == [0.25]
    plot = dashboard.frame(panel, [0.25])
    assert plot["data"]["values"] == [{"limit": 0.25, "text": "limit 0.25"}]
    assert plot["layer"][0]["encoding"]["y"]["title"] == "seconds"
    assert dashboard.thresholds({"fieldConfig": []}) == []


def test_the_axis_of_latencies_is_not_the_warm_ups() -> None:
    series = [{"t": 1, "p50": 900, "p95": 9000}, {"t": 9, "p50": 20, "p95": 40}]
    plot = load.latency_plot(series, 5.0, [50])
    lines = plot["layer"][1]
    assert lines["encoding"]["y"]["scale"]["domain"] == [0, 55]
    assert lines["mark"]["clip"]
    assert "scale" not in load.latency_plot([], 5.0, [])["layer"][1]["encoding"]["y"]


# --- runs


def test_history_lists_runs_newest_first_and_filters(rich: RecordingGateway) -> None:
    page = words(open_page(rich, "runs"))
    heads = page[page.index('class="run-heads"') : page.index(">3</span>")]
    assert re.findall(r"<span>(\w+)</span>", heads) == [
        "Run", "Asked", "Verdict", "Stages", "Commit", "Started", "Took",
    ]  # fmt: skip
    assert page.index(">3</span>") < page.index(">2</span>") < page.index(">1</span>")
    assert "3f2a91c, 1 file changed" in page
    only = words(open_page(rich, "runs", verdict="Unfinished"))
    assert "cancelled" in only
    assert ">3</span>" not in only


def test_empty_history_says_what_to_do_first(gateway: RecordingGateway) -> None:
    test = open_page(gateway, "runs")
    assert "No run yet" in words(test)
    test.button(key="start-first").click().run()
    assert gateway.started == ["pipeline"]


def test_record_tells_all_that_is_known_of_a_run(rich: RecordingGateway) -> None:
    page = words(open_page(rich, "run", run="3"))
    for told in ("Run 3", "3.12.1", "PostgreSQL&nbsp;15.18", "app/models.py", "The migration history", "DB004"):
        assert told in page, told


@pytest.mark.parametrize(
    ("asked", "said"), [("99", "No run 99"), ("x<i>", "No run <code>x&lt;i&gt;</code>"), ("²", "No")]
)
def test_unknown_run_is_a_sentence(gateway: RecordingGateway, asked: str, said: str) -> None:
    assert said in words(open_page(gateway, "run", run=asked))


def test_a_run_of_another_service_is_not_shown(target: Target, gateway: RecordingGateway) -> None:
    other = replace(a_run(target), root="/elsewhere", service="other")
    id = write(gateway.real.ledger, other, ())
    assert "is not a run of blog_api" in words(open_page(gateway, "run", run=str(id)))


# --- other people's words


@pytest.mark.parametrize("page", [("way", {}), ("db", {}), ("run", {"run": "3"})])
def test_texts_of_a_service_stay_texts(rich: RecordingGateway, page: tuple[str, dict[str, str]]) -> None:
    test = open_page(rich, page[0], **page[1])
    shown = words(test)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown
    assert not [one for one in test.markdown if one.allow_html]


def test_markdown_signs_in_a_label_mean_nothing() -> None:
    assert text.plain("a_b [x](y) :red[z] $1$") == r"a\_b \[x\]\(y\) \:red\[z\] \$1\$"


def test_prose_knows_code_and_nothing_else() -> None:
    assert text.prose("run `a <b>` & **go**") == "run <code>a &lt;b&gt;</code> &amp; **go**"


HUGE = "x" * 100_000
HOSTILE = f"{NASTY}\u202e\u0007{HUGE}"


def test_a_text_without_end_and_signs_that_nobody_sees_are_bounded_everywhere(
    target: Target, gateway: RecordingGateway
) -> None:
    """A name of 100 KB, a sign that turns text around, a bell: in each field that comes from a service."""
    place = replace(DATABASE[1].places[0], table=HOSTILE, column=HOSTILE, note=HOSTILE)
    one = replace(
        DATABASE[1], message=HOSTILE, claim=HOSTILE, why=HOSTILE, fix=HOSTILE, places=(place,), again=(HOSTILE,),
        commands=(HOSTILE,), requirements=(HOSTILE,), looked=HOSTILE,
    )  # fmt: skip
    written = [
        document(f"{end}{HUGE}.{end}", "database", "3.1", HOSTILE, kind, f"# {HOSTILE}\n")
        for end, kind in (
            ("md", "text/markdown"),
            ("csv", "text/csv"),
            ("png", "image/png"),
            ("json", "application/json"),
        )
    ]
    run = a_run(target, commit=None, stages=("database",), dirty=(HOSTILE,), tools={HOSTILE: HOSTILE}, service=HOSTILE)
    id = write(gateway.real.ledger, run, (one,), tuple(written))
    for page, choices in (
        ("way", {}), ("db", {}), ("db", {"check": "DB004"}), ("run", {"run": str(id)}), ("runs", {}),
        *(("document", {"stage": "db", "doc": one.name}) for one in written),
    ):  # fmt: skip
        test = open_page(gateway, page, **choices)
        shown = words(test)
        told = [*(code.value for code in test.code), *(str(link.proto.label) for link in test.get("page_link"))]
        assert len(max(shown.split('"'), key=len)) < 60_000, page
        assert not re.search("[\u202e\u0007]", shown + "".join(told)), page
        assert "<script>alert" not in shown
        assert all(len(one) < 20_000 for one in told), page


def test_a_broken_picture_is_a_sentence_and_a_whole_one_a_picture(target: Target, gateway: RecordingGateway) -> None:
    whole = io.BytesIO()
    Image.new("RGB", (3, 3)).save(whole, "PNG")
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    pictures = {
        "cut.png": ("image/png", whole.getvalue()[:-20]), "no.png": ("image/png", b"no picture"),
        "whole.png": ("image/png", whole.getvalue()), "drawing.svg": ("image/svg+xml", drawing),
    }  # fmt: skip
    written = tuple(
        Document(
            name=name, stage="database", step=known_step("database", "3.1"), title=name, media_type=kind,
            content=content, sha256=hashlib.sha256(content).hexdigest(),
        )
        for name, (kind, content) in pictures.items()
    )  # fmt: skip
    write(gateway.real.ledger, a_run(target, commit=None, stages=("database",)), DATABASE, written)
    shown = {name: words(open_page(gateway, "document", stage="db", doc=name)) for name in pictures}
    assert ["can't be read" in shown[name] for name in pictures] == [True, True, False, False]
    assert ['src="data:image/' in shown[name] for name in pictures] == [False, False, True, True]
    assert "<svg" not in shown["drawing.svg"]


def test_places_are_escaped_and_long_lists_folded() -> None:
    many = tuple(replace(DATABASE[1].places[0], column=f"c{n}") for n in range(30))
    page = findings.places((*DATABASE[1].places, *many))
    assert text.esc(NASTY) in page
    assert "35 places" in page
    assert "23 more places" in page


# --- small parts


def test_contract_survives_nonsense() -> None:
    broken = {
        "openapi": "3.1.0",
        "paths": {"/x": {"get": {"responses": {"200": {"$ref": "#/no/where"}}, "tags": None}}},
    }
    assert "/x" in contract.operations(broken)
    assert contract.operations({"openapi": "3.1.0", "paths": {"/x": None, "/y": {"get": []}}}) == ""
    assert "integer" in contract.operations(CONTRACT)
    assert "string (date-time) or null" in contract.schemas(CONTRACT)


def test_load_survives_nonsense() -> None:
    assert load.needs({"needs": [None, {"id": "<b>", "value": None}]}).count("&lt;b&gt;") == 1
    assert load.bins([{"upto": 5, "count": 0}, {"upto": None, "count": 3}, {}]) == [{"ms": "> 5", "answers": 3.0}]
    assert load.bins([{"upto": 5, "count": 0}]) == []
    assert load.is_load({"shapes": [], "needs": []})
    assert not load.is_load({"openapi": "3.1.0", "paths": {}})
    assert "100" in str(load.latency_plot(LOAD["shapes"][0]["series"], 4, load.latency_limits(LOAD, 50)))


def test_times_are_told_as_people_do() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    told = [text.ago(now - timedelta(seconds=s), now) for s in (3, 300, 7200, 90000, 500000)]
    assert told == ["just now", "5 min ago", "2 h ago", "yesterday", "5 days ago"]
    assert [text.took(s) for s in (None, 0.42, 59, 61, 3700)] == ["—", "0.4 s", "59 s", "1 min 01 s", "1 h 01 min"]


def test_panel_puts_what_blocks_first(target: Target) -> None:
    run = a_run(
        target, state=RunState.RUNNING, findings=(*DATABASE, finding("DB003", "database", "3.3", Outcome.PASSED, "x"))
    )
    shown = live.panel(run, datetime.now(UTC))
    assert shown.index("DB009") < shown.index(CLAIMS["DB003"])


# --- the trace


def test_the_trace_leads_from_each_requirement_to_its_proofs(rich: RecordingGateway) -> None:
    page = words(open_page(rich, "trace"))
    assert "Without a counterpart: 1 requirement, 1 table." in page
    assert "2 requirements of 2" in page
    assert 'href="document?stage=design&amp;doc=contract.json"' not in page  # none of that name was written
    assert "<code>GET /posts</code>" in page
    assert "<code>test_<wbr>lists</code>" in page
    assert "✕ failed" in page
    assert 'href="db?check=DB004"' in page
    assert "○</span> leads to no operation, quality need or test" in page
    assert "<script>" not in page


def test_the_trace_is_filtered_in_the_address(rich: RecordingGateway) -> None:
    assert "1 requirement of 2" in words(open_page(rich, "trace", which="stands alone"))
    by_table = words(open_page(rich, "trace", rows="Tables", about="r-007"))
    assert "1 table of 2" in by_table
    assert "parcels" not in by_table
    assert "No requirement fits" in words(open_page(rich, "trace", about="nothing has this word"))


def test_without_a_trace_the_page_says_what_it_is_for_and_how_there_comes_one(gateway: RecordingGateway) -> None:
    test = open_page(gateway, "trace")
    assert "what each requirement leads to" in words(test)
    test.button(key="start-trace").click().run()
    assert gateway.started == ["stage.tests"]


# --- languages


@pytest.mark.parametrize(
    ("page", "choices", "said"),
    [
        ("way", {}, ("验证", "第 3 次运行用时", "项检查", "8 已验证", "被阻断：每个外键都有可用的索引——")),
        ("db", {"check": "DB004"}, ("阻断项", "为什么重要", "复现", "检查清单")),
        ("run", {"run": "3"}, ("关于本次运行", "检查结果", "开始时间")),
        ("runs", {}, ("运行记录", "天前")),
        ("document", {"stage": "perf", "doc": "load.json"}, ("并发用户", "未达标", "延迟曲线")),
        ("trace", {}, ("追溯", "没有对应项", "Sign in")),  # what the service's own file says stays as it was written
    ],
)
def test_a_page_reads_in_chinese_and_its_links_stay_in_it(
    rich: RecordingGateway, page: str, choices: dict[str, str], said: tuple[str, ...]
) -> None:
    test = open_page(rich, page, lang="zh-CN", **choices)
    assert not test.exception
    for one in said:
        assert one in words(test), one
    english = ("What blocks", "Why it matters", "See it again", "Checklist", "days ago", "About this run", "not run")
    assert not [one for one in english if one in words(test)]
    inner = [one for one in re.findall(r'href="([^"]*)"', words(test)) if not one.startswith(("#", "http", "?"))]
    assert [one for one in inner if "lang=zh-CN" not in one] == []
    assert '<a lang="en"' in words(test)


def test_without_a_choice_a_page_is_english(rich: RecordingGateway) -> None:
    assert "Checklist" in words(open_page(rich, "db"))
    assert 'href="?lang=zh-CN"' in words(open_page(rich, "db"))


# --- the specification


@pytest.fixture
def specified(gateway: RecordingGateway) -> RecordingGateway:
    (gateway.real.target.root / "spec.yaml").write_text(SPEC, encoding="utf-8")
    return gateway


def field(test: AppTest, label: str) -> TextInput | TextArea:
    fields: list[TextInput | TextArea] = [*test.text_input, *test.text_area]
    return next(one for one in fields if one.label == label)


def test_a_requirement_is_written_after_its_patch_was_seen(specified: RecordingGateway) -> None:
    test = open_page(specified, "specification")
    file = specified.real.target.root / "spec.yaml"
    assert "✓ A test can prove it" in words(test)
    assert "The patch" not in words(test)
    test = field(test, "What it shall do").set_value("store it quickly.").run()
    assert "“quickly”" in words(test)
    test = field(test, "What it shall do").set_value("store it <b>within</b> 2 s.").run()
    assert "✓ A test can prove it" in words(test)
    assert '<span class="plus">+    text: When a buyer adds a thing, the service shall store it &lt;b&gt;' in words(
        test
    )
    assert file.read_text(encoding="utf-8") == SPEC
    test = next(one for one in test.button if one.label.startswith("Write it")).click().run()
    assert "Written to spec.yaml" in words(test)
    assert file.read_text(encoding="utf-8") == SPEC.replace("shall store it.", "shall store it <b>within</b> 2 s.")


def test_a_file_that_changed_underneath_is_left_alone(specified: RecordingGateway) -> None:
    test = open_page(specified, "specification", part="Questions")
    test = field(test, "Answer").set_value("No.").run()
    changed = f"{SPEC}# somebody else\n"
    (specified.real.target.root / "spec.yaml").write_text(changed, encoding="utf-8")
    test = next(one for one in test.button if one.label.startswith("Write it")).click().run()
    assert "has changed meanwhile. Nothing was written" in words(test)
    assert (specified.real.target.root / "spec.yaml").read_text(encoding="utf-8") == changed


def test_a_quality_need_says_where_text_and_number_differ(specified: RecordingGateway) -> None:
    test = open_page(specified, "specification", part="Quality needs")
    limit = next(one for one in test.number_input if one.label == "Limit, in ms")
    assert "the text says 250 ms, <code>limit</code> says 200" in words(limit.set_value(200.0).run())


def test_a_new_quality_need_is_written_with_its_unit(specified: RecordingGateway) -> None:
    test = open_page(specified, "specification", part="Quality needs", need="A new one")
    assert "the service shall answer requests within 250 ms at the 95th percentile" in words(test)
    what = next(one for one in test.selectbox if one.label == "What is measured")
    test = what.set_value("error_rate").run()
    limit = next(one for one in test.number_input if one.label == "Limit, in %")
    test = limit.set_value(0.5).run()
    assert "✓ A test can prove it" in words(test)
    file = specified.real.target.root / "spec.yaml"
    assert file.read_text(encoding="utf-8") == SPEC
    test = next(one for one in test.button if one.label.startswith("Write it")).click().run()
    assert "Written to spec.yaml" in words(test)
    need = specified.specification().content.quality[-1]  # type: ignore[union-attr]
    assert (need.id, need.metric, need.limit, need.unit, need.percentile) == ("QN-2", "error_rate", 0.5, "%", None)


def test_a_new_question_is_asked(specified: RecordingGateway) -> None:
    test = open_page(specified, "specification", part="Questions")
    test = next(one for one in test.selectbox if one.label == "Question").set_value("A new one").run()
    assert "The patch" not in words(test)
    test = field(test, "What is asked").set_value("Who may empty it?").run()
    test = next(one for one in test.button if one.label.startswith("Write it")).click().run()
    asked = specified.specification().content.questions[-1]  # type: ignore[union-attr]
    assert (asked.id, asked.text, asked.status, asked.owner) == ("Q-002", "Who may empty it?", "open", "seller")


def test_a_specification_that_is_not_there_or_not_valid_is_a_sentence(gateway: RecordingGateway) -> None:
    assert "There is no spec.yaml yet" in words(open_page(gateway, "specification"))
    (gateway.real.target.root / "spec.yaml").write_text("gonogo: 1\nservise: {}\n", encoding="utf-8")
    page = words(open_page(gateway, "specification"))
    assert "Mend these lines in an editor" in page
    assert "Did you mean <code>service</code>?" in page
