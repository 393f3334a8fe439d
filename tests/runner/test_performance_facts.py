"""What the performance evidence is read from: a server's log, plans, metrics, answers. Mostly pure; one real server."""

import sys
from functools import partial
from pathlib import Path

import pytest

from runner.evidence.behaviour.reads import Read, first_difference
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routing import fits, operation_of
from runner.evidence.database.statements import Statement, StatementLog, read_log
from runner.evidence.database.statements import shape_of as statement_shape
from runner.evidence.load.caller_labels import names
from runner.evidence.load.load import shapes_of
from runner.evidence.load.load_numbers import Sample, by_endpoint, histogram, percentile, series
from runner.evidence.load.load_shape import Seen, Span, agree, shape_of
from runner.evidence.load.metrics_seen import counted as count_requests
from runner.evidence.load.metrics_seen import grown, series_in
from runner.evidence.load.monitoring import is_structured
from runner.evidence.load.plans import Scan, Sort, explain, read_plan
from runner.evidence.load.query_counts import Counted, ListCost
from runner.evidence.load.traffic import kinds_of
from runner.http.identities import Identity
from runner.live.locust import Answer, Tick, start_locust, with_complaints
from runner.live.ports import accepts, free_port, wait_until
from runner.live.workshop import Workshop
from runner.processes.process import clean_environment
from runner.reading.metrics_text import samples_in
from runner.specification import LoadShape, Quality

LOG = """\
gonogo|shop|LOG:  duration: 0.500 ms  parse <unnamed>: SELECT a FROM t WHERE id = $1
gonogo|shop|LOG:  duration: 1.250 ms  execute <unnamed>: SELECT a
\tFROM t WHERE id = $1 AND n = $2
gonogo|shop|DETAIL:  parameters: $1 = '5', $2 = 'it''s'
gonogo|other|LOG:  duration: 9.000 ms  statement: SELECT 'not ours'
gonogo|shop|LOG:  duration: 0.100 ms  statement: SELECT count(*) FROM t
something else
"""


def test_the_log_gives_statements_with_their_parameters() -> None:
    first, second = read_log(LOG, "shop")
    assert first.text == "SELECT a\nFROM t WHERE id = $1 AND n = $2"
    assert (first.ms, first.parameters) == (1.25, {"1": "'5'", "2": "'it''s'"})
    assert first.filled == "SELECT a\nFROM t WHERE id = '5' AND n = 'it''s'"
    assert (second.text, second.reads) == ("SELECT count(*) FROM t", True)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("SELECT * FROM t1 WHERE id = 5 AND name = 'x'", "SELECT * FROM t1 WHERE id = ? AND name = ?"),
        ("SELECT a FROM t WHERE id IN ($1::BIGINT, $2::BIGINT)", "SELECT a FROM t WHERE id IN (?)"),
        ("SELECT a\n  FROM t LIMIT 10", "SELECT a FROM t LIMIT ?"),
        ("SELECT a FROM t WHERE id = $1 AND b IN ($2,$3)", "SELECT a FROM t WHERE id = ? AND b IN (?)"),
        (r"SELECT E'it\'s', U&'x', B'101'", "SELECT ?, U&?, B?"),
        ("SELECT $$it's 3$$, $x$ $$ $x$", "SELECT ?, ?"),
        ("SELECT a -- it's 3\nFROM t WHERE b = 'c'", "SELECT a FROM t WHERE b = ?"),
        ("SELECT /* trace='00-1' /* x */ */ \"it's 2\" FROM t", 'SELECT "it\'s 2" FROM t'),
        ("SELECT a FROM t WHERE j ? 'k' AND v <-> '[1]' < 0.5;", "SELECT a FROM t WHERE j ? ? AND v <-> ? < ?"),
    ],
)
def test_executions_of_one_piece_of_code_have_one_shape(text: str, shape: str) -> None:
    assert statement_shape(text) == shape


