"""Which numbers of other rows does an operation move that makes something: how many comments a post has, what is left?

They stand in no answer of the operation, so they are read where they are kept. Not evidence itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.evidence.accounts.concurrent_requests import AT_ONCE, each_at_once
from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.caches import path_values
from runner.evidence.behaviour.expendable import caller_and_owner
from runner.evidence.behaviour.race_numbers import IN_A_ROW, SUCCESS, Counted, steps_of
from runner.http.identities import Identity
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.postgres.database import Database
from runner.postgres.driver import sql
from runner.postgres.numbers import number_columns

HELD = (True, False)  # first the database keeps writes waiting until all have looked


@dataclass(frozen=True, slots=True)
class Sums:
    """What the numbers of each table add up to, and how many rows it has."""

    rows: Mapping[str, int]
    numbers: Mapping[str, float]  # "rooms.piece_count"


def sums_of(database: Database) -> Sums:
    rows: dict[str, int] = {}
    numbers: dict[str, float] = {}
    for (schema, table), names in number_columns(database).items():
        asked = sql.SQL(", ").join(sql.SQL("coalesce(sum({}), 0)::float8").format(sql.Identifier(one)) for one in names)
        query = sql.SQL("SELECT count(*) AS rows, ARRAY[{}] AS sums FROM {}").format(
            asked, sql.Identifier(schema, table)
        )
        found = database.rows(query)[0]
        called = table if schema == "public" else f"{schema}.{table}"
        rows[called] = found["rows"]
        numbers |= {f"{called}.{name}": value for name, value in zip(names, found["sums"], strict=True)}
    return Sums(rows, numbers)


def moved(seen: list[Sums]) -> dict[str, float]:
    """The numbers that moved by one and the same step each time, of tables to which no row came."""
    kept = {table for table, count in seen[0].rows.items() if all(one.rows.get(table) == count for one in seen)}
    steps = steps_of([one.numbers for one in seen])
    return {field: step for field, step in steps.items() if field.rpartition(".")[0] in kept}


def tallies(here: Visit, operation: Operation) -> Iterator[Counted]:
    """Of an operation that makes something beside what is there. Raises `CannotMake` where that can't be made."""
    caller, owner = caller_and_owner(here, operation)
    template = here.objects.request(operation, owner)
    refers = {name: value for name, value in template.fields.items() if name.lower().endswith("id")}
    values = {**refers, **path_values(template)}
    if not values:  # it stands beside nothing
        return
    seen = [sums_of(here.database)]
    for _ in range(IN_A_ROW):
        if _fresh(here, operation, values).send(here.client, caller.headers).status_code not in SUCCESS:
            return
        seen.append(sums_of(here.database))
    steps = moved(seen)
    for held in HELD if steps else ():
        found = list(_many(here, operation, values, caller, steps, held=held))
        yield from found
        if any(one.lost for one in found):
            return


def _many(
    here: Visit,
    operation: Operation,
    values: Mapping[str, Any],
    caller: Identity,
    steps: Mapping[str, float],
    *,
    held: bool,
) -> Iterator[Counted]:
    before = sums_of(here.database).numbers
    requests = [_fresh(here, operation, values) for _ in range(AT_ONCE)]
    answers = each_at_once(here, requests, caller.headers, held=held)
    if None in answers:  # one that was not answered may have been done
        return
    statuses = tuple(answer.status_code for answer in answers if answer is not None)
    done, now = sum(status in SUCCESS for status in statuses), sums_of(here.database).numbers
    for field, step in steps.items():
        yield Counted(
            endpoint=operation.endpoint,
            field=field,
            step=step,
            expected=before[field] + step * done,
            found=now[field],
            statuses=statuses,
            curl=requests[0].curl(signed_in=operation.is_protected),
        )


def _fresh(here: Visit, operation: Operation, values: Mapping[str, Any]) -> Request:
    """A valid request with words of its own, beside the same things."""
    return here.requests.example(operation, values)
