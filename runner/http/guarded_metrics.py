"""Metrics that ask who comes: is one of the service's own secrets what they ask for?"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import httpx

from runner.vocabulary.health import is_prometheus
from runner.vocabulary.secrets import is_secret

SHUT = frozenset({401, 403})
NOBODYS = "/gonogo-nothing-is-here"  # where all is shut, a shut path says nothing of metrics
ABOUT = re.compile(r"METRIC|PROM|MONITOR|SCRAPE|INTERNAL|ADMIN", re.IGNORECASE)
NAMES = re.compile(r"(?:USER(?:NAME)?|LOGIN)$", re.IGNORECASE)
OWN_HEADERS = ("X-API-Key", "X-Metrics-Token", "X-Token", "X-Auth-Token")
MOST = 6  # secrets that are tried


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedMetrics:
    """A path that refused who brought nothing, and what opened it: nothing where `headers` and `query` are empty."""

    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return bool(self.headers or self.query)

    def authenticate(self, client: httpx.Client) -> None:
        """From now on this client brings what the path asks for, to that path alone."""

        def bring(request: httpx.Request) -> None:
            if request.url.path == self.path:
                request.headers.update(self.headers)
                request.url = request.url.copy_merge_params(self.query)

        hooks = client.event_hooks
        client.event_hooks = {**hooks, "request": [*hooks["request"], bring]}


def guarded_metrics(client: httpx.Client, paths: Iterable[str], settings: Mapping[str, str]) -> GuardedMetrics | None:
    """The first of the paths that is shut, with what opens it among the settings; None where none is shut."""
    shut = next(
        (GuardedMetrics(path=path, status=status) for path in paths if (status := _status(client, path)) in SHUT), None
    )
    if shut is None or _status(client, NOBODYS) in SHUT:
        return None
    for headers, query in _keys(settings):
        try:
            answer = client.get(shut.path, headers=headers, params=query)
        except httpx.HTTPError:
            continue
        if answer.is_success and is_prometheus(answer.text):
            return GuardedMetrics(path=shut.path, status=shut.status, headers=headers, query=query)
    return shut


def _keys(settings: Mapping[str, str]) -> Iterator[tuple[Mapping[str, str], Mapping[str, str]]]:
    """(headers, query) for each secret, those first whose names speak of metrics."""
    secrets = [name for name, value in settings.items() if value and is_secret(name)]
    likely = sorted(secrets, key=lambda name: not ABOUT.search(name))[:MOST]
    users = [value for name, value in settings.items() if value and ABOUT.search(name) and NAMES.search(name)]
    for secret in dict.fromkeys(settings[name] for name in likely):
        yield {"Authorization": f"Bearer {secret}"}, {}
        for user in (*users, "metrics", "prometheus"):
            yield {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}, {}
        yield from (({name: secret}, {}) for name in OWN_HEADERS)
        yield {}, {"token": secret}


def _status(client: httpx.Client, path: str) -> int:
    try:
        return client.get(path).status_code
    except httpx.HTTPError:
        return 0
