"""Performance: can the running service be watched, and does its cache help without lying?"""

from runner.errors import Thing
from runner.evidence.behaviour.caches import Caches, Without
from runner.evidence.load.metrics_seen import STRANGE
from runner.evidence.load.monitoring import Followed, HealthEndpoint, Monitoring
from runner.model import Verdict, at_endpoint, check, every, failed, named, not_applicable, passed, share, unknown
from runner.said import say, together
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
            say("GET {metrics} has no metric of requests: nothing counts or times them", metrics=monitoring.metrics),
            at=[at_endpoint(f"GET {monitoring.metrics}", "no metric with `request` or `http` in its name")],
        )
    counting = monitoring.counting
    if counting.sent and counting.counted <= counting.idle:
        note = say("{requests} later no metric of requests has counted them", requests=plural(counting.sent, "request"))
        return failed(
            say("GET {metrics} does not count: {note}", metrics=monitoring.metrics, note=note),
            at=[at_endpoint(f"GET {monitoring.metrics}", note)],
            again=[
                f"curl -s $BASE{monitoring.metrics} | grep request; curl -s $BASE/; curl -s $BASE{monitoring.metrics}"
            ],
        )
    said = say("{series} series after strange ids, paths and methods; none grew with them", series=monitoring.series)
    said += (
        say(", none names who called") if monitoring.callers.asked else say("; nobody could sign in to be looked for")
    )
    return passed(said, share(counting.counted, counting.sent, "request"))


def _no_metrics(monitoring: Monitoring) -> Verdict:
    if monitoring.metrics_shut:
        opens = say("name the setting that does in gonogo.toml, [env]")
        return unknown(
            say(
                "{metrics_shut}, and no secret of the settings opens it: {opens}",
                metrics_shut=monitoring.metrics_shut,
                opens=opens,
            )
        )
    if monitoring.metrics_elsewhere:
        where = monitoring.metrics_elsewhere
        return unknown(
            say(
                "metrics have a port of their own ({where}), which is not looked at: serve them at /metrics",
                where=where,
            )
        )
    at = [at_endpoint("GET /metrics", "nothing in Prometheus' format")]
    return failed("no Prometheus metrics found", at=at, again=["curl -i $BASE/metrics"])


def _unbounded(monitoring: Monitoring) -> Verdict | None:
    """Series that follow what strangers send, or that each caller has of its own."""
    if monitoring.growth:
        worst = max(monitoring.growth, key=lambda one: one.after - one.before)
        places = [
            named(
                f"{one.metric}{{{one.label}}}",
                say(
                    "{before} → {after} series, such as {label}={example}",
                    before=one.before,
                    after=one.after,
                    label=one.label,
                    example=one.example,
                ),
            )
            for one in monitoring.growth
        ]
        message = say(
            "{metric} grew from {before} to {after} series with {strange} strange requests",
            metric=worst.metric,
            before=worst.before,
            after=worst.after,
            strange=STRANGE,
        )
        again = [f"curl -s $BASE{monitoring.metrics} | grep -c {worst.metric}"]
        return failed(
            say(
                "{message}, by the label {label} ({example})", message=message, label=worst.label, example=worst.example
            ),
            at=places,
            again=again,
        )
    if named_ones := monitoring.callers.found:
        places = [
            named(f"{one.metric}{{{one.label}}}", say("names a caller: {example}", example=one.example))
            for one in named_ones
        ]
        first = named_ones[0]
        said = say(
            "{metric} has series of its own for each caller, by the label {label} ({example})",
            metric=first.metric,
            label=first.label,
            example=first.example,
        )
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
        alone = (
            say("no readiness endpoint found beside GET {path}", path=monitoring.live.path) if monitoring.live else ""
        )
        return failed(
            say(
                "{alone} (tried {tried})",
                alone=alone or say("no health or readiness endpoint found"),
                tried=together(monitoring.tried),
            ),
            at=[named("readiness", "name it in gonogo.toml, [health] ready")],
            again=[f"curl -i $BASE{path}" for path in monitoring.tried[:3]],
        )
    endpoint = f"GET {ready.path}"
    again = [f"curl -i $BASE{ready.path}  # with the database stopped"]
    late = say("took {seconds} s to notice that the database is gone", seconds=f"{ready.seconds:.1f}")
    if not ready.without_database:
        late = say("gave no answer within {seconds} s with the database gone", seconds=f"{ready.seconds:.1f}")
    if note := _wrong(ready):
        return failed(
            say("{endpoint} {note}", endpoint=endpoint, note=note), at=[at_endpoint(endpoint, note)], again=again
        )
    if READY_WITHIN < ready.seconds <= READY_WITHIN * monitoring.slowness:
        return unknown(
            say(
                "{endpoint} {late}, on a machine with {slowness} programs to a processor",
                endpoint=endpoint,
                late=late,
                slowness=f"{monitoring.slowness:.1f}",
            )
        )
    if ready.seconds > READY_WITHIN:
        return failed(
            say("{endpoint} {late}", endpoint=endpoint, late=late), at=[at_endpoint(endpoint, late)], again=again
        )
    gone = ready.without_database or say("no answer")
    said = say(
        "{endpoint}: {normal}, {gone} with the database gone, {after} when it was back",
        endpoint=endpoint,
        normal=ready.normal,
        gone=gone,
        after=ready.after,
    )
    return passed(said, every(3, "state of the database"))


