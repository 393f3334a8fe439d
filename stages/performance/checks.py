"""Performance: is every quality need met at its stated load, and can the measurement be trusted?"""

from collections import Counter
from collections.abc import Collection, Iterator

from runner.evidence.agreed.specification import Spec
from runner.evidence.load.load import Load, endpoints_specified
from runner.evidence.load.load_files import LoadFile
from runner.evidence.load.load_shape import ALL, FEWEST, NOISE, SATURATED, Shape
from runner.model import (
    Place,
    Verdict,
    at_endpoint,
    check,
    every,
    failed,
    in_file,
    in_table,
    named,
    not_applicable,
    passed,
    share,
    unknown,
)
from runner.said import say, together
from runner.words import listed, plural
from stages.performance.documents import locust_command
from stages.performance.needs import judged, unasked_of

TELLING = (
    150  # requests of a load test, which leaves to chance what it calls, before what it does not call is none of it
)
MOST = 5
SEVERAL = 5  # times that an operation is asked before never being done is no accident


@check("PF001", step="6.4")
def quality_needs_are_met(load: Load, spec: Spec) -> Verdict:
    """Every quality need is met at its stated load.

    A need that is missed under the load that the business stated is missed for real users on the first busy day.
    Fix: look at query-plans.md and the slowest endpoint of load-report.md first; then at pools, caches and the number
    of statements per request. If the need was wrong, change it in the specification with its owner.
    """
    seen = [(need, judged(load, need)) for need in load.needs]
    missed = [
        spec.place(need.id, say("{id} {endpoint}: {says}", id=need.id, endpoint=need.endpoint or ALL, says=one.says))
        for need, one in seen
        if one.missed
    ]
    if missed:
        return failed(
            say(
                "{missed} of {needs} missed: {note}",
                missed=len(missed),
                needs=plural(len(load.needs), "need"),
                note=missed[0].note,
            ),
            at=missed,
            again=[_again(load)],
        )
    if doubtful := [say("{id}: {says}", id=need.id, says=one.says) for need, one in seen if not one.met]:
        return unknown(together(doubtful, "; "))
    users = together(str(shape.users) for shape in load.shapes)
    good = sum(one.met for _, one in seen)
    return passed(
        say("all met at {users} users{beside}", users=users, beside=_beside(load)), share(good, len(load.needs), "need")
    )


def _beside(load: Load) -> str:
    """Who else used the machine, for the end of a message."""
    return next(
        (say("; meanwhile {disturbed}", disturbed=shape.disturbed) for shape in load.shapes if shape.disturbed), ""
    )


def _again(load: Load) -> str:
    return locust_command(load, max(shape.users for shape in load.shapes))


@check("PF002", step="6.4")
def the_measurement_can_be_trusted(load: Load) -> Verdict:
    """The load measurement can be compared with the next one.

    One run without a warm-up, by a generator at its limit, on an almost empty database proves nothing: the next run
    will tell another story with the same code.
    Fix: seed the declared rows ([load] seed in gonogo.toml), let users think between requests (`wait_time`), and
    measure on a machine that does nothing else meanwhile.
    """
    places = [
        in_table(
            table,
            note=say(
                "{there} of {wanted} declared rows",
                there=there if there >= 0 else say("no such table, 0"),
                wanted=wanted,
            ),
        )
        for table, (there, wanted) in load.rows.short().items()
    ]
    for shape in load.shapes:
        places += [named(f"{shape.users} users", note) for note in _doubts(shape)]
    if places:
        return failed(
            listed((say("{place}: {note}", place=place, note=place.note) for place in places), MOST, "; "), at=places
        )
    busy = [shape for shape in load.shapes if shape.disturbed]
    if shaky := [
        say("{users} users: {note}", users=shape.users, note=note) for shape in busy for note in _unsteady(shape)
    ]:
        return unknown(
            say(
                "{shaky}{beside}. Measure it on a machine that is free",
                shaky=together(shaky, "; "),
                beside=_beside(load),
            )
        )
    return _trusted(load)


