"""What can the processes of a run reach? Only what the run opened itself: enforced by the kernel, not by settings.

Three kinds, the best first. NAMESPACES: a network with nothing but loopback, and a view of the file system in which
everything but the run's own folder is read-only, writes to the service's folder and to the home go to layers that end
with the run, and socket files are gone. LANDLOCK (Linux 6.7 and newer): TCP connections to the run's own ports alone,
no other sockets, writes to the run's own folder alone. NONE: neither is to be had; nothing of the service's is run.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from runner.errors import ProbeError
from runner.guest.landlock import landlock_version
from runner.said import say, together

GUEST = Path(__file__).parents[1] / "guest" / "fence.py"
HIDDEN = ("/tmp", "/var/tmp", "/run", "/var/run")  # noqa: S108 - replaced by empty folders of the run's own
NET_RULES = 4  # Landlock's version that knows TCP ports
ANSWERS_WITHIN = 20  # seconds
HOW_TO_GET = say(
    "gonogo needs a network namespace (root, or unprivileged user namespaces) or Landlock's network rules (Linux 6.7 "
    "and newer, enabled in `lsm=`), so that no process of a run reaches a database of yours. `invoke doctor` says "
    "which is here. Where you are sure that no setting of the service leads to something you need: --trust-settings"
)


class Kind(StrEnum):
    NAMESPACES = "namespaces"
    LANDLOCK = "Landlock"
    TRUSTED = "trusted settings"  # nothing is enforced, as somebody asked for
    NONE = "none"


@dataclass(slots=True, kw_only=True, eq=False)
class Fence:
    """Around the processes of one run. `why` says what a better kind lacked."""

    kind: Kind
    run_folder: Path
    why: str = ""
    pid: int | None = None
    namespaces: tuple[int, ...] = ()
    ports: set[int] = field(default_factory=set)
    _talk: socket.socket | None = None
    _holder: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def leash_words(self, *, trusted: bool) -> str:
        """What the leash is told: JSON, empty for no fence. `trusted` programs of ours may use any kind of socket."""
        if self.kind is Kind.NAMESPACES:
            return json.dumps({"namespaces": list(self.namespaces)})
        if self.kind is Kind.LANDLOCK:
            writable = [str(self.run_folder), "/dev"]
            return json.dumps({"ports": sorted(self.ports), "writable": writable, "sockets": trusted})
        return ""

    def environment(self) -> Mapping[str, str]:
        """Where a process of the run keeps what is temporary, and what it keeps at home."""
        if self.kind is Kind.NAMESPACES:
            return {"TMPDIR": "/tmp"}  # noqa: S108 - an empty one of the run's
        if self.kind is not Kind.LANDLOCK:
            return {}
        places = {"TMPDIR": self.run_folder / "tmp", "HOME": self.run_folder / "home"}
        for place in places.values():
            place.mkdir(exist_ok=True)
        base = {"PYTHONUSERBASE": str(Path.home() / ".local")}
        return base | {name: str(place) for name, place in places.items()}

    def keeps_files(self) -> bool:
        """Do the run's processes write into its own folder alone?"""
        return self.kind in (Kind.NAMESPACES, Kind.LANDLOCK)

    def opened(self, port: int) -> int:
        """The run listens on this port, so its processes may connect to it. Returns it."""
        self.ports.add(port)
        return port

    def new_socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A socket in the network of the run's processes, not connected yet: of TCP, or of another kind."""
        if self.kind is not Kind.NAMESPACES:
            return socket.socket(family, kind)
        _, descriptors = self._ask({"do": "socket", "family": int(family), "kind": int(kind)}, descriptors=1)
        return socket.socket(fileno=descriptors[0])

    def connect(self, host: str, port: int, timeout: float | None, source: str = "") -> socket.socket:
        """A connection to a server of the run, from this address of the machine. Raises `OSError`."""
        sock = self.new_socket()
        try:
            sock.settimeout(timeout)
            if source:
                with contextlib.suppress(OSError):  # a system with one loopback address
                    sock.bind((source, 0))
            sock.connect((host, port))
        except OSError:
            sock.close()
            raise
        return sock

    def listen(self, host: str, port: int = 0, backlog: int = 128) -> socket.socket:
        """A listening socket that the run's processes can connect to."""
        sock = self.new_socket()
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, port))
            sock.listen(backlog)
        except OSError:
            sock.close()
            raise
        self.opened(sock.getsockname()[1])
        return sock

    def admit(self, root: Path, top: Path, shown: Iterable[Path]) -> Path:
        """Prepare a service's folder in its repository's `top`; where its processes run: there, or in a copy of it.

        What they write there ends with the run. `shown`: what they must see besides, as their interpreter.
        """
        if self.kind is Kind.NAMESPACES:
            self.show(*shown, top)
            self._ask({"do": "cover", "path": str(top)})
            return root
        if self.kind is Kind.LANDLOCK and self.run_folder not in root.parents:
            return self._copy(top) / root.relative_to(top)
        return root

    def make(self, folders: Iterable[str]) -> None:
        """Empty folders that the run's processes may write in and no other process sees, as far as this fence can."""
        if self.kind is Kind.NAMESPACES:
            for folder in folders:
                with contextlib.suppress(ProbeError):  # then the service says what it does not find
                    self._ask({"do": "make", "path": folder})

    def _copy(self, top: Path) -> Path:
        copies = self.run_folder / "services"
        copies.mkdir(exist_ok=True)
        copy = copies / f"{len(list(copies.iterdir()))}" / (top.name or "root")
        shutil.copytree(top, copy, symlinks=True, ignore=_environments, ignore_dangling_symlinks=True)
        return copy

    def show(self, *paths: Path) -> None:
        """Let the run's processes see these, read-only, should they lie in a folder that is hidden from them."""
        if self.kind is Kind.NAMESPACES:
            for path in paths:
                if any(Path(hidden) in path.parents for hidden in HIDDEN):
                    self._ask({"do": "show", "path": str(path)})

    def lay(self, path: Path, instead: Path) -> None:
        """The run's processes see one file where there is another. Raises `ProbeError` where that can't be had."""
        if self.kind is not Kind.NAMESPACES:
            raise ProbeError(say("no file can be laid over {path} without namespaces of the run's own", path=path))
        self._ask({"do": "lay", "path": str(path), "instead": str(instead)})

    def view(self, path: Path) -> Path:
        """A path as the run's processes see it, for us to read."""
        return Path(f"/proc/{self.pid}/root{path}") if self.kind is Kind.NAMESPACES else path

    def refuse(self) -> None:
        """Raises `ProbeError` where nothing would keep the service's processes from what the run did not start."""
        if self.kind is Kind.NONE:
            raise ProbeError(
                say("not looked at, for your safety: {why}. {how_to_get}", why=self.why, how_to_get=HOW_TO_GET)
            )

    def close(self) -> None:
        if self._talk is not None:
            self._talk.close()
        for descriptor in self.namespaces:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.namespaces = ()
        if self._holder is not None:
            self._holder.wait()

    def _ask(self, request: Mapping[str, object], *, descriptors: int = 0) -> tuple[dict[str, Any], list[int]]:
        assert self._talk is not None
        with self._lock:
            try:
                self._talk.send(json.dumps(request).encode())
                said, given, _, _ = socket.recv_fds(self._talk, 65536, descriptors)
            except OSError as gone:
                raise ProbeError(say("the run's fence is gone: {gone}", gone=gone)) from gone
        answer: dict[str, Any] = json.loads(said or b'{"problem": "it ended"}')
        if "problem" in answer:
            raise ProbeError(say("the run's fence: {answer}", answer=answer["problem"]))
        return answer, given


