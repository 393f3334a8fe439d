"""Performance: can one follow a request down to its statements, without reading whose it was?"""

from runner.evidence.load.traces import Traces
from runner.model import Verdict, at_endpoint, check, every, failed, named, passed, share, unknown
from runner.words import listed, plural


@check("PF030", step="6.1")
def a_request_is_one_tree(traces: Traces) -> Verdict:
    """Each request is one trace, that of its caller, from the request down to its statements.

    A slow request is followed from the gateway to the statement that took the time. Where the service begins a trace of
    its own, or its statements hang from nothing, one sees a list of slow things and no reason.
    Fix: instrument the framework and the database (`FastAPIInstrumentor`, `SQLAlchemyInstrumentor(engine=…)`, for an
    async engine its `sync_engine`), take the caller's `traceparent` over, and hand the context to threads and jobs.
    """
    done = [one for one in traces.asked if 200 <= one.status < 300]  # noqa: PLR2004 - HTTP
    if not done:
        return unknown(f"no request was answered well under its own trace ({plural(traces.spans, 'span')} came)")
    alone = [one for one in done if not one.joined]
    if alone:
        said = f"{alone[0].endpoint} is not in the trace that its caller began"
        others = f" (and {len(alone) - 1} more)" if len(alone) > 1 else ""
        return failed(f"{said}{others}", at=[at_endpoint(one.endpoint) for one in alone], again=[_again(alone[0].curl)])
    if not any(one.statements for one in done):
        loose = f": {plural(traces.loose, 'statement')} with no request above" if traces.loose else ""
        said = f"no request shows a statement below it{loose or ', and no span speaks of a database'}"
        return failed(said, at=[at_endpoint(one.endpoint) for one in done], again=[_again(done[0].curl)])
    deep = sum(one.statements > 0 for one in done)
    beside = f"; {plural(traces.loose, 'statement')} of no request" if traces.loose else ""
    said = f"each in its caller's trace, {deep} of them with the statements below{beside}"
    return passed(said, share(len(done), len(traces.asked), "request"))


@check("PF031", step="6.1")
def traces_hold_no_person_and_no_secret(traces: Traces) -> Verdict:
    """No span holds a password, a token or an e-mail address.

    Traces go to another system, often another company's, are kept for weeks and read by everybody who watches. What
    stands in a URL, a statement, a header or the text of an exception goes with them.
    Fix: leave headers and parameters of statements out of what is captured, put ids in place of addresses, and take the
    rest out in the exporter (`SpanProcessor`, `OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS`).
    """
    if traces.spilt:
        first = traces.spilt[0]
        kinds = listed(dict.fromkeys(f"{one.what} in `{one.attribute}`" for one in traces.spilt))
        places = [named(one.span, f"{one.what} in `{one.attribute}`") for one in traces.spilt]
        return failed(f"spans hold {kinds} (`{first.span}`)", at=places, again=[_again(traces.asked[0].curl)])
    if not traces.values:
        return unknown(f"nobody could sign in or up, so that {plural(traces.spans, 'span')} could hold no secret")
    said = f"none of {plural(traces.values, 'secret')} and addresses stands in a name, an attribute or an event"
    return passed(said, every(traces.spans, "span"))


def _again(curl: str) -> str:
    return f"{curl}  # of a service started with OTEL_TRACES_EXPORTER=console"