def _trusted(load: Load) -> Verdict:
    if not load.rows.declared and load.rows.tables:
        there = plural(load.rows.tables, "table")
        return unknown(
            say(
                "no rows are declared for {there}: say in the specification's `data` how many there will be",
                there=there,
            )
        )
    if not load.shapes:
        return unknown("nothing was measured")
    shapes = together(
        say(
            "{users} users: {judged} × {measured} s agree",
            users=s.users,
            judged=len(s.judged),
            measured=f"{s.measured / len(s.judged):.0f}",
        )
        for s in load.shapes
    )
    rows = sum(load.rows.there.values())
    generator = max(shape.generator for shape in load.shapes)
    said = say(
        "{shapes}; {rows} rows; generator at {generator} of a processor",
        shapes=shapes,
        rows=f"{rows:,}",
        generator=f"{generator:.0%}",
    )
    tables = [every(len(load.rows.declared), "declared table")] if load.rows.declared else []
    return passed(say("{said}{beside}", said=said, beside=_beside(load)), every(len(load.shapes), "load"), *tables)


def _doubts(shape: Shape) -> Iterator[str]:
    """What speaks against it and is nobody else's doing."""
    if not shape.disturbed:
        yield from _unsteady(shape)
    if shape.ended:
        yield shape.ended
    for problem in shape.problems[:MOST]:
        yield say("the locustfile itself broke: {problem}", problem=problem)


def _unsteady(shape: Shape) -> Iterator[str]:
    """What speaks against it, but is also seen when others use the machine."""
    if shape.total.requests < FEWEST:
        yield say(
            "only {answers} in {measured} s, too few for a percentile",
            answers=plural(shape.total.requests, "answer"),
            measured=f"{shape.measured:.0f}",
        )
    if shape.saturated:
        yield say(
            "the generator used {generator} of a processor (trusted up to {saturated})",
            generator=f"{shape.generator:.0%}",
            saturated=f"{SATURATED:.0%}",
        )
    if not shape.agrees:
        medians = together(
            say("{p50} ms at {rps} req/s", p50=f"{one.total.p50:g}", rps=f"{one.total.rps:g}")
            for one in shape.repetitions
        )
        yield say(
            "{repetitions} differ by more than {noise}: {medians}",
            repetitions=plural(len(shape.repetitions), "repetition"),
            noise=f"{NOISE:.0%}",
            medians=medians,
        )


@check("PF003", step="6.4")
def no_request_fails_under_load(load: Load) -> Verdict:
    """No request fails under the stated load.

    An error that shows only when several users work at once is a race, an exhausted pool or a timeout; in production
    it is everybody's error. What the load test calls a success counts for nothing: an operation that is refused each
    time (401, 403, 404) is not measured, whatever the specification allows to fail.
    Fix: find the request in the service's log; look for exhausted pools (size × processes against the database's
    limit), deadlocks and unique keys that two requests write at once.
    """
    bound = min((n.limit or 0.0 for n in load.needs if n.metric == "error_rate" and n.endpoint is None), default=0.0)
    total, bad = 0, 0
    places = [named(f"{shape.users} users", shape.ended) for shape in load.shapes if shape.ended]
    died = bool(places)
    for shape in load.shapes:
        total += shape.total.requests
        bad += shape.total.errors
        for (endpoint, error), count in shape.errors.most_common(10):
            places.append(
                at_endpoint(
                    endpoint, say("{count} × {error} at {users} users", count=count, error=error, users=shape.users)
                )
            )
    if not total and not died:
        return unknown("the load test sent no request")
    many = bool(bad) and 100 * bad / total > bound
    if many and not died and (beside := _late_on_a_busy_machine(load)):
        return unknown(
            say(
                "{bad} of {total} requests had no answer in time{beside}. Measure it on a machine that is free",
                bad=bad,
                total=total,
                beside=beside,
            )
        )
    dead = [] if died or many or _late_on_a_busy_machine(load) else _never_answered_well(load)
    if dead:
        told = [
            say("{endpoint} was {error} each of {count} times", endpoint=endpoint, error=error, count=count)
            for endpoint, error, count in dead
        ]
        at = [
            at_endpoint(endpoint, say("{count} × {error}, never a success", count=count, error=error))
            for endpoint, error, count in dead
        ]
        return failed(
            say("what is refused is not done: {told}", told=listed(told, 3, "; ")), at=at, again=[_again(load)]
        )
    if died or many:
        return failed(
            say("{bad} of {total} requests failed: {note}", bad=bad, total=total, note=places[0].note),
            at=places,
            again=[_again(load)],
        )
    if unasked := unasked_of(load):
        return unknown(say("{bad} of {total} requests failed, but {unasked}", bad=bad, total=total, unasked=unasked))
    allowed = say(" (the specification allows {bound} %)", bound=f"{bound:g}") if bad else ""
    kind = "endpoint of a need" if load.named else "specified endpoint"
    asked = [share(len(load.asked), len(load.wanted), kind)] if load.wanted else []
    return passed(
        say("{bad} of {total} requests failed{allowed}", bad=bad, total=total, allowed=allowed),
        every(total, "request"),
        *asked,
    )


