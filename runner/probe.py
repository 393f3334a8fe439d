"""The one object that touches a target. Everything it does is written down.

What speaks HTTP is loaded with the first service that is started.
"""

import json
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner.discovery.fastapi_app import NO_APP
from runner.discovery.target import Target
from runner.environment import Environment, watched
from runner.errors import NotThere, ProbeError, Thing
from runner.live.conversation import Conversation
from runner.live.strangers import Stranger, strangers_in
from runner.live.workshop import Workshop
from runner.postgres.database import Database
from runner.processes.process import Reach, clean_environment
from runner.processes.ran import Ran, TookTooLong
from runner.processes.reads import declared
from runner.reading.documents import NotReadable, text_of
from runner.reading.walk import folders_above
from runner.said import Said, say, together
from runner.servers import Servers

if TYPE_CHECKING:
    from runner.live.server import Server

GUESTS = Path(__file__).parent / "guest"
# Running the file directly would put our folder, not the target's root, first on sys.path.
# `logging.config`: any server has it imported before the app is, and some apps speak of it without.
BOOT = 'import logging.config, runpy, sys; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name="__main__")'
# Shortly before it is ended for being late, a guest says where it hangs.
WATCHED = "import faulthandler; faulthandler.dump_traceback_later({seconds:.1f}); " + BOOT
# What a missing file would be the absence of, where something else may speak against it.
THINGS = {"Dockerfile": Thing.IMAGE, "lock": Thing.LOCK, "specification": Thing.SPECIFICATION}


