"""A machine with servers of its own, made in namespaces of its own: does a run of gonogo leave them alone?

Started by `unshare`, as root of a user namespace or of the machine. argv: TASK WAY…   TASK may have options. Prints one
JSON object: per way what the canaries saw, whether rows or files changed, and how the run ended.
"""

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[2]))
from runner.live.binaries import as_nobody
from runner.live.candidates import candidates
from tests.fence.ways import WAYS, Way

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / "sample_service" / ".venv"
TCP = (6379, 3306, 5672, 8080, 25, 2375)
SOCKETS = ("/run/redis/redis.sock", "/run/docker.sock")
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"


def main() -> None:
    task, wanted = sys.argv[1].split(), sys.argv[2:]
    loopback_up()
    empty(Path("/tmp"), Path("/run"))
    seen: list[str] = []
    listen(seen)
    with Postgres() as postgres:
        print(json.dumps({way.name: proved(way, task, postgres, seen) for way in WAYS if way.name in wanted}))


def empty(*places: Path) -> None:
    """Nothing is left in these folders but this checkout and its Pythons, should they lie there."""
    needed = {ROOT, Path(sys.prefix), Path(sys.base_prefix), (PYTHON / "bin" / "python").resolve().parents[1]}
    there = [one for one in needed if any(one.is_relative_to(place) for place in places)]
    kept = [one for one in there if not any(one != other and one.is_relative_to(other) for other in there)]
    opened = {one: os.open(one, os.O_PATH) for one in kept}
    for place in places:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", place], check=True)
    for one, number in opened.items():
        one.mkdir(parents=True)
        subprocess.run(["mount", "--no-canonicalize", "--rbind", f"/proc/{os.getpid()}/fd/{number}", one], check=True)
        os.close(number)


def proved(way: Way, task: list[str], postgres: "Postgres", seen: list[str]) -> dict[str, object]:
    """One run of gonogo on one service, and what it did to its surroundings."""
    seen.clear()
    postgres.fresh()
    home, root = Path("/tmp/home") / way.name, Path("/tmp/services") / way.name
    for folder, files in ((root, way.whole()), (home, way.home)):
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    (root / ".venv").symlink_to(PYTHON)
    before, connections = state(home, root), postgres.connections()
    env = {"PATH": PROGRAMS, "HOME": str(home), "CI": "true"}
    env |= {name: os.environ[name] for name in ("GONOGO_FENCE", "GONOGO_TRUST_SETTINGS") if name in os.environ}
    ran = subprocess.run(
        [sys.executable, "-P", "-c", BOOT, str(ROOT), *task, "--service", str(root)],
        cwd=root, env=env, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    time.sleep(1.5)  # daemons that outlive the run
    met = [*seen, *["PostgreSQL"] * (postgres.connections() - connections)]
    return {
        "met": met,
        "rows": postgres.rows(),
        "changed": sorted(map(str, state(home, root) ^ before)),
        "code": ran.returncode,
        "said": ran.stdout[-6000:] + ran.stderr[-2000:],
    }


BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflow.cli import main; main()"


def state(*folders: Path) -> set[tuple[str, int, int]]:
    """Every file and its size and time, but for gonogo's own."""
    files = (path for folder in folders for path in folder.rglob("*") if not path.is_symlink() and path.is_file())
    return {(str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in files if ".gonogo" not in p.parts}


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        flags = struct.unpack("16sH14s", fcntl.ioctl(sock, 0x8913, struct.pack("16sH14s", b"lo", 0, b"")))[1]
        fcntl.ioctl(sock, 0x8914, struct.pack("16sH14s", b"lo", flags | 1, b""))


def listen(seen: list[str]) -> None:
    """Canaries on the usual ports and sockets: each writes down who calls."""
    for port in TCP:
        watch(socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True), f"port {port}", seen)
    for path in SOCKETS:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        Path(path).chmod(0o777)
        server.listen()
        watch(server, path, seen)
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 8125))

    def take() -> None:
        while datagrams.recv(100):
            seen.append("UDP")

    threading.Thread(target=take, daemon=True).start()


def watch(server: socket.socket, name: str, seen: list[str]) -> None:
    def accept() -> None:
        while True:
            caller, _ = server.accept()
            seen.append(name)
            caller.close()

    threading.Thread(target=accept, daemon=True).start()


class Postgres:
    """A developer's own server on the usual port and sockets, with one row in it."""

    def __init__(self) -> None:
        self._folder, self._log = Path("/tmp/own-postgres"), Path("/tmp/own-postgres.log")
        self._bin = candidates()[0].binaries

    def __enter__(self) -> "Postgres":
        self._folder.mkdir()
        Path("/run/postgresql").mkdir()
        self._drop = as_nobody(self._folder)
        Path("/run/postgresql").chmod(0o777)
        words = ["-D", str(self._folder / "data"), "-U", "tiny", "-A", "trust", "--no-sync"]
        subprocess.run([*self._drop, self._bin / "initdb", *words], check=True, capture_output=True, cwd="/")
        options = ["-c", "listen_addresses=*", "-c", "log_connections=on", "-k", "/run/postgresql,/tmp", "-p", "5432"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._drop, self._bin / "postgres", "-D", self._folder / "data", *options],
                stderr=log,
                stdout=log,
                cwd="/",
            )
        for _ in range(100):
            if Path("/run/postgresql/.s.PGSQL.5432").exists() and "ready to accept" in self._log.read_text():
                return self
            time.sleep(0.1)
        raise SystemExit(f"no canary: {self._log.read_text()}")

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def fresh(self) -> None:
        for line in ("DROP DATABASE IF EXISTS tiny", "CREATE DATABASE tiny"):
            self._ask("postgres", line)
        self._ask(
            "tiny", "CREATE TABLE note (id serial PRIMARY KEY, text varchar NOT NULL, done boolean DEFAULT false)"
        )
        self._ask("tiny", "INSERT INTO note (text) VALUES ('mine')")
        self._ask("tiny", "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        self._ask("tiny", "INSERT INTO alembic_version VALUES ('b2')")

    def rows(self) -> int:
        return int(self._ask("tiny", "SELECT count(*) FROM note"))

    def connections(self) -> int:
        """So many connections so far, without those that this asks with."""
        return self._log.read_text(errors="replace").count("connection received") - self._asked

    _asked = 0

    def _ask(self, database: str, statement: str) -> str:
        type(self)._asked += 1
        with psycopg.connect(host="/run/postgresql", user="tiny", dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return str(row[0]) if row else ""


if __name__ == "__main__":
    main()
