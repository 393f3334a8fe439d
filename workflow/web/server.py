"""The server: Streamlit's own, which tells each browser what a page may do.

Should a text of a service ever become more than a text, the browser itself refuses what it asks for: scripts but ours,
pictures, frames, forms and requests that leave this machine.
"""

import base64
import hashlib
import sys
from html.parser import HTMLParser
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.starlette import App

from workflow.settings import read_settings
from workflow.web.intake import opener, routes

INDEX = Path(streamlit.__file__).parent / "static/index.html"


class InlineScripts(HTMLParser):
    """The scripts that stand in a page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script" and "src" not in dict(attrs)

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"


def policy(host: str, scripts: tuple[str, ...]) -> str:
    """What pages of this address may load. Vega compiles its plots, so that evaluation is open to our own scripts."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts)
    rules = {
        "default-src": "'none'",
        "script-src": f"'self' 'unsafe-eval' {hashes}".strip(),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' ws://{host} wss://{host}",
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class Guarded:
    """Every answer carries the policy; the address is the one that was asked, as Streamlit has let it in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        reader = InlineScripts()
        reader.feed(INDEX.read_text(encoding="utf-8"))
        self.scripts = tuple(reader.found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = policy(_host(Headers(scope=scope).get("host", "")), self.scripts)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = told
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, send_guarded)


def _host(named: str) -> str:
    """A host as a policy may name it; nothing that would begin another rule."""
    return named if named and all(sign.isalnum() or sign in ".:-[]" for sign in named) else "127.0.0.1"


def own_routes() -> list[Route]:
    """Beside the pages; the first argument is the service's folder."""
    base = str(config.get_option("server.baseUrlPath") or "")
    return routes(base, opener(sys.argv[1]), read_settings().report_token) if len(sys.argv) > 1 else []


# Streamlit looks for this very line to know that it is a server, and no page.
app = App(Path(__file__).with_name("app.py"), middleware=[Middleware(Guarded)], routes=own_routes())
