"""Are there metrics, do they count, and do they stay bounded whatever clients send? Asked of the running service."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.samples import Sample

from runner.discovery.code_files import python_files
from runner.errors import ProbeError
from runner.evidence.contract.contract import Operation
from runner.reading.documents import NotReadable
from runner.reading.metrics_text import samples_in
from runner.said import say
from runner.vocabulary.health import METRICS_PATHS, is_prometheus

STRANGE = 30  # different ids and unknown paths


MARK = "gonogo-unknown-"


FIRST_ID = 918_270_000


MOST_COUNTED = 4  # times that a request may be counted: where it comes in, by its route, by its handler


ABOUT_REQUESTS = re.compile(r"request|http|response")


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A metric that has more series after strange traffic, with a label that took values from it."""

    metric: str
    label: str
    before: int
    after: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Do the metrics count? Requests that were sent, and how many of them a metric of requests has counted."""

    sent: int = 0
    counted: int = 0
    idle: int = 0  # what the same metric counted while nothing was sent


def port_of_metrics(root: Path) -> str:
    """Where the code starts a server for its metrics beside the app; empty when it does not."""
    for path in python_files(root):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "prometheus" not in text:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if re.search(r"\bstart_(http|wsgi)_server\(", line):
                return f"{path.relative_to(root).as_posix()}:{number}"
    return ""


def status_of(client: httpx.Client, path: str) -> int:
    """0: no answer in time."""
    try:
        return client.get(path).status_code
    except httpx.HTTPError:
        return 0


def find_metrics(client: httpx.Client, named: str | None, usual: Sequence[str] = METRICS_PATHS) -> str | None:
    """The path that answers in Prometheus' text format. Raises `ProbeError` when the named one does not."""
    for path in (named,) if named else usual:
        if is_prometheus(_text(client, path)):
            return path
    if named:
        raise ProbeError(say("GET {named} (gonogo.toml, [health] metrics) answered no Prometheus metrics", named=named))
    return None


def _text(client: httpx.Client, path: str) -> str:
    try:
        response = client.get(path)
    except httpx.HTTPError:
        return ""
    return response.text if response.is_success else ""


Series = dict[str, set[tuple[tuple[str, str], ...]]]


def series_in(samples: Iterable[Sample]) -> Series:
    """Metric → its label sets."""
    found: Series = {}
    for sample in samples:
        found.setdefault(sample.name, set()).add(tuple(sorted(sample.labels.items())))
    return found


def samples_of(client: httpx.Client, path: str) -> tuple[Sample, ...]:
    """Raises `ProbeError` for a text that Prometheus could not read either."""
    try:
        return samples_in(_text(client, path))
    except NotReadable as problem:
        raise ProbeError(
            say("GET {path} answers metrics that can't be read: {problem}", path=path, problem=problem)
        ) from problem


def watch_metrics(
    client: httpx.Client, path: str | None, operations: tuple[Operation, ...]
) -> tuple[tuple[Growth, ...], int, tuple[str, ...], tuple[str, ...], Counting]:
    """Send requests that differ in ids, in unknown paths and in odd methods; see which metrics grow with them."""
    if path is None:
        return (), 0, (), (), Counting()
    templates = strange_templates(operations)
    _send_strange(client, templates, range(2))
    resting = samples_of(client, path)
    before = samples_of(client, path)
    sent = _send_strange(client, templates, range(2, STRANGE)) + _send_plain(client, operations)
    after = samples_of(client, path)
    known = series_in(after)
    grew = tuple(grown(series_in(before), known))
    families = tuple(sorted(name for name in known if ABOUT_REQUESTS.search(name) and "bucket" not in name))
    counting = counted(resting, before, after, sent)
    return grew, sum(map(len, known.values())), families, templates, counting


def counted(resting: Iterable[Sample], before: Iterable[Sample], after: Iterable[Sample], sent: int) -> Counting:
    """By the metric of requests that counted most of what was sent, and least of nothing."""
    first, second, third = totals(resting), totals(before), totals(after)
    found = [Counting(sent=sent)]
    for name, total in third.items():
        grew, idle = total - second.get(name, 0.0), second.get(name, 0.0) - first.get(name, 0.0)
        if 0 <= grew <= MOST_COUNTED * sent:  # what grows by more counts something else: bytes, or the time
            found.append(Counting(sent=sent, counted=min(int(grew), sent), idle=int(max(0, idle))))
    return max(found, key=lambda one: one.counted - one.idle)


def totals(samples: Iterable[Sample]) -> dict[str, float]:
    """Metric of requests → the sum of its series. Buckets and times are none: they don't count requests."""
    found: dict[str, float] = {}
    for sample in samples:
        if ABOUT_REQUESTS.search(sample.name) and not sample.name.endswith(("_bucket", "_sum", "_created")):
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def _send_plain(client: httpx.Client, operations: tuple[Operation, ...]) -> int:
    """Requests to routes that exist, for those who count no others."""
    paths = [one.path for one in operations if one.method == "GET" and "{" not in one.path][:3]
    return sum(status_of(client, path) > 0 for path in paths for _ in range(STRANGE))


def strange_templates(operations: tuple[Operation, ...]) -> tuple[str, ...]:
    """Up to three paths with an id in them, and one that does not exist."""
    paths = [one.path for one in operations if one.method == "GET" and "{" in one.path]
    return (*paths[:3], f"/{MARK}{{n}}")


def _send_strange(client: httpx.Client, templates: tuple[str, ...], numbers: range) -> int:
    """How many requests were answered."""
    answered = 0
    for number in numbers:
        for template in templates:
            path = re.sub(r"\{[^}]*\}", str(FIRST_ID + number), template)
            answered += status_of(client, f"{path}?q={FIRST_ID + number}") > 0
        odd = client.build_request(f"ODD{number}", f"/{MARK}{FIRST_ID}", headers={"User-Agent": f"{MARK}{number}"})
        with suppress(httpx.HTTPError):
            client.send(odd)
            answered += 1
    return answered


def grown(before: Series, after: Series) -> Iterator[Growth]:
    """Metrics whose number of series followed the strange traffic, each once, by the label that did it."""
    for metric in sorted(after):
        if (
            metric.endswith(("_bucket", "_created", "_sum"))
            and re.sub(r"_(bucket|created|sum)$", "_count", metric) in after
        ):
            continue
        old, new = before.get(metric, set()), after[metric]
        if len(new) - len(old) < STRANGE // 3:
            continue
        values: dict[str, set[str]] = {}
        for labels in new - old:
            for name, value in labels:
                values.setdefault(name, set()).add(value)
        label = max(values, key=lambda name: len(values[name]), default="")
        yield Growth(
            metric=metric,
            label=label,
            before=len(old),
            after=len(new),
            example=sorted(values.get(label, {""}))[0],
        )
