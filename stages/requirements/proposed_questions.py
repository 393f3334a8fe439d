"""What could nobody see from outside? The questions that a proposed specification leaves to people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.evidence.access.seen_access import SeenAccess
from runner.evidence.contract.contract import Contract, Operation
from runner.specification import ANONYMOUS, Question
from stages.requirements.proposed_access import Row, listed, without_body
from stages.requirements.proposed_requirements import Group, expected, failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Everything that a proposal starts from, and why some of it is missing."""

    name: str
    contract: Contract
    access: SeenAccess
    tables: tuple[str, ...] = ()
    access_problem: str = ""  # why nobody asked
    tables_problem: str = ""
    left_out: tuple[str, ...] = ()  # operations that the specification's format can't name


def questions(looked: Looked, groups: Sequence[Group], rows: Mapping[str, Row]) -> tuple[Question, ...]:
    """Numbered, open, and owned by nobody yet."""
    texts = [
        *_always(looked, groups),
        *_about_roles(looked),
        *_about_access(looked, rows),
        *_about_operations(looked, groups, rows),
    ]
    return tuple(Question(id=f"Q-{n:03}", text=text, status="open") for n, text in enumerate(texts, start=1))


def _always(looked: Looked, groups: Sequence[Group]) -> Iterator[str]:
    yield "Who answers for this service? `service.owner` is filled in only because the format wants one."
    yield "From which business document do these requirements come, and what is outside of the scope?"
    yield "Which requirements are a `must`? All are proposed as `should`: what is done today is no duty yet."
    resources = listed([group.id for group in groups], "and")
    yield f"Which role answers for each resource ({resources}), and is each one described as people speak of it?"
    yield (
        "How fast, how much and how reliably must it answer: which limit at which percentile, for how many users at a "
        "time? Nothing that could be measured today says what is wanted."
    )
    if looked.tables:
        tables = listed(list(looked.tables), "and")
        yield f"How many rows must it carry: `data` wants a number for each table that grows ({tables})?"
    elif looked.tables_problem:
        yield f"Which tables are there, and with how many rows? They could not be read: {looked.tables_problem}."
    if looked.left_out:
        yield f"What becomes of {listed(looked.left_out, 'and')}, which this format can't name?"


def _about_roles(looked: Looked) -> Iterator[str]:
    access = looked.access
    silent = [role for role in access.named if role not in access.roles]
    problems = "; ".join(without_body(problem) for problem in access.problems)
    if len(access.roles) == 1:
        yield f"Is {access.roles[0]} the only role that there is, and what is it for?"
    elif access.roles:
        yield f"Are {listed(list(access.roles), 'and')} all the roles that there are, and what is each one for?"
    elif not looked.access_problem and not access.problems and not access.named:
        yield "Does this service know callers and roles? None was seen: no operation is protected and none signs in."
    if silent:
        how = "name in gonogo.toml, [identities] promote, the SQL that gives a user the role, then adopt again"
        why = f" ({problems or how})"
        yield f"What may {listed(silent, 'and')} do? Listed as roles, but nobody of them could be asked{why}."
    elif access.problems:
        yield f"What may somebody do who is signed in? Nobody signed in could be asked: {problems}."


def _about_access(looked: Looked, rows: Mapping[str, Row]) -> Iterator[str]:
    if looked.access_problem:
        guarded = [o.endpoint for o in looked.contract.operations if o.is_protected]
        declares = f" The contract wants a sign-in for {listed(guarded, 'and')}." if guarded else ""
        why = without_body(looked.access_problem)
        yield f"Who may call each operation? Nobody could be sent to ask: {why}.{declares}"
        return
    if any(row.told for row in rows.values()):
        yield "Is every permission meant? They say who got in when gonogo asked, which may be a mistake."
    lists = [o.endpoint for o in looked.contract.operations if _per_caller(o, rows.get(o.endpoint))]
    if lists:
        yield f"Which lists show only the caller's own? Not looked at: {listed(lists, 'and')}."
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in rows.values():
        if row.unsure or not row.told:
            alike[row.unsure].append(row.endpoint)
    for unsure, endpoints in alike.items():
        why = f"Not told by what was seen: {'; '.join(unsure)}" if unsure else "Nobody who asked got in"
        yield f"Who may call {listed(endpoints, 'and')}? {why}."


def _per_caller(operation: Operation, row: Row | None) -> bool:
    """A list that only people who are signed in got to see."""
    shown = row is not None and row.told and ANONYMOUS not in row.allow
    return shown and operation.method == "GET" and not operation.path.endswith(("}", "/me"))


def _about_operations(looked: Looked, groups: Sequence[Group], rows: Mapping[str, Row]) -> Iterator[str]:
    for group in groups:
        covered = {endpoint for failure in failures(group, rows) for endpoint in failure.endpoints}
        bare = [o.endpoint for o in group.operations if o.changes and o.endpoint not in covered]
        if bare:
            yield f"What shall {listed(bare, 'and')} answer when it fails? The contract documents no refusal."
    for operation in looked.contract.operations:
        row = rows.get(operation.endpoint)
        if row is None:
            continue
        status = expected(operation, row)
        documented = [r.status for r in operation.responses if r.is_success]
        if not status:
            yield f"What shall {operation.endpoint} answer? The contract documents no success, and none was seen."
        elif row.statuses and documented and status not in documented and "default" not in documented:
            yield f"Shall {operation.endpoint} answer {status}, as was seen, or {listed(documented)}, as is documented?"