class Probe:
    """Hands for collecting one kind of evidence about one target."""

    def __init__(self, target: Target, workshop: Workshop) -> None:
        self.target = workshop.admit(target)
        self.workshop = workshop
        self.servers = Servers(self.target, workshop)
        self.environment = Environment(self.target, workshop, self.servers)
        self.commands: list[str] = []

    @property
    def root(self) -> Path:
        return self.target.root

    def elsewhere(self, root: Path) -> "Probe":
        """Hands for another state of the same service, in a folder of its own: same settings, same interpreter."""
        return Probe(replace(self.target, root=root), self.workshop)

    # --- asking the service's interpreter, running commands, reading files

    def ask(self, guest: str, *args: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> dict[str, Any]:
        """Run a guest script in the target's own interpreter and read its JSON answer.

        The answer comes back in a file, so whatever the target prints on import is harmless. The guest gets the
        answer's path as argv[1], then `args`. Without `env` it gets `environment.of()`, which opens no database.
        """
        answer = self.workshop.scratch("ask") / "answer.json"
        boot = WATCHED.format(seconds=timeout * 0.9)
        argv = [str(self.target.python), "-c", boot, str(GUESTS / f"{guest}.py"), str(answer), *args]
        said = say(
            "{python} runner/guest/{guest}.py {args}", python=self.target.python, guest=guest, args=shlex.join(args)
        )
        what = say("asking the service's interpreter ({guest})", guest=together([guest, *args[:1]], " "))
        try:
            ran = self.run(argv, env=env, timeout=timeout, said=said)
        except TookTooLong as late:
            raise ProbeError(
                say(
                    "{what} did not end within {timeout} s. {hung_at}",
                    what=what,
                    timeout=f"{timeout:.0f}",
                    hung_at=late.hung_at(self.root),
                )
            ) from late
        if ran.code:
            raise ProbeError(say("{what} failed: {complaint}", what=what, complaint=ran.complaint(self.root)))
        try:
            found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            hint = say("does the service's code end the process (sys.exit, os._exit) while it is imported?")
            raise ProbeError(
                say("{what} gave no answer: {last_words}; {hint}", what=what, last_words=ran.last_words, hint=hint)
            ) from error
        if "problem" in found:
            problem = str(found["problem"])
            share = (
                say("; gonogo gives it {memory} MB", memory=self.workshop.runner.bounds.memory >> 20)
                if "MemoryError" in problem
                else ""
            )
            said = (
                say(". It said: {last_lines}", last_lines=ran.last_lines)
                if "SystemExit" in problem and ran.last_lines
                else ""
            )
            raise ProbeError(say("{problem}{share}{said}", problem=problem, share=share, said=said))
        return found

    @contextmanager
    def converse(self, guest: str, *args: str, env: Mapping[str, str] | None = None) -> Iterator[Conversation]:
        """A guest script in the target's own interpreter that answers question after question; ended at the end."""
        argv = [str(self.target.python), "-c", BOOT, str(GUESTS / f"{guest}.py")]
        self.note(f"{self.target.python} runner/guest/{guest}.py {shlex.join(args)}")
        chosen = self.environment.of() if env is None else dict(env)
        conversation = Conversation(self.workshop.runner, argv, args, self.root, chosen)
        try:
            yield conversation
        finally:
            conversation.close()

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 120,
        said: str | None = None,
        reach: Reach = Reach.RUN,
        reads: Sequence[str] | None = None,
    ) -> Ran:
        """Run a command in the service's folder and environment; the exit code is the caller's to judge.

        `reads`: the files that it reads, where it reads no others; else it may have read any.
        """
        self.note(said or shlex.join(argv))
        chosen = self.environment.of() if env is None else dict(env)
        with declared(reads) if reads is not None else nullcontext():
            return self.workshop.runner.run(argv, cwd=cwd or self.root, env=chosen, timeout=timeout, reach=reach)

    def tool(
        self,
        name: str,
        *args: str,
        cwd: Path | None = None,
        timeout: float = 120,
        env: Mapping[str, str] | None = None,
        reach: Reach = Reach.OWN,
        reads: Sequence[str] | None = None,
    ) -> Ran:
        """Run one of gonogo's own tools (ruff, squawk, …). Raises `ProbeError` with how to get a missing one.

        `reads` as in `run`; a tool in Python tells by itself what it reads.
        """
        beside = Path(sysconfig.get_path("scripts")) / name
        found = str(beside) if beside.is_file() else shutil.which(name)
        if found is None:
            raise ProbeError(
                say(
                    "`{name}` is not installed: pip install {name}. `invoke doctor` says what else is missing",
                    name=name,
                )
            )
        self.note(shlex.join([name, *args]))
        path = f"{beside.parent}:{clean_environment().get('PATH', '')}"
        chosen = clean_environment(env) | {"PATH": path, "NO_COLOR": "1"} | watched(self.workshop)
        argv = [found, *args]
        with declared(reads) if reads is not None else nullcontext():
            return self.workshop.runner.run(argv, cwd=cwd or self.root, env=chosen, timeout=timeout, reach=reach)

    def own_python(self) -> str:
        """gonogo's interpreter, for tools that are modules (`python -m locust`)."""
        return sys.executable

    def read(self, path: str | None, *, what: str) -> str:
        """The text of a file in the service's folder. Raises `NotThere` when there is none."""
        if path is None:
            raise NotThere(
                say("this service has no {what}", what=what),
                looked="the usual places in its folder",
                absent=THINGS.get(what),
            )
        file = self.inside(path)
        if not file.is_file():
            raise NotThere(
                say("this service has no {what} ({path})", what=what, path=path), looked=path, absent=THINGS.get(what)
            )
        try:
            return text_of(file)
        except NotReadable as error:
            raise ProbeError(say("{path}: {error}", path=path, error=error)) from error

    def inside(self, path: str) -> Path:
        """A path in the service's folder, or in its repository. Raises `ProbeError` when it leads out of both."""
        full = (self.root / path).resolve()
        if not any(full.is_relative_to(folder.resolve()) for folder in (self.root, *folders_above(self.root))):
            raise ProbeError(say("{path} leads out of the service's folder and its repository", path=path))
        return full

    def hide(self, secret: str) -> None:
        """A token or password that came up: no record of this run will tell it."""
        self.workshop.secrets.append(secret)

    def note(self, command: str) -> None:
        """Write down a command, a request, a statement or what was done for the record, with secrets blanked."""

        def short(text: str) -> str:
            return text.replace(self.target.secret, "…").replace(f"{self.root}/", "")

        self.commands.append(command.with_each(short) if isinstance(command, Said) else short(command))

    def strangers(self) -> list[Stranger]:
        """The servers that the service's processes turned to and that this run did not start."""
        return strangers_in(self.workshop.strangers)

    def start_service(
        self, database: Database, *, production: bool = False, env: Mapping[str, str] | None = None
    ) -> "Server":
        """Start the service on a free port against a database; the caller stops it, or the run's end does."""
        from runner.live.server import DidNotStart, start_server

        app = self.target.app
        if app is None:
            raise NotThere(NO_APP, looked="the Python files of its folder", absent=Thing.OPERATIONS)
        in_a_file = not self.servers.driver() and self.servers.asked_for().mentions("sqlite")
        if in_a_file:  # which may be one of the developer's own
            self.environment.must_be_told(self.environment.named())
        told = self.environment.of(database, production=production) | dict(env or {})
        try:
            server = start_server(
                self.workshop.runner,
                root=self.root,
                folder=self.root / self.target.folder,
                python=self.target.python,
                app=app,
                env=told,
                command=self.target.config.service.serve,
            )
        except DidNotStart as error:
            if database.programs:  # one of ours, not a database that nobody serves
                self.servers.blame(str(error))
            raise
        self.note(server.command)
        return server

    @contextmanager
    def service(
        self,
        database: Database,
        *,
        production: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> "Iterator[Server]":
        """The running service, on a migrated database of its own unless one is given; stopped at the end."""
        from runner.live.problem import CUT, stopped_answering

        server = self.start_service(database, production=production, env=env)
        try:
            yield server
        except CUT as error:
            raise stopped_answering(server.process, error) from error
        finally:
            server.stop()
            self.workshop.runner.forget(server.process)