def test_kinds_are_the_costliest_first() -> None:
    kinds = kinds_of([Statement(text=f"SELECT {n}", ms=1.0) for n in range(3)] + [Statement(text="SELECT a", ms=9.0)])
    assert [(kind.shape, kind.calls, kind.total_ms) for kind in kinds] == [("SELECT a", 1, 9.0), ("SELECT ?", 3, 3.0)]


def test_a_real_server_tells_statements_and_plans() -> None:
    with Workshop() as workshop:
        database = workshop.new_database()
        database.rows("CREATE TABLE things (id int PRIMARY KEY, owner int)")
        database.rows("INSERT INTO things SELECT n, n % 100 FROM generate_series(1, 5000) AS n")
        database.rows("ANALYZE things")
        log = StatementLog(workshop.postgres(), database)
        database.rows("SELECT * FROM things WHERE owner = %s", 7)
        database.rows("SELECT 1")
        (heard,) = log.since()
        assert heard.filled.replace("'", "") == "SELECT * FROM things WHERE owner = 7"
        plan = explain(database, kinds_of([heard])[0])
        assert [(scan.table, scan.read, scan.kept) for scan in plan.scans] == [("things", 5000, 50)]
        locked = Statement(text="SELECT * FROM things ORDER BY owner LIMIT 5 FOR UPDATE", ms=1.0)
        assert explain(database, kinds_of([locked])[0]).problem == ""
        wrong = Statement(text="SELECT nothing FROM nowhere", ms=1.0)
        assert "nowhere" in explain(database, kinds_of([wrong])[0]).problem


def test_a_plan_tells_sorts_for_a_few_but_not_those_of_groups() -> None:
    scan = {"Node Type": "Seq Scan", "Relation Name": "t", "Actual Rows": 900, "Actual Loops": 2}
    sort = {"Node Type": "Sort", "Sort Key": ["t.a"], "Actual Rows": 10, "Plans": [scan]}
    kind = kinds_of([Statement(text="SELECT a", ms=1.0)])[0]
    plain = read_plan(kind, "…", {"Plan": {"Node Type": "Limit", "Actual Rows": 10, "Plans": [sort]}})
    assert plain.sorts == (Sort(keys="t.a", sorted=1800, kept=10),)
    assert plain.scans == (Scan(table="t", read=1800, kept=1800),)
    grouped = {**sort, "Plans": [{"Node Type": "Aggregate", "Plans": [scan]}]}
    counted = read_plan(kind, "…", {"Plan": {"Node Type": "Limit", "Actual Rows": 10, "Plans": [grouped]}})
    assert (counted.sorts, counted.scans[0].counted) == ((), True)


def test_percentiles_are_values_that_were_measured() -> None:
    assert [percentile([4, 1, 3, 2], p) for p in (25, 50, 95)] == [1, 2, 4]
    assert percentile([], 95) == 0.0


def test_samples_become_numbers_seconds_and_bars() -> None:
    samples = [Sample(t=n / 2, endpoint="GET /a", ms=10.0 * n, error="x" if n == 3 else "") for n in range(4)]
    (one,) = by_endpoint(samples, 2.0)
    assert (one.requests, one.rps, one.p50, one.errors) == (4, 2.0, 10.0, 1)
    assert [(s.t, s.users, s.rps, s.failures) for s in series(samples, {0: 5, 1: 5})] == [
        (0, 5, 2.0, 0),
        (1, 5, 2.0, 1),
    ]
    assert dict(histogram(samples))[20.0] == 1


SPANS = [Span(began=102.0, ended=105.0), Span(began=105.0, ended=108.0)]


