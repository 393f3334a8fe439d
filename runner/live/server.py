"""The service itself as a running process: started as a deployment would, stopped for real."""

import shlex
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from runner.errors import ProbeError
from runner.live.client import Wandering
from runner.live.log_files import sizes, written_since
from runner.live.ports import LOOPBACK, TAKEN, accepts, free_port, wait_until
from runner.processes.fence import HOST, Fence
from runner.processes.process import Background, Runner
from runner.said import say, together

# How each server is started, in the order of preference; the last words are added for an app factory.
SERVERS = {
    "uvicorn": ("{python} -m uvicorn {app} --host {host} --port {port} --no-access-log", "--factory"),
    "granian": ("{python} -m granian --interface asgi --host {host} --port {port} {app}", "--factory"),
    "hypercorn": ("{python} -m hypercorn {app}{call} --bind {host}:{port} --graceful-timeout 10", ""),
}
PORTS_TRIED = 3
# uvicorn takes a client's address from X-Forwarded-For where the request comes from this machine, as ours do and a
# stranger's do not. A service that has a proxy to believe names it itself.
BELIEVES_NOBODY = {"FORWARDED_ALLOW_IPS": ""}
USUAL_PORT = "8000"  # in commands for people
ASKED_TO_END = 128 + signal.SIGTERM


class DidNotStart(ProbeError):
    """The service ended, or never listened, when it was started. `command` is what started it, `log` what it said."""

    def __init__(self, message: str, command: str = "", log: str = "") -> None:
        super().__init__(message)
        self.command, self.log = command, log


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running service. `base` is its address without a slash at the end."""

    base: str
    port: int
    process: Background
    command: str
    root: Path  # the service's folder, …
    logs: Mapping[Path, int]  # … with the log files that lay there before it started
    fence: Fence = HOST

    def client(self, timeout: float = 10) -> httpx.Client:
        """A client for it. Never follows redirects, never uses a proxy.

        Each request has a connection of its own: uvicorn closes the one on which a handler failed without saying so
        in its answer, and a request that was already on its way there would look like one without an answer.
        An answer without an end (a stream of events) is cut off after `timeout` seconds.
        """
        return Wandering(self.fence, self.base, timeout)

    def stop(self, patience: float = 15) -> int:
        """SIGTERM to the service, wait, and its exit code."""
        return self.process.stop(patience)

    def log(self) -> str:
        """What it wrote into log files of its own, then what it said where it was started."""
        return written_since(self.root, self.logs) + self.process.log.read_text(encoding="utf-8", errors="replace")


def start_server(
    runner: Runner,
    *,
    root: Path,
    python: Path,
    app: str,
    env: Mapping[str, str],
    command: str | None = None,
    folder: Path | None = None,
    patience: float = 60,
) -> Server:
    """Start the service on a free port and wait until it accepts connections. Raises `DidNotStart`.

    `folder`: the one that it runs in, where that is not `root`.
    """
    fence = runner.fence
    tries, logs = PORTS_TRIED, sizes(fence.view(root))
    while True:
        tries -= 1
        port = free_port(fence)
        argv = serve_argv(python, app, port, command)
        process = runner.start(
            argv, cwd=folder or root, env=BELIEVES_NOBODY | dict(env) | {"PORT": str(port)}, stop_signal=signal.SIGTERM
        )
        try:
            wait_until(partial(accepts, port, fence), process, what=say("the service"), seconds=patience)
        except ProbeError as error:
            taken = TAKEN.search(process.tail(20))
            log = process.log.read_text(encoding="utf-8", errors="replace")
            process.stop(2)
            runner.forget(process)
            if taken and tries and not runner.closed:
                continue
            asked = say("{error} (it was to listen on {loopback}:{port})", error=error, loopback=LOOPBACK, port=port)
            raise DidNotStart(asked, shlex.join(argv).replace(str(port), USUAL_PORT), log) from error
        base, said = f"http://{LOOPBACK}:{port}", shlex.join(argv)
        return Server(
            base=base, port=port, process=process, command=said, root=fence.view(root), logs=logs, fence=fence
        )


def serve_argv(python: Path, app: str, port: int, command: str | None = None) -> list[str]:
    """The command that serves the app: the one that was named, else that of the server it has installed."""
    name = installed_server(python)
    line, factory = (command, "") if command else SERVERS[name]
    fill = {
        "python": str(python),
        "app": app.removesuffix("()"),
        "call": "()" if app.endswith("()") else "",
        "host": LOOPBACK,
        "port": str(port),
    }
    try:
        argv = [word.format(**fill) for word in shlex.split(line)]
    except (KeyError, IndexError, ValueError) as error:
        known = together(f"{{{key}}}" for key in fill)
        raise ProbeError(
            say(
                "gonogo.toml: `service.serve` has an unknown placeholder {error}. Known: {known}",
                error=error,
                known=known,
            )
        ) from error
    return [*argv, *([factory] if factory and app.endswith("()") else [])]


def installed_server(python: Path) -> str:
    """The first of the servers that we know which the service has installed; uvicorn when it has none."""
    library = python.parent.parent
    found = (name for name in SERVERS if any(library.glob(f"lib*/python*/site-packages/{name}/__main__.py")))
    return next(found, "uvicorn")
