"""Database: does the schema agree with what the API lets in?"""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from runner.errors import Thing
from runner.evidence.code.nulls_handled import NullsHandled
from runner.evidence.contract.contract import Contract, Operation
from runner.evidence.contract.contract import Schema as Json
from runner.evidence.database.fixed_values import AskedValue, FixedValues
from runner.evidence.database.models import Models
from runner.evidence.database.schema import Column, Schema, Table
from runner.model import Place, Verdict, check, failed, not_applicable, passed, share
from runner.reading import patterns
from runner.said import say, together
from runner.vocabulary.names import words_of
from runner.vocabulary.people import PEOPLE
from runner.vocabulary.secrets import is_password
from runner.words import listed, plural
from stages.database.names import rows_of, snake

CREATES = frozenset({"POST", "PUT"})
BOUNDS = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
LONGEST = {"uuid": 36, "date": 10, "date-time": 40, "time": 20, "email": 254, "ipv4": 15, "ipv6": 45}
ROUNDING = 1 + 1e-12  # 2**63 - 1 does not fit into JSON's numbers
MOST_SHARED = 0.6
REGISTERS = re.compile(r"regist|sign[-_]?up|enrol", re.IGNORECASE)
STORES_NOTHING = re.compile(
    r"^(?:log[-_]?in|sign[-_]?in|(?:access[-_]?)?tokens?|refresh|verify|search|filter)$", re.IGNORECASE
)
PROFILES = frozenset({"profile", "profiles"})
THE_CALLERS = frozenset({"me", "self", "mine", "current"})  # `/users/me` is a user
FIELD = "field of request bodies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A field of a request body that is a column of the same name."""

    operation: Operation
    table: Table
    column: Column
    name: str  # of the field
    schema: Json
    alternatives: tuple[Json, ...]

    @property
    def place(self) -> str:
        return f"{self.operation.endpoint} `{self.column.name}`"


@check("DB030", step="3.1")
def api_bounds_fit_the_columns(contract: Contract, schema: Schema) -> Verdict:
    """What the API lets in fits into the column that stores it.

    A text of 300 characters that validates and meets a VARCHAR(200) is an error 500 for an honest user, and so is a
    number above what an INTEGER holds, or an empty text that a CHECK refuses.
    Fix: give the field of the request model the bound of the column (`max_length=…`, `le=…`, `min_length=1`), or widen
    the column in a new revision.
    """
    fields = list(fields_in(contract))
    if not fields:
        return _no_field(contract, say("no operation that changes something takes a body with fields"))
    found = list(matches(contract, schema))
    bad = [(match, why) for match in found for why in misfits(match)]
    if not bad:
        return passed("each fits into the column of its name", share(len(found), len(fields), FIELD))
    places = [
        Place(
            endpoint=m.operation.endpoint,
            table=m.table.name,
            column=m.column.name,
            note=say("{place}: {why}", place=m.place, why=why),
        )
        for m, why in bad
    ]
    first, why = bad[0]
    again = [rf"\d {match.table.name}" for match, _ in bad]
    return failed(
        say(
            "{bad} of {found} fields do not fit; {place}: {why}",
            bad=len(bad),
            found=len(found),
            place=first.place,
            why=why,
        ),
        at=places,
        again=dict.fromkeys(again),
    )


@check("DB031", step="3.1")
def required_columns_get_a_value(contract: Contract, schema: Schema, models: Models, nulls: NullsHandled) -> Verdict:
    """No field of a creating request that may be null feeds a NOT NULL column.

    The request validates, the INSERT fails, and the client gets an error 500 instead of being told what is missing.
    Fix: make the field required and not nullable in the request model, or give the column a default (or allow NULL).
    """
    fields = [field for field in fields_in(contract) if field[0].method in CREATES]
    if not fields:
        return _no_field(contract, say("no operation that creates something takes a body with fields"))
    found = [m for m in matches(contract, schema) if m.operation.method in CREATES]
    feeding = [match for match in found if feeds_null(match, models) and not _is_refused(match, nulls)]
    bad = [match for match in feeding if not _is_replaced(match, nulls)]
    if not bad:
        told = say("none that may be null feeds a NOT NULL column")
        if feeding:
            told += say(
                "; what the code makes of null in {feeding} is not known", feeding=listed((m.place for m in feeding), 3)
            )
        return passed(told, share(len(found) - len(feeding), len(fields), "field of creating requests"))
    places = [
        Place(
            endpoint=m.operation.endpoint,
            table=m.table.name,
            column=m.column.name,
            note=say("{place} may be null; the column is NOT NULL and has no default", place=m.place),
        )
        for m in bad
    ]
    return failed(
        say(
            "{fields} may be null where the column may not: {bad}",
            fields=plural(len(bad), "field"),
            bad=together(m.place for m in bad),
        ),
        at=places,
        again=dict.fromkeys(rf"\d {match.table.name}" for match in bad),
    )


