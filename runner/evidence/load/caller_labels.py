"""Do the metrics name who called? Somebody signs in, asks, and is looked for among the values of the labels."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx

from runner.errors import NotThere, ProbeError
from runner.evidence.accounts.visit import answering, people_of, requests_of
from runner.evidence.contract.contract import Contract
from runner.evidence.load.metrics_seen import samples_of
from runner.http.identities import Identity
from runner.postgres.database import Database
from runner.probe import Probe

MOST_ASKED = 5
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
    try:
        with answering():
            caller = people_of(probe, requests_of(probe, contract), client, database).one()
            plain = [one.path for one in contract.operations if one.method == "GET" and "{" not in one.path]
            asked = [client.get(path, headers=dict(caller.headers)) for path in plain[:MOST_ASKED]]
    except (NotThere, ProbeError):
        return CallerLabels()
    series = [(one.name, one.labels) for one in samples_of(client, path)]
    return CallerLabels(
        found=tuple(dict.fromkeys(naming(caller, series))), asked=sum(answer.is_success for answer in asked)
    )


def naming(caller: Identity, series: Iterable[tuple[str, dict[str, str]]]) -> Iterator[CallerLabel]:
    """The labels of the series that are this caller's own."""
    for metric, labels in series:
        if not metric.endswith(("_bucket", "_created", "_sum")):
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
