"""The pictures of the README, from the running product: `python -m tests.web.screenshots [SERVICE]`.

Run `./inv pipeline` first: the pictures show what the service's ledger holds, newest runs last.
"""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize

from tests.web.browsing import a_browser, a_server
from workflow.settings import ROOT, SAMPLE

FOLDER = ROOT / "docs/screenshots"
SIZE: ViewportSize = {"width": 1280, "height": 800}
SETTLE = 4_000  # ms: diagrams and plots are drawn late
COLOURS = 255  # enough for a page of text, lamps and lines
PAGES = {
    "overview": ("/", ".stMain .stop"),
    "stage": ("/db", ".stMain .step"),
    "load": ("/document?stage=perf&doc=load.json", ".stMain canvas, .stMain svg.marks"),
}


def take(page: Page, address: str, name: str) -> Path:
    path, sign = PAGES[name]
    page.goto(address + path)
    page.locator(sign).first.wait_for(timeout=90_000)
    if name == "load":
        page.locator(".st-key-document").evaluate("e => e.scrollIntoView()")
    page.wait_for_timeout(SETTLE)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    Image.open(file).convert("RGB").quantize(COLOURS).save(file, optimize=True)
    return file


def main(root: Path) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        gateway = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(a_server(root, gateway / "log"))
        page = stack.enter_context(a_browser(gateway)).new_page(viewport=SIZE, color_scheme="light")
        for name in PAGES:
            file = take(page, address, name)
            sys.stdout.write(f"{file.relative_to(ROOT)} {file.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else SAMPLE)