def _wrong(ready: HealthEndpoint) -> str:
    """What it says that is not so; empty where every answer is right."""
    if not 200 <= ready.normal < 300:  # noqa: PLR2004 - HTTP
        return say("answers {normal} with everything in order", normal=ready.normal)
    if 200 <= ready.without_database < 300:  # noqa: PLR2004 - HTTP
        return say("is still {without_database} with the database gone", without_database=ready.without_database)
    if ready.after != ready.normal:
        return say("is still {after} after the database came back", after=ready.after or say("without an answer"))
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
        missing.append(say("no request id header"))
    elif monitoring.log_line is None:
        missing.append(
            say(
                "no structured log line with the id of {request_id_header}",
                request_id_header=monitoring.request_id_header,
            )
        )
    if monitoring.timing_header is None:
        missing.append(say("no header that tells the time it took"))
    if missing:
        places = [at_endpoint(monitoring.endpoint, note) for note in missing]
        again = [f"curl -i $BASE{monitoring.endpoint.removeprefix('GET ')}"]
        return failed(
            say("{endpoint}: {missing}", endpoint=monitoring.endpoint, missing=together(missing)),
            at=places,
            again=again,
        )
    whole = [one for one in monitoring.followed if one.whole]
    lost = [one for one in monitoring.followed if not one.whole]
    if lost and not whole:
        return failed(
            say("no answer can be followed: {endpoint} {lacks}", endpoint=lost[0].endpoint, lacks=_lacks(lost[0])),
            at=[at_endpoint(one.endpoint, _lacks(one)) for one in lost],
            again=[f"curl -i $BASE{monitoring.endpoint.removeprefix('GET ')}"],
        )
    there = max(monitoring.operations, len(monitoring.followed))
    said = say(
        "{timing_header} and {request_id_header}, found again in a structured log line",
        timing_header=monitoring.timing_header,
        request_id_header=monitoring.request_id_header,
    )
    beside = say("; not of {endpoint} ({lacks})", endpoint=lost[0].endpoint, lacks=_lacks(lost[0])) if lost else ""
    return passed(say("{said}{beside}", said=said, beside=beside), share(len(whole), there, "operation"))


def _lacks(one: Followed) -> str:
    """What an answer does not tell."""
    if not one.identity:
        return say("answered {status} with no request id of its own", status=one.status)
    if not any(letter.isdigit() for letter in one.time):
        return say("answered {status} without the time that it took", status=one.status)
    return say("answered {status}, and no structured line has its id", status=one.status)


