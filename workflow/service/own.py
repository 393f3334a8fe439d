"""What does gonogo keep of a service, and where? Its own folder in the service's, and the ledger."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from runner.discovery.source import host
from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.processes.process import exists, quick
from runner.said import say
from workflow.ledger import (
    FOLDER,
    Identity,
    Ledger,
    Run,
    Verified,
    back_up,
    by_path,
    open_ledger,
    read_ledger,
    restore,
    same_folder,
)
from workflow.settings import read_settings

LEDGER = "ledger.db"
REMOTES = ("upstream", "origin")  # a fork is worked on for the repository that it comes from
SCP = re.compile(r"(?:[^@/:]+@)?([^@/:]{2,}):(?!/?\d+/)(.+)")  # git@github.com:team/shop.git; a letter is a drive
ELSEWHERE = say("Or name another place for the ledger: GONOGO_LEDGER=sqlite:////path/to/ledger.db")


def ledger_of(target: Target) -> Ledger:
    """The ledger named by GONOGO_LEDGER, else the one in the service's folder, made when it is missing."""
    url = read_settings().ledger
    if url is None:
        with _or_elsewhere():
            url = f"sqlite:///{own_path(target, LEDGER)}"
    return _knowing(open_ledger(url))


def earlier_ledger_of(target: Target) -> Ledger | None:
    """The ledger where there is one already; None, and nothing made, where a first run will make it."""
    if read_settings().ledger is None:
        with _or_elsewhere():
            if not own_place(target, LEDGER).exists():
                return None
    return ledger_of(target)


@contextmanager
def _or_elsewhere() -> Iterator[None]:
    """Who can't have the ledger in the service's folder may have it elsewhere."""
    try:
        yield
    except WorkflowError as error:
        raise WorkflowError(say("{error} {elsewhere}", error=error, elsewhere=ELSEWHERE)) from error


def reading_ledger_of(target: Target) -> Ledger:
    """The same ledger for those who only look: nothing is made or written, so that nothing must be writable."""
    return _knowing(read_ledger(_place_of(target)))


def back_up_ledger_of(choose: Callable[[], Target], file: Path) -> Verified:
    """A ledger in a new file: GONOGO_LEDGER's, which needs no service, else that of the one that is chosen.

    Returns what a look at the copy finds.
    """
    return back_up(read_settings().ledger or _place_of(choose()), file)


def restore_ledger_of(choose: Callable[[], Target], file: Path) -> Verified:
    """Fill the same ledger, which must be empty, from a backup."""
    return restore(file, read_settings().ledger or f"sqlite:///{own_path(choose(), LEDGER)}")


def _place_of(target: Target) -> str:
    return read_settings().ledger or f"sqlite:///{own_place(target, LEDGER)}"


def _knowing(ledger: Ledger) -> Ledger:
    """It knows which processes are alive here, and which service lies in a folder."""
    ledger.alive, ledger.identify = _alive, identify
    return ledger


def identify(root: str) -> Identity:
    """The service in a folder as several machines know it: the address of its repository and its place in it.

    Without an address it is known by where its history begins, which a shallow clone does not know, else by this
    machine and its path. What it was known by before it had an address stays its own.
    """
    path = by_path(root, host())
    told = _git(root, "rev-parse", "--is-shallow-repository", "--show-prefix").splitlines()
    if not told:
        return path
    prefix = told[1] if len(told) > 1 else ""
    first = _git(root, "rev-list", "--max-parents=0", "HEAD").split() if told[0] == "false" else []
    remotes = (_git(root, "remote", "get-url", name).strip() for name in REMOTES)
    address = next(filter(None, map(repository_at, remotes)), None)
    named = [f"remote:{address}:{prefix}"] if address else []
    begun = [f"git:{first[-1]}:{prefix}"] if first else []
    key, *before = [*named, *begun, *path.known]
    return Identity(key=key, before=tuple(before))


def repository_at(remote: str) -> str | None:
    """`github.com/team/shop` for each way to write it; None for a folder of this machine.

    Without who asks, by which protocol and at which port: two clones of one repository differ in these.
    """
    short = SCP.fullmatch(remote)
    machine, path = (short[1], short[2]) if short and "://" not in remote else ("", "")
    if not machine:
        try:
            url = urlsplit(remote)
            machine, path = url.hostname or "", url.path if url.scheme != "file" else ""
        except ValueError:
            return None
    path = path.strip("/").removesuffix(".git").strip("/")
    return f"{machine.lower()}/{path}" if machine and path else None


def _git(root: str, *words: str) -> str:
    """What git says; nothing where it can't."""
    try:
        ran = quick(["git", *words], cwd=Path(root))
    except OSError:
        return ""
    return ran.out if ran.code == 0 else ""


def is_here(run: Run, target: Target) -> bool:
    """Is this run's service in the target's folder, not in a copy or another clone of it?"""
    return run.root == str(target.root) or (run.host == host() and same_folder(run.root, target.root))


def own_folder(target: Target) -> Path:
    """gonogo's folder in the service's, made when it is missing. Raises `WorkflowError` when it can't be written."""
    folder = target.root / FOLDER
    for path in (folder, folder / ".gitignore"):
        _refuse_link(path)
    try:
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise WorkflowError(
            say("{folder} can't be written: {strerror}.", folder=folder, strerror=error.strerror)
        ) from error
    return folder


def own_path(target: Target, *parts: str) -> Path:
    """A path in gonogo's folder, which is made. See `own_place`."""
    own_folder(target)
    return own_place(target, *parts)


def own_place(target: Target, *parts: str) -> Path:
    """A path in gonogo's folder. A service's files are a stranger's: none of its steps may lead elsewhere."""
    path = target.root
    for part in (FOLDER, *parts):
        path = path / part
        _refuse_link(path)
    return path


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        where = path.readlink()
        raise WorkflowError(
            say(
                "{path} is a link to {where}. gonogo writes in the service's folder only: remove the link.",
                path=path,
                where=where,
            )
        )


def _alive(machine: str, pid: int) -> bool | None:
    return exists(pid) if machine == host() else None
