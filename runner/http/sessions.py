"""What belongs to a caller's session: which operations end it, and what only the caller can send?"""

import re

from runner.http.identities import Identity
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.vocabulary.people import known_by
from runner.vocabulary.secrets import is_password

ENDS_SESSION = re.compile(
    r"log[-_]?out|sign[-_]?out|logoff|revoke|refresh|passw|sessions?\b|deactivate|disable", re.IGNORECASE
)


def ends_session(operation: Operation) -> bool:
    """Would the caller no longer be signed in afterwards, or no longer be at all?"""
    if not operation.is_protected and "refresh" not in operation.path.lower():
        return False
    gone = operation.method == "DELETE" and operation.path.rstrip("/").endswith(("/me", "/user"))
    return gone or (operation.changes and bool(ENDS_SESSION.search(operation.path)))


def with_own_secrets(request: Request, caller: Identity) -> Request:
    """What only the caller knows, in the fields that ask for it: its password, its refresh token."""
    if not isinstance(request.body, dict):
        return request
    if not request.fields and caller.refresh_token and ENDS_SESSION.search(request.operation.path):
        return request.with_field("refresh_token", caller.refresh_token)  # a body that the contract calls any object
    secrets = [name for name in request.fields if is_password(name)]
    alone = len(secrets) == 1 and "new" not in secrets[0].lower() and not known_by(request.fields)
    confirms = alone and request.operation.is_protected
    for name in request.fields:
        lower = name.lower().replace("_", "")
        if name in secrets and (confirms or any(word in lower for word in ("current", "old"))):
            request = request.with_field(name, caller.password)
        elif lower in {"refreshtoken", "refresh"} and caller.refresh_token:
            request = request.with_field(name, caller.refresh_token)
    return request
