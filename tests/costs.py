"""Which tests use the processors most? Told at the end of a run of several workers, as pytest tells which last longest.

A test's seconds of processor time are those of its worker meanwhile, and of the processes that ended in it: who serves
several tests is counted where it ends.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

PROPERTY = "processor seconds"
SHOWN = 20  # of files, and of tests


def used() -> float:
    """Seconds of processor time that this process and its ended children have used."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    item.stash[BEGAN] = used()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    if call.when == "teardown":
        item.user_properties.append((PROPERTY, round(used() - item.stash[BEGAN], 2)))
    return (yield)


BEGAN = pytest.StashKey[float]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not config.getoption("numprocesses", None):
        return
    tests: Counter[str] = Counter()
    for report in terminalreporter.getreports(""):
        tests[report.nodeid] += sum(value for name, value in report.user_properties if name == PROPERTY)
    files: Counter[str] = Counter()
    for name, seconds in tests.items():
        files[name.partition("::")[0]] += seconds
    terminalreporter.section(f"processor time: {tests.total():.0f} s")
    for name, seconds in [*files.most_common(SHOWN), *tests.most_common(SHOWN)]:
        terminalreporter.write_line(f"{seconds:7.1f} s  {name}")
