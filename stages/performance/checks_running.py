"""Performance: can the running service be watched, and does its cache help without lying?"""

from runner.errors import Thing
from runner.evidence.behaviour.caches import Caches, Without
from runner.evidence.load.metrics_seen import STRANGE
from runner.evidence.load.monitoring import Followed, HealthEndpoint, Monitoring
from runner.model import Verdict, at_endpoint, check, every, failed, named, not_applicable, passed, share, unknown
from runner.words import listed, plural
from stages.performance.checks import MOST

LONGEST = 2_000  # ms for an answer without Redis …
SLOWER = 10  # … unless it took nearly as long before
READY_WITHIN = 5.0  # seconds to notice that the database is gone


@check("PF007", step="6.1")
def metrics_are_bounded(monitoring: Monitoring) -> Verdict:
    """Metrics are there, and their labels take few values whatever clients send.

    A label with an id, an account, a raw path or any word of the client's grows with every request until Prometheus,
    or the service itself, runs out of memory.
    Fix: label with the route's template and the status class; count unknown paths and methods under one fixed word.
    """
    if monitoring.metrics is None:
        return _no_metrics(monitoring)
    if unbounded := _unbounded(monitoring):
        return unbounded
    if not monitoring.families:
        return failed(
            f"GET {monitoring.metrics} has no metric of requests: nothing counts or times them",
            at=[at_endpoint(f"GET {monitoring.metrics}", "no metric with `request` or `http` in its name")],
        )
    counting = monitoring.counting
    if counting.sent and counting.counted <= counting.idle:
        note = f"{plural(counting.sent, 'request')} later no metric of requests has counted them"
        return failed(
            f"GET {monitoring.metrics} does not count: {note}",
            at=[at_endpoint(f"GET {monitoring.metrics}", note)],
            again=[
                f"curl -s $BASE{monitoring.metrics} | grep request; curl -s $BASE/; curl -s $BASE{monitoring.metrics}"
            ],
        )
    said = f"{monitoring.series} series after strange ids, paths and methods; none grew with them"
    said += ", none names who called" if monitoring.callers.asked else "; nobody could sign in to be looked for"
    return passed(said, share(counting.counted, counting.sent, "request"))


def _no_metrics(monitoring: Monitoring) -> Verdict:
    if monitoring.metrics_shut:
        opens = "name the setting that does in gonogo.toml, [env]"
        return unknown(f"{monitoring.metrics_shut}, and no secret of the settings opens it: {opens}")
    if monitoring.metrics_elsewhere:
        where = monitoring.metrics_elsewhere
        return unknown(f"metrics have a port of their own ({where}), which is not looked at: serve them at /metrics")
    at = [at_endpoint("GET /metrics", "nothing in Prometheus' format")]
    return failed("no Prometheus metrics found", at=at, again=["curl -i $BASE/metrics"])


def _unbounded(monitoring: Monitoring) -> Verdict | None:
    """Series that follow what strangers send, or that each caller has of its own."""
    if monitoring.growth:
        worst = max(monitoring.growth, key=lambda one: one.after - one.before)
        places = [
            named(
                f"{one.metric}{{{one.label}}}", f"{one.before} → {one.after} series, such as {one.label}={one.example}"
            )
            for one in monitoring.growth
        ]
        message = f"{worst.metric} grew from {worst.before} to {worst.after} series with {STRANGE} strange requests"
        again = [f"curl -s $BASE{monitoring.metrics} | grep -c {worst.metric}"]
        return failed(f"{message}, by the label {worst.label} ({worst.example})", at=places, again=again)
    if named_ones := monitoring.callers.found:
        places = [named(f"{one.metric}{{{one.label}}}", f"names a caller: {one.example}") for one in named_ones]
        first = named_ones[0]
        said = f"{first.metric} has series of its own for each caller, by the label {first.label} ({first.example})"
        return failed(said, at=places, again=[f"curl -s $BASE{monitoring.metrics} | grep {first.metric}"])
    return None


