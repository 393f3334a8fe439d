"""The service itself as a running process: started as a deployment would, stopped for real."""

import shlex
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from runner.errors import ProbeError
from runner.live.ports import LOOPBACK, accepts, free_port, wait_until
from runner.process import Background, Runner

UVICORN = "{python} -m uvicorn {app} --host {host} --port {port} --no-access-log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running service. `base` is its address without a slash at the end."""

    base: str
    port: int
    process: Background
    command: str

    def client(self, timeout: float = 10) -> httpx.Client:
        """A client for it. Never follows redirects, never uses a proxy."""
        return httpx.Client(base_url=self.base, timeout=timeout, trust_env=False)

    def stop(self, patience: float = 15) -> int:
        """SIGTERM to the service, wait, and its exit code."""
        return self.process.stop(patience)

    def log(self) -> str:
        return self.process.log.read_text(encoding="utf-8", errors="replace")


def start_server(
    runner: Runner,
    *,
    root: Path,
    python: Path,
    app: str,
    env: Mapping[str, str],
    command: str | None = None,
    patience: float = 30,
) -> Server:
    """Start the service on a free port and wait until it accepts connections."""
    port = free_port()
    line = command or UVICORN
    factory = app.endswith("()")
    words = shlex.split(line)
    fill = {"python": str(python), "app": app.removesuffix("()"), "host": LOOPBACK, "port": str(port)}
    argv = [word.format(**fill) for word in words]
    if factory and command is None:
        argv.append("--factory")
    process = runner.start(argv, cwd=root, env=env, stop_signal=signal.SIGTERM)
    try:
        wait_until(lambda: accepts(port), process, what="the service", seconds=patience)
    except ProbeError:
        process.stop(2)
        raise
    return Server(base=f"http://{LOOPBACK}:{port}", port=port, process=process, command=shlex.join(argv))
