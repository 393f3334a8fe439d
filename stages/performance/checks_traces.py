"""Performance: can one follow a request down to its statements, without reading whose it was?"""

from runner.evidence.load.traces import Traces
from runner.model import Verdict, at_endpoint, check, every, failed, named, passed, share, unknown
from runner.said import say
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
        return unknown(
            say("no request was answered well under its own trace ({spans} came)", spans=plural(traces.spans, "span"))
        )
    alone = [one for one in done if not one.joined]
    if alone:
        said = say("{endpoint} is not in the trace that its caller began", endpoint=alone[0].endpoint)
        others = say(" (and {alone} more)", alone=len(alone) - 1) if len(alone) > 1 else ""
        return failed(
            say("{said}{others}", said=said, others=others),
            at=[at_endpoint(one.endpoint) for one in alone],
            again=[_again(alone[0].curl)],
        )
    if not any(one.statements for one in done):
        loose = (
            say(": {statements} with no request above", statements=plural(traces.loose, "statement"))
            if traces.loose
            else ""
        )
        said = say(
            "no request shows a statement below it{loose}", loose=loose or say(", and no span speaks of a database")
        )
        return failed(said, at=[at_endpoint(one.endpoint) for one in done], again=[_again(done[0].curl)])
    deep = sum(one.statements > 0 for one in done)
    beside = say("; {statements} of no request", statements=plural(traces.loose, "statement")) if traces.loose else ""
    said = say("each in its caller's trace, {deep} of them with the statements below{beside}", deep=deep, beside=beside)
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
        kinds = listed(
            dict.fromkeys(
                say("{what} in `{attribute}`", what=one.what, attribute=one.attribute) for one in traces.spilt
            )
        )
        places = [
            named(one.span, say("{what} in `{attribute}`", what=one.what, attribute=one.attribute))
            for one in traces.spilt
        ]
        return failed(
            say("spans hold {kinds} (`{span}`)", kinds=kinds, span=first.span),
            at=places,
            again=[_again(traces.asked[0].curl)],
        )
    if not traces.values:
        return unknown(
            say("nobody could sign in or up, so that {spans} could hold no secret", spans=plural(traces.spans, "span"))
        )
    said = say(
        "none of {secrets} and addresses stands in a name, an attribute or an event",
        secrets=plural(traces.values, "secret"),
    )
    return passed(said, every(traces.spans, "span"))


def _again(curl: str) -> str:
    return f"{curl}  # of a service started with OTEL_TRACES_EXPORTER=console"