@check("PF010", step="6.3")
def no_answer_is_stale(caches: Caches) -> Verdict:
    """After a write, every read tells what was written.

    Somebody who saves and then sees the old text saves again, or calls support; what somebody withdrew is still read.
    An answer that was kept for another question is as wrong: a filter that the key leaves out filters nothing. What one
    process keeps in its own memory, the others do not forget when they write.
    Fix: put all that the answer depends on into the key. After the commit, forget every cached answer that the write
    changes (a generation number in the keys forgets them all at once); test it with a read, a write and a read.
    """
    if caches.mixed:
        return failed(
            together(
                say("{read} with `{name}` is answered as without it", read=one.endpoint, name=one.parameter)
                for one in caches.mixed
            ),
            at=[
                at_endpoint(one.endpoint, say("`{name}` is no part of what is kept", name=one.parameter))
                for one in caches.mixed
            ],
            again=[one.curl for one in caches.mixed][:MOST],
        )
    if caches.stale:
        pairs = {(one.read, one.write) for one in caches.stale}
        places = [
            at_endpoint(
                one.read, say("{path} after {write}: {differs}", path=one.path, write=one.write, differs=one.differs)
            )
            for one in caches.stale
        ]
        again = [one.again for one in caches.stale]
        first = caches.stale[0]
        message = say(
            "{answers}: {read} after {write}: {differs}",
            answers=plural(len(pairs), "stale answer"),
            read=first.read,
            write=first.write,
            differs=first.differs,
        )
        return failed(message, at=places, again=list(dict.fromkeys(again))[:MOST])
    if caches.idle:
        return unknown(caches.idle)
    if not caches.changed:
        refused = listed((say("{write}: {why}", write=write, why=why) for write, why in caches.refused), MOST, "; ")
        none = say("no write changed any answer, so nothing could go stale.")
        return unknown(together(filter(None, (none, refused)), " "))
    left = (
        say("; not tried: {refused}", refused=together((write for write, _ in caches.refused)))
        if caches.refused
        else ""
    )
    if caches.aged:
        said = say(
            "{aged} of {answers} were still old, and say so themselves",
            aged=caches.aged,
            answers=plural(caches.changed, "changed answer"),
        )
        return unknown(say("{said} (max-age, Age): where that is meant, declare it in gonogo.toml, [scope]", said=said))
    return passed(
        say(
            "{writes}, {changed} changed answers, each fresh at once{left}",
            writes=plural(len(caches.rounds), "write"),
            changed=caches.changed,
            left=left,
        ),
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
        said = say("this service uses no Redis (no {redis_url} in gonogo.toml, [env])")
        return not_applicable(said, looked="the settings of gonogo.toml", absent=Thing.CACHE)
    if not caches.without:
        return unknown("no read could be asked before Redis was taken away")
    bad = [one for one in caches.without if one.after != one.before or one.ms > _longest(one)]
    if bad and all(one.after == one.before and one.ms <= _longest(one) * caches.slowness for one in bad):
        crowd = say("on a machine with {slowness} programs to a processor", slowness=f"{caches.slowness:.1f}")
        return unknown(
            say("{endpoint} {without}, {crowd}", endpoint=bad[0].endpoint, without=_without(bad[0]), crowd=crowd)
        )
    if bad:
        places = [at_endpoint(one.endpoint, _without(one)) for one in bad]
        first = say("{endpoint} {without}", endpoint=bad[0].endpoint, without=_without(bad[0]))
        message = say(
            "{bad} of {requests} went wrong without Redis: {first}",
            bad=len(bad),
            requests=plural(len(caches.without), "request"),
            first=first,
        )
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
        say(
            "{requests} answered as before with Redis gone, the slowest in {slowest} ms",
            requests=plural(len(caches.without), "request"),
            slowest=f"{slowest:.0f}",
        ),
        share(len(there), max(caches.reads, len(there)), "read of the contract"),
    )


def _longest(one: Without) -> float:
    """Milliseconds that an answer may take without Redis."""
    return max(LONGEST, SLOWER * one.before_ms)


def _without(one: Without) -> str:
    if one.after != one.before:
        return say("{before} before, {after} without Redis", before=one.before, after=one.after or say("no answer"))
    return say("took {ms} s without Redis", ms=f"{one.ms / 1000:.1f}")
