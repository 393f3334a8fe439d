"""Is a sign-in taken in two steps: whoever has signed in says for which organisation, and gets a token for that?"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx

from runner.http.identities import Identity, identity_of
from runner.http.openapi import CHANGING, Operation, properties_of
from runner.http.requests import Requests
from runner.http.siblings import REFERS
from runner.http.things import PERSON_WORDS, subject
from runner.said import say
from runner.vocabulary.account_paths import says

CHOOSES = ("select", "switch", "choose", "pick", "change", "enter", "activate", "use", "set", "current")
ACCESS = frozenset({"access_token", "accessToken"})  # what an answer calls `token` may be any key
Join = Callable[
    [Identity, str], Any
]  # the organisation (`tenant`) that an account belongs to; None where there is none


def find_choice(requests: Requests) -> tuple[Operation, str] | None:
    """The operation that gives another token for one organisation, and the name of the value that says which."""
    for operation in requests.served:
        success = operation.success
        if (
            operation.method not in CHANGING
            or success is None
            or not any(says(CHOOSES, one) for one in operation.segments)
        ):
            continue
        named = list(_groups(requests, operation))
        if len(named) == 1 and ACCESS & set(properties_of(requests.document, success.schema)):
            return operation, named[0]
    return None


def _groups(requests: Requests, operation: Operation) -> Iterator[str]:
    sent = [*operation.placeholders, *properties_of(requests.document, operation.body)]
    sent += [one.name for one in operation.parameters if one.place == "query" and one.required]
    yield from (name for name in sent if name.endswith(REFERS) and subject(name) not in PERSON_WORDS)


class SecondStep:
    """Takes the second step for whoever took the first, in an organisation that `join` lets the account belong to."""

    def __init__(self, requests: Requests, client: httpx.Client, join: Join, note: Callable[[str], None]) -> None:
        self.requests, self.client, self.join, self.note = requests, client, join, note
        self.choice = find_choice(requests)

    def __call__(self, identity: Identity) -> Identity:
        """With the second token; as it came where there is no second step, or this one is refused."""
        if self.choice is None or not identity.access_token:
            return identity
        operation, name = self.choice
        group = self.join(identity, subject(name))
        if group is None:
            return identity
        request = self.requests.example(operation, {name: group})
        if name in properties_of(self.requests.document, operation.body):
            request = request.with_fields({**request.fields, name: group})
        answer = request.send(self.client, identity.headers)
        second = identity_of(identity.role, identity.email, identity.password, answer)
        if not answer.is_success or not second.access_token:
            return identity
        self.note(
            say(
                "{endpoint} gives {name} a second token, for an organisation of its own",
                endpoint=operation.endpoint,
                name=identity.email,
            )
        )
        return replace(
            identity,
            headers={**identity.headers, **second.headers},
            access_token=second.access_token,
            refresh_token=second.refresh_token or identity.refresh_token,
        )