@check("PF008", step="6.1")
def readiness_notices_a_dead_database(monitoring: Monitoring) -> Verdict:
    """Readiness says no while the database is gone, and yes again afterwards.

    A health check that always says yes keeps sending users to a process that can only fail; one that never recovers
    needs a person at night.
    Fix: let the readiness endpoint run `SELECT 1` with a short timeout and answer 503 when it fails; keep liveness
    free of it, and make the pool test its connections (`pool_pre_ping`).
    """
    ready = monitoring.ready
    if ready is None:
        alone = f"no readiness endpoint found beside GET {monitoring.live.path}" if monitoring.live else ""
        return failed(
            f"{alone or 'no health or readiness endpoint found'} (tried {', '.join(monitoring.tried)})",
            at=[named("readiness", "name it in gonogo.toml, [health] ready")],
            again=[f"curl -i $BASE{path}" for path in monitoring.tried[:3]],
        )
    endpoint = f"GET {ready.path}"
    again = [f"curl -i $BASE{ready.path}  # with the database stopped"]
    late = f"took {ready.seconds:.1f} s to notice that the database is gone"
    if not ready.without_database:
        late = f"gave no answer within {ready.seconds:.1f} s with the database gone"
    if note := _wrong(ready):
        return failed(f"{endpoint} {note}", at=[at_endpoint(endpoint, note)], again=again)
    if READY_WITHIN < ready.seconds <= READY_WITHIN * monitoring.slowness:
        return unknown(f"{endpoint} {late}, on a machine with {monitoring.slowness:.1f} programs to a processor")
    if ready.seconds > READY_WITHIN:
        return failed(f"{endpoint} {late}", at=[at_endpoint(endpoint, late)], again=again)
    gone = ready.without_database or "no answer"
    said = f"{endpoint}: {ready.normal}, {gone} with the database gone, {ready.after} when it was back"
    return passed(said, every(3, "state of the database"))


def _wrong(ready: HealthEndpoint) -> str:
    """What it says that is not so; empty where every answer is right."""
    if not 200 <= ready.normal < 300:  # noqa: PLR2004 - HTTP
        return f"answers {ready.normal} with everything in order"
    if 200 <= ready.without_database < 300:  # noqa: PLR2004 - HTTP
        return f"is still {ready.without_database} with the database gone"
    if ready.after != ready.normal:
        return f"is still {ready.after or 'without an answer'} after the database came back"
    return ""


@check("PF009", step="6.1")
def an_answer_can_be_followed(monitoring: Monitoring) -> Verdict:
    """Every answer tells its time and a request id, which the log has too.

    Without an id nobody finds the one request that a customer complains about among a million lines; without the time
    nobody knows whether the service or the network was slow.
    Fix: a middleware that sets `X-Request-ID` and `Server-Timing`, and writes one JSON line for each request with that
    id, the route's template, the status and the duration.
    """
    missing = []
    if monitoring.request_id_header is None:
        missing.append("no request id header")
    elif monitoring.log_line is None:
        missing.append(f"no structured log line with the id of {monitoring.request_id_header}")
    if monitoring.timing_header is None:
        missing.append("no header that tells the time it took")
    if missing:
        places = [at_endpoint(monitoring.endpoint, note) for note in missing]
        again = [f"curl -i $BASE{monitoring.endpoint.removeprefix('GET ')}"]
        return failed(f"{monitoring.endpoint}: {', '.join(missing)}", at=places, again=again)
    whole = [one for one in monitoring.followed if one.whole]
    lost = [one for one in monitoring.followed if not one.whole]
    if lost and not whole:
        return failed(
            f"no answer can be followed: {lost[0].endpoint} {_lacks(lost[0])}",
            at=[at_endpoint(one.endpoint, _lacks(one)) for one in lost],
            again=[f"curl -i $BASE{monitoring.endpoint.removeprefix('GET ')}"],
        )
    there = max(monitoring.operations, len(monitoring.followed))
    said = f"{monitoring.timing_header} and {monitoring.request_id_header}, found again in a structured log line"
    beside = f"; not of {lost[0].endpoint} ({_lacks(lost[0])})" if lost else ""
    return passed(f"{said}{beside}", share(len(whole), there, "operation"))


def _lacks(one: Followed) -> str:
    """What an answer does not tell."""
    if not one.identity:
        return f"answered {one.status} with no request id of its own"
    if not any(letter.isdigit() for letter in one.time):
        return f"answered {one.status} without the time that it took"
    return f"answered {one.status}, and no structured line has its id"


