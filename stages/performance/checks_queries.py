"""Performance: are the queries fit for the declared data, and does the service stop waiting in time?"""

import re
from collections.abc import Iterator, Mapping

from runner.evidence.database.database_limits import DatabaseLimits, Engine
from runner.evidence.load.plans import BIG, Plan, Plans, Scan, Sort
from runner.evidence.load.query_counts import FEW, MANY, ListCost, QueryCounts
from runner.model import Place, Verdict, at_endpoint, check, failed, in_table, named, passed, share, unknown
from runner.said import say, together
from runner.words import listed, plural
from stages.performance.checks import MOST

WASTED = 0.8  # share of the rows read that a filter throws away
FEW_PAGES = 200  # rows: a table that PostgreSQL reads as a whole, whatever indexes it has
QUICK = 0.5  # ms of a whole plan at the declared rows: nobody waits for it, with an index or without
LONGEST_QUEUE = 30  # seconds: SQLAlchemy's own default, which nobody chose


def shortened(statement: str, longest: int = 160) -> str:
    flat = together(statement.split(), " ")
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


@check("PF004", step="6.2")
def lists_cost_the_same_for_one_and_ten(counts: QueryCounts) -> Verdict:
    """A list costs as many statements with ten things in it as with one.

    One more statement per row (N+1) is invisible with three rows on a laptop, and a thousand round trips in production.
    Fix: load what belongs to the rows with them: `selectinload`/`joinedload`, or one query with `IN`; set
    `lazy="raise"` on relationships so that a forgotten one fails in a test.
    """
    bad = [one for one in counts.lists if one.growing()]
    if bad:
        worst = max(bad, key=lambda one: one.many.total if one.many else 0)
        return failed(
            say(
                "{lists} with statements that grow with the rows; {endpoint}: {compared}",
                lists=plural(len(bad), "list"),
                endpoint=worst.endpoint,
                compared=_compared(worst),
            ),
            at=[at_endpoint(one.endpoint, _grown(one)) for one in bad],
            again=[f"curl -s $BASE{one.path}  # with log_min_duration_statement = 0" for one in bad][:MOST],
        )
    compared = [one for one in counts.lists if one.few and one.many and not one.problem]
    left_out = [one for one in counts.lists if one.problem]
    if not compared:
        return unknown(
            listed((say("{endpoint}: {problem}", endpoint=o.endpoint, problem=o.problem) for o in left_out), MOST, "; ")
            or "no list was compared"
        )
    costs = listed((_compared(one) for one in compared), MOST)
    said = say(
        "{lists} at {few} and {many} rows, statements: {costs}",
        lists=plural(len(compared), "list"),
        few=FEW,
        many=MANY,
        costs=costs,
    )
    beside = say("; not compared: {left_out}", left_out=together(one.endpoint for one in left_out)) if left_out else ""
    return passed(say("{said}{beside}", said=said, beside=beside), share(len(compared), len(counts.lists), "list"))


def _compared(one: ListCost) -> str:
    few, many = one.few, one.many
    return say("{total} → {total2}", total=few.total, total2=many.total) if few and many else "?"


def _grown(one: ListCost) -> str:
    shape, times = max(one.growing().items(), key=lambda pair: pair[1])
    items = one.many.items if one.many else 0
    return say(
        "{compared} statements; {times} × for {items} rows: {shortened}",
        compared=_compared(one),
        times=times,
        items=items,
        shortened=shortened(shape),
    )


def wasteful(scan: Scan, rows: int) -> bool:
    """Reads much and throws most of it away, or hands the whole of a big table to the caller. `rows`: of the table."""
    if scan.read < BIG or rows < FEW_PAGES:
        return False
    return scan.read - scan.kept >= WASTED * scan.read or not (scan.filter or scan.counted)


def needless(sort: Sort) -> bool:
    """Puts many rows in order to keep a few of them."""
    return sort.sorted >= BIG and sort.kept <= sort.sorted * (1 - WASTED)


