"""What could nobody see from outside? The questions that a proposed specification leaves to people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.evidence.access.seen_access import SeenAccess
from runner.evidence.contract.contract import Contract, Operation
from runner.said import say, together, told
from runner.specification import ANONYMOUS, Question
from stages.requirements.proposed_access import Row, without_body
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
    """Numbered, open, and owned by nobody yet; in the language of whoever runs this."""
    texts = [
        *_always(looked, groups),
        *_about_roles(looked),
        *_about_access(looked, rows),
        *_about_operations(looked, groups, rows),
    ]
    return tuple(Question(id=f"Q-{n:03}", text=told(text), status="open") for n, text in enumerate(texts, start=1))


def _always(looked: Looked, groups: Sequence[Group]) -> Iterator[str]:
    yield say("Who answers for this service? `service.owner` is filled in only because the format wants one.")
    yield say("From which business document do these requirements come, and what is outside of the scope?")
    yield say("Which requirements are a `must`? All are proposed as `should`: what is done today is no duty yet.")
    yield say(
        "Which role answers for each resource ({resources}), and is each one described as people speak of it?",
        resources=_and([group.id for group in groups]),
    )
    yield say(
        "How fast, how much and how reliably must it answer: which limit at which percentile, for how many users at a "
        "time? Nothing that could be measured today says what is wanted."
    )
    if looked.tables:
        yield say(
            "How many rows must it carry: `data` wants a number for each table that grows ({tables})?",
            tables=_and(looked.tables),
        )
    elif looked.tables_problem:
        yield say(
            "Which tables are there, and with how many rows? They could not be read: {problem}.",
            problem=looked.tables_problem,
        )
    if looked.left_out:
        yield say("What becomes of {operations}, which this format can't name?", operations=_and(looked.left_out))


def _and(words: Sequence[str]) -> str:
    """`a, b and c`."""
    *first, last = words
    return say("{first} and {last}", first=together(first), last=last) if first else last


def _or(words: Sequence[str]) -> str:
    """`a, b or c`."""
    *first, last = words
    return say("{first} or {last}", first=together(first), last=last) if first else last


def _about_roles(looked: Looked) -> Iterator[str]:
    access = looked.access
    silent = [role for role in access.named if role not in access.roles]
    if len(access.roles) == 1:
        yield say("Is {role} the only role that there is, and what is it for?", role=access.roles[0])
    elif access.roles:
        yield say("Are {roles} all the roles that there are, and what is each one for?", roles=_and(access.roles))
    elif not looked.access_problem and not access.problems and not access.named:
        yield say(
            "Does this service know callers and roles? None was seen: no operation is protected and none signs in."
        )
    if silent:
        yield say(
            "What may {roles} do? Listed as roles, but nobody of them could be asked ({why}).",
            roles=_and(silent),
            why=together([without_body(problem) for problem in access.problems], "; ")
            if access.problems
            else say("name in gonogo.toml, [identities] promote, the SQL that gives a user the role, then adopt again"),
        )
    elif access.problems:
        yield say(
            "What may somebody do who is signed in? Nobody signed in could be asked: {problems}.",
            problems=together([without_body(problem) for problem in access.problems], "; "),
        )


def _about_access(looked: Looked, rows: Mapping[str, Row]) -> Iterator[str]:
    if looked.access_problem:
        yield _nobody_asked(looked)
        return
    if any(row.told for row in rows.values()):
        yield say("Is every permission meant? They say who got in when gonogo asked, which may be a mistake.")
    lists = [o.endpoint for o in looked.contract.operations if _per_caller(o, rows.get(o.endpoint))]
    if lists:
        yield say("Which lists show only the caller's own? Not looked at: {lists}.", lists=_and(lists))
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for row in rows.values():
        if row.unsure or not row.told:
            alike[row.unsure].append(row.endpoint)
    for unsure, endpoints in alike.items():
        if unsure:
            yield say(
                "Who may call {operations}? Not told by what was seen: {unsure}.",
                operations=_and(endpoints),
                unsure=together(unsure, "; "),
            )
        else:
            yield say("Who may call {operations}? Nobody who asked got in.", operations=_and(endpoints))


def _nobody_asked(looked: Looked) -> str:
    guarded = [o.endpoint for o in looked.contract.operations if o.is_protected]
    why = without_body(looked.access_problem)
    if not guarded:
        return say("Who may call each operation? Nobody could be sent to ask: {why}.", why=why)
    return say(
        "Who may call each operation? Nobody could be sent to ask: {why}. The contract wants a sign-in for {guarded}.",
        why=why,
        guarded=_and(guarded),
    )


def _per_caller(operation: Operation, row: Row | None) -> bool:
    """A list that only people who are signed in got to see."""
    shown = row is not None and row.told and ANONYMOUS not in row.allow
    return shown and operation.method == "GET" and not operation.path.endswith(("}", "/me"))


def _about_operations(looked: Looked, groups: Sequence[Group], rows: Mapping[str, Row]) -> Iterator[str]:
    for group in groups:
        covered = {endpoint for failure in failures(group, rows) for endpoint in failure.endpoints}
        bare = [o.endpoint for o in group.operations if o.changes and o.endpoint not in covered]
        if bare:
            yield say(
                "What shall {operations} answer when it fails? The contract documents no refusal.",
                operations=_and(bare),
            )
    for operation in looked.contract.operations:
        row = rows.get(operation.endpoint)
        if row is None:
            continue
        status = expected(operation, row)
        documented = [r.status for r in operation.responses if r.is_success]
        if not status:
            yield say(
                "What shall {operation} answer? The contract documents no success, and none was seen.",
                operation=operation.endpoint,
            )
        elif row.statuses and documented and status not in documented and "default" not in documented:
            yield say(
                "Shall {operation} answer {status}, as was seen, or {documented}, as is documented?",
                operation=operation.endpoint,
                status=status,
                documented=_or(documented),
            )
