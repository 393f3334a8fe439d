"""Are the pages quick with a big ledger, and does the web server stay small?

200 services with 200 runs each, and a newest run with 10,000 findings; then twenty people at once on PostgreSQL.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Browser, Page

from runner.discovery.target import Target
from runner.live.workshop import Workshop
from runner.model import Finding, Outcome
from stages.catalogue import BUILT_IN
from tests.bench.figures import Figure, percentile, spread
from tests.bench.memory import serving, settle
from tests.web.browsing import a_browser, a_server, find_chromium
from tests.web.gateways import RecordingGateway, open_page
from tests.web.ledgers import DOCUMENTS, a_run, calm, everything, finding, make_service, multiply, write
from workflow.ledger import StageResult, open_ledger
from workflow.ledger.identity import OWN
from workflow.service import ledger_of
from workflow.web.gateway import gateway_of

SERVICES = RUNS = 200
FINDINGS = 10_000
RERUNS = 10  # of each page
ROUNDS = 6  # of clicks through all pages
SESSIONS = 5
PEOPLE = 20
THINK = 4_000  # ms that each of them looks at a page
PAGES: tuple[tuple[str, dict[str, str]], ...] = (
    *(("way", {}), ("db", {}), ("runs", {}), ("services", {}), ("decisions", {}), ("trace", {})),
    ("run", {}),
)
# what is clicked in the sidebar, and the title that is then read
CLICKS = (
    *(("Database", "Database"), ("Runs", "Runs"), ("Security", "Security"), ("All 201 services", "Services")),
    *(("Trace", "Trace"), ("Decisions", "Decisions"), ("Overview", None)),
)
# From the click until the page is drawn: its title is there, its script has ended, nothing of the last page is left.
DRAWN = """([link, title]) => new Promise(done => {
    const wanted = [...document.querySelectorAll(".stSidebar a")].find(one => one.innerText.trim() === link);
    const app = document.querySelector("[data-testid=stApp]"), before = document.querySelector(".stMain h1");
    const began = performance.now();
    let ran = false;
    wanted.click();
    const look = () => {
        const still = app.getAttribute("data-test-script-state") === "notRunning";
        ran = ran || !still;
        const head = document.querySelector(".stMain h1");
        const there = head && (title ? head.innerText.trim() === title : head !== before || ran);
        const old = document.querySelector(".stMain [data-stale=true]");
        if (there && still && ran && !old) requestAnimationFrame(() => done(performance.now() - began));
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="gonogo-bench-") as folder:
        target = big(Path(folder))
        yield reruns(target)
        if find_chromium():  # else the table says nothing of it, and nothing is claimed
            yield from in_a_browser(target.root, Path(folder))
            yield from together(Path(folder))


def big(folder: Path, services: int = SERVICES, runs: int = RUNS, findings: int = FINDINGS) -> Target:
    """A service whose ledger holds many others, and whose newest run found very much."""
    target = make_service(folder)
    ledger = ledger_of(target)
    write(ledger, a_run(target), everything()[:9])
    multiply(target.root / ".gonogo/ledger.db", services=services, runs=runs)
    found = (*everything(), *much(findings))
    results = tuple(StageResult(slug=stage.slug, verdict="NO-GO", seconds=2.3) for stage in BUILT_IN.stages)
    run = replace(a_run(target, verdict="NO-GO", key=OWN), ended=a_run(target).started, findings=found, results=results)
    ledger.take(run, DOCUMENTS, "bench")
    ledger.close()
    return target


def much(count: int) -> tuple[Finding, ...]:
    """So many findings over all stages; one of fifty blocks."""
    each = count // len(BUILT_IN.stages)
    return tuple(
        one if number % 50 else finding(one.check, one.stage, one.step, Outcome.FAILED, "is not as it shall be")
        for place, stage in BUILT_IN.numbered()
        for number, one in enumerate(calm(stage.slug, stage.steps[0].id, f"X{place}-", each), 1)
    )


def reruns(target: Target) -> Figure:
    gateway = RecordingGateway(gateway_of(target, ledger_of(target), BUILT_IN))
    times: dict[str, list[float]] = {}
    for page, choices in PAGES:
        test = open_page(gateway, page, **choices)
        for _ in range(RERUNS):
            began = time.perf_counter()
            test.run()
            times.setdefault(page, []).append((time.perf_counter() - began) * 1000)
            assert not test.exception
    every = [one for some in times.values() for one in some]
    return Figure(
        name=f"a page's rerun with {SERVICES} services × {RUNS} runs, {FINDINGS:,} findings, 95th percentile",
        value=percentile(every, 0.95),
        unit="ms",
        aim=200,
        note=", ".join(f"{page} {percentile(some, 0.5):.0f}" for page, some in times.items()) + " ms (median of each)",
    )


def in_a_browser(root: Path, gateway: Path) -> Iterator[Figure]:
    with ExitStack() as stack:
        address = stack.enter_context(a_server(root, gateway / "log"))
        browser = stack.enter_context(a_browser(gateway))
        server = serving(int(address.rsplit(":", 1)[1]))
        page = opened(browser, address)
        one = settle(server, 2)
        times = {link: [clicked(page, link, title) for _ in range(1)] for link, title in CLICKS}  # each page once, cold
        for _ in range(ROUNDS):
            for link, title in CLICKS:
                times[link].append(clicked(page, link, title))
        warm = [value for some in times.values() for value in some[1:]]
        yield Figure(
            name=f"click to drawn in Chromium with {SERVICES} services × {RUNS} runs, 95th percentile",
            value=percentile(warm, 0.95),
            unit="ms",
            aim=300,
            note=told(times),
        )
        for _ in range(SESSIONS - 1):
            opened(browser, address)
        every = settle(server, 2)
    yield Figure(name=f"web server with {SESSIONS} sessions, memory", value=every, unit="MiB", aim=400)
    yield Figure(
        name="each further session, memory", value=max(0.0, (every - one) / (SESSIONS - 1)), unit="MiB", aim=30
    )


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(address)
    page.locator(".stMain h1").first.wait_for(timeout=90_000)
    page.wait_for_function("document.documentElement.dataset.links")
    page.wait_for_timeout(1_000)
    return page


def clicked(page: Page, link: str, title: str | None) -> float:
    """Milliseconds from a click in the sidebar until its page is drawn."""
    value: float = page.evaluate(DRAWN, [link, title])
    return value


def told(times: dict[str, list[float]]) -> str:
    cores = os.cpu_count() or 1
    parts = ", ".join(f"{link} {percentile(some, 0.5):.0f}" for link, some in times.items())
    return f"{parts} ms (median of each); {os.getloadavg()[0]:.1f} processes wanted {cores} cores meanwhile"


def together(folder: Path) -> Iterator[Figure]:
    """Twenty people with a browser each, on one server and a ledger in PostgreSQL."""
    with ExitStack() as stack:
        workshop = stack.enter_context(Workshop())
        dsn = workshop.new_database().dsn
        target = make_service(folder, "shop_api")
        ledger = open_ledger(dsn)
        for _ in range(3):
            write(ledger, a_run(target, verdict="NO-GO"), everything(), DOCUMENTS)
        ledger.close()
        address = stack.enter_context(a_server(target.root, folder / "log-20", {"GONOGO_LEDGER": dsn}))
        browser = stack.enter_context(a_browser(folder / "twenty"))
        pages = [opened(browser, address) for _ in range(PEOPLE)]
        times: list[float] = []
        for link, title in (("Database", "Database"), ("Runs", "Runs"), ("Security", "Security")):
            for number, page in enumerate(pages):
                page.evaluate(LATER, [link, title, DRAWN, number * THINK / PEOPLE])
            times += [page.evaluate("window.drawn") for page in pages]
    yield Figure(
        name=f"click to drawn, {PEOPLE} people on PostgreSQL who click every {THINK / 1000:g} s, 95th percentile",
        value=percentile(times, 0.95),
        unit="ms",
        aim=1000,
        note=spread(times, "ms"),
    )


# the same, begun a while later, so that all wait side by side
LATER = """([link, title, drawn, pause]) => {
    window.drawn = new Promise(done => setTimeout(done, pause)).then(() => eval(drawn)([link, title]));
}"""