@check("PF010", step="6.3")
def no_answer_is_stale(caches: Caches) -> Verdict:
    """After a write, every read tells what was written.

    Somebody who saves and then sees the old text saves again, or calls support; what somebody withdrew is still read.
    Fix: after the commit, forget every cached answer that the write changes (a generation number in the keys forgets
    them all at once); test it with a read, a write and a read.
    """
    if caches.stale:
        pairs = {(one.read, one.write) for one in caches.stale}
        places = [at_endpoint(one.read, f"{one.path} after {one.write}: {one.differs}") for one in caches.stale]
        again = [
            f"curl -s $BASE{one.path}; {one.write_curl}; curl -s $BASE{one.path}"
            for one in caches.stale
            if one.write_curl
        ]
        first = caches.stale[0]
        message = f"{plural(len(pairs), 'stale answer')}: {first.read} after {first.write}: {first.differs}"
        return failed(message, at=places, again=list(dict.fromkeys(again))[:MOST])
    if caches.idle:
        return unknown(caches.idle)
    if not caches.changed:
        refused = listed((f"{write}: {why}" for write, why in caches.refused), MOST, "; ")
        return unknown(f"no write changed any answer, so nothing could go stale. {refused}".strip())
    left = f"; not tried: {', '.join(write for write, _ in caches.refused)}" if caches.refused else ""
    if caches.aged:
        said = f"{caches.aged} of {plural(caches.changed, 'changed answer')} were still old, and say so themselves"
        return unknown(f"{said} (max-age, Age): where that is meant, declare it in gonogo.toml, [scope]")
    return passed(
        f"{plural(len(caches.rounds), 'write')}, {caches.changed} changed answers, each fresh at once{left}",
        share(len(caches.rounds), max(caches.writes, len(caches.rounds)), "write of the contract"),
        every(caches.changed, "changed answer"),
    )


@check("PF011", step="6.3")
def the_service_lives_without_redis(caches: Caches) -> Verdict:
    """When Redis dies, every read is still answered in time.

    A cache is there to help. A service that dies with it has made it a second database, without the care of the first.
    Fix: catch Redis' errors around every call and answer from the database; give the client short timeouts and no
    retries, and leave Redis alone for a few seconds after a failure.
    """
    if not caches.redis:
        said = "this service uses no Redis (no {redis_url} in gonogo.toml, [env])"
        return not_applicable(said, looked="the settings of gonogo.toml", absent=Thing.CACHE)
    if not caches.without:
        return unknown("no read could be asked before Redis was taken away")
    bad = [one for one in caches.without if one.after != one.before or one.ms > _longest(one)]
    if bad and all(one.after == one.before and one.ms <= _longest(one) * caches.slowness for one in bad):
        crowd = f"on a machine with {caches.slowness:.1f} programs to a processor"
        return unknown(f"{bad[0].endpoint} {_without(bad[0])}, {crowd}")
    if bad:
        places = [at_endpoint(one.endpoint, _without(one)) for one in bad]
        first = f"{bad[0].endpoint} {_without(bad[0])}"
        message = f"{len(bad)} of {plural(len(caches.without), 'request')} went wrong without Redis: {first}"
        return failed(
            message,
            at=places,
            again=[f"curl -i $BASE{one.path}  # with Redis stopped" for one in bad if one.path][:MOST],
        )
    if caches.idle:
        return unknown(caches.idle)
    slowest = max(one.ms for one in caches.without)
    there = {one.endpoint for one in caches.without if one.path}
    return passed(
        f"{plural(len(caches.without), 'request')} answered as before with Redis gone, the slowest in {slowest:.0f} ms",
        share(len(there), max(caches.reads, len(there)), "read of the contract"),
    )


def _longest(one: Without) -> float:
    """Milliseconds that an answer may take without Redis."""
    return max(LONGEST, SLOWER * one.before_ms)


def _without(one: Without) -> str:
    if one.after != one.before:
        return f"{one.before} before, {one.after or 'no answer'} without Redis"
    return f"took {one.ms / 1000:.1f} s without Redis"