def test_a_shape_is_cut_from_the_answers() -> None:
    answers = [Answer(t=100 + n / 10, method="GET", name="x", path="/things/7", ms=5.0, status=200) for n in range(100)]
    ticks = [Tick(t=100 + n / 4, cpu=n / 20, users=3, ready=3) for n in range(40)]
    shape = shape_of(3, 6, SPANS, Seen(answers=answers, ticks=ticks), contract().operations)
    assert [round(one.total.rps) for one in shape.repetitions] == [10, 10]
    assert (shape.agrees, round(shape.generator, 2), shape.warm_up) == (True, 0.2, 2.0)
    assert [one.name for one in shape.endpoints] == ["GET /things/{thing_id}"]
    faster = [
        Answer(t=a.t, method="GET", name="x", path="/", ms=a.ms * (9 if a.t > 105 else 1), status=200) for a in answers
    ]
    slow = shape_of(3, 6, SPANS, Seen(answers=faster, ticks=ticks), ())
    assert not agree(*slow.repetitions)


def test_needs_of_one_number_of_users_share_a_run() -> None:
    def need(users: int, seconds: float) -> Quality:
        load = LoadShape(users=users, seconds=seconds)
        return Quality(id="QN-1", text="…", metric="throughput", limit=9, unit="req/s", load=load)

    assert shapes_of([need(20, 5), need(10, 6), need(20, 9)]) == {10: 6, 20: 9}


def contract() -> Contract:
    operation = {"responses": {"200": {"description": "…"}}}
    paths = {path: {"get": operation} for path in ("/things/{thing_id}", "/things/best", "/files/{name}.json")}
    return Contract(document={"paths": paths})


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [
        ("GET", "/things/5", "GET /things/{thing_id}"),
        ("GET", "/things/best", "GET /things/best"),
        ("HEAD", "/things/best/", "GET /things/best"),
        ("GET", "/files/a.json?x=1", "GET /files/{name}.json"),
        ("GET", "/things", None),
        ("POST", "/things/5", None),
    ],
)
def test_a_request_finds_its_operation(method: str, path: str, endpoint: str | None) -> None:
    found = operation_of(contract().operations, method, path)
    assert (found.endpoint if found else None) == endpoint


def test_a_path_converter_takes_the_rest() -> None:
    assert fits("/files/{name:path}", "/files/a/b/c")
    assert not fits("/files/{name:path}", "/files")


def test_a_list_grows_only_with_its_rows() -> None:
    def cost(few: int, many: int, items: int = 10) -> ListCost:
        return ListCost(
            endpoint="GET /a",
            path="/a",
            few=Counted(items=1, statements={"s": few}),
            many=Counted(items=items, statements={"s": many}),
        )

    assert cost(1, 10).growing() == {"s": 10}
    assert cost(1, 2).growing() == {}
    assert cost(1, 2, items=2).growing() == {}


def test_metrics_that_follow_strange_requests_are_found() -> None:
    before = series_in(samples_in('# TYPE r counter\nr_total{path="/a"} 1\nr_count{path="/a"} 1\n'))
    many = "".join(f'r_total{{path="/a/{n}",m="GET"}} 1\n' for n in range(30))
    (one,) = grown(before, series_in(samples_in(f'r_total{{path="/a"}} 1\n{many}up 1\n')))
    assert (one.metric, one.label, one.before, one.after, one.example) == ("r_total", "path", 1, 31, "/a/0")
    assert list(grown(before, before)) == []


def test_an_exemplar_makes_no_series() -> None:
    line = 'took_bucket{{le="1"}} {n} # {{trace_id="{n}"}} 0.5\n'
    several = [series_in(samples_in(line.format(n=n))) for n in range(40)]
    assert all(one == {"took_bucket": {(("le", "1"),)}} for one in several)


@pytest.mark.parametrize(
    ("resting", "before", "after", "counted", "idle"),
    [
        (3, 4, 94, 90, 1),  # a counter: it counts its own scrapes as well
        (7, 7, 7, 0, 0),  # a text that never changes
        (1_000, 1_010, 99_000, 0, 0),  # the time, or bytes
    ],
)
def test_metrics_must_count_what_was_sent(resting: int, before: int, after: int, counted: int, idle: int) -> None:
    first, second, third = (f'# TYPE a counter\na_requests{{m="GET"}} {n}\n' for n in (resting, before, after))
    found = count_requests(samples_in(first), samples_in(second), samples_in(third), 90)
    assert (found.sent, found.counted, found.idle) == (90, counted, idle)


