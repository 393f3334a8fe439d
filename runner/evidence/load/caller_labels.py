"""Do the metrics name who called? Somebody signs in, asks, and is looked for among the values of the labels.

Others sign in and ask the same: a label that has a new value for each of them holds something of theirs, in whatever
shape: a part of an id, a digest, the number of a session.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import httpx

from runner.errors import NotThere, ProbeError
from runner.evidence.accounts.visit import answering, people_of, requests_of
from runner.evidence.contract.contract import Contract
from runner.evidence.load.metrics_seen import samples_of
from runner.http.identities import Identity
from runner.postgres.database import Database
from runner.probe import Probe

MOST_ASKED = 5
CALLERS = 3  # that a new value after each further one is no chance
DERIVED = ("_bucket", "_created", "_sum")
Series = tuple[str, Mapping[str, str]]
LONG = 8  # characters that no other value has by chance
# Labels whose values are accounts: a plain number is an account's id in these alone.
WHOSE = re.compile(
    r"(?:^|_)(?:users?|accounts?|callers?|customers?|members?|owners?|persons?|principals?|subjects?|sub|actors?"
    r"|e?mails?|logins?|authors?)(?:_?(?:id|name|uuid))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLabel:
    """A metric with a label that holds an account's id, address or token, and its value, shortened."""

    metric: str
    label: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLabels:
    """What the metrics name of a caller. `asked`: operations that somebody who signed in was answered at."""

    found: tuple[CallerLabel, ...] = ()
    asked: int = 0


def labels_of_callers(
    probe: Probe, contract: Contract, client: httpx.Client, database: Database, path: str | None
) -> CallerLabels:
    """Nothing is asked where there are no metrics, or where nobody can sign in."""
    if path is None:
        return CallerLabels()
    plain = [one.path for one in contract.operations if one.method == "GET" and "{" not in one.path][:MOST_ASKED]
    looks: list[Sequence[Series]] = []
    callers: list[tuple[Identity, int]] = []
    try:
        with answering():
            people = people_of(probe, requests_of(probe, contract), client, database)
            for _ in range(CALLERS):
                caller = people.one()
                asked = [client.get(path, headers=dict(caller.headers)) for path in plain]
                looks.append([(one.name, one.labels) for one in samples_of(client, path)])
                callers.append((caller, sum(answer.is_success for answer in asked)))
    except (NotThere, ProbeError):  # nobody can sign in, or not so many
        if not callers:
            return CallerLabels()
    found = [*naming(callers[0][0], looks[0]), *growing(looks)]
    return CallerLabels(
        found=tuple({(one.metric, one.label): one for one in reversed(found)}.values()), asked=callers[0][1]
    )


def growing(looks: Sequence[Sequence[Series]]) -> Iterator[CallerLabel]:
    """The labels that have a new value after each further caller, though all of them asked the same."""
    if len(looks) < CALLERS:
        return
    seen = [_values(look) for look in looks]
    for key in seen[-1]:
        before = [one.get(key, frozenset()) for one in seen]
        fresh = [after - earlier for earlier, after in pairwise(before)]
        if before[0] and all(fresh):
            example = min(fresh[-1])
            yield CallerLabel(
                metric=key[0], label=key[1], example=example if len(example) < LONG else f"{example[:4]}…"
            )


def _values(series: Sequence[Series]) -> Mapping[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for metric, labels in series:
        if not metric.endswith(DERIVED):
            for label, value in labels.items():
                found.setdefault((metric, label), set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def naming(caller: Identity, series: Iterable[Series]) -> Iterator[CallerLabel]:
    """The labels of the series that are this caller's own."""
    for metric, labels in series:
        if not metric.endswith(DERIVED):
            for label, value in labels.items():
                if names(caller, label, value):
                    shown = value if "@" in value or len(value) < LONG else f"{value[:4]}…"
                    yield CallerLabel(metric=metric, label=label, example=shown)


def names(caller: Identity, label: str, value: str) -> bool:
    """Is this value the caller's own, and no other caller's?"""
    known = {caller.email, str(caller.user_id), *map(str, caller.called.values())} - {"", "None", caller.role}
    if value in known:
        return len(value) >= LONG or WHOSE.search(label) is not None
    cookies = re.findall(r"=([^;]+)", caller.headers.get("Cookie", ""))
    return len(value) >= LONG and any(value in one for one in (caller.access_token, caller.refresh_token, *cookies))
