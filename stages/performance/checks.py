"""Performance: is every quality need met at its stated load, and can the measurement be trusted?"""

from collections import Counter
from collections.abc import Collection, Iterator

from runner.evidence.agreed.specification import Spec
from runner.evidence.load.load import Load, endpoints_specified
from runner.evidence.load.load_files import LoadFile
from runner.evidence.load.load_shape import ALL, NOISE, SATURATED, Shape
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
from runner.words import listed, plural
from stages.performance.documents import locust_command
from stages.performance.needs import judged, unasked_of

TELLING = (
    150  # requests of a load test, which leaves to chance what it calls, before what it does not call is none of it
)
FEWEST = 100  # answers below which no percentile means anything
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
    missed = [spec.place(need.id, f"{need.id} {need.endpoint or ALL}: {one.says}") for need, one in seen if one.missed]
    if missed:
        return failed(
            f"{len(missed)} of {plural(len(load.needs), 'need')} missed: {missed[0].note}",
            at=missed,
            again=[_again(load)],
        )
    if doubtful := [f"{need.id}: {one.says}" for need, one in seen if not one.met]:
        return unknown("; ".join(doubtful))
    users = ", ".join(str(shape.users) for shape in load.shapes)
    good = sum(one.met for _, one in seen)
    return passed(f"all met at {users} users{_beside(load)}", share(good, len(load.needs), "need"))


def _beside(load: Load) -> str:
    """Who else used the machine, for the end of a message."""
    return next((f"; meanwhile {shape.disturbed}" for shape in load.shapes if shape.disturbed), "")


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
        in_table(table, note=f"{there if there >= 0 else 'no such table, 0'} of {wanted} declared rows")
        for table, (there, wanted) in load.rows.short().items()
    ]
    for shape in load.shapes:
        places += [named(f"{shape.users} users", note) for note in _doubts(shape)]
    if places:
        return failed(listed((f"{place}: {place.note}" for place in places), MOST, "; "), at=places)
    busy = [shape for shape in load.shapes if shape.disturbed]
    if shaky := [f"{shape.users} users: {note}" for shape in busy for note in _unsteady(shape)]:
        return unknown(f"{'; '.join(shaky)}{_beside(load)}. Measure it on a machine that is free")
    return _trusted(load)


def _trusted(load: Load) -> Verdict:
    if not load.rows.declared and load.rows.tables:
        there = plural(load.rows.tables, "table")
        return unknown(f"no rows are declared for {there}: say in the specification's `data` how many there will be")
    if not load.shapes:
        return unknown("nothing was measured")
    shapes = ", ".join(
        f"{s.users} users: {len(s.judged)} × {s.measured / len(s.judged):.0f} s agree" for s in load.shapes
    )
    rows = sum(load.rows.there.values())
    generator = max(shape.generator for shape in load.shapes)
    said = f"{shapes}; {rows:,} rows; generator at {generator:.0%} of a processor"
    tables = [every(len(load.rows.declared), "declared table")] if load.rows.declared else []
    return passed(f"{said}{_beside(load)}", every(len(load.shapes), "load"), *tables)


def _doubts(shape: Shape) -> Iterator[str]:
    """What speaks against it and is nobody else's doing."""
    if not shape.disturbed:
        yield from _unsteady(shape)
    if shape.ended:
        yield shape.ended
    for problem in shape.problems[:MOST]:
        yield f"the locustfile itself broke: {problem}"


def _unsteady(shape: Shape) -> Iterator[str]:
    """What speaks against it, but is also seen when others use the machine."""
    if shape.total.requests < FEWEST:
        yield f"only {plural(shape.total.requests, 'answer')} in {shape.measured:.0f} s, too few for a percentile"
    if shape.saturated:
        yield f"the generator used {shape.generator:.0%} of a processor (trusted up to {SATURATED:.0%})"
    if not shape.agrees:
        medians = ", ".join(f"{one.total.p50:g} ms at {one.total.rps:g} req/s" for one in shape.repetitions)
        yield f"{plural(len(shape.repetitions), 'repetition')} differ by more than {NOISE:.0%}: {medians}"


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
            places.append(at_endpoint(endpoint, f"{count} × {error} at {shape.users} users"))
    if not total and not died:
        return unknown("the load test sent no request")
    many = bool(bad) and 100 * bad / total > bound
    if many and not died and (beside := _late_on_a_busy_machine(load)):
        return unknown(f"{bad} of {total} requests had no answer in time{beside}. Measure it on a machine that is free")
    dead = [] if died or many or _late_on_a_busy_machine(load) else _never_answered_well(load)
    if dead:
        told = [f"{endpoint} was {error} each of {count} times" for endpoint, error, count in dead]
        at = [at_endpoint(endpoint, f"{count} × {error}, never a success") for endpoint, error, count in dead]
        return failed(f"what is refused is not done: {listed(told, 3, '; ')}", at=at, again=[_again(load)])
    if died or many:
        return failed(f"{bad} of {total} requests failed: {places[0].note}", at=places, again=[_again(load)])
    if unasked := unasked_of(load):
        return unknown(f"{bad} of {total} requests failed, but {unasked}")
    allowed = f" (the specification allows {bound:g} %)" if bad else ""
    kind = "endpoint of a need" if load.named else "specified endpoint"
    asked = [share(len(load.asked), len(load.wanted), kind)] if load.wanted else []
    return passed(f"{bad} of {total} requests failed{allowed}", every(total, "request"), *asked)


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
        looked = f"the {plural(len(spec.content.quality), 'quality need')} of {spec.file.path}"
        return not_applicable("the specification has no quality need with a load", looked=looked)
    if file.path is None:
        places: list[Place] = [spec.place(need.id, f"{need.id}: nothing measures it") for need in needs]
        return failed(f"no locustfile, though {plural(len(needs), 'need')} state a load", at=places)
    missing = [need for need in needs if need.endpoint and need.endpoint not in file.called]
    if missing and file.called and file.answers < TELLING:
        names = ", ".join(sorted({str(need.endpoint) for need in missing}))
        sent = plural(file.answers, "request")
        return unknown(f"{file.path} sent {sent} while it was watched, none of them to {names}: too few to tell")
    if missing and file.called:
        places = [spec.place(need.id, f"{need.id}: never calls {need.endpoint}") for need in missing]
        names = ", ".join(sorted({str(need.endpoint) for need in missing}))
        return failed(f"{file.path} never calls {names}", at=[in_file(file.path, note=f"never calls {names}"), *places])
    if not file.called:
        return unknown(f"{file.path}: {file.problem or 'it sent no request in its first seconds'}")
    return _called(file, spec, {need.endpoint for need in needs if need.endpoint})


def _called(file: LoadFile, spec: Spec, named: Collection[str]) -> Verdict:
    calls = f"{file.path} calls {plural(len(file.called), 'endpoint')}"
    if named:
        return passed(f"{calls}, every one that a need names among them", every(len(named), "endpoint of a need"))
    wanted = endpoints_specified(spec.content, ())
    if not wanted:
        return passed(f"{calls}; neither the needs nor the requirements name any", every(len(file.called), "endpoint"))
    asked = [endpoint for endpoint in wanted if endpoint in file.called]
    return passed(f"{calls}; the needs name none", share(len(asked), len(wanted), "specified endpoint"))
