"""Do the pages show what is known, and do the buttons ask for what they say? With hand-made ledgers, no browser."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from runner.discovery.target import Target
from runner.model import Outcome
from stages.catalogue import BUILT_IN
from tests.stages.test_catalogue import an_own
from tests.web.desks import RecordingDesk, open_page
from tests.web.ledgers import (
    CLAIMS,
    CONTRACT,
    DATABASE,
    LOAD,
    NASTY,
    a_run,
    everything,
    finding,
    full_ledger,
    make_service,
    write,
)
from workflow.ledger import RunState
from workflow.service import ledger_of
from workflow.web import contract, findings, live, load, text
from workflow.web.desk import ServiceDesk
from workflow.web.documents import without_pictures


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return make_service(tmp_path)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> ServiceDesk:
    """A service with a history; only read."""
    target = make_service(tmp_path_factory.mktemp("full"))
    return ServiceDesk(target, full_ledger(target), BUILT_IN)


@pytest.fixture
def rich(full: ServiceDesk) -> RecordingDesk:
    return RecordingDesk(full)


@pytest.fixture
def desk(target: Target) -> RecordingDesk:
    return RecordingDesk(ServiceDesk(target, ledger_of(target), BUILT_IN))


def words(test: AppTest) -> str:
    """All the HTML of a page."""
    assert not test.exception, test.exception
    return "\n".join(str(element.proto.body) for element in test.get("html"))


def links(test: AppTest) -> list[str]:
    """Links that look like buttons, in the next action."""
    labels = [str(element.proto.label) for element in test.get("page_link")]
    return [label for label in labels if label.startswith("Open the record")]


# --- the overview


def test_overview_of_a_service_without_runs_says_what_to_do_first(desk: RecordingDesk) -> None:
    test = open_page(desk, "way")
    assert "No run yet" in words(test)
    assert "invoke pipeline" in words(test)
    test.button(key="start-first").click().run()
    assert desk.real.ledger.runs(str(desk.real.target.root)) == ()
    assert desk.started == ["pipeline"]


def test_overview_shows_seven_lamps_the_blocker_and_why_a_stage_is_stale(rich: RecordingDesk) -> None:
    page = words(open_page(rich, "way"))
    assert page.count('class="lamp ') == 7
    assert page.count('class="verdict no-go"') == 2
    assert "NO-GO" in page
    assert "stale:" in page
    assert "4 of 55 checks block." in page


def test_overview_is_go_when_all_seven_are_fresh_and_green(target: Target, desk: RecordingDesk) -> None:
    green = tuple(f for f in everything() if f.outcome is Outcome.PASSED)
    write(desk.real.ledger, a_run(target, commit=None), green)
    test = open_page(desk, "way")
    assert '<h1 class="big go">GO</h1>' in words(test)
    assert "All seven stages are GO" in words(test)
    assert test.button(key="start-all").label == "Run the pipeline"
    assert links(test) == ["Open the record of run 1"]
    assert "invoke web" not in words(test)


def test_stages_that_were_proved_one_by_one_are_to_be_proved_together(target: Target, desk: RecordingDesk) -> None:
    for stage in BUILT_IN.stages:
        green = tuple(f for f in everything() if f.outcome is Outcome.PASSED and f.stage == stage.slug)
        write(desk.real.ledger, a_run(target, commit=None, stages=(stage.slug,)), green)
    test = open_page(desk, "way")
    assert "prove them together" in words(test)
    assert links(test) == []


def test_times_say_what_they_are(rich: RecordingDesk) -> None:
    page = words(open_page(rich, "way"))
    assert re.search(r"Run 3 took [\dmin. ]+ s\. Work is the time of every look", page)
    assert page.count("2.3 s of work</span>") == 7
    assert "2.3 s of work" in words(open_page(rich, "stage", stage="db"))


def test_overview_names_an_interrupted_run_and_its_last_words(target: Target, desk: RecordingDesk) -> None:
    id = write(desk.real.ledger, a_run(target, state=RunState.RUNNING), DATABASE[:1])
    log = target.root / ".gonogo/runs" / f"{id}.log"
    log.parent.mkdir(parents=True)
    log.write_text("killed by the night watchman\n", encoding="utf-8")
    test = open_page(desk, "way")
    assert f"Run {id} was interrupted" in words(test)
    assert any("night watchman" in code.value for code in test.code)
    assert not test.button(key="start-all").disabled


def test_overview_says_that_a_run_was_cancelled(target: Target, desk: RecordingDesk) -> None:
    write(desk.real.ledger, a_run(target, state=RunState.CANCELLED), ())
    assert "was cancelled" in words(open_page(desk, "way"))


def test_live_run_shows_progress_and_can_be_cancelled(target: Target, desk: RecordingDesk) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=75)
    id = write(desk.real.ledger, a_run(target, state=RunState.RUNNING, pid=os.getpid(), started=begun), DATABASE[:2])
    test = open_page(desk, "way")
    page = words(test)
    assert f"Run {id}" in page
    assert re.search(r"1 min \d\d s", page)
    assert "Looking at: The contract" in page
    assert "1 proved · 1 failed" in page
    test.button(key="cancel").click().run()
    assert desk.cancelled == [id]
    assert test.button(key="cancel").label == "Stopping…"


def test_trouble_at_the_start_is_a_sentence(desk: RecordingDesk) -> None:
    desk.trouble = "Run 7 of this service is under way. <b>"
    test = open_page(desk, "way")
    test.button(key="start-first").click().run()
    assert "Run 7 of this service is under way. &lt;b&gt;" in words(test)


# --- a stage


def test_stage_shows_each_step_with_blockers_open_and_the_rest_as_lines(rich: RecordingDesk) -> None:
    test = open_page(rich, "stage", stage="db")
    page = words(test)
    assert page.index("DB009") < page.index("DB008"), "in a step, what blocks comes first"
    for told in ("failed", "not seen", "our bug", "Fix", "Why it matters", "app/models.py:41", "R-007"):
        assert told in page
    assert "<details><summary>" in page
    assert "invoke stage.db --only DB004" in [code.value for code in test.code]
    assert next(code for code in test.code if code.value.startswith("explain")).language == "sql"


def test_a_teams_own_check_stands_with_the_others(target: Target) -> None:
    ledger = ledger_of(target)
    desk = RecordingDesk(ServiceDesk(target, ledger, BUILT_IN.with_checks([an_own(step="3.3")])))
    plain = RecordingDesk(ServiceDesk(target, ledger, BUILT_IN))
    asked = [re.findall(r"(\d+) checks to ask", words(open_page(one, "stage", stage="db"))) for one in (desk, plain)]
    assert sum(map(int, asked[0])) == sum(map(int, asked[1])) + 1
    write(ledger, a_run(target, commit=None, stages=("database",)), DATABASE[:1])
    assert "OPS001 was not asked then" in words(open_page(desk, "stage", stage="db"))
    own = finding("OPS001", "database", "3.3", Outcome.FAILED, "not as we want it")
    id = write(ledger, a_run(target, commit=None, stages=("database",)), (own, DATABASE[1]))
    for page, choices in (("stage", {"stage": "db"}), ("runs", {"run": str(id)})):
        test = open_page(desk, page, **choices)
        assert "OPS001" in words(test)
        assert "not as we want it" in words(test)
        assert "invoke stage.db --only OPS001" in [code.value for code in test.code]
        assert "not asked then" not in words(test)


UNSEEN = tuple(
    finding(id, "database", step, Outcome.UNKNOWN, "no PostgreSQL: <b>", why="w")
    for id, step in (("DB003", "3.3"), ("DB004", "3.1"), ("DB007", "3.3"))
)


def test_one_reason_that_blocks_several_checks_is_one_card(target: Target, desk: RecordingDesk) -> None:
    id = write(desk.real.ledger, a_run(target, commit=None, stages=("database",)), (*UNSEEN, DATABASE[1]))
    for page, choices in (("stage", {"stage": "db"}), ("runs", {"run": str(id)})):
        test = open_page(desk, page, **choices)
        shown = words(test)
        assert shown.count("no PostgreSQL: &lt;b&gt;") == 1
        assert "3 checks could not look, for one reason" in shown
        codes = [code.value for code in test.code]
        assert "invoke stage.db --only DB003,DB004,DB007" in codes
        assert "invoke stage.db --only DB007" not in codes
        assert CLAIMS["DB007"] in shown
    stage = words(open_page(desk, "stage", stage="db"))
    assert stage.count("could not look, for the reason above") == 3


def test_commands_say_what_is_to_be_filled_in_and_begin_with_ours(target: Target, desk: RecordingDesk) -> None:
    curl = 'curl -i "$BASE/posts" -H "Authorization: Bearer $TOKEN"'
    one = finding("SC001", "security", "4.1", Outcome.FAILED, "open", again=(curl,))
    write(desk.real.ledger, a_run(target, stages=("security", "database")), (one, DATABASE[1]))
    test = open_page(desk, "stage", stage="security")
    assert [code.value for code in test.code] == ["invoke stage.security --only SC001", curl]
    assert "In the commands <code>$BASE</code> is the address of the running service" in words(test)
    assert "<code>$TOKEN</code> is the access token" in words(test)
    assert "In the commands" not in words(open_page(desk, "stage", stage="db"))


def test_stage_starts_its_own_task(rich: RecordingDesk) -> None:
    test = open_page(rich, "stage", stage="database")
    assert "invoke stage.db" in words(test)
    test.button(key="start-db").click().run()
    assert rich.started == ["stage.db"]


def test_stage_cannot_be_started_while_a_run_is_live(target: Target, desk: RecordingDesk) -> None:
    write(desk.real.ledger, a_run(target, state=RunState.RUNNING, pid=os.getpid()), ())
    assert open_page(desk, "stage", stage="perf").button(key="start-perf").disabled


def test_stage_without_a_run_lists_what_it_will_ask(desk: RecordingDesk) -> None:
    page = words(open_page(desk, "stage", stage="db"))
    assert "to ask" in page
    assert "not run" in page


def test_stale_stage_says_why(target: Target, desk: RecordingDesk) -> None:
    write(desk.real.ledger, a_run(target, commit=None, digest="0" * 64), DATABASE)
    assert "<b>Stale:</b> files have changed since" in words(open_page(desk, "stage", stage="db"))


def test_unknown_stage_gets_a_suggestion_and_a_way_back(desk: RecordingDesk) -> None:
    page = words(open_page(desk, "stage", stage="databse"))
    assert "No stage called <code>databse</code>" in page
    assert "<code>database</code>" in page


@pytest.mark.parametrize(
    ("stage", "name", "shown"),
    [("db", "er-diagram.md", "erDiagram"), ("db", "notes.md", "A document"), ("requirements", "spec.yaml", "blog")],
)
def test_documents_are_rendered_by_what_they_are(rich: RecordingDesk, stage: str, name: str, shown: str) -> None:
    test = open_page(rich, "stage", stage=stage, doc=name)
    assert not test.exception
    drawn = [element.value for element in [*test.markdown, *test.code]]
    assert any(shown in one for one in drawn)


def test_contract_is_a_table_of_operations_and_a_csv_a_table(rich: RecordingDesk) -> None:
    page = words(open_page(rich, "stage", stage="design", doc="openapi.json"))
    assert 'class="method post">POST' in page
    assert "&lt;b&gt;Write&lt;/b&gt; a post" in page
    assert len(open_page(rich, "stage", stage="db", doc="dictionary.csv").dataframe) == 1


def test_unknown_document_shows_the_first(rich: RecordingDesk) -> None:
    assert not open_page(rich, "stage", stage="db", doc="nothing.md").exception


def test_load_is_drawn_as_plots_with_needs_and_endpoints(rich: RecordingDesk) -> None:
    test = open_page(rich, "stage", stage="perf", doc="load.json")
    page = words(test)
    assert len(test.get("vega_lite_chart")) == 3
    for told in ("2 of 3 needs met, on 20,000 posts · 50,000 comments", "missed", "GET /posts", "310.5"):
        assert told in page


# --- runs


def test_history_lists_runs_newest_first_and_filters(rich: RecordingDesk) -> None:
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


def test_empty_history_says_what_to_do_first(desk: RecordingDesk) -> None:
    test = open_page(desk, "runs")
    assert "No run yet" in words(test)
    test.button(key="start-first").click().run()
    assert desk.started == ["pipeline"]


def test_record_tells_all_that_is_known_of_a_run(rich: RecordingDesk) -> None:
    page = words(open_page(rich, "runs", run="3"))
    for told in ("Run 3", "3.12.1", "PostgreSQL&nbsp;15.18", "app/models.py", "The migration history", "DB004"):
        assert told in page, told


@pytest.mark.parametrize(
    ("asked", "said"), [("99", "No run 99"), ("x<i>", "No run <code>x&lt;i&gt;</code>"), ("²", "No")]
)
def test_unknown_run_is_a_sentence(desk: RecordingDesk, asked: str, said: str) -> None:
    assert said in words(open_page(desk, "runs", run=asked))


def test_a_run_of_another_service_is_not_shown(target: Target, desk: RecordingDesk) -> None:
    other = replace(a_run(target), root="/elsewhere", service="other")
    id = write(desk.real.ledger, other, ())
    assert "is not a run of blog_api" in words(open_page(desk, "runs", run=str(id)))


# --- other people's words


@pytest.mark.parametrize("page", [("way", {}), ("stage", {"stage": "db"}), ("runs", {"run": "3"})])
def test_texts_of_a_service_stay_texts(rich: RecordingDesk, page: tuple[str, dict[str, str]]) -> None:
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


def test_pictures_of_other_machines_are_not_loaded() -> None:
    assert without_pictures("![x](http://a/b.png) and `!`") == r"\![x](http://a/b.png) and `!`"


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
