"""How is a criterion of the specification tested? From its `example:`; what has none is still to be written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runner.specification import ANONYMOUS, Acceptance, Example, Specification
from stages.design.blueprint.resources import BODIES, Made, Operation

REFUSED = 400  # the first status of a refusal


@dataclass(frozen=True)
class Test:
    """A test of one criterion: its lines, and what they need."""

    id: str
    text: str
    caller: str
    lines: tuple[str, ...]

    @property
    def name(self) -> str:
        words = re.findall(r"[a-z0-9]+", self.text.lower().replace("'", ""))[:12]
        own = re.sub(r"[^a-z0-9]+", "_", self.id.lower())
        return "_".join([own, *words])[:80].strip("_")

    @property
    def needs_database(self) -> bool:
        return any("database" in line for line in self.lines)


def tests_of(content: Specification, made: Made, people: Mapping[str, str]) -> tuple[Test, ...]:
    """Those of the criteria whose example calls an operation of this resource."""
    criteria = [one for requirement in content.requirements for one in requirement.acceptance]
    return tuple(
        _test(one, one.example, op, made, people) for one in criteria for op in _called(one, made) if one.example
    )


def _called(criterion: Acceptance, made: Made) -> tuple[Operation, ...]:
    example = criterion.example
    return tuple(op for op in made.ops if example and op.endpoint == example.call)


def _test(criterion: Acceptance, example: Example, op: Operation, made: Made, people: Mapping[str, str]) -> Test:
    caller = "visitor" if example.by == ANONYMOUS else people[example.by]
    columns = {one.name: one.column for one in made.fields}
    body = {columns.get(name, name): value for name, value in example.body.items()}
    lines = [*_given(example, op, made, caller), *_sent(op, made, body, caller)]
    call = _call(op, made, caller)
    lines += [call] if example.again else []
    lines += [f"answer = {call}", f"assert answer.status_code == {example.answer}"]
    for name, value in example.shows.items():
        lines.append(f'assert answer.json()["{columns.get(name, name)}"] == {value!r}')
    return Test(id=criterion.id, text=criterion.text, caller=caller, lines=(*lines, *_left(example, op, made)))


def _given(example: Example, op: Operation, made: Made, caller: str) -> list[str]:
    if op.kind in {"list", "add"}:
        return (
            ["before = count(database)"] if op.kind == "add" and example.answer >= REFUSED and not example.again else []
        )
    personal = bool(made.owned or made.kept)
    owner = f", owner_id={caller}.id" if personal and example.whose == "own" and caller != "visitor" else ""
    state = f', state="{example.state}"' if example.state else ""
    lines = [f"{made.id} = rows.{made.row}(database{owner}{state})"]
    if example.answer >= REFUSED and not example.again:
        lines.append(f"before = as_stored(database, {made.id}.id)")
    return lines


def _sent(op: Operation, made: Made, body: Mapping[str, object], caller: str) -> list[str]:
    if op.kind not in BODIES:
        return []
    if op.kind == "add":
        good = f"good(database, owner_id={caller}.id)" if made.kept and caller != "visitor" else "good(database)"
        return [f"sent = {good} | {dict(body)!r}" if body else f"sent = {good}"]
    base: dict[str, object] = {"version": 1} if op.kind == "change" else {"version": 1, "state": made.some_state}
    return [f"sent: dict[str, Any] = {base | dict(body)!r}"]


def _call(op: Operation, made: Made, caller: str) -> str:
    sent = ", **sent" if op.kind in BODIES else ""
    path = (
        "PATH" if op.kind in {"list", "add"} else f'f"{{PATH}}/{{{made.id}.id}}{"/state" if op.kind == "move" else ""}"'
    )
    return f"{caller}.{op.method.lower()}({path}{sent})"


def _left(example: Example, op: Operation, made: Made) -> list[str]:
    """What is there afterwards: after a refusal what was there before."""
    if op.kind == "delete" and example.answer < REFUSED:
        return [f"assert as_stored(database, {made.id}.id) is None"]
    if example.answer < REFUSED or example.again:
        return []
    if op.kind == "add":
        return ["assert count(database) == before"]
    return [] if op.kind == "list" else [f"assert as_stored(database, {made.id}.id) == before"]
