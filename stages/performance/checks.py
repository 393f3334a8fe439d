"""Performance: is every quality need met at its stated load, and can the measurement be trusted?"""

from collections.abc import Iterator

from runner.evidence.load import ALL, NOISE, SATURATED, Load, Shape
from runner.evidence.load_files import LoadFile
from runner.evidence.load_numbers import Numbers, numbers, percentile
from runner.evidence.specification import Spec
from runner.model import (
    Place,
    Verdict,
    at_endpoint,
    check,
    failed,
    in_file,
    in_table,
    named,
    not_applicable,
    passed,
    unknown,
)
from runner.specification import Quality
from runner.words import plural
from stages.performance.documents import locust_command

FEWEST = 100  # answers below which no percentile means anything
MOST = 5


def measured(need: Quality, shape: Shape) -> tuple[float, Numbers]:
    """The value that a need speaks of, in its own unit, and the numbers it was taken from.

    A refusal is quick: only what was answered counts as throughput, and only its time as latency.
    """
    samples = [one for one in shape.samples if need.endpoint in (None, one.endpoint)]
    found = numbers(need.endpoint or ALL, samples, shape.measured)
    good = [one for one in samples if not one.error]
    if need.metric == "throughput":
        return numbers("", good, shape.measured).rps, found
    if need.metric == "error_rate":
        return found.error_percent, found
    return round(percentile([one.ms for one in good], need.percentile or 95), 1), found


def met(need: Quality, value: float) -> bool:
    limit = need.limit or 0.0
    return value >= limit if need.metric == "throughput" else value <= limit


def worded(need: Quality, value: float) -> str:
    """`p95 180 ms of 250 ms at 20 users`."""
    what = {"latency": f"p{need.percentile or 95:g}", "throughput": "throughput", "error_rate": "errors"}[need.metric]
    users = need.load.users if need.load else 0
    return f"{what} {value:g} {need.unit} (need {need.limit:g} {need.unit}) at {users} users"


@check("PF001", step="6.4")
def quality_needs_are_met(load: Load, spec: Spec) -> Verdict:
    """Every quality need is met at its stated load.

    A need that is missed under the load that the business stated is missed for real users on the first busy day.
    Fix: look at query-plans.md and the slowest endpoint of load-report.md first; then at pools, caches and the number
    of statements per request. If the need was wrong, change it in the specification with its owner.
    """
    missed, doubtful, good = [], [], 0
    for need in load.needs:
        shape = load.shape_of(need)
        if shape is None or need.limit is None:
            continue
        value, found = measured(need, shape)
        if trouble := _nothing_to_measure(need, shape, found):
            missed.append(spec.place(need.id, f"{need.id} {need.endpoint or ALL}: {trouble}"))
        elif not found.requests:
            doubtful.append(f"{need.id}: the load test never called {need.endpoint or 'anything'}")
        elif met(need, value):
            good += 1
        elif shape.saturated:
            doubtful.append(f"{need.id}: {worded(need, value)}, but the load generator itself was at its limit")
        else:
            missed.append(spec.place(need.id, f"{need.id} {need.endpoint or ALL}: {worded(need, value)}"))
    if missed:
        return failed(
            f"{len(missed)} of {plural(len(load.needs), 'need')} missed: {missed[0].note}",
            at=missed,
            again=[_again(load)],
        )
    if doubtful:
        return unknown("; ".join(doubtful))
    return passed(f"{plural(good, 'need')} met at {', '.join(str(s.users) for s in load.shapes)} users")


def _nothing_to_measure(need: Quality, shape: Shape, found: Numbers) -> str:
    """Why a need is missed whatever the numbers say; empty when they count."""
    if shape.ended or need.metric == "error_rate" or not found.requests:
        return shape.ended
    return "every request failed" if found.errors == found.requests else ""


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
        return failed("; ".join(f"{place}: {place.note}" for place in places[:MOST]), at=places)
    shapes = ", ".join(
        f"{s.users} users: {len(s.judged)} × {s.measured / len(s.judged):.0f} s agree" for s in load.shapes
    )
    rows = sum(load.rows.there.values())
    generator = max((shape.generator for shape in load.shapes), default=0.0)
    return passed(f"{shapes}; {rows} rows; generator at {generator:.0%} of a processor")


def _doubts(shape: Shape) -> Iterator[str]:
    if shape.total.requests < FEWEST:
        yield f"only {plural(shape.total.requests, 'answer')} in {shape.measured:.0f} s, too few for a percentile"
    if shape.saturated:
        yield f"the generator used {shape.generator:.0%} of a processor (trusted up to {SATURATED:.0%})"
    if not shape.agrees:
        medians = ", ".join(f"{one.total.p50:g} ms at {one.total.rps:g} req/s" for one in shape.repetitions)
        yield f"{plural(len(shape.repetitions), 'repetition')} differ by more than {NOISE:.0%}: {medians}"
    if shape.ended:
        yield shape.ended
    for trouble in shape.troubles[:MOST]:
        yield f"the locustfile itself broke: {trouble}"


@check("PF003", step="6.4")
def no_request_fails_under_load(load: Load) -> Verdict:
    """No request fails under the stated load.

    An error that shows only when several users work at once is a race, an exhausted pool or a timeout; in production
    it is everybody's error.
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
    if died or (bad and 100 * bad / total > bound):
        return failed(f"{bad} of {total} requests failed: {places[0].note}", at=places, again=[_again(load)])
    allowed = f" (the specification allows {bound:g} %)" if bad else ""
    return passed(f"{bad} of {total} requests failed{allowed}")


@check("PF012", step="6.4")
def a_load_test_exists(file: LoadFile, spec: Spec) -> Verdict:
    """A load test exists, and calls what the quality needs speak of.

    A need with a number that nothing measures is a hope.
    Fix: write `locustfile.py` with a task for each endpoint that a quality need names; or name the file in gonogo.toml,
    [service] load.
    """
    needs = [need for need in spec.content.quality if need.load]
    if not needs:
        return not_applicable("the specification has no quality need with a load")
    if file.path is None:
        places: list[Place] = [spec.place(need.id, f"{need.id}: nothing measures it") for need in needs]
        return failed(f"no locustfile, though {plural(len(needs), 'need')} state a load", at=places)
    missing = [need for need in needs if need.endpoint and need.endpoint not in file.called]
    if missing and file.called:
        places = [spec.place(need.id, f"{need.id}: never calls {need.endpoint}") for need in missing]
        names = ", ".join(sorted({str(need.endpoint) for need in missing}))
        return failed(f"{file.path} never calls {names}", at=[in_file(file.path, note=f"never calls {names}"), *places])
    if not file.called:
        return unknown(f"{file.path}: {file.trouble or 'it sent no request in its first seconds'}")
    return passed(f"{file.path} calls {plural(len(file.called), 'endpoint')}, every one that a need names among them")
