"""The journeys that people make, in a real Chromium against the real server and real ledgers."""

import os
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, expect

from runner.discovery.target import Target, find_target
from runner.live.ports import free_port
from runner.model import Outcome
from runner.processes.process import exists
from tests.web.browsing import a_browser, a_server, find_chromium, need
from tests.web.ledgers import NASTY, a_run, finding, full_ledger, make_service, write
from tests.workflow.test_specify import SPEC
from workflow.ledger import RunState, open_ledger
from workflow.service import ledger_of
from workflow.settings import SAMPLE

pytestmark = pytest.mark.browser
SLOW = 90_000  # ms that a page may take on a busy machine
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    need(find_chromium(), "no Chromium is installed (Debian: apt install chromium)")
    with a_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Target:
    target = make_service(tmp_path_factory.mktemp("service"))
    (target.root / "spec.yaml").write_text(SPEC, encoding="utf-8")
    full_ledger(target).close()
    return target


@pytest.fixture(scope="module")
def address(service: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_server(service.root, tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile. Whatever is asked of another host, or alerts, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(SLOW)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(outside(request)))
    context.on("page", lambda page: page.on("dialog", lambda dialog: asked.append(dialog.message)))
    yield context
    context.close()
    assert not [one for one in asked if one], "nothing may leave the machine, no foreign script may run"


def outside(request: Request) -> str:
    own = request.url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
    return "" if own else request.url


def visit(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".stMain h1, [role=alert]", timeout=SLOW)
    return page


def settled(page: Page) -> None:
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=SLOW)


def test_the_way_leads_to_the_blocker_and_to_its_record(context: BrowserContext, address: str) -> None:
    page = visit(context, address)
    expect(page.locator(".stMain h1")).to_have_text("NO-GO")
    expect(page.locator(".stMain .stop")).to_have_count(7)
    expect(page).to_have_title("Overview · blog_api · gonogo")
    page.get_by_role("link", name="Open Database").last.click()
    expect(page.locator(".stMain h1").first).to_have_text("Database", timeout=SLOW)
    expect(page).to_have_url(f"{address}/db")
    expect(page).to_have_title("Database · blog_api · gonogo")
    expect(page.get_by_text("Every foreign key has a usable index").first).to_be_visible()
    page.get_by_role("link", name="ER diagram").last.click()
    expect(page).to_have_url(re.compile("/document.*doc=er-diagram.md"), timeout=SLOW)
    expect(page.get_by_role("cell", name="20,000").first).to_be_visible(timeout=SLOW)
    diagram = page.locator(".st-key-document [data-testid=stMermaidChart] img")
    expect(diagram).to_be_visible(timeout=SLOW)
    assert diagram.evaluate("image => image.complete && image.naturalWidth") > 100
    page.go_back()
    page.get_by_role("link", name=re.compile("The record of run")).click()
    expect(page.locator(".stMain h1").first).to_have_text("Run 3", timeout=SLOW)
    expect(page).to_have_url(f"{address}/run?run=3")


@pytest.mark.parametrize("pause", [100, 700])
def test_people_go_on_and_back_and_share_what_they_see(context: BrowserContext, address: str, pause: int) -> None:
    """Stage, stage, document, back, reload, share: the address is what is seen, however quickly one goes on."""
    page = visit(context, f"{address}/db")
    for path, title in (("security", "Security"), ("perf", "Performance")):
        page.get_by_role("link", name=title, exact=True).click()
        expect(page).to_have_url(f"{address}/{path}", timeout=SLOW)
        page.wait_for_timeout(pause)
    expect(page.locator(".stMain h1").first).to_have_text("Performance", timeout=SLOW)
    page.locator(".doc-link", has_text="Load").click()
    expect(page).to_have_url(re.compile("/document.*doc=load.json"))
    expect(page.locator(".stMain h1").first).to_have_text("Load", timeout=SLOW)
    page.wait_for_timeout(pause)
    seen = []
    for title in ("Performance", "Security", "Database"):
        page.go_back()
        expect(page.locator(".stMain h1").first).to_have_text(title, timeout=SLOW)
        page.wait_for_timeout(pause)
        seen.append(page.url.rpartition("/")[2])
    assert seen == ["perf", "security", "db"]
    page.reload()
    expect(page.locator(".stMain h1").first).to_have_text("Database", timeout=SLOW)
    shared = visit(context, f"{address}/db?check=DB004")
    expect(shared.locator(".strip")).to_be_visible(timeout=SLOW)