@check("PF005", step="6.2")
def statements_use_indexes(plans: Plans) -> Verdict:
    """No statement reads a whole big table, or sorts one, for a few rows.

    At a few rows everything is fast. At the declared ones such a statement takes time in proportion to the table,
    holds a connection meanwhile, and slows down everybody else.
    Fix: add an index that begins with the columns that are compared and goes on with those that are sorted by; write
    it in a new Alembic revision, created concurrently.
    """
    wasting = [(plan, found) for plan in plans.plans if (found := list(waste_in(plan, plans.rows)))]
    places = [place for _, found in wasting for place in found]
    if places:
        again = [f"EXPLAIN (ANALYZE, BUFFERS) {shortened(plan.statement, 1_000)}" for plan, _ in wasting]
        message = say(
            "{places} where much is read for little: {place}: {note}",
            places=plural(len(places), "place"),
            place=places[0],
            note=places[0].note,
        )
        return failed(message, at=places, again=again[:MOST])
    explained = [plan for plan in plans.plans if not plan.problem]
    big = sum(rows >= BIG for rows in plans.rows.values())
    there = max(plans.kinds, len(plans.plans))
    left = there - len(explained)
    said = say(
        "{kinds} of statements explained; {tables} with {big} rows or more",
        kinds=plural(len(explained), "kind"),
        tables=plural(big, "table"),
        big=f"{BIG:,}",
    )
    if not big:
        return unknown(
            say("no table has {big} rows: at that size every plan is good. Declare `data` and seed it", big=f"{BIG:,}")
        )
    beside = say("; {left} could not be explained", left=left) if left else ""
    return passed(say("{said}{beside}", said=said, beside=beside), share(len(explained), there, "kind of statements"))


def waste_in(plan: Plan, rows: Mapping[str, int]) -> Iterator[Place]:
    """The places of a plan where much is read for little. `rows`: of each table."""
    if plan.ms < QUICK:
        return
    for scan in plan.scans:
        if wasteful(scan, rows.get(scan.table, scan.read)):
            why = say("filter {filter}", filter=scan.filter) if scan.filter else say("no filter, no limit")
            note = say(
                "reads {read} rows for {kept} ({why}), {ms} ms: {shortened}",
                read=f"{scan.read:,}",
                kept=f"{scan.kept:,}",
                why=why,
                ms=f"{plan.ms:.1f}",
                shortened=shortened(plan.statement),
            )
            yield in_table(scan.table, note=note)
    for sort in plan.sorts:
        if needless(sort):
            note = say(
                "sorts {sorted} rows for {kept}, {ms} ms: {shortened}",
                sorted=f"{sort.sorted:,}",
                kept=f"{sort.kept:,}",
                ms=f"{plan.ms:.1f}",
                shortened=shortened(plan.statement),
            )
            yield _sorted_place(sort, note)


def _sorted_place(sort: Sort, note: str) -> Place:
    """The table and column of the first sort key, where they can be told."""
    found = re.match(r"\(?(?:(\w+)\.)?(\w+)", sort.keys)
    return in_table(found[1], found[2], note) if found and found[1] else named(f"ORDER BY {sort.keys}", note)


@check("PF006", step="6.2")
def waiting_ends(limits: DatabaseLimits) -> Verdict:
    """The service never waits for its database without end.

    One slow statement or one forgotten lock then holds its connection for ever; soon the pool is empty and every
    request hangs, although the database works.
    Fix: connect with `options="-c statement_timeout=5000 -c lock_timeout=2000"` (asyncpg: `server_settings`), and make
    the engine with a `pool_timeout` of a few seconds, and without `NullPool`, which bounds nothing.
    """
    found = ((one.url.partition("://")[0], note) for one in limits.engines for note in _unbounded(one))
    places = [named(f"engine {kind}", note) for kind, note in dict.fromkeys(found)]  # of several equal ones, one
    if places:
        again = ["SHOW statement_timeout;  -- in a session of the service"]
        return failed(listed((place.note for place in places), MOST, "; "), at=places, again=again)
    there = max(limits.there, len(limits.engines))
    return passed(together((_bounds(one) for one in limits.engines), "; "), share(len(limits.engines), there, "engine"))


def _unbounded(engine: Engine) -> Iterator[str]:
    bound = engine.session.get("statement_timeout", "0")
    if bound == "0":
        yield say("statement_timeout is not set: a statement may run for ever")
    elif bound.endswith(("h", "d")):
        yield say("statement_timeout is {bound}: a statement may run that long, and hold its connection", bound=bound)
    if engine.pool == "NullPool":
        yield say("NullPool: each request opens a connection of its own, as many at once as there are requests")
    if engine.waits_in_queue and (engine.timeout or 0) >= LONGEST_QUEUE:
        yield say(
            "pool_timeout is {timeout} s: a request waits that long for a connection before it fails",
            timeout=f"{engine.timeout:g}",
        )
    if engine.waits_without_end:
        yield say("pool_timeout is None: a request that finds the pool empty waits for a connection without end")


def _bounds(engine: Engine) -> str:
    waits = (
        say(
            ", pool {size}+{overflow} with {timeout} s to wait",
            size=engine.size,
            overflow=engine.overflow,
            timeout=f"{engine.timeout:g}",
        )
        if engine.waits_in_queue
        else ""
    )
    lock = engine.session.get("lock_timeout", "0")
    return say(
        "statement_timeout {session}, lock_timeout {lock}{waits}",
        session=engine.session.get("statement_timeout"),
        lock=lock,
        waits=waits,
    )
