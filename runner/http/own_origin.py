"""Does the service want to hear from which page a request comes? As a guard against requests of other sites does."""

import httpx

from runner.http.account_operations import find_logins
from runner.http.requests import Requests

REFUSED = frozenset({400, 403})
MOST = 3  # origins that are tried


def shown_origin(requests: Requests, client: httpx.Client) -> str:
    """The origin that each request names from now on, where a change without one is refused; else empty."""
    changing = (one for one in requests.operations if one.changes and not one.is_protected and not one.placeholders)
    operation = next(iter([*find_logins(requests), *changing]), None)
    if operation is None or not requests.origins:
        return ""
    request = requests.example(operation)
    if request.send(client).status_code not in REFUSED:
        return ""
    for origin in requests.origins[:MOST]:
        named = {"Origin": origin}
        if request.with_headers(named).send(client).status_code not in REFUSED:
            requests.beside = named
            return origin
    return ""
