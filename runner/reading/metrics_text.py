"""What do the samples in a text of metrics say? Prometheus' text format, and OpenMetrics with its exemplars."""

import math

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from runner.reading.documents import NotReadable

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
        raise NotReadable(f"`{line.strip()[:LONGEST]}` is no sample of a metric", number) from error