@check("DB035", step="3.1")
def every_value_of_an_enum_is_taken(values: FixedValues, contract: Contract, schema: Schema) -> Verdict:
    """Every value that an enum of the code or the contract knows is taken by its column.

    An enum grows in a line of Python; the CHECK, the enum type or the length of the column does not grow with it, and
    `alembic check` compares none of them. The first client that uses the new value gets an error 500.
    Fix: a new revision that widens the CHECK (drop it, create it with all values), `ALTER TYPE … ADD VALUE`, or a
    longer column; or take the value out of the enum.
    """
    stored = {(m.table.name, m.column.name, m.operation.endpoint) for m in matches(contract, schema)}
    asked = [one for one in values.values if one.by_model or _sender(one, stored)]
    if not asked:
        none = say("no column of the models and no field of a body that is stored has fixed values")
        return not_applicable(
            none, looked=say("the models and {operations}", operations=plural(len(contract.operations), "operation"))
        )
    known = [one for one in asked if one.asked and (one.by_model or not _is_translated(one, asked))]
    refused = [one for one in known if one.refused_by]
    there = {(one.table, one.column) for one in asked}
    if not refused:
        judged = {(one.table, one.column) for one in known}
        said = say("the database takes each of {values}", values=plural(len(known), "value"))
        return passed(said, share(len(judged), len(there), "column of fixed values"))
    places = [
        Place(table=one.table, column=one.column, path=one.path, line=one.line, note=_refusal(one, stored))
        for one in refused
    ]
    again = dict.fromkeys(rf"\d {one.table}" for one in refused)
    return failed(
        say(
            "{refused} of {values} are refused: {refusal}",
            refused=len(refused),
            values=plural(len(known), "value"),
            refusal=_refusal(refused[0], stored),
        ),
        at=places,
        again=again,
    )


def _is_translated(one: AskedValue, asked: list[AskedValue]) -> bool:
    """Is none of the contract's values taken as it is told? Then the code stores other words for them."""
    same = [other for other in asked if (other.table, other.column) == (one.table, one.column)]
    return all(other.refused_by for other in same if not other.by_model) and not any(other.by_model for other in same)


def _sender(one: AskedValue, stored: Set[tuple[str, str, str]]) -> str:
    """The operation that takes this value and stores it in this column; empty where none does."""
    return next((sent for sent in one.sent_by if (one.table, one.column, sent) in stored), "")


def _refusal(one: AskedValue, stored: Set[tuple[str, str, str]]) -> str:
    said = say(
        '{table}.{column} / {refused_by} does not take "{told}"',
        table=one.table,
        column=one.column,
        refused_by=one.refused_by,
        told=one.told,
    )
    sent = _sender(one, stored)
    return say(
        "{said}{sent} ({why})", said=said, sent=say(", which {sent} lets in", sent=sent) if sent else "", why=one.why
    )


def _no_field(contract: Contract, why: str) -> Verdict:
    looked = say("the {operations} of the contract", operations=plural(len(contract.operations), "operation"))
    return not_applicable(why, looked=looked, absent=None if contract.operations else Thing.OPERATIONS)


def storing(contract: Contract) -> Iterator[tuple[Operation, dict[str, Json]]]:
    """Operations that store what they are sent, with the fields of their bodies."""
    for operation in contract.operations:
        if not operation.changes or operation.body is None or _only_asks(operation):
            continue
        properties = contract.properties(operation.body)
        inner = contract.properties(next(iter(properties.values()))) if len(properties) == 1 else {}
        yield operation, inner or properties  # out of the envelope of {"article": {"title": …}}


def fields_in(contract: Contract) -> Iterator[tuple[Operation, str]]:
    """All fields that are sent to be stored, with or without a column; of a password, only its hash is.

    A body that names none lets in anything: it counts as one, which nobody can judge.
    """
    for operation, properties in storing(contract):
        if not properties:
            yield operation, ""
        yield from ((operation, name) for name in properties if not is_password(name))  # stored is its hash


def matches(contract: Contract, schema: Schema) -> Iterator[Match]:
    """Fields of request bodies with the column of the same name, where the table can be told."""
    for operation, properties in storing(contract):
        named = {name: snake(name) for name in properties}
        table = table_for(operation, {named[name]: one for name, one in properties.items()}, schema)
        for name, one in properties.items():
            column = (table.column(name) or table.column(named[name])) if table else None
            if table and column and not is_password(name):
                found = contract.alternatives(one)
                yield Match(operation=operation, table=table, column=column, name=name, schema=one, alternatives=found)


def _only_asks(operation: Operation) -> bool:
    """A POST that signs in or looks something up: its fields are compared, and not stored. 201 says that they are."""
    last = operation.path.rstrip("/").rpartition("/")[2]
    asks = operation.method == "POST" and bool(STORES_NOTHING.match(last))
    return asks and operation.response(201) is None


def _is_of_accounts(table: Table) -> bool:
    return any(is_password(column.name) for column in table.columns)


