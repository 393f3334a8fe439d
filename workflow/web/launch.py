"""How does the browser's server start? Our process becomes Streamlit, on loopback, and reports to nobody."""

import os
import sys
import tomllib
from pathlib import Path

from runner.errors import WorkflowError
from runner.live.ports import LOOPBACK, accepts, free_port
from workflow.called import NEUTRAL, Called
from workflow.settings import ROOT

HERE = Path(__file__).parent
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
    "logger.level": "warning",
    "logger.hideWelcomeMessage": "true",  # one line says where it is: ours
}


def serve(target_root: Path, port: int | None, called: Called, *, open_browser: bool) -> int:
    """Serve the pages of a service until Ctrl-C. Our process is replaced, so that nothing is left behind."""
    port = choose_port(port)
    argv = command(target_root, port, called, open_browser=open_browser)
    sys.stdout.write(f"gonogo for {target_root.name} on http://{LOOPBACK}:{port} · Ctrl-C ends it\n")
    sys.stdout.flush()
    os.execv(argv[0], argv)  # noqa: S606 - not a new process: this one


def choose_port(wanted: int | None) -> int:
    """The port asked for, else the usual one, else a free one. Raises `WorkflowError` when it is taken."""
    if wanted is None:
        return free_port() if accepts(USUAL_PORT) else USUAL_PORT
    if accepts(wanted):
        raise WorkflowError(f"Port {wanted} is taken. Name another one, or leave it out: a free one is found.")
    return wanted


def command(target_root: Path, port: int, called: Called = NEUTRAL, *, open_browser: bool) -> list[str]:
    """The server's command line; the pages hear how gonogo was called.

    `-P` keeps the folder that we stand in off the module path.
    """
    options = OPTIONS | {"server.port": str(port), "server.headless": str(not open_browser).lower()} | theme()
    flags = [f"--{name}={value}" for name, value in options.items()]
    flags += [f"--server.allowedHosts={name}" for name in HOSTS]
    return [
        sys.executable, "-P", "-c", BOOT, str(ROOT), "run", str(HERE / "server.py"), *flags, "--",
        str(target_root), called.word, called.service, called.folder,
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
