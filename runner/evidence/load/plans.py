"""How does PostgreSQL run the reads that the service really sends, at the declared number of rows?"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from runner.errors import NotThere, ProbeError, first_line
from runner.evidence.database.seeded import seeded_database
from runner.evidence.load.query_counts import QueryCounts
from runner.evidence.load.traffic import StatementKind, Traffic
from runner.model import Evidence, Looked
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError
from runner.postgres.sizes import estimated_rows
from runner.probe import Probe
from runner.said import say

MOST = 60  # kinds of statements that are explained, the costliest first
BIG = 1_000  # rows: reading fewer is cheap in any way
AGGREGATES = frozenset({"Aggregate", "WindowAgg", "Group", "Unique", "SetOp", "HashAggregate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A table read from one end to the other."""

    table: str
    read: int  # rows looked at, over all loops
    kept: int
    filter: str = ""
    counted: bool = False  # all rows are wanted: they are counted or summed up


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """Rows that were put in order to keep a few of them."""

    keys: str
    sorted: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One statement's plan, with what was measured while it ran."""

    kind: StatementKind
    statement: str
    ms: float
    text: str  # as psql shows it
    scans: tuple[Scan, ...] = ()
    sorts: tuple[Sort, ...] = ()
    problem: str = ""  # why it could not be explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans(Evidence):
    """The plans of the statements that the service sends."""

    plans: tuple[Plan, ...]
    rows: Mapping[str, int]  # of every table in the database
    kinds: int = 0  # of statements that look for rows, explained or not

    @classmethod
    def collect(cls, probe: Probe, traffic: Looked[Traffic], lists: Looked[QueryCounts]) -> Self:
        kinds = statements_seen(traffic, lists)
        if not kinds:
            raise ProbeError("no statement was seen in PostgreSQL's log: neither under load nor by calling the lists")
        database = seeded_database(probe)
        plans = tuple(explain(database, kind) for kind in kinds[:MOST])
        if all(plan.problem for plan in plans):
            raise ProbeError(
                say(
                    "none of {plans} statements could be explained: {problem}",
                    plans=len(plans),
                    problem=plans[0].problem,
                )
            )
        return cls(plans=plans, rows=estimated_rows(database), kinds=len(kinds))


def statements_seen(traffic: Looked[Traffic], lists: Looked[QueryCounts]) -> tuple[StatementKind, ...]:
    """What looks for rows under load and behind the lists, each kind once, the costliest first.

    Raises the problem where neither could be looked at.
    """
    problems = [one.problem for one in (traffic, lists) if one.problem]
    seen = [kind for one in (lists.evidence, traffic.evidence) if one for kind in one.kinds]
    if len(problems) == 2:  # noqa: PLR2004 - both ways of looking failed
        raise next((t for t in problems if not isinstance(t, NotThere)), problems[0])
    searching = [one for one in {kind.shape: kind for kind in seen}.values() if one.slowest.searches]
    return tuple(sorted(searching, key=lambda one: -one.total_ms))


def explain(database: Database, kind: StatementKind) -> Plan:
    """Run it once more under EXPLAIN ANALYZE, with the values it had, in a transaction that is rolled back."""
    statement = kind.slowest.filled
    try:
        with database.connect() as connection:
            connection.execute("SET statement_timeout = '20s'")
            with connection.transaction(force_rollback=True):
                row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}".encode()).fetchone()
    except PostgresError as error:
        return Plan(kind=kind, statement=statement, ms=0.0, text="", problem=first_line(error))
    found = row["QUERY PLAN"] if row else []
    whole = json.loads(found) if isinstance(found, str) else found
    return read_plan(kind, statement, whole[0])


def read_plan(kind: StatementKind, statement: str, whole: Mapping[str, Any]) -> Plan:
    root = whole["Plan"]
    return Plan(
        kind=kind,
        statement=statement,
        ms=float(whole.get("Execution Time", 0.0)),
        text="\n".join(_drawn(root, 0)),
        scans=tuple(_scans(root, counted=False)),
        sorts=tuple(_sorts(root, kept=None)),
    )


def _scans(node: Mapping[str, Any], *, counted: bool) -> Iterator[Scan]:
    if node["Node Type"] == "Seq Scan":
        loops = node.get("Actual Loops", 1)
        kept = int(node.get("Actual Rows", 0) * loops)
        read = kept + int(node.get("Rows Removed by Filter", 0) * loops)
        yield Scan(table=node["Relation Name"], read=read, kept=kept, filter=node.get("Filter", ""), counted=counted)
    for child in node.get("Plans", ()):
        yield from _scans(child, counted=counted or node["Node Type"] in AGGREGATES)


def _sorts(node: Mapping[str, Any], *, kept: int | None) -> Iterator[Sort]:
    """Sorts below a LIMIT whose input an index could have had in order: not those of grouped or computed rows."""
    kind, children = node["Node Type"], node.get("Plans", ())
    if kind == "Limit":
        kept = int(node.get("Actual Rows", 0))
    if kind in {"Sort", "Incremental Sort"} and kept is not None and not _grouped(node):
        rows = sum(int(child.get("Actual Rows", 0) * child.get("Actual Loops", 1)) for child in children)
        yield Sort(keys=", ".join(node.get("Sort Key", ())), sorted=rows, kept=kept)
    for child in children:
        yield from _sorts(child, kept=kept)


def _grouped(node: Mapping[str, Any]) -> bool:
    return any(child["Node Type"] in AGGREGATES or _grouped(child) for child in node.get("Plans", ()))


def _drawn(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    """The tree in words: what, on which table, how many rows."""
    where = " ".join(
        f"{word} {node[key]}" for word, key in (("on", "Relation Name"), ("using", "Index Name")) if key in node
    )
    rows = f"rows={node.get('Actual Rows', 0):g} loops={node.get('Actual Loops', 1)}"
    removed = f", {node['Rows Removed by Filter']} thrown away" if node.get("Rows Removed by Filter") else ""
    yield f"{'  ' * depth}{'-> ' if depth else ''}{node['Node Type']} {where}".rstrip() + f" ({rows}{removed})"
    for word in ("Index Cond", "Filter", "Sort Key", "Group Key"):
        if word in node:
            value = node[word] if isinstance(node[word], str) else ", ".join(node[word])
            yield f"{'  ' * (depth + 2)}{word}: {value}"
    for child in node.get("Plans", ()):
        yield from _drawn(child, depth + 1)
