"""How does an account sign in? By the first way that lets a good account in, tried one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runner.http.account_operations import password_field
from runner.http.openapi import FORM_TYPES, JSON_TYPE, Operation, properties_of
from runner.http.requests import Request, Requests
from runner.http.siblings import REFERS
from runner.said import say
from runner.vocabulary.people import login_fields

EMAIL, USERNAME = "email", "username"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in: an operation, the media type of its body, and which name of an account it takes."""

    operation: Operation
    media: str
    by: str = EMAIL  # or USERNAME: where an account has both

    @property
    def said(self) -> str:
        return say(
            "{endpoint} ({rpartition}, by {by})",
            endpoint=self.operation.endpoint,
            rpartition=self.media.rpartition("/")[2],
            by=self.by,
        )


def ways(operations: Sequence[Operation]) -> Iterator[Way]:
    """Likeliest first: the first operation as the contract has it by e-mail address, and by user name; the others."""
    for operation in operations:
        declared = operation.body_media
        for media in (declared,) if declared else (JSON_TYPE, FORM_TYPES[0]):
            yield from (Way(operation=operation, media=media, by=by) for by in (EMAIL, USERNAME))


def log_in(
    requests: Requests, way: Way, names: Mapping[str, Any], name: str, password: str, fields: Mapping[str, Any]
) -> Request:
    """The request of this way. `names`: what the account registered with; `fields`: fixed values that fit its body."""
    request = requests.example(way.operation)
    body = request.fields
    declared = properties_of(requests.document, way.operation.body)
    place = next(iter([*login_fields(body), *login_fields(declared)]), "username")
    grant = {"grant_type": "password"} if "grant_type" in declared else {}
    known = names.get("username") or names.get("user_name") or names.get("login") if way.by == USERNAME else None
    fixed = {key: value for key, value in fields.items() if key in declared}
    belongs = {key: names[key] for key in declared if key.endswith(REFERS) and names.get(key) is not None}
    whole = {**body, **belongs, **fixed, **grant, place: known or name, password_field(body) or "password": password}
    return replace(request.with_fields(whole), media_type=way.media)