def test_the_way_is_gone_in_chinese(context: BrowserContext, address: str) -> None:
    """Stage, stage, document, back, reload: the language stays in the address, each page fits and is read by all."""
    page = visit(context, f"{address}/db?lang=zh-CN")
    expect(page.locator(".stMain h1").first).to_have_text("数据库", timeout=SLOW)
    page.get_by_role("link", name="安全", exact=True).click()
    expect(page).to_have_url(re.compile(f"{address}/security.*lang=zh-CN"), timeout=SLOW)
    expect(page.locator(".stMain h1").first).to_have_text("安全", timeout=SLOW)
    page.get_by_role("link", name="数据库", exact=True).click()
    expect(page.locator(".stMain h1").first).to_have_text("数据库", timeout=SLOW)
    wrong = reads_badly(page)
    page.locator(".doc-link", has_text="ER").first.click()
    expect(page).to_have_url(re.compile("/document.*lang=zh-CN"), timeout=SLOW)
    expect(page.get_by_role("cell", name="20,000").first).to_be_visible(timeout=SLOW)
    wrong += reads_badly(page)
    page.go_back()
    expect(page.locator(".stMain h1").first).to_have_text("数据库", timeout=SLOW)
    page.reload()
    expect(page.locator(".stMain h1").first).to_have_text("数据库", timeout=SLOW)
    assert not wrong


def test_a_link_in_a_page_leads_on_without_loading_everything_anew(context: BrowserContext, address: str) -> None:
    """The sidebar, a finding, a document, another language: each is a new address, and Back leads through all."""
    page = visit(context, f"{address}/db")
    page.wait_for_function("document.documentElement.dataset.links")
    page.evaluate("window.loaded = 'once'")
    page.locator(".finding-head a.id").first.click()
    expect(page).to_have_url(f"{address}/db?check=DB004", timeout=SLOW)
    expect(page.locator(".strip")).to_be_visible(timeout=SLOW)
    page.locator(".doc-link", has_text="Notes").click()
    expect(page.get_by_role("heading", name="A document")).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="简体中文").click()
    expect(page.get_by_role("link", name="数据库", exact=True)).to_be_visible(timeout=SLOW)
    page.get_by_role("link", name="安全", exact=True).click()
    expect(page.locator(".stMain h1").first).to_have_text("安全", timeout=SLOW)
    for ending in ("doc=notes.md&lang=zh-CN", "doc=notes.md", "/db?check=DB004", "/db"):
        settled(page)
        page.go_back()
        expect(page).to_have_url(re.compile(re.escape(ending) + "$"))
    expect(page.locator(".strip")).to_have_count(0, timeout=SLOW)
    assert page.evaluate("window.loaded") == "once"


def test_a_link_opens_a_tab_of_its_own_where_that_is_asked(context: BrowserContext, address: str) -> None:
    page = visit(context, f"{address}/db")
    page.wait_for_function("document.documentElement.dataset.links")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Security", exact=True).click(modifiers=["Control"])
    expect(opened.value).to_have_url(f"{address}/security")
    expect(page).to_have_url(f"{address}/db")


def test_on_a_telephone_the_sidebar_makes_way_for_the_page(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=NARROW)
    page = visit(context, f"{address}/db")
    page.wait_for_function("document.documentElement.dataset.links")
    page.locator("[data-testid=stExpandSidebarButton]").click()
    page.get_by_role("link", name="Security", exact=True).click()
    expect(page.locator(".stMain h1").first).to_have_text("Security", timeout=SLOW)
    expect(page.locator("[data-testid=stExpandSidebarButton]")).to_be_visible(timeout=SLOW)
    context.close()


