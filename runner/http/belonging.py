"""To what does a new account belong, where it has to say so: an organisation, a tenant, a branch that is there?"""

from collections.abc import Mapping
from typing import Any

import httpx

from runner.http.identities import NOBODY
from runner.http.objects import CannotMake, Objects, Rows
from runner.http.openapi import Operation
from runner.http.requests import Requests
from runner.http.siblings import REFERS
from runner.http.things import subject
from runner.vocabulary.people import names_owner


def belonging(
    requests: Requests, client: httpx.Client, operation: Operation, rows: Rows | None = None
) -> Mapping[str, Any]:
    """Values for the fields of a sign-up that refer to something: made by an operation that lets anybody, else put in.

    Each call makes it anew, so that no two accounts share what is not meant to be shared. What can't be made is left
    out.
    """
    sent = [name for name, _ in requests.example(operation).named() if name.endswith(REFERS) and not names_owner(name)]
    if not sent:
        return {}
    found: dict[str, Any] = {}
    try:
        found = Objects(requests, client).references(operation, NOBODY, {})
    except CannotMake:  # not by strangers
        found = {}
    for name in (one for one in sent if one not in found and rows is not None):
        row = rows(subject(name), name, {}, None) if rows else None
        if row is not None:
            found[name] = row.value
    return {name: value for name, value in found.items() if name in sent}
