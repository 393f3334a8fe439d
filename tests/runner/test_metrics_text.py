"""Are the samples in a text of metrics read as Prometheus reads them?"""

import re

import pytest

from runner.reading.documents import NotReadable
from runner.reading.metrics_text import bound_of, samples_in


@pytest.mark.parametrize(
    ("line", "name", "labels", "value"),
    [
        ("up 1", "up", {}, 1),
        ("up{} 1", "up", {}, 1),
        ('a_total{p="/"} 7 1395066363000', "a_total", {"p": "/"}, 7),  # with a timestamp
        ('a_bucket{le="1"} 3 # {trace_id="x"} 0.5 1.6e9', "a_bucket", {"le": "1"}, 3),  # with an exemplar
        ('a_total 3 # {trace_id="x"} 0.5', "a_total", {}, 3),
        (r'a{p="x\"} y\n{\\"} 1', "a", {"p": 'x"} y\n{\\'}, 1),  # escapes and brackets in a value
        ('a { p = "/" , } 1', "a", {"p": "/"}, 1),
        ('a{p="x\u2028y"} 1', "a", {"p": "x\u2028y"}, 1),  # a line of Unicode does not end a line
        ('{"a.b",p="/"} 1', "a.b", {"p": "/"}, 1),  # a name of Prometheus 3
        ("a\t+Inf\r", "a", {}, float("inf")),
    ],
)
def test_a_sample_is_read(line: str, name: str, labels: dict[str, str], value: float) -> None:
    (sample,) = samples_in(f"# HELP {name} x\n# TYPE {name} counter\n\n{line}\n# EOF\n")
    assert (sample.name, sample.labels, sample.value) == (name, labels, value)


@pytest.mark.parametrize("line", ['a{p="/" 1', "a one", "<html>", "a", 'a{p="1"', "{} 1", 'a{p="x} 1'])
def test_what_is_no_sample_is_named_with_its_line(line: str) -> None:
    with pytest.raises(NotReadable, match=rf"line 2: `{re.escape(line)}` is no sample"):
        samples_in(f"up 1\n{line}\n")


def test_the_bounds_of_buckets_are_numbers() -> None:
    text = 'a_bucket{le="0.5"} 1\na_bucket{le="+Inf"} 1\na_bucket{le="?"} 1\na_count 1\n'
    assert [bound_of(one) for one in samples_in(text)] == [0.5, None, None, None]
