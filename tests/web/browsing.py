"""A real Chromium and the real server, for tests and for the pictures in the documentation."""

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from runner.live.ports import free_port, wait_until
from runner.processes.process import Background
from workflow.web.launch import Served, command

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def need(there: object, what: str) -> None:
    """Skip with the reason where something is missing; in CI it must not be."""
    if not there:
        if os.environ.get("CI"):
            pytest.fail(what)
        pytest.skip(what)


def find_chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def a_browser(profile: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(FLAGS), env={"HOME": str(profile), "PATH": os.environ["PATH"]}
        )
        yield browser
        browser.close()


@contextmanager
def a_server(
    root: Path, log: Path, env: Mapping[str, str] | None = None, served: Served | None = None, port: int = 0
) -> Iterator[str]:
    """The pages of a service on a free port, or as a team is `served`; the address."""
    port = served.port if served else port or free_port()
    argv = command(root, port, open_browser=False, served=served)
    process = Background(argv, cwd=log.parent, env=os.environ | dict(env or {}), log=log)
    address = f"http://127.0.0.1:{port}/{served.base_path if served else ''}".rstrip("/")
    try:
        wait_until(lambda: answers(address), process, what="The browser's server", seconds=60)
        yield address
    finally:
        process.stop()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
