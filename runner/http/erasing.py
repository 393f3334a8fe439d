"""Which operations of a contract erase a person: an account, or whom it keeps otherwise? Told by method and path."""

from collections.abc import Iterable, Iterator, Sequence

from runner.http.account_operations import ME_WORDS
from runner.http.openapi import Operation
from runner.http.things import collection_of, is_person
from runner.vocabulary.names import words_of
from runner.vocabulary.people import PEOPLE

ERASES = frozenset(
    {"delete", "deletion", "erase", "erasure", "remove", "removal", "anonymize", "anonymise", "forget", "purge"}
)
ONE = frozenset({*ME_WORDS, "member", "customer"} - {"self", "current"})  # whoever asks
ASKS = frozenset({"DELETE", "POST", "PUT"})


def erasing(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Those that erase whoever asks, then those that erase whom their path names."""
    found = [op for op in operations if op.method in ASKS and erases(op)]
    return tuple(sorted(found, key=lambda op: len(op.placeholders)))


def hidden_erasing(endpoints: Iterable[str]) -> Iterator[str]:
    """Of operations that no contract names."""
    for endpoint in endpoints:
        method, _, path = endpoint.partition(" ")
        if method in ASKS and erases(Operation(method=method, path=path)):
            yield endpoint


def erases(operation: Operation) -> bool:
    """`DELETE /users/me`, `DELETE /customers/{id}`, `POST /account/delete`, `POST /users/{id}/erase`."""
    parts = operation.segments
    said = set(words_of(parts[-1])) if parts and not parts[-1].startswith("{") else set()
    if said & ERASES:
        return bool(said & (PEOPLE | {"me"})) or _is_somebody(operation, parts[:-1])  # `/auth/delete-account`
    return operation.method == "DELETE" and _is_somebody(operation, parts)


def _is_somebody(operation: Operation, parts: Sequence[str]) -> bool:
    """`/users/{id}`, `/me`, `/users/current`. `/users` would be all of them, `/posts/{id}/author` is another's."""
    if not parts:
        return False
    if parts[-1].startswith("{"):
        name = operation.placeholders[-1]
        return is_person(collection_of(operation, name), name)
    last, before = parts[-1].lower(), "".join(parts[-2:-1]).lower()
    if last in {"current", "self"}:
        return before in PEOPLE
    return last in ONE and not any(part.startswith("{") for part in parts)


def own_account(operation: Operation) -> bool:
    """Is it about whoever asks: `/me`, `/users/current`, `DELETE /account/delete`?"""
    return not operation.placeholders and (erases(operation) or _is_somebody(operation, operation.segments))
