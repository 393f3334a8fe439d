"""What does a started instance answer: at its health paths, and where an operation is asked for?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import httpx

from runner.evidence.contract.contract import Operation
from runner.evidence.contract.served_app import ServedApp, live_paths, ready_paths, told_apart
from runner.probe import Probe
from runner.said import say

STREAM = say("a stream without end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request of the smoke test."""

    endpoint: str
    status: int | None
    note: str = ""

    @property
    def failed(self) -> bool:
        return self.status is None or self.status >= 500  # noqa: PLR2004 - the server's own errors


def find_health(probe: Probe, served: ServedApp | None, client: httpx.Client) -> tuple[str | None, str | None]:
    """The paths that say "I live" and "I can serve": named in gonogo.toml, else the app's, else the usual ones."""
    health = probe.target.config.health
    live = health.live or _first(client, served, live_paths(served))
    return live, health.ready or _first(client, served, ready_paths(served))


def _first(client: httpx.Client, served: ServedApp | None, paths: Sequence[str]) -> str | None:
    real = told_apart(served, paths, partial(_status, client))
    return next((path for path in real if _status(client, path) in {200, 204}), None)


def _status(client: httpx.Client, path: str) -> int | None:
    return seen_at(client, path).status


def seen_at(client: httpx.Client, path: str) -> Seen:
    """Its status; the body stays unread, because an event stream has no end."""
    try:
        with client.stream("GET", path) as answer:
            kind = answer.headers.get("content-type", "")
            return Seen(
                endpoint=f"GET {path}", status=answer.status_code, note=STREAM if "event-stream" in kind else ""
            )
    except httpx.HTTPError as error:
        return Seen(endpoint=f"GET {path}", status=None, note=type(error).__name__)


def asked(client: httpx.Client, operation: Operation) -> Seen:
    """An operation asked for, with 1 for each id in its path."""
    return replace(seen_at(client, re.sub(r"\{[^}]*\}", "1", operation.path)), endpoint=operation.endpoint)