def reads_badly(page: Page) -> list[object]:
    """What axe-core finds, and what is wider than a telephone."""
    settled(page)
    page.set_viewport_size(NARROW)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = list(page.evaluate(SERIOUS, {}))
    wide = page.evaluate("document.querySelector('.stMain').scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    return [*found, *([wide] if wide > NARROW["width"] else [])]


def test_texts_of_a_service_do_nothing(context: BrowserContext, address: str) -> None:
    page = visit(context, f"{address}/document?stage=db&doc=notes.md")
    expect(page.get_by_role("heading", name="A document")).to_be_visible()
    settled(page)
    assert page.locator(".stMain script").count() == 0
    assert page.locator(".stMain img").count() == 0
    assert page.locator('a[href^="javascript" i], a[href^="data" i]').count() == 0
    assert page.locator(".katex").count() == 0
    assert page.get_by_text('<script>alert("x")</script>').count() >= 1
    assert page.get_by_text(":red[r]").count() >= 1
    expect(page.locator(".document pre", has_text="@{ img:")).to_be_visible()
    assert page.evaluate("document.querySelector('.stMain').scrollWidth <= innerWidth")


def test_the_browser_itself_refuses_what_a_text_might_ask_for(browser: Browser, address: str) -> None:
    """Should a text ever get through: scripts, pictures and requests are refused by the policy of each answer."""
    page = visit(browser.new_context(), f"{address}/runs")
    refused = page.evaluate(
        """async () => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", one => seen.push(one.effectiveDirective));
            const add = (tag, more) => document.body.append(Object.assign(document.createElement(tag), more));
            add("img", {src: "http://example.invalid/pixel.png"});
            add("script", {textContent: "window.ran = true"});
            add("iframe", {src: "http://example.invalid/"});
            await fetch("http://example.invalid/").catch(() => 0);
            await new Promise(done => setTimeout(done, 300));
            return [...new Set(seen)].sort().concat(String(window.ran));
        }"""
    )
    assert refused == ["connect-src", "frame-src", "img-src", "script-src-elem", "undefined"]
    page.context.close()


def test_runs_are_filtered_in_the_address_and_open(context: BrowserContext, address: str) -> None:
    page = visit(context, f"{address}/runs")
    page.get_by_role("radio", name="Unfinished").or_(page.get_by_text("Unfinished", exact=True)).first.click()
    expect(page.locator(".stMain .run")).to_have_count(1, timeout=SLOW)
    assert "verdict=Unfinished" in page.url
    page.get_by_role("link", name="Open run 2").click()
    expect(page.locator(".stMain h1").first).to_have_text("Run 2", timeout=SLOW)


@pytest.mark.parametrize(("path", "said"), [("/stage?stage=nope", "No stage called"), ("/run?run=99", "No run 99")])
def test_a_wrong_address_is_a_sentence_with_the_way_back(
    context: BrowserContext, address: str, path: str, said: str
) -> None:
    page = visit(context, address + path)
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    page.get_by_role("link", name=re.compile("Back to")).click()
    expect(page.locator(".stMain h1").first).to_be_visible(timeout=SLOW)


def test_pages_fit_a_telephone_and_are_read_by_everybody(browser: Browser, address: str) -> None:
    """Nothing is wider than the screen, each text stands out from what is behind it, as WCAG asks (AA), and axe-core
    finds nothing serious in either theme."""
    context = browser.new_context(viewport=NARROW, color_scheme="light")
    wrong: list[tuple[object, ...]] = []
    for path in ALL:
        page = visit(context, address + path)
        settled(page)
        assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= NARROW["width"], path
        page.evaluate("document.querySelectorAll('.stMain details').forEach(one => one.open = true)")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for scheme, rules in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            expect(page.locator(".stApp")).to_have_css("color-scheme", scheme, timeout=SLOW)
            wrong += [(path, scheme, *one) for one in (*page.evaluate(FAINT), *page.evaluate(SERIOUS, rules))]
        page.close()
    context.close()
    assert not wrong


ALL = (
    *("/", "/db", "/db?check=DB004", "/runs", "/run?run=3", "/compare?run=3", "/trace", "/services", "/decisions"),
    *("/specification", "/specification?part=Quality+needs", "/specification?part=Questions", "/run?run=99"),
    *(
        "/document?stage=db&doc=notes.md",
        "/document?stage=db&doc=dictionary.csv",
        "/document?stage=db&doc=er-diagram.md",
    ),
    *("/document?stage=design&doc=openapi.json", "/document?stage=perf&doc=load.json"),
    "/document?stage=requirements&doc=spec.yaml",
)
AXE = files("axe_playwright_python") / "axe.min.js"
# what a theme changes is colours alone
SCHEMES: dict[Literal["light", "dark"], dict[str, object]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
# [rule, how grave, its element] of what axe-core finds
SERIOUS = """async options => (await axe.run({resultTypes: ["violations"], ...options})).violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .flatMap(one => one.nodes.map(node => [one.id, one.impact, node.html.slice(0, 200)]))"""
# [text, contrast] of what stands out too little: 4.5, or 3 for large letters. Layers that are clear are looked through.
FAINT = """() => {
    const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const rgba = colour => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
        return paint.getImageData(0, 0, 1, 1).data; };
    const light = c => { const [r, g, b] = [0, 1, 2].map(n => { const p = c[n] / 255;
        return p <= 0.03928 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = one => { for (; one; one = one.parentElement) {
        const c = rgba(getComputedStyle(one).backgroundColor); if (c[3] > 250) return c; } return [255, 255, 255]; };
    const hidden = one => { for (; one; one = one.parentElement)
        if (getComputedStyle(one).opacity === "0") return true; };
    const ours = one => !one.closest("svg, style, button:disabled, [class*=material]");
    const found = [], walk = document.createTreeWalker(document.querySelector(".stApp"), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode.textContent.trim(), at = walk.currentNode.parentElement;
        if (!text || !at.getClientRects().length || !ours(at) || hidden(at)) continue;
        const style = getComputedStyle(at), size = parseFloat(style.fontSize);
        const [ink, paper] = [light(rgba(style.color)), light(behind(at))];
        const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        const large = size >= 24 || (size >= 18.6 && style.fontWeight >= 700);
        if (contrast < (large ? 3 : 4.5)) found.push([text.slice(0, 40), contrast.toFixed(2), at.className]);
    }
    return found;
}"""


def test_services_of_one_ledger_can_be_switched(browser: Browser, tmp_path: Path) -> None:
    blog, shop = make_service(tmp_path, "blog_api"), make_service(tmp_path, "shop_api")
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    ledger = open_ledger(url)
    for target in (blog, shop):
        write(ledger, a_run(target, verdict="NO-GO"), ())
    ledger.close()
    with a_server(blog.root, tmp_path / "log", {"GONOGO_LEDGER": url}) as address:
        context = browser.new_context()
        page = visit(context, f"{address}/services")
        page.get_by_role("link", name="shop_api", exact=True).click()
        expect(page.locator(".stMain .eyebrow").first).to_contain_text("shop_api", timeout=SLOW)
        page.reload()
        expect(page.locator(".stMain .eyebrow").first).to_contain_text("shop_api", timeout=SLOW)
        page.get_by_role("link", name="Runs", exact=True).click()
        expect(page.locator(".stMain .eyebrow").first).to_contain_text("shop_api", timeout=SLOW)
        assert "service=" in page.url
        visit(context, f"{address}/?service=/etc")
        context.close()


def test_a_run_started_here_is_seen_everywhere_and_can_be_cancelled(
    context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need((SAMPLE / ".venv/bin/python").exists(), "the bundled service has no environment yet: ./inv setup")
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with a_server(SAMPLE, tmp_path / "log", {"GONOGO_LEDGER": url}) as address:
        first = visit(context, address)
        expect(first.locator(".stMain h1")).to_have_text("No run yet")
        first.get_by_role("button", name="Run the pipeline").click()
        expect(first.locator(".live-head")).to_contain_text("Run 1", timeout=SLOW)
        second = visit(context, address)  # another tab shows the same, and so does a refresh
        expect(second.locator(".live-head")).to_contain_text("invoke pipeline", timeout=SLOW)
        first.reload()
        expect(first.locator(".live-head")).to_contain_text("Run 1", timeout=SLOW)
        monkeypatch.setenv("GONOGO_LEDGER", url)
        ledger, root = ledger_of(find_target(SAMPLE)), str(find_target(SAMPLE).root)
        until(lambda: bool(ledger.run(1).notes), "its first note")
        assert ledger.run(1).state is RunState.RUNNING
        pid = ledger.run(1).pid
        second.get_by_role("button", name="Cancel").click()
        expect(first.get_by_text("Run 1 was cancelled.")).to_be_visible(timeout=60_000)
        expect(second.get_by_text("Run 1 was cancelled.")).to_be_visible(timeout=SLOW)
        until(lambda: not exists(pid), "the end of its process")

        page = visit(context, f"{address}/requirements")
        page.get_by_role("button", name="Prove this stage").click()
        until(lambda: len(ledger.runs(root)) == 2, "a second run")
        page.close()  # the run goes on without its tab
        until(lambda: ledger.run(2).state is RunState.FINISHED, "the end of the second run")
        expect(first.locator(".stMain h1")).not_to_have_text("No run yet", timeout=SLOW)
        until(lambda: not exists(ledger.run(2).pid), "the end of its process")
        ledger.close()


@pytest.mark.parametrize("times", [1, 50], ids=["once", "fifty times"])
def test_refreshed_and_restarted_in_mid_run_nothing_is_lost(
    context: BrowserContext, tmp_path: Path, times: int
) -> None:
    """The run goes on without the server, and what is typed and not yet written is there when the server is back."""
    target = make_service(tmp_path)
    (target.root / "spec.yaml").write_text(SPEC, encoding="utf-8")
    ledger, port = ledger_of(target), free_port()
    id = write(ledger, a_run(target, state=RunState.RUNNING, pid=os.getpid(), started=datetime.now(UTC)), ())
    with a_server(target.root, tmp_path / "log", port=port) as address:
        form, other = visit(context, f"{address}/specification"), visit(context, address)
        form.get_by_label("Title").fill("Fill it quickly")
        expect(form.locator(".diff")).to_contain_text("Fill it quickly", timeout=SLOW)
    for turn in range(times):
        ledger.add_finding(id, finding(f"DB{turn:03}", "database", "3.3", Outcome.FAILED, f"seen in turn {turn}"))
        with a_server(target.root, tmp_path / f"log-{turn}", port=port) as address:
            expect(form.get_by_label("Title")).to_have_value("Fill it quickly")
            expect(form.locator("[data-testid=stConnectionStatus]")).to_have_count(0, timeout=SLOW)
            expect(form.locator(".diff")).to_contain_text("Fill it quickly", timeout=SLOW)
            other.reload()
            expect(other.locator(".live-head")).to_contain_text(f"Run {id}", timeout=SLOW)
            expect(other.locator(".latest")).to_contain_text(f"seen in turn {turn}", timeout=SLOW)
    assert len(ledger.run(id).findings) == times
    assert len(ledger.runs(str(target.root))) == 1
    ledger.close()


def test_what_is_typed_outlives_reload_and_restart_until_it_is_written(
    context: BrowserContext, browser: Browser, tmp_path: Path
) -> None:
    """Typed and not sent, in a form and in a field; nobody else on the same server has it."""
    target, port = make_service(tmp_path), free_port()
    (target.root / "spec.yaml").write_text(SPEC, encoding="utf-8")
    full_ledger(target).close()
    with a_server(target.root, tmp_path / "log", port=port) as address:
        page = visit(context, f"{address}/db?check=DB004")
        page.get_by_text("Decisions (").click()
        page.get_by_label("Comment").first.fill("The first words")
        page.wait_for_function(f"{KEPT}.includes('The first words')")
        page.get_by_label("Comment").first.fill(NASTY)
        page.reload()
        expect(page.get_by_label("Comment").first).to_have_value(NASTY, timeout=SLOW)
        expect(page.get_by_text("What you had typed here").first).to_be_visible(timeout=SLOW)
        nobody_else_has_it(browser, f"{address}/db?check=DB004")
        page.goto(f"{address}/specification")
        page.get_by_label("Title").fill("Fill it quickly")
        page.wait_for_function(f"{KEPT}.includes('Fill it quickly')")
    with a_server(target.root, tmp_path / "log-2", port=port) as address:
        page.reload()
        expect(page.get_by_label("Title")).to_have_value("Fill it quickly", timeout=SLOW)
        page.get_by_role("button", name="Write it to").click()
        expect(page.get_by_text("Written to")).to_be_visible(timeout=SLOW)
        page.wait_for_function(f"!{KEPT}.includes('Fill it quickly')")
        a_dropped_one_is_gone(page, f"{address}/db?check=DB004")
        assert "Traceback" not in (tmp_path / "log-2").read_text(encoding="utf-8")


KEPT = "JSON.stringify({...sessionStorage, ...localStorage})"


def nobody_else_has_it(browser: Browser, url: str) -> None:
    other = browser.new_context()
    page = visit(other, url)
    settled(page)
    expect(page.get_by_label("Comment").first).to_have_value("", timeout=SLOW)
    assert "gonogo-draft" not in page.evaluate(KEPT)
    other.close()


def a_dropped_one_is_gone(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_label("Comment").first).to_have_value(NASTY, timeout=SLOW)
    page.get_by_role("button", name="Drop the draft").click()
    page.wait_for_function(f"!{KEPT}.includes('gonogo-draft')")
    page.reload()
    settled(page)
    expect(page.get_by_label("Comment").first).to_have_value("", timeout=SLOW)


def until(done: Callable[[], bool], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.2)
