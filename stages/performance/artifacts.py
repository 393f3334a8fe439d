"""Documents of the performance stage: evidence → text."""

from runner.evidence.behaviour.caches import Caches
from runner.evidence.database.database_limits import DatabaseLimits
from runner.evidence.load.monitoring import Monitoring
from runner.evidence.load.plans import Plan, Plans
from runner.evidence.load.query_counts import QueryCounts
from runner.markdown import Marked, bold, code, table
from runner.model import artifact
from runner.said import say, tell, together
from runner.words import plural
from stages.performance.checks_queries import shortened, waste_in


@artifact("query-plans.md", step="6.2")
def query_plans(plans: Plans, counts: QueryCounts, limits: DatabaseLimits) -> str:
    """Query plans: what the service asks PostgreSQL, how often, and how it is answered at the declared rows."""
    bad = [plan for plan in plans.plans if any(waste_in(plan, plans.rows))]
    rows = [
        (
            n,
            plan.kind.calls,
            f"{plan.kind.total_ms:.1f}",
            f"{plan.ms:.2f}",
            _verdict(plan, plans),
            code(shortened(plan.statement, 90)),
        )
        for n, plan in enumerate(plans.plans, start=1)
    ]
    sizes = sorted(plans.rows.items(), key=lambda pair: (-pair[1], pair[0]))
    tables = ", ".join(f"{name} {rows:,}" for name, rows in sizes if rows)
    parts = [
        f"# {tell('Query plans')}",
        tell(
            "{kinds} of statements were explained; **{bad} read much for little**. Tables: {tables}.",
            kinds=plural(len(plans.plans), "kind"),
            bad=len(bad),
            tables=tables,
        ),
        table(("", "calls", "total ms", "once more, ms", "", "statement"), rows),
        f"## {tell('Statements per list')}",
        _counts(counts),
        f"## {tell('How long the service waits')}",
        _limits(limits),
        f"## {tell('The plans')}",
        *(_plan(n, plan, plans) for n, plan in enumerate(plans.plans, start=1)),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(plan: Plan, plans: Plans) -> str:
    if plan.problem:
        return tell("not explained")
    return bold("reads much for little") if any(waste_in(plan, plans.rows)) else tell("good")


def _plan(number: int, plan: Plan, plans: Plans) -> str:
    shown = tell("Not explained: {problem}", problem=plan.problem) if plan.problem else f"```text\n{plan.text}\n```"
    return (
        f"### {number}. {_verdict(plan, plans)}, {plan.ms:.2f} ms\n\n```sql\n{plan.statement.strip()}\n```\n\n{shown}"
    )


def _counts(counts: QueryCounts) -> str:
    rows = []
    for one in counts.lists:
        few = say("{total} ({rows} rows)", total=one.few.total, rows=one.few.items) if one.few else "–"
        many = say("{total} ({rows} rows)", total=one.many.total, rows=one.many.items) if one.many else "–"
        verdict = bold("grows") if one.growing() else one.problem or say("the same")
        rows.append((code(one.endpoint), few, many, verdict))
    return table(("list", "statements for one", "for ten", ""), rows)


def _limits(limits: DatabaseLimits) -> str:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    rows = [
        (
            one.pool,
            f"{one.size}+{one.overflow}",
            one.timeout,
            one.recycle,
            one.pre_ping,
            *(one.session.get(n) for n in names),
        )
        for one in limits.engines
    ]
    return table(("pool", "size", "queue s", "recycle s", "pre-ping", *map(Marked, names)), rows)


@artifact("cache-report.md", step="6.3")
def cache_report(caches: Caches) -> str:
    """Cache report: speed-up, hit ratio, staleness after each write, and life without Redis."""
    asked = caches.hits + caches.misses
    ratio = (
        say(" Redis was asked {asked} times, {hits} hits.", asked=asked, hits=f"{caches.hits / asked:.0%}")
        if asked
        else ""
    )
    stale = say("**{number} stale**", number=len(caches.stale)) if caches.stale else say("none stale")
    parts = [
        f"# {tell('Cache report')}",
        tell(
            "{writes} changed {answers}: {stale}.{ratio}",
            writes=plural(len(caches.rounds), "write"),
            answers=plural(caches.changed, "answer"),
            stale=stale,
            ratio=ratio,
        ),
        f"## {tell('Writes')}",
        table(
            ("write", "outcome"),
            [(code(w), say("every read fresh") if not _stale(caches, w) else bold("stale")) for w in caches.rounds],
        ),
    ]
    if caches.refused:
        parts += [tell("Not tried:"), table(("write", "why"), [(code(w), why) for w, why in caches.refused])]
    if caches.stale:
        rows = [(code(one.read), code(one.write), one.differs) for one in caches.stale]
        parts += [f"## {tell('Stale answers')}", table(("read", "after", "difference"), rows)]
    if caches.timings:
        times = [(code(t.endpoint), t.cold_ms, t.warm_ms, _speed_up(t.cold_ms, t.warm_ms)) for t in caches.timings]
        parts += [f"## {tell('Speed-up')}", table(("read", "first, ms", "again, ms", "speed-up"), times)]
    parts += [f"## {tell('Without Redis')}", _without(caches)]
    return "\n\n".join(parts) + "\n"


def _stale(caches: Caches, write: str) -> bool:
    return any(one.write == write for one in caches.stale)


def _speed_up(cold: float, warm: float) -> str:
    return f"{cold / warm:.1f} ×" if warm else "–"


def _without(caches: Caches) -> str:
    if not caches.redis:
        return tell("This service uses no Redis.")
    worst: dict[str, tuple[int, int, float]] = {}
    for one in caches.without:
        known = worst.get(one.endpoint)
        if known is None or (one.after != one.before, one.ms) > (known[0] != known[1], known[2]):
            worst[one.endpoint] = (one.before, one.after, one.ms)
    rows = [(code(name), before, after or say("no answer"), f"{ms:.0f}") for name, (before, after, ms) in worst.items()]
    return table(("request", "before", "Redis gone", "ms"), rows)


@artifact("monitoring.md", step="6.1")
def monitoring_report(monitoring: Monitoring) -> str:
    """Monitoring: health, metrics, headers and log lines as the running service shows them."""
    ready, live = monitoring.ready, monitoring.live
    rows = [
        (tell(name), code(f"GET {d.path}"), d.normal, d.without_database or say("no answer"), d.after)
        for name, d in (("readiness", ready), ("liveness", live))
        if d
    ]
    parts = [
        f"# {tell('Monitoring')}",
        table(("", "endpoint", "normal", "database gone", "database back"), rows)
        if rows
        else tell("No health endpoint found."),
        f"## {tell('Metrics')}",
        _metrics(monitoring),
        f"## {tell('One answer')}",
        tell(
            "`{endpoint}`: time in `{timing}`, id in `{id}`.",
            endpoint=monitoring.endpoint,
            timing=monitoring.timing_header,
            id=monitoring.request_id_header,
        ),
    ]
    line = monitoring.log_line or monitoring.log_sample
    if line:
        said = tell(
            "Its line in the log:" if monitoring.log_line else "No structured line has the id; the log's last line:"
        )
        parts += [said, f"```text\n{line}\n```"]
    return "\n\n".join(parts) + "\n"


def _metrics(monitoring: Monitoring) -> str:
    if monitoring.metrics is None:
        return tell("None found.")
    asked = ", ".join(code(path) for path in monitoring.probed)
    head = tell(
        "`GET {path}`: {series} series after 30 different requests to each of {asked}.",
        path=monitoring.metrics, series=monitoring.series, asked=asked,
    )  # fmt: skip
    if monitoring.growth:
        rows = [(code(g.metric), g.label, g.before, g.after, g.example) for g in monitoring.growth]
        return f"{head}\n\n{table(('metric', 'label', 'before', 'after', 'such as'), rows)}"
    families = together(f"`{name}`" for name in monitoring.families)
    return f"{head} {tell('None grew with them. About requests: {families}.', families=families)}"
