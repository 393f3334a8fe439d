"""A token against requests from other sites (CSRF): the one that a service gives out is sent back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from runner.http.identities import json_of

TOKEN = re.compile(r"csrf|xsrf", re.IGNORECASE)
HEADERS = ("X-CSRF-Token", "X-CSRFToken", "X-XSRF-TOKEN")  # as FastAPI's middlewares, Django's and Angular's read it
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
REFUSED = frozenset({400, 401, 403, 419})
SAID = 2000  # characters of an answer that are looked through


def wanted_by(answer: httpx.Response) -> bool:
    """Was it refused for want of such a token?"""
    unsafe = answer.request.method not in SAFE
    return unsafe and answer.status_code in REFUSED and bool(TOKEN.search(answer.text[:SAID]))


def proof(client: httpx.Client, paths: Sequence[str], headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that send it back; none where nobody gives it out. `paths`: of the operations that may do so.

    Whoever has none answers with a cookie, also behind any other page.
    """
    kept = dict(pair.split("=", 1) for pair in headers.get("Cookie", "").split("; ") if "=" in pair)
    for path in paths or ("/",):
        answer = client.get(path, headers=headers)
        client.cookies.clear()
        set_here = {name: value for name, value in answer.cookies.items() if TOKEN.search(name)}
        told = next(_tokens(json_of(answer)), "") if paths else ""
        cookies = {**kept, **set_here}
        token = told or next((value for name, value in cookies.items() if TOKEN.search(name)), "")
        if token:
            together = "; ".join(f"{name}={value}" for name, value in cookies.items())
            return dict.fromkeys(HEADERS, token) | ({"Cookie": together} if together else {})
    return {}


def _tokens(answer: Any) -> Iterator[str]:
    """Texts that are called so, those of the outer objects first; then any that is called a token."""
    found = list(_texts(answer))
    yield from (value for name, value in found if TOKEN.search(name))
    yield from (value for name, value in found if name.lower() == "token")


def _texts(answer: Any) -> Iterator[tuple[str, str]]:
    for name, value in answer.items() if isinstance(answer, dict) else ():
        if isinstance(value, str):
            yield name, value
        yield from _texts(value)
