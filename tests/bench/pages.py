"""Are the pages quick with a big ledger, and does the web server stay small? 100 services with 100 runs each."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from runner.discovery.target import Target
from stages.catalogue import BUILT_IN
from tests.bench.figures import Figure, percentile, spread
from tests.bench.memory import serving, settle
from tests.web.browsing import a_browser, a_server, find_chromium
from tests.web.desks import RecordingDesk, open_page
from tests.web.ledgers import DOCUMENTS, a_run, everything, make_service, multiply, write
from workflow.service import ledger_of
from workflow.web.desk import desk_of

SERVICES = RUNS = 100
RERUNS = 20  # of each page
SESSIONS = 5
PAGES: tuple[tuple[str, dict[str, str]], ...] = (("way", {}), ("db", {}), ("runs", {}))
ADDRESSES = ("/", "/db", "/runs", "/perf", "/")


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="gonogo-bench-") as folder:
        target = big(Path(folder))
        yield reruns(target)
        yield from web_memory(target.root, Path(folder))


def big(folder: Path) -> Target:
    """A service whose ledger holds many others."""
    target = make_service(folder)
    ledger = ledger_of(target)
    write(ledger, a_run(target), everything()[:9])
    multiply(target.root / ".gonogo/ledger.db", services=SERVICES, runs=RUNS)
    write(ledger, a_run(target), everything(), DOCUMENTS)
    return target


def reruns(target: Target) -> Figure:
    desk = RecordingDesk(desk_of(target, ledger_of(target), BUILT_IN))
    times = []
    for page, choices in PAGES:
        test = open_page(desk, page, **choices)
        for _ in range(RERUNS):
            began = time.perf_counter()
            test.run()
            times.append((time.perf_counter() - began) * 1000)
            assert not test.exception
    return Figure(
        name=f"a page's rerun with {SERVICES} services × {RUNS} runs, 95th percentile",
        value=percentile(times, 0.95),
        unit="ms",
        aim=200,
        note=spread(times, "ms"),
    )


def web_memory(root: Path, desk: Path) -> Iterator[Figure]:
    if not find_chromium():
        return  # the table then says nothing of it, and nothing is claimed
    with ExitStack() as stack:
        address = stack.enter_context(a_server(root, desk / "log"))
        browser = stack.enter_context(a_browser(desk))
        for path in ADDRESSES[:SESSIONS]:
            page = browser.new_context().new_page()
            page.goto(address + path)
            page.locator(".stMain").first.wait_for(timeout=90_000)
            page.wait_for_timeout(2_000)
        mib = settle(serving(int(address.rsplit(":", 1)[1])), 2)
    yield Figure(name=f"web server with {SESSIONS} sessions, memory", value=mib, unit="MiB", aim=400)