def _never_answered_well(load: Load) -> list[tuple[str, str, int]]:
    """(endpoint, error, times) of what was asked several times and never done, however few of all requests it is."""
    samples = [one for shape in load.shapes for one in shape.samples]
    good = {one.endpoint for one in samples if not one.error}
    lost = Counter((one.endpoint, one.error) for one in samples if one.endpoint not in good)
    return [(endpoint, error, times) for (endpoint, error), times in lost.most_common() if times >= SEVERAL]


def _late_on_a_busy_machine(load: Load) -> str:
    """Who else used the machine, where nothing but waiting failed: for a connection, for a lock, for an answer."""
    errors = [one.error for shape in load.shapes for one in shape.samples if one.error]
    waited = all(one in ("answered 503", "answered 504") or "closed the connection" in one for one in errors)
    return _beside(load) if waited else ""


@check("PF012", step="6.4")
def a_load_test_exists(file: LoadFile, spec: Spec) -> Verdict:
    """A load test exists, and calls what the quality needs speak of.

    A need with a number that nothing measures is a hope.
    Fix: write `locustfile.py` with a task for each endpoint that a quality need names; or name the file in gonogo.toml,
    [service] load.
    """
    needs = [need for need in spec.content.quality if need.load]
    if not needs:
        looked = say(
            "the {needs} of {path}", needs=plural(len(spec.content.quality), "quality need"), path=spec.file.path
        )
        return not_applicable("the specification has no quality need with a load", looked=looked)
    if file.path is None:
        places: list[Place] = [spec.place(need.id, say("{id}: nothing measures it", id=need.id)) for need in needs]
        return failed(say("no locustfile, though {needs} state a load", needs=plural(len(needs), "need")), at=places)
    missing = [need for need in needs if need.endpoint and need.endpoint not in file.called]
    if missing and file.called and file.answers < TELLING:
        names = together(sorted({str(need.endpoint) for need in missing}))
        sent = plural(file.answers, "request")
        return unknown(
            say(
                "{path} sent {sent} while it was watched, none of them to {names}: too few to tell",
                path=file.path,
                sent=sent,
                names=names,
            )
        )
    if missing and file.called:
        places = [
            spec.place(need.id, say("{id}: never calls {endpoint}", id=need.id, endpoint=need.endpoint))
            for need in missing
        ]
        names = together(sorted({str(need.endpoint) for need in missing}))
        return failed(
            say("{path} never calls {names}", path=file.path, names=names),
            at=[in_file(file.path, note=say("never calls {names}", names=names)), *places],
        )
    if not file.called:
        return unknown(
            say(
                "{path}: {problem}",
                path=file.path,
                problem=file.problem or say("it sent no request in its first seconds"),
            )
        )
    return _called(file, spec, {need.endpoint for need in needs if need.endpoint})


def _called(file: LoadFile, spec: Spec, named: Collection[str]) -> Verdict:
    calls = say("{path} calls {endpoints}", path=file.path, endpoints=plural(len(file.called), "endpoint"))
    if named:
        return passed(
            say("{calls}, every one that a need names among them", calls=calls), every(len(named), "endpoint of a need")
        )
    wanted = endpoints_specified(spec.content, ())
    if not wanted:
        return passed(
            say("{calls}; neither the needs nor the requirements name any", calls=calls),
            every(len(file.called), "endpoint"),
        )
    asked = [endpoint for endpoint in wanted if endpoint in file.called]
    return passed(
        say("{calls}; the needs name none", calls=calls), share(len(asked), len(wanted), "specified endpoint")
    )
