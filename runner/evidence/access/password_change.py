"""How does somebody who is signed in change their own password?"""

from collections.abc import Iterator

from runner.evidence.accounts.visit import Visit, on_person
from runner.http.account_operations import ME_WORDS
from runner.http.identities import Identity
from runner.http.openapi import Operation, opened, properties_of
from runner.http.requests import Request
from runner.vocabulary.secrets import is_password


def password_change(here: Visit, caller: Identity, fresh: str) -> Request | None:
    """A new password for the caller, where the old one is asked for; else where the sign-in is enough."""
    found = sorted(_changes(here, caller, fresh), key=lambda one: not one[0])
    return next((request for _, request in found), None)


def can_be_on_herself(operation: Operation) -> bool:
    """Nothing in its path but, at most, the caller: `PUT /me/password`, `POST /users/{user_id}/password`."""
    return not operation.placeholders or (len(operation.placeholders) == 1 and on_person(operation))


def _changes(here: Visit, caller: Identity, fresh: str) -> Iterator[tuple[bool, Request]]:
    """(the old password is asked for, the request) of each operation that changes the caller's own password."""
    document = here.requests.document
    for operation in here.requests.operations:
        fields = properties_of(document, operation.body)
        names = [name for name in fields if is_password(name)]
        old = next((n for n in names if any(word in n.lower() for word in ("current", "old"))), None)
        new = [n for n in names if n != old]
        own = "password" in operation.path.lower() or operation.last.lower() in ME_WORDS
        if not (operation.is_protected and operation.changes and new and (old or own) and can_be_on_herself(operation)):
            continue
        request = here.requests.example(operation, {one: caller.value_of(one) for one in operation.placeholders})
        needed = {*names, *opened(document, operation.body).get("required", [])}
        request = request.with_fields({n: v for n, v in request.fields.items() if old or n in needed})
        for name in new:
            request = request.with_field(name, fresh)
        yield bool(old), request.with_field(old, caller.password) if old else request