def table_for(operation: Operation, properties: dict[str, Json], schema: Schema) -> Table | None:
    """The table that the path ends with, else the one that shares most fields with the body, named or not.

    `POST /projects/{id}/members` makes no project: what stands before the end counts only with most of the fields.
    """
    words = operation.path.strip("/").split("/")
    segments = [word for word in words if word and not word.startswith("{") and word not in THE_CALLERS]
    shared = {table.name: sum(table.column(name) is not None for name in properties) for table in schema.tables}
    ends = (segments[-1], "_".join(segments[-2:])) if segments else ()  # `/platform/staff` is of platform_staff, too
    named = [table for table in schema.tables if shared[table.name] and any(_is_called(table, one) for one in ends)]
    if named:
        return max(named, key=lambda table: shared[table.name])
    if segments and REGISTERS.search(segments[-1]):  # `POST /register` names no table
        account = next((table for table in schema.tables if _is_of_accounts(table)), None)
        if account and any(map(account.column, properties)):
            return account
    before = {table.name for table in schema.tables if any(_is_called(table, one) for one in segments[:-1])}
    best = max(schema.tables, key=lambda table: (shared[table.name], table.name in before), default=None)
    least = 1 if best and best.name in before else 2
    enough = best is not None and shared[best.name] >= max(least, MOST_SHARED * len(properties))
    return best if enough else None


def _is_called(table: Table, segment: str) -> bool:
    return not set(rows_of(table.name)).isdisjoint(rows_of(segment.replace("-", "_")))


def misfits(match: Match) -> Iterator[str]:
    for branch in match.alternatives:
        yield from _text_misfits(match, branch)
        yield from _number_misfits(match, branch)


def _text_misfits(match: Match, branch: Json) -> Iterator[str]:
    if branch.get("type") != "string" or "enum" in branch or "const" in branch:
        return
    said = (branch.get("maxLength"), LONGEST.get(branch.get("format", "")), patterns.longest(branch.get("pattern", "")))
    longest = min((n for n in said if n is not None), default=None)
    room = min([n for n in (match.column.length, _checked(match, "<=")) if n is not None], default=None)
    if room is not None and longest is None:
        yield say("no maxLength; the column takes {room} characters", room=room)
    elif room is not None and longest is not None and longest > room:
        word = "maxLength" if longest == branch.get("maxLength") else say("a pattern that takes")
        yield say("{word} {longest}; the column takes {room} characters", word=word, longest=longest, room=room)
    least = _checked(match, ">=")
    if least and not branch.get("minLength", 0) >= least and not branch.get("pattern") and "format" not in branch:
        yield say(
            "minLength {branch}; the column takes no less than {least} characters",
            branch=branch.get("minLength", 0),
            least=least,
        )


def _number_misfits(match: Match, branch: Json) -> Iterator[str]:
    bound = BOUNDS.get(match.column.type)
    if branch.get("type") != "integer" or bound is None or "enum" in branch or "const" in branch:
        return
    most = branch.get("maximum", branch.get("exclusiveMaximum"))
    if most is None:
        yield say("no maximum; {type} ends at {bound}", type=match.column.type, bound=bound)
    elif most > bound * ROUNDING:
        yield say("maximum {most}; {type} ends at {bound}", most=f"{most:.0f}", type=match.column.type, bound=bound)


def _checked(match: Match, sign: str) -> int | None:
    """The bound that a CHECK sets on the column's length."""
    pattern = rf"length\(\(?\(?{re.escape(match.column.name)}\)?(?:::\w+)?\)? {sign} (\d+)"
    checks = [c.definition for c in match.table.of_kind("check") if match.column.name in c.columns]
    found = [int(n) for definition in checks for n in re.findall(pattern, definition)]
    return (min(found) if sign == "<=" else max(found)) if found else None


def _says_who(match: Match) -> bool:
    """A reference to a person, at an operation that knows its caller: left out, it is filled with the caller."""
    keys = (key for key in match.table.of_kind("foreign key") if key.columns == (match.column.name,))
    return match.operation.is_protected and any({*words_of(key.target)[-1:]} & (PEOPLE | PROFILES) for key in keys)


def _is_refused(match: Match, nulls: NullsHandled) -> bool:
    """Does a validator of its model refuse a null, or put something in its place, as it did when it was asked?"""
    return match.name in nulls.refused.get(match.operation.endpoint, ())


def _is_replaced(match: Match, nulls: NullsHandled) -> bool:
    """Does the code that serves it ask whether it is null, so that something else may be stored?"""
    names = nulls.replaced.get(match.operation.endpoint, frozenset())
    return not names.isdisjoint({match.name, match.column.name})


def feeds_null(match: Match, models: Models) -> bool:
    """NOT NULL, nothing fills it, and the request may bring null. (A default that is not null is a value.)"""
    column = match.column
    if column.nullable or column.filled or column.name in match.table.key or _says_who(match):
        return False
    model = models.table(match.table.name)
    declared = model.column(column.name) if model else None
    if declared and declared.has_default:
        return False
    has_value = match.schema.get("default") is not None
    return not has_value and any(one.get("type") == "null" for one in match.alternatives)
