"""What do the samples in a text of metrics say? Prometheus' text format, and OpenMetrics with its exemplars."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from runner.reading.documents import NotReadable
from runner.said import say

TYPED = re.compile(r"^# TYPE \"?([^\s\"]+)\"? (\w+)", re.MULTILINE)
STATUS = ("status", "status_code", "code", "http_status", "http_response_status_code")  # labels, the usual first

LONGEST = 80  # characters of a line that are said


def samples_in(text: str) -> tuple[Sample, ...]:
    """Every sample, in order, called as the text calls it. Raises `NotReadable` for the first line that is none.

    The parser is given line after line: with a `# TYPE` before them it would call the samples of a counter anew, and
    it does not say which line it can't read. Lines end with a line feed alone: a label's value may hold other ends.
    """
    lines = enumerate(text.split("\n"), start=1)
    return tuple(sample for number, line in lines if line.strip()[:1] not in {"", "#"} for sample in _of(line, number))


def bound_of(sample: Sample) -> float | None:
    """The upper bound of a histogram's bucket; None for the endless one, and for what is no bucket."""
    try:
        bound = float(sample.labels.get("le", "inf"))
    except ValueError:
        return None
    return bound if math.isfinite(bound) else None


def _of(line: str, number: int) -> list[Sample]:
    try:
        return [sample for family in text_string_to_metric_families(line) for sample in family.samples]
    except (ValueError, IndexError) as error:
        raise NotReadable(say("`{line}` is no sample of a metric", line=line.strip()[:LONGEST]), number) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One family of Prometheus metrics. `name` is as its samples are called, without `_bucket`, `_sum` or `_count`."""

    name: str
    kind: str  # counter, gauge, histogram, summary
    labels: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()  # the values of its labels that tell how a request ended, as far as seen
    largest: float | None = None  # of a histogram: the upper bound of its last bucket but the endless one


def metrics_in(text: str) -> tuple[Metric, ...]:
    """The families of an exposition in Prometheus' text format, with the labels that their samples carry.

    Raises `NotReadable`.
    """
    samples = samples_in(text)
    return tuple(_metric(name, kind, samples) for name, kind in sorted(set(TYPED.findall(text))))


def _metric(name: str, kind: str, samples: Iterable[Sample]) -> Metric:
    called = {f"{one}{end}": one for one in (name, f"{name}_total") for end in ("", "_bucket", "_sum", "_count")}
    own = [one for one in samples if one.name in called]
    bounds = [bound for one in own if (bound := bound_of(one)) is not None]
    return Metric(
        name=called[own[0].name] if own else name,
        kind=kind,
        labels=tuple(sorted({label for one in own for label in one.labels} - {"le", "quantile"})),
        statuses=frozenset(one.labels[label] for one in own for label in set(STATUS) & set(one.labels)),
        largest=max(bounds, default=None),
    )