def make_fence(run_folder: Path, wanted: str = "", *, trusted: bool = False) -> Fence:
    """The best kind to be had here, or the `wanted` one ("namespaces", "landlock", "none")."""
    why: list[str] = []
    if wanted in ("", "namespaces"):
        try:
            return _namespaces(run_folder)
        except (ProbeError, OSError) as error:
            why.append(str(error))
    if wanted in ("", "landlock"):
        version = landlock_version()
        if version >= NET_RULES:
            return Fence(kind=Kind.LANDLOCK, run_folder=run_folder, why=together(why, "; "))
        why.append(
            say(
                "Landlock's version here is {version}, its network rules came with {net_rules}",
                version=version,
                net_rules=NET_RULES,
            )
        )
    why = why or [say("no fence was asked for ({wanted})", wanted=wanted)]
    return Fence(kind=Kind.TRUSTED if trusted else Kind.NONE, run_folder=run_folder, why=together(why, "; "))


def no_fence(run_folder: Path) -> Fence:
    """For programs of our own alone."""
    return Fence(kind=Kind.TRUSTED, run_folder=run_folder)


HOST = no_fence(Path())  # this machine's own network: the browser's pages, container engines


def _namespaces(run_folder: Path) -> Fence:
    if sys.platform != "linux":
        raise ProbeError("namespaces are Linux's")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    config = {"run_folder": str(run_folder.resolve()), "home": str(_home()), "hidden": _hidden(), "shown": _own()}
    argv = [sys.executable, "-IS", str(GUEST), str(theirs.fileno())]
    with theirs:
        holder = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()], start_new_session=True, cwd="/",
        )  # fmt: skip
    ours.settimeout(ANSWERS_WITHIN)
    try:
        ours.send(json.dumps(config).encode())
        said = json.loads(ours.recv(65536) or b'{"problem": "it ended while it started"}')
        _without_problem(said)
        kinds = ("user", "net", "mnt", "ipc") if said["user"] else ("net", "mnt", "ipc")
        opened = tuple(os.open(f"/proc/{said['pid']}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC) for kind in kinds)
    except Exception:
        ours.close()
        holder.wait()
        raise
    return Fence(
        kind=Kind.NAMESPACES, run_folder=run_folder, pid=said["pid"], namespaces=opened, _talk=ours, _holder=holder,
    )  # fmt: skip


def _without_problem(said: Mapping[str, object]) -> None:
    if "problem" in said:
        raise ProbeError(str(said["problem"]))


def _hidden() -> list[str]:
    """Folders in which strangers' sockets and files lie; links to one another once."""
    places = [Path(path) for path in HIDDEN]
    return [str(path) for path in places if path.is_dir() and not path.is_symlink()]


def _home() -> Path:
    try:
        return Path.home().resolve()
    except RuntimeError:
        return Path("/")


def _own() -> list[str]:
    """What our own programs need to see wherever they lie."""
    places = (
        Path(__file__).parents[2],
        sys.prefix,
        sys.base_prefix,
        sysconfig.get_path("purelib"),
        "/run/current-system",
    )
    return list(dict.fromkeys(str(Path(place).resolve()) for place in places if Path(place).exists()))


def _environments(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name in {".venv", "venv", "node_modules", "__pycache__", ".gonogo", ".tox"}}