def test_structured_lines_are_json_or_logfmt() -> None:
    assert is_structured('{"id": 1}')
    assert is_structured('level=info msg="it went well" id=4')
    assert not is_structured("INFO: it went well")


def test_a_difference_is_said_in_few_words() -> None:
    assert first_difference({"a": [1]}, {"a": [2]}) == "a[0] is 1, should be 2"
    assert first_difference([1], [1, 2]) == "the list has 1 entries, should have 2"
    read = Read(endpoint="GET /a", path="/a", status=200, body={"a": 1})
    assert read.same(Read(endpoint="GET /a", path="/a", status=200, body={"a": 1}, ms=9.0))


def test_locust_is_a_process_of_its_own_whose_answers_can_be_read(tmp_path: Path) -> None:
    port = free_port()
    file = tmp_path / "locustfile.py"
    file.write_text(
        "from locust import HttpUser, constant, task\n\n\nclass One(HttpUser):\n    wait_time = constant(0.1)\n\n"
        "    @task\n    def ask(self):\n"
        "        with self.client.get('/things/7', name='/lies', catch_response=True) as answer:\n"
        "            answer.success()\n",
        encoding="utf-8",
    )
    with Workshop() as workshop:
        serve = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
        server = workshop.runner.start(serve, cwd=tmp_path, env=clean_environment())
        wait_until(partial(accepts, port, workshop.fence), server, what="the server", seconds=30)
        locust = start_locust(
            workshop.runner,
            python=sys.executable,
            file=file,
            base=f"http://127.0.0.1:{port}",
            users=2,
            record=workshop.scratch("load") / "answers.jsonl",
            env={},
        )
        locust.wait_for_users(2)
        locust.watch(2)
        locust.stop()
        answers, told, used = locust.answers(), locust.told(), (locust.ticks()[-1].cpu, locust.counting()[-1][1])
    assert {(one.method, one.path, one.status) for one in answers} <= {
        ("GET", "/things/7", 404),
        ("GET", "/things/7", 0),
    }
    assert len(answers) > 10, answers
    assert {one.error for one in told} == {""}, "the load test calls everything a success"
    assert {one.error for one in answers if one.status == 404} == {"answered 404"}
    assert all(one.ms > 0 for one in answers if one.status)
    assert min(used) > 0


def test_what_the_load_test_complains_of_fails_and_what_it_praises_does_not_pass() -> None:
    def answer(t: float, status: int = 200, error: str = "") -> Answer:
        return Answer(t=t, method="GET", name="", path="/a", ms=5.0, status=status, error=error)

    counted = [answer(1.0), answer(2.0), answer(3.0, 500, "answered 500")]
    told = [answer(1.01), answer(2.01, error="no items"), answer(3.01, 500)]
    assert [one.error for one in with_complaints(counted, told)] == ["", "the load test says: no items", "answered 500"]


CALLER = Identity(
    role="customer",
    email="ava@example.org",
    user_id=7,
    access_token="eyJhbGciOi.payload.signature-of-it",
    headers={"Cookie": "access_token_cookie=s3cr3t-0f-a-session"},
    called={"username": "ava-1", "role": "customer"},
)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("caller", "ava@example.org"),
        ("user_id", "7"),
        ("account", "7"),
        ("userId", "7"),
        ("username", "ava-1"),
        ("who", "signature-of-it"),
        ("session", "0f-a-session"),
    ],
)
def test_a_label_that_holds_the_caller(label: str, value: str) -> None:
    assert names(CALLER, label, value)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("le", "7"),
        ("status", "7"),
        ("user", "8"),
        ("user", ""),
        ("role", "customer"),
        ("auth", "access_token_cookie"),
        ("path", "/users/me"),
        ("part", "sign"),
    ],
)
def test_a_label_that_many_callers_share(label: str, value: str) -> None:
    assert not names(CALLER, label, value)
