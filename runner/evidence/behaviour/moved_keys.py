"""Does another id in the body move a thing there? Each change of one thing, with an id that is not in the path."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from runner.evidence.accounts.visit import on_person
from runner.evidence.behaviour.attacks import Aim, Answered, Attempt
from runner.evidence.behaviour.hostile_sender import SUCCESS, Sender
from runner.evidence.behaviour.named_things import object_in
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.said import say

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
FREE, FREE_UUID = 987_655, "9f6c2d1e-5b7a-4c3d-8e9f-0a1b2c3d4e5f"
NAMES = ("id", "uuid", "uid", "pk", "key")
CHANGES = frozenset({"PUT", "PATCH"})
BROKEN = 500
GONE = frozenset({404, 410})


def moved_keys(sender: Sender, operation: Operation) -> Iterator[Attempt]:
    """A key that is a name, as of a file, may be changed; a number or a UUID that the service gave may not."""
    on_one = bool(operation.placeholders) and operation.path.rstrip("/").endswith("}")
    if operation.method not in CHANGES or not operation.takes_json or not on_one:
        return
    role = sender.here.allowed(operation)
    try:
        plain = _on_one_of_its_own(sender, operation, role)
    except CannotMake:
        return
    value = unquote(plain.path.rstrip("/").rpartition("/")[2])
    other: Any = FREE if value.isdecimal() else FREE_UUID if UUID.fullmatch(value) else None
    if other is None or not isinstance(plain.body, dict):
        return
    for name in _keys(sender, plain, role, value):
        request = plain.with_field(name, other)
        answer = sender.send(request, role)
        if answer is None:
            return
        # one that was moved may not be found again for the answer, which breaks then: the move stands
        done = answer.status_code in SUCCESS or answer.status_code >= BROKEN
        moved = done and _has_moved(sender, plain, role, str(other))
        what = (
            say("{name}: {other}, while the path says another", name=name, other=other)
            if not moved
            else say("{name} became {other}", name=name, other=other)
        )
        answered = Answered(
            endpoint=operation.endpoint,
            place=f"body.{name}",
            what=what,
            status=answer.status_code,
            curl=request.curl(signed_in=operation.is_protected),
            text=answer.text[:300],
        )
        yield Attempt(answered=answered, aim=Aim.PRIVILEGE, succeeded=moved)
        if moved:
            return


def _on_one_of_its_own(sender: Sender, operation: Operation, role: str) -> Request:
    """A person that is moved is one that nobody else asks for. Raises `CannotMake`."""
    if not on_person(operation):
        return sender.valid(operation, role)
    if sender.here.missing:
        raise CannotMake(sender.here.unseen())
    somebody = sender.here.fresh(sender.here.roles[0])
    name = operation.placeholders[-1]
    return sender.here.requests.example(operation, {name: somebody.value_of(name)})


def _keys(sender: Sender, plain: Request, role: str, value: str) -> list[str]:
    """The fields that hold what stands in the path, as the thing is answered; `id` where nothing shows it."""
    read = _read(sender, plain)
    shown = sender.send(read or plain, role)
    thing = object_in(shown.text) if shown is not None and shown.status_code in SUCCESS else None
    own = {*NAMES, plain.operation.placeholders[-1]}
    found = [name for name, held in (thing or {}).items() if str(held) == value and name in own]
    return found or ["id"]


def _has_moved(sender: Sender, plain: Request, role: str, other: str) -> bool:
    """It is no longer where it was, or something is where it was told to go."""
    read = _read(sender, plain)
    here = sender.send(read or plain, role)
    if here is not None and here.status_code in GONE:
        return True
    if read is None:
        return False
    path = f"{plain.path.rstrip('/').rpartition('/')[0]}/{other}"
    there = sender.send(Request(operation=read.operation, path=path, signature=read.signature), role)
    return there is not None and there.status_code in SUCCESS


def _read(sender: Sender, plain: Request) -> Request | None:
    wanted = plain.operation.path.rstrip("/")
    found = (op for op in sender.here.requests.operations if op.method == "GET" and op.path.rstrip("/") == wanted)
    operation = next(found, None)
    return Request(operation=operation, path=plain.path, signature=plain.signature) if operation else None
