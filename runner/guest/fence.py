"""Guest: hold a network and a view of the file system of their own, which the processes of one run live in.

argv: FD, a Unix socket (SEQPACKET) to our parent. Its first message is JSON: `run_folder`, which stays
writable; `home`, which is covered; `hidden`, folders that are replaced by empty ones; `shown`, what must be seen
in them. The first answer says `{"pid": …}`, or `{"problem": …}`. Then each request has one answer: `{"do": "socket",
"family": …}` a socket of the network inside; `{"do": "cover", "path": …}` writes to this folder go to a layer of the
run's; `{"do": "show", "path": …}` a path in a hidden folder is seen; `{"do": "make", "path": …}` an empty folder of the
run's is there, where nothing is in its way; `{"do": "lay", "path": …, "instead": …}` another file is seen there. Ends
when the parent closes the socket.

All but the run's folder, layers and empty folders is read-only. Sockets that somebody listens on are covered.
"""

import array
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import sys
from pathlib import Path

NEWNS, NEWUSER, NEWNET, NEWIPC = 0x00020000, 0x10000000, 0x40000000, 0x08000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_MOVE, MS_REC, MS_UNBINDABLE, MS_PRIVATE = 1, 32, 4096, 8192, 16384, 1 << 17, 1 << 18
MS_NOSUID, MS_NODEV = 2, 4
MOUNT_SETATTR, AT_FDCWD, ATTR_RDONLY = 442, -100, 1
SET_PDEATHSIG = 1
SIOCGIFFLAGS, SIOCSIFFLAGS, UP = 0x8913, 0x8914, 1
LISTENING = 0x10000
KERNELS = ("/proc", "/sys", "/dev")
libc = ctypes.CDLL(None, use_errno=True)


class Problem(Exception):
    """What can't be had here, in a sentence's end."""


def main() -> None:
    parent = socket.socket(fileno=int(sys.argv[1]))
    config = json.loads(parent.recv(65536))
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    libc.prctl(SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    try:
        unprivileged = leave()
        loopback_up()
        view = View(config, unprivileged=unprivileged)
    except (Problem, OSError) as error:
        parent.send(json.dumps({"problem": str(error)}).encode())
        return
    parent.send(json.dumps({"pid": os.getpid(), "user": unprivileged}).encode())
    while request := parent.recv(65536):
        answer(parent, view, json.loads(request))


def answer(parent, view, request) -> None:
    try:
        if request["do"] == "socket":
            with socket.socket(request["family"], request.get("kind", socket.SOCK_STREAM)) as made:
                socket.send_fds(parent, [b"{}"], [made.fileno()])
            return
        if request["do"] == "lay":
            view.lay(Path(request["path"]), Path(request["instead"]))
            parent.send(b"{}")
            return
        {"cover": view.cover, "show": view.show, "make": view.make}[request["do"]](Path(request["path"]))
        parent.send(b"{}")
    except (Problem, OSError) as error:
        parent.send(json.dumps({"problem": str(error)}).encode())


def leave() -> bool:
    """Into namespaces of our own; True where that took a user namespace."""
    wanted = NEWNS | NEWNET | NEWIPC
    if os.geteuid() == 0 and libc.unshare(wanted) == 0:
        return False
    user, group = os.geteuid(), os.getegid()
    called("a user namespace", libc.unshare(NEWUSER))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with contextlib.suppress(FileNotFoundError):
            Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
    called("a network namespace", libc.unshare(wanted))
    return True


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        asked = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(sock, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | UP, b""))


