"""How does the browser's server start? Our process becomes Streamlit, on loopback, and reports to nobody."""

import os
import re
import sys
import tomllib
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from runner.errors import WorkflowError
from runner.live.ports import LOOPBACK, accepts, free_port
from runner.said import say, together, told
from workflow.called import NEUTRAL, Called
from workflow.settings import ROOT

HERE = Path(__file__).parent
TEAM = "--team"  # behind the arguments of the pages: nobody is let in without a sign-in
USUAL_PORT = 8501
BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from streamlit.web.cli import main; main(prog_name='gonogo')"
HOSTS = (LOOPBACK, "localhost")  # other names for us (DNS rebinding) are refused
OPTIONS = {
    "server.address": LOOPBACK,
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.serverAddress": LOOPBACK,
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.showSidebarNavigation": "false",
    "global.disableWidgetStateDuplicationWarning": "true",  # a draft is put into a field that has a value
    "logger.level": "warning",
    "logger.hideWelcomeMessage": "true",  # one line says where it is: ours
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where a team's server listens, and by which address people know it."""

    bind: str
    port: int
    url: str
    base_path: str

    @property
    def options(self) -> dict[str, str]:
        public = urlsplit(self.url)
        named = {"browser.serverAddress": public.hostname} if public.hostname else {}
        port = public.port or {"https": 443, "http": 80}.get(public.scheme, self.port)
        return {
            "server.address": self.bind,
            "server.baseUrlPath": self.base_path,
            "browser.serverPort": str(port),
        } | named

    @property
    def hosts(self) -> tuple[str, ...]:
        """By which names it may be asked for."""
        return tuple(filter(None, (urlsplit(self.url).hostname, self.bind)))


def serve(target_root: Path, port: int | None, called: Called, *, open_browser: bool) -> int:
    """Serve the pages of a service until Ctrl-C. Our process is replaced, so that nothing is left behind."""
    port = choose_port(port)
    argv = command(target_root, port, called, open_browser=open_browser)
    where = f"http://{LOOPBACK}:{port}"
    started = say("gonogo for {service} on {address} · Ctrl-C ends it", service=target_root.name, address=where)
    sys.stdout.write(f"{told(started)}\n")
    sys.stdout.flush()
    os.execv(argv[0], argv)  # noqa: S606 - not a new process: this one


def serve_team(target_root: Path, served: Served, called: Called) -> None:
    """Serve a team: whoever comes has to sign in. Raises `WorkflowError` where no provider is named."""
    refuse_without_sign_in(Path.cwd())
    argv = command(target_root, served.port, called, open_browser=False, served=served)
    shown = f"http://{served.bind}:{served.port}/{served.base_path}".rstrip("/")
    started = say("gonogo for {service} on {address} · Ctrl-C ends it", service=target_root.name, address=shown)
    opened = say("people open {url}", url=served.url)
    sys.stdout.write(f"{told(together((started, opened), ' · ') if served.url else started)}\n")
    sys.stdout.flush()
    os.execv(argv[0], argv)  # noqa: S606 - not a new process: this one


def served_at(bind: str, port: int, url: str, base_path: str) -> Served:
    """What was asked for, looked at: `url` gives the base path where none is named. Raises `WorkflowError`."""
    no = say("`{url}` is no address that people can open: --url https://gonogo.example.org/team", url=url)
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError as error:
        raise WorkflowError(no) from error
    if url and not whole:
        raise WorkflowError(no)
    try:
        ip_address(bind)
    except ValueError as error:
        raise WorkflowError(
            say("`{bind}` is no address to listen at: --bind 0.0.0.0, or 127.0.0.1 for a proxy", bind=bind)
        ) from error
    path = (base_path or parts.path).strip("/")
    if not re.fullmatch(r"[\w.~/-]*", path) or ".." in path:
        raise WorkflowError(say("`{path}` is no base path: --base-path team/gonogo", path=path))
    return Served(bind=bind, port=port, url=url, base_path=path)


def refuse_without_sign_in(folder: Path) -> None:
    """Where Streamlit looks for its secrets one of them must name a provider."""
    files = [home / ".streamlit/secrets.toml" for home in (folder, Path.home())]
    for file in files:
        try:
            if "auth" in tomllib.loads(file.read_text(encoding="utf-8")):
                return
        except (OSError, ValueError):  # it is not there, or says nothing
            continue
    raise WorkflowError(
        say(
            "A team's server lets nobody in without a sign-in, and no [auth] stands in {file}. See docs/server.md",
            file=files[0],
        )
    )


def choose_port(wanted: int | None) -> int:
    """The port asked for, else the usual one, else a free one. Raises `WorkflowError` when it is taken."""
    if wanted is None:
        return free_port() if accepts(USUAL_PORT) else USUAL_PORT
    if accepts(wanted):
        raise WorkflowError(
            say("Port {wanted} is taken. Name another one, or leave it out: a free one is found.", wanted=wanted)
        )
    return wanted


def command(
    target_root: Path, port: int, called: Called = NEUTRAL, *, open_browser: bool, served: Served | None = None
) -> list[str]:
    """The server's command line; the pages hear how gonogo was called.

    `-P` keeps the folder that we stand in off the module path.
    """
    options = OPTIONS | {"server.port": str(port), "server.headless": str(not open_browser).lower()} | theme()
    options |= served.options if served else {}
    flags = [f"--{name}={value}" for name, value in options.items()]
    flags += [f"--server.allowedHosts={name}" for name in (*HOSTS, *(served.hosts if served else ()))]
    return [
        sys.executable, "-P", "-c", BOOT, str(ROOT), "run", str(HERE / "server.py"), *flags, "--",
        str(target_root), called.word, called.service, called.folder, *([TEAM] if served else []),
    ]  # fmt: skip


def theme() -> dict[str, str]:
    """`theme.toml` as options: {"theme.light.primaryColor": "#…"}."""
    with (HERE / "theme.toml").open("rb") as file:
        return dict(_flat("theme", tomllib.load(file)["theme"]))


def _flat(prefix: str, table: dict[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(f"{prefix}.{name}", value)
        else:
            found.append((f"{prefix}.{name}", str(value).lower() if isinstance(value, bool) else str(value)))
    return found
