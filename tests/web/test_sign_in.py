"""Who signs in at a provider may what gonogo.toml's roles allow, and nobody else sees anything: in a real Chromium."""

import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runner.discovery.target import Target, find_target
from runner.live.ports import accepts, free_port, wait_until
from runner.processes.process import Background, quick
from tests.web.browsing import a_browser, a_server, find_chromium, need
from tests.web.ledgers import full_ledger, make_service
from workflow.service import Kind, ledger_of
from workflow.web.launch import Served

pytestmark = pytest.mark.browser
SLOW = 90_000  # ms
PEOPLE = {"ada": "lead", "bo": "developer", "eve": "viewer", "zoe": ""}
TOKEN = "what lets runs in that CI sends"
SECRETS = """[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "{cookie}"
client_id = "gonogo"
client_secret = "known to both"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture
def service(tmp_path: Path) -> Target:
    target = make_service(tmp_path)
    quick(["git", "init", "-q"], cwd=target.root)
    for key, value in (("user.name", "Root"), ("user.email", "ada@example.org")):  # whoever owns the server's folder
        quick(["git", "config", key, value], cwd=target.root)
    roles = "".join(f'"{who}@example.org" = "{role}"\n' for who, role in PEOPLE.items() if role)
    (target.root / "gonogo.toml").write_text(f"[people]\n{roles}", encoding="utf-8")
    target = find_target(target.root)
    full_ledger(target).close()
    return target


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    argv = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    for who in PEOPLE:
        claims = {"sub": who, "email": f"{who}@example.org", "name": who.capitalize(), "email_verified": True}
        argv += ["--user-claims", json.dumps(claims)]
    process = Background(argv, cwd=tmp_path, env=os.environ, log=tmp_path / "provider.log")
    wait_until(lambda: accepts(port), process, what="The provider", seconds=60)
    yield f"http://127.0.0.1:{port}"
    process.stop()


@pytest.fixture
def address(service: Target, provider: str, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    served = Served(bind="127.0.0.1", port=port, url="", base_path="team")
    folder = tmp_path / "server"
    (folder / ".streamlit").mkdir(parents=True)
    told = {"address": f"http://127.0.0.1:{port}/team", "cookie": secrets.token_hex(), "provider": provider}
    (folder / ".streamlit/secrets.toml").write_text(SECRETS.format(**told), encoding="utf-8")
    with a_server(service.root, folder / "log", {"GONOGO_REPORT_TOKEN": TOKEN}, served) as address:
        yield address


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    need(find_chromium(), "no Chromium is installed (Debian: apt install chromium)")
    with a_browser(tmp_path / "profile") as browser:
        yield browser


def stranger(browser: Browser, address: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context()
    context.set_default_timeout(SLOW)
    page = context.new_page()
    page.goto(f"{address}/db?check=DB004")
    expect(page.get_by_text("Sign in to see your team's services.")).to_be_visible(timeout=SLOW)
    return context, page


def signed_in(browser: Browser, address: str, who: str) -> Page:
    _, page = stranger(browser, address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=who, exact=True).click()
    expect(page.get_by_role("heading", level=1).first).not_to_have_text("gonogo", timeout=SLOW)
    page.goto(f"{address}/db?check=DB004")
    page.get_by_text("Decisions (").click()
    return page


def comment(page: Page, text: str) -> None:
    page.get_by_label("Comment").first.fill(text)
    page.get_by_role("button", name="Comment").click()


def test_who_signs_in_may_what_the_role_allows(browser: Browser, address: str, service: Target) -> None:
    context, page = stranger(browser, address)
    assert service.name not in page.content()
    context.add_cookies([{"name": "_streamlit_user", "value": '{"email": "ada@example.org"}', "url": address}])
    page.reload()  # a session that somebody wrote by hand is none
    expect(page.get_by_text("Sign in to see your team's services.")).to_be_visible(timeout=SLOW)
    before = (service.root / "gonogo.toml").read_bytes()

    for who in ("eve", "zoe"):
        page = signed_in(browser, address, who)
        expect(page.get_by_text(f"{who}@example.org>, viewer (sign-in)").first).to_be_visible(timeout=SLOW)
        comment(page, "I would like to")  # the page draws the form for everybody: this is a forged event
        expect(page.get_by_role("alert")).to_contain_text("is a viewer", timeout=SLOW)
    page = signed_in(browser, address, "bo")
    comment(page, "I look at it")
    expect(page.get_by_text("commented: DB004").first).to_be_attached(timeout=SLOW)
    page.get_by_text("Decisions (").click()
    page.get_by_role("button", name="Approve its waiver").click()
    expect(page.get_by_role("alert")).to_contain_text("takes a lead", timeout=SLOW)
    page = signed_in(browser, address, "ada")
    page.get_by_role("button", name="Approve its waiver").click()
    expect(page.get_by_role("alert")).to_contain_text("No waiver of DB004 waits for approval", timeout=SLOW)

    decided = ledger_of(service).decisions(str(service.root))
    assert [(one.kind, one.email) for one in decided] == [(Kind.COMMENT.value, "bo@example.org")]
    assert (service.root / "gonogo.toml").read_bytes() == before
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
    assert httpx.post(f"{address}/api/runs", headers={"Authorization": "Bearer another"}).status_code == 401
    sent = httpx.post(f"{address}/api/runs", headers={"Authorization": f"Bearer {TOKEN}"})
    assert "not packed with gzip" in sent.json()["error"] or "its end is missing" in sent.json()["error"]