class View:
    """The mounts of the run."""

    def __init__(self, config, *, unprivileged: bool) -> None:
        self.options = "userxattr" if unprivileged else ""
        self.run_folder = Path(config["run_folder"])
        self.layers = self.run_folder / "layers"
        self.layers.mkdir(mode=0o755, exist_ok=True)
        self.covered = []
        self.made = []  # folders that only this view has
        self.widened = []
        self.opened = {}  # folders as they were before something was laid over them
        called("a view of its own", mount(None, "/", None, MS_REC | MS_PRIVATE, None))
        heard = listeners()
        old = {Path(path): opened(path) for path in config["hidden"] if Path(path).is_dir()}
        for path, new in [(path, self.empty(number)) for number, path in enumerate(old)]:
            called(f"an empty {path}", mount(f"/proc/self/fd/{new}", str(path), None, MS_BIND, None))
        self.opened = old
        self.bind(self.run_folder)
        own = opened(self.run_folder)
        for path in config["shown"]:
            self.show(Path(path))
        if Path("/dev/shm").is_dir():
            mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
        self.freeze()
        home = Path(config["home"])
        if Path(self.source(home)).is_dir() and home != Path("/") and not self.is_under(home, self.run_folder):
            with contextlib.suppress(Problem, OSError):  # then it is read-only
                self.cover(home)
                if self.is_under(self.run_folder, home):
                    called(
                        "the folder of the run",
                        mount(f"/proc/self/fd/{own}", str(self.run_folder), None, MS_BIND, None),
                    )
        for path in heard:
            self.silence(path)

    def empty(self, number: int) -> int:
        """A new folder of the run's, opened, to stand in the place of another one."""
        new = self.layers / f"empty-{number}"
        new.mkdir()
        new.chmod(0o1777)
        return opened(new)

    def source(self, path: Path) -> str:
        """Where a path can be reached that something is laid over."""
        for folder, descriptor in self.opened.items():
            if self.is_under(path, folder):
                return f"/proc/self/fd/{descriptor}/{path.relative_to(folder)}"
        return str(path)

    def bind(self, path: Path) -> None:
        """See a path as it is, writable if it was."""
        source = self.source(path)
        folder = Path(source).is_dir()
        if not path.exists():
            (path if folder else path.parent).mkdir(parents=True, exist_ok=True)
            if not folder:
                path.touch()
        called(f"a view of {path}", mount(source, str(path), None, MS_BIND | (MS_REC if folder else 0), None))

    def show(self, path: Path) -> None:
        """See a path in a hidden folder, read-only."""
        hidden = any(self.is_under(path, folder) for folder in self.opened)
        if any(self.is_under(path, done) for done in self.covered):
            return
        if hidden and not self.is_under(path, self.run_folder) and Path(self.source(path)).exists():
            if path.exists() and path.samefile(self.source(path)):
                return
            self.bind(path)
            read_only(str(path))

    def cover(self, path: Path) -> None:
        """Writes to a folder go to a layer of the run's, for as long as the run lasts."""
        if self.is_under(path, self.run_folder) or any(self.is_under(path, done) for done in self.covered):
            return
        below = opened(self.source(path))
        layer = self.layers / f"cover-{len(self.covered)}"
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
        for parts in (layer / "upper", layer / "work"):
            parts.mkdir(parents=True)
        like = os.fstat(below)
        (layer / "upper").chmod(like.st_mode & 0o7777)
        with contextlib.suppress(OSError):
            os.chown(layer / "upper", like.st_uid, like.st_gid)
        if not self.overlay(below, layer, path):
            called("a file system for layers", mount("tmpfs", str(layer), "tmpfs", 0, "mode=755"))
            for parts in (layer / "upper", layer / "work"):
                parts.mkdir()
            if not self.overlay(below, layer, path):
                raise Problem(f"no layer can be laid over {path}")
        self.covered.append(path)

    def make(self, path: Path) -> None:
        """An empty folder, seen in this view alone; nothing where there is one, or where the kernel's are."""
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        own = [self.run_folder, *self.opened, *self.covered, *self.made]
        if there == path or any(self.is_under(there, Path(one)) for one in KERNELS):
            return
        if not any(self.is_under(there, one) for one in own):
            self.widen(there)
        path.mkdir(parents=True, exist_ok=True)
        self.made.append(path)

    def widen(self, folder: Path) -> None:
        """Let there be more in a folder than what it holds: a layer in its place, in which all of that is seen."""
        if folder in self.widened:
            return
        layer = self.layers / f"wide-{len(self.widened)}"
        layer.mkdir()
        what = f"more in {folder}"
        called(what, mount("tmpfs", str(layer), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"))
        called(what, mount(None, str(layer), None, MS_UNBINDABLE, None))  # it is not seen in itself
        for entry in folder.iterdir():
            place = layer / entry.name
            if entry.is_symlink():
                place.symlink_to(entry.readlink())
                continue
            place.mkdir() if entry.is_dir() else place.touch()
            called(what, mount(str(entry), str(place), None, MS_BIND | MS_REC, None))
        os.chdir(layer)
        called(what, mount(".", str(folder), None, MS_MOVE, None))
        if folder == Path("/"):
            os.chroot(".")
        os.chdir("/")
        self.widened.append(folder)

    def overlay(self, below: int, layer: Path, path: Path) -> bool:
        upper, work = opened(layer / "upper"), opened(layer / "work")
        words = [f"lowerdir=/proc/self/fd/{below}", f"upperdir=/proc/self/fd/{upper}", f"workdir=/proc/self/fd/{work}"]
        done = mount("overlay", str(path), "overlay", 0, ",".join(filter(None, [*words, self.options])))
        os.close(upper)
        os.close(work)
        return done == 0

    def freeze(self) -> None:
        """Read-only, whatever is not the run's own."""
        kept = [str(self.run_folder), "/dev/shm", *map(str, self.opened), *KERNELS]
        for path in map(str, mounted()):
            if not any(path == one or path.startswith(f"{one}/") for one in kept):
                read_only(path)

    def lay(self, path: Path, instead: Path) -> None:
        """See one file in the place of another, and what a link leads to in the place of the link."""
        place = path.resolve()
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        called(f"another {path}", mount(self.source(instead), str(place), None, MS_BIND, None))

    def silence(self, path: str) -> None:
        """Nobody answers at this socket file any more."""
        nothing = self.layers / "nothing"
        nothing.touch()
        if Path(path).exists() and not self.is_under(Path(path), self.run_folder):
            mount(str(nothing), path, None, MS_BIND, None)

    @staticmethod
    def is_under(path: Path, folder: Path) -> bool:
        return path == folder or folder in path.parents


def mounted():
    """Where something is mounted, in the order in which it was."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    return [Path(unescaped(line.split()[4])) for line in lines]


def listeners():
    """The socket files that somebody listens on, as far as the kernel tells."""
    found = []
    for line in Path("/proc/net/unix").read_text(encoding="utf-8", errors="replace").splitlines()[1:]:
        words = line.split(None, 7)
        path = words[-1]
        if path.startswith("/") and int(words[3], 16) & LISTENING:
            found.append(path)
    return found


def read_only(path: str) -> None:
    attributes = array.array("Q", [ATTR_RDONLY, 0, 0, 0])
    address, size = attributes.buffer_info()
    done = libc.syscall(
        MOUNT_SETATTR, AT_FDCWD, path.encode(), 0, ctypes.c_void_p(address), ctypes.c_size_t(size * attributes.itemsize)
    )
    if done and ctypes.get_errno() == errno.ENOSYS:
        done = mount(None, path, None, MS_REMOUNT | MS_BIND | MS_RDONLY, None)
    if done and ctypes.get_errno() not in (errno.ENOENT, errno.EINVAL, errno.EACCES):
        called(f"a read-only {path}", done)


def mount(source, target, kind, flags, data) -> int:
    words = [None if word is None else word.encode() for word in (source, target, kind)]
    return libc.mount(*words, ctypes.c_ulong(flags), None if data is None else data.encode())


def opened(path) -> int:
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def called(what: str, result: int) -> None:
    if result:
        raise Problem(f"{what} can't be had: {os.strerror(ctypes.get_errno())}")


def unescaped(path: str) -> str:
    return path.encode().decode("unicode_escape").encode("latin-1").decode(errors="surrogateescape")


if __name__ == "__main__":
    main()
