"""A container engine that answers: builds, runs, stops, and clears away what dead runs left."""

import contextlib
import re
import shutil
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.errors import NotThere
from runner.live.scratch import is_dead
from runner.processes.process import engine_environment, quick
from runner.processes.ran import Ran
from runner.said import say, together

ENGINES = ("docker", "podman")
LABEL = "gonogo.run_folder"  # its value is the scratch folder of the run that made it
ANSWERS_WITHIN = 10  # seconds
# Where the engine's machine is called by its name, and how it isolates.
ABOUT = {
    "docker": "{{.Name}} {{.SecurityOptions}}",
    "podman": "{{.Host.Hostname}}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """`program` is the client's full path; `about` what `info` said of the machine that its containers run on."""

    name: str
    program: str
    about: str = ""

    def quick(self, *words: str, timeout: float = 30) -> Ran:
        """A short command; the exit code is the caller's to judge."""
        return quick([self.program, *words], cwd=Path("/"), timeout=timeout, env=engine_environment())

    def elsewhere(self) -> str:
        """Why its containers can't reach a server on our loopback; empty when they can."""
        machine = self.about.split()[0] if self.about.split() else "?"
        if machine != socket.gethostname():
            return say("{name}'s containers run on `{machine}`, not on this machine", name=self.name, machine=machine)
        if "rootless" in self.about:
            return say("{name} runs rootless, with a network of its own", name=self.name)
        return ""

    def remove(self, container: str, image: str, run_folder: Path) -> None:
        """Whatever is left of both, and the layers that a failed build of this run left; nothing when all is gone."""
        self._end(container)
        self.quick("rmi", "--force", image)
        for layer in self._listed("images", f"{LABEL}={run_folder}"):
            self.quick("rmi", "--force", layer)

    def sweep(self) -> list[str]:
        """Remove the containers and images of runs that are dead; those removed."""
        containers = self._of_the_dead("container", self._listed("ps", LABEL))
        for one in containers:
            self._end(one)
        images = self._of_the_dead("image", self._listed("images", LABEL))
        for one in images:
            self.quick("rmi", "--force", one)
        return containers + images

    def _end(self, container: str) -> None:
        self.quick("kill", container)  # podman's `rm --force` would first wait ten seconds
        self.quick("rm", "--force", container)

    def _listed(self, what: str, label: str) -> list[str]:
        """The ids of containers (`ps`) or images (`images`) with this label."""
        stopped_too = ["--all"] if what == "ps" else []
        return list(dict.fromkeys(self.quick(what, *stopped_too, "--quiet", "--filter", f"label={label}").out.split()))

    def _of_the_dead(self, kind: str, ids: Iterable[str]) -> list[str]:
        """Those whose run is dead: their label names its scratch folder."""
        asked = f'{{{{index .Config.Labels "{LABEL}"}}}}'
        told = [(id, self.quick(kind, "inspect", "--format", asked, id).out.strip()) for id in ids]
        return [id for id, run_folder in told if run_folder.startswith("/") and is_dead(Path(run_folder))]


def find_engine(names: Sequence[str] = ENGINES) -> Engine:
    """The first engine that really answers. Raises `NotThere` with what each of them said."""
    said = []
    for name in names:
        program = shutil.which(name)
        if program is None:
            said.append(say("{name} is not installed", name=name))
            continue
        words = [program, "info", "--format", ABOUT[name]]
        ran = quick(words, cwd=Path("/"), timeout=ANSWERS_WITHIN, env=engine_environment())
        if ran.code == 0 and ran.out.strip():
            return Engine(name=name, program=program, about=ran.out.strip())
        said.append(say("{name} says: {last_words}", name=name, last_words=ran.last_words))
    raise NotThere(
        say("no container engine answers here: {said}", said=together(said)), looked=together(names, " and ")
    )


def user_ids(pid: int, proc: Path = Path("/proc")) -> frozenset[int]:
    """The user ids, as the container sees them, of the processes below `pid` that do the work: those without children.

    An entrypoint that starts as root and hands over to an ordinary user is thereby taken for what it serves as.
    """
    return frozenset(uid for one in workers(pid, proc) if (uid := _user_of(proc / str(one))) is not None)


def workers(pid: int, proc: Path = Path("/proc")) -> frozenset[int]:
    """The processes below `pid`, or itself, that have no children."""
    parents = _parents(proc)
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return frozenset(family - {parents.get(one) for one in family})


def _parents(proc: Path) -> dict[int, int]:
    found = {}
    for stat in proc.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            found[int(stat.parent.name)] = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
    return found


def _user_of(process: Path) -> int | None:
    """The effective user, read back through the user namespace; None when the process is gone."""
    with contextlib.suppress(OSError):
        uid = re.search(r"^Uid:\s+\d+\s+(\d+)", (process / "status").read_text(errors="replace"), re.MULTILINE)
        spans = [[int(word) for word in line.split()] for line in (process / "uid_map").read_text().splitlines()]
        if uid:
            return next((int(uid[1]) - out + into for into, out, size in spans if 0 <= int(uid[1]) - out < size), None)
    return None
