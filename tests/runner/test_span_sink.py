"""Does the sink take what exporters send, and are its spans read as they are meant?"""

import gzip
import json
import urllib.request

from runner.evidence.load.traces import Asked, Spilt, Traces
from runner.live.span_sink import SpanSink
from runner.model import Outcome
from runner.reading.otlp import Span, spans_in
from stages.performance.checks_traces import a_request_is_one_tree, traces_hold_no_person_and_no_secret

READ = Asked(endpoint="GET /notes", status=200, joined=True, statements=1, curl="curl")


def seen(*asked: Asked, spilt: tuple[Spilt, ...] = (), loose: int = 0, values: int = 3) -> Traces:
    return Traces(sign="app.py:1", spans=8, asked=asked, spilt=spilt, loose=loose, values=values)


def test_a_body_is_kept_as_it_came_and_grpc_is_noticed() -> None:
    spans = [
        {
            "traceId": "AB",
            "spanId": "1",
            "name": "INSERT",
            "attributes": [{"key": "db.system", "value": {"stringValue": "postgresql"}}],
            "events": [
                {
                    "name": "exception",
                    "attributes": [{"key": "values", "value": {"arrayValue": {"values": [{"intValue": "7"}]}}}],
                }
            ],
        },
        {"traceId": "ab", "spanId": "2", "name": "GET", "kind": "SPAN_KIND_SERVER"},
    ]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    with SpanSink() as sink:
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        urllib.request.urlopen(urllib.request.Request(f"{sink.url}/v1/traces", gzip.compress(body), headers))
        urllib.request.urlopen(urllib.request.Request(f"{sink.url}/v1/metrics", b"{}", {"content-type": "text/json"}))
        assert ([one.is_json for one in sink.taken], sink.grpc) == ([True], False)
        insert, get = spans_in([json.loads(sink.taken[0].body)])
    assert insert == Span(name="INSERT", trace="ab", id="1", told={"db.system": "postgresql", "exception values": "7"})
    assert (insert.is_statement, get.is_server) == (True, True)


def test_pf030_passes_where_each_is_in_its_callers_trace() -> None:
    verdict = a_request_is_one_tree(seen(READ, READ))
    assert verdict.message == "each in its caller's trace, 2 of them with the statements below"
    assert verdict.outcome is Outcome.PASSED


def test_pf030_names_what_begins_a_trace_of_its_own() -> None:
    verdict = a_request_is_one_tree(seen(READ, Asked(endpoint="GET /me", status=200, joined=False, statements=0)))
    said = "GET /me is not in the trace that its caller began"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, said)


def test_pf030_names_statements_that_hang_from_nothing() -> None:
    verdict = a_request_is_one_tree(seen(Asked(endpoint="GET /me", status=200, joined=True, statements=0), loose=4))
    said = "no request shows a statement below it: 4 statements with no request above"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, said)


def test_pf031_names_what_is_spilt_where() -> None:
    mail = Spilt(what="an e-mail address", attribute="exception exception.message", span="POST /register")
    verdict = traces_hold_no_person_and_no_secret(seen(READ, spilt=(mail,)))
    said = "spans hold an e-mail address in `exception exception.message` (`POST /register`)"
    assert (verdict.outcome, verdict.message) == (Outcome.FAILED, said)
    assert traces_hold_no_person_and_no_secret(seen(READ)).outcome is Outcome.PASSED
