"""A release, rehearsed in a clean environment: migrate, start as in production, smoke, restart under load."""

import re
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote

import httpx

from runner.discovery.fastapi_app import NO_APP
from runner.errors import ProbeError
from runner.evidence.code.lock_file import LockFile
from runner.evidence.contract.contract import Contract, Operation
from runner.evidence.contract.served_app import ServedApp, metrics_paths
from runner.evidence.database.migrations import Migrations
from runner.evidence.release.answers import STREAM, Seen, asked, find_health, seen_at
from runner.evidence.release.clean_room import CleanRoom, Room, room_of
from runner.evidence.release.image_file import served_by_image
from runner.http.guarded_metrics import guarded_metrics
from runner.live.balancer import Balancer
from runner.live.containers import workers
from runner.live.server import ASKED_TO_END, DidNotStart, Server, start_server
from runner.live.steady import Answer, HalfSent, Steady, get
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.postgres.catalog import columns
from runner.postgres.database import Database
from runner.probe import Probe
from runner.processes.ran import Ran
from runner.reading.documents import NotReadable
from runner.reading.metrics_text import Metric, metrics_in
from runner.said import say
from runner.vocabulary.health import is_prometheus

PATIENCE = 9  # seconds that the old instance has to end itself; container engines give ten
ENDED_WELL = frozenset({0, ASKED_TO_END})  # uvicorn says, having ended in order, that it was SIGTERM
SMOKED = 200  # public GETs that are tried
CAUGHT = 3  # requests that are half-way in when the old instance is told to end
SETTLE, DEREGISTER, HOLD = 0.5, 0.3, 0.3  # seconds
PASSWORD = "go%no@go:42/x"  # noqa: S105 - the server trusts loopback; signs that a URL or an ini file takes for its own
ENCODED = quote(PASSWORD, safe="")
ODD = say("with %, @, : and / in the database's password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One step of the rehearsal. `problem` says why it failed."""

    name: str
    command: str
    seconds: float = field(default=0.0, compare=False)
    problem: str = ""
    path: str | None = None  # of the service's code that raised the problem, …
    line: int | None = None  # … with its line


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """What a restart under load did."""

    paths: tuple[str, ...]  # that the steady load asked for
    before: int  # requests sent before the switch, …
    during: int
    after: int
    sent: int = 0  # in all: those of which nothing is known too
    old: frozenset[int] = frozenset()  # processes of the old instance that do the work, …
    new: frozenset[int] = frozenset()  # … and of the new one
    lost: tuple[Answer, ...] = ()
    caught_endpoint: str = ""  # of the requests that were half-way in
    caught: tuple[Answer, ...] = ()
    not_caught: str = ""  # why no request could be held half-way
    exit_code: int | None = None  # of the old instance; None: it had to be killed
    stop_seconds: float = field(default=0.0, compare=False)
    last_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal(Evidence):
    """A release, rehearsed."""

    exclusive: ClassVar[bool] = True

    clean: bool  # in the lock's environment; else in the service's own
    production: tuple[str, ...]  # names of the variables that make it production
    acts: tuple[Act, ...]
    live: str | None = None  # paths that answered
    ready: str | None = None
    smoke: tuple[Seen, ...] = ()
    public: int = 0  # operations that anybody may ask for without a body
    planned: int = 0  # steps that a whole rehearsal has
    contract_problem: str = ""  # why the public operations are not known
    restart: Restart | None = None
    metrics: tuple[Metric, ...] = ()  # that it exposes

    @classmethod
    def collect(
        cls,
        probe: Probe,
        lock: LockFile,
        clean: Looked[CleanRoom],
        migrations: Looked[Migrations],
        contract: Looked[Contract],
        served: Looked[ServedApp],
    ) -> Self:
        if probe.target.app is None:
            raise ProbeError(NO_APP)
        facts = clean.must()
        play = _Play(probe, room_of(probe, lock), migrations, contract, served.evidence)
        play.perform()
        return cls(
            clean=facts.clean,
            production=tuple(probe.target.config.production),
            acts=tuple(play.acts),
            live=play.live,
            ready=play.ready,
            smoke=play.seen,
            public=play.public_there,
            planned=play.planned,
            contract_problem=play.contract_problem,
            restart=play.restarted,
            metrics=play.metrics,
        )

    def act(self, name: str) -> Act | None:
        return next((act for act in self.acts if act.name == name), None)

    @property
    def problem(self) -> str:
        """Why the rehearsal ended early."""
        return next(
            (say("{name}: {problem}", name=act.name, problem=act.problem) for act in self.acts if act.problem), ""
        )


class _Play:
    """The rehearsal as it goes: what was done, and what is to be cleared away."""

    def __init__(
        self,
        probe: Probe,
        room: Room,
        history: Looked[Migrations],
        contract: Looked[Contract],
        served: ServedApp | None,
    ) -> None:
        self.probe, self.room = probe, room
        self.history, self.served = history, served
        self.operations = contract.evidence.operations if contract.evidence else ()
        self.acts: list[Act] = []
        self.live: str | None = None
        self.ready: str | None = None
        self.seen: tuple[Seen, ...] = ()
        self.contract_problem = str(contract.problem or "")
        self.public_there = 0
        self.odd = odd_passwords(probe)
        self.planned = 4 + self.migrates  # start, smoke, the new instance, restart
        self.planned += (1 + self.migrates) if self.odd else 0
        self.restarted: Restart | None = None
        self.metrics: tuple[Metric, ...] = ()
        self.database = probe.servers.new_database()
        self.env = room.environment(probe, self.database, deployed=True)
        self.servers: list[Server] = []

    def perform(self) -> None:
        try:
            if self.migrate():
                first = self.start(say("start"))
                if first:
                    self.smoke(first)
                    self.restart(first)
                    self.with_odd_password()
        finally:
            for server in self.servers:
                server.stop()
                self.probe.workshop.runner.forget(server.process)

    def migrate(self) -> bool:
        Migrator(self.probe).prepare(self.database)
        if not self.migrates:
            return True
        ran = migrate_in_room(self.probe, self.room, self.database)
        said = self.probe.target.config.database.migrate or "alembic upgrade head"
        problem = self.room.at_home(ran.last_words) if ran.code else self.nothing_made()
        self.acts.append(Act(name=say("migrate"), command=said, seconds=ran.seconds, problem=problem))
        return not problem

    def with_odd_password(self) -> None:
        """Migrate and start once more: the database's password holds signs that URLs and ini files take for theirs."""
        if not self.odd:
            return
        database = self.probe.servers.new_database()
        Migrator(self.probe).prepare(database)
        if self.migrates:
            ran = migrate_in_room(self.probe, self.room, database, told=self.odd)
            where = raised_at(ran.err, self.room.release) if ran.code else None
            said = f"{ran.last_words}{f', at {where[0]}:{where[1]} `{where[2]}`' if where else ''}" if ran.code else ""
            self.acts.append(
                Act(
                    name=say("migrate {odd}", odd=ODD),
                    command=f"alembic upgrade head  # {', '.join(self.odd)} with {ENCODED} for a password",
                    seconds=ran.seconds,
                    problem=self.room.at_home(said),
                    path=where[0] if where else None,
                    line=where[1] if where else None,
                )
            )
            if ran.code:
                return
        env, self.env = self.env, self.room.environment(self.probe, database, deployed=True) | self.odd_values(database)
        self.start(say("start {odd}", odd=ODD))
        self.env = env

    def odd_values(self, database: Database) -> dict[str, str]:
        return with_password(self.room.environment(self.probe, database, deployed=True), self.odd)

    @property
    def migrates(self) -> bool:
        return self.probe.target.alembic is not None or bool(self.probe.target.config.database.migrate)

    def nothing_made(self) -> str:
        """Why a migration that said nothing did nothing; empty where it made tables, or has none to make."""
        if not any("{database_" in value for value in self.probe.environment.named().values()) or columns(
            self.database
        ):
            return ""
        if self.probe.target.config.database.migrate is None and not self.history.must().revisions:
            return ""
        return say("it ended well, and the database has no table")

    def start(self, name: str) -> Server | None:
        began = time.monotonic()
        try:
            server = start_in_room(self.probe, self.room, self.env)
        except DidNotStart as error:
            command = error.command.replace(str(self.room.python), "python")
            self.acts.append(Act(name=name, command=command, problem=self.room.at_home(str(error))))
            return None
        self.servers.append(server)
        self.probe.note(server.command)
        command = server.command.replace(str(self.room.python), "python").replace(str(server.port), "8000")
        self.acts.append(Act(name=name, command=command, seconds=time.monotonic() - began))
        return server

    def smoke(self, server: Server) -> None:
        began = time.monotonic()
        with server.client() as client:
            self.live, self.ready = live, ready = find_health(self.probe, self.served, client)
            health = [seen_at(client, path) for path in (live, ready) if path]
            self.seen = (*health, *(asked(client, one) for one in self.public(live, ready)))
            self.metrics = self.exposed(client)
        self.acts.append(
            Act(
                name=say("smoke"), command=say("{seen} requests", seen=len(self.seen)), seconds=time.monotonic() - began
            )
        )

    def public(self, *known: str | None) -> list[Operation]:
        """What anybody may ask for: where it wants an id or a parameter, being told that there is none is an answer."""
        open_ones = [o for o in self.operations if o.method == "GET" and not o.is_protected and not o.body_required]
        found = [o for o in open_ones if o.path not in known]
        self.public_there = len(found)
        return found[:SMOKED]

    def exposed(self, client: httpx.Client) -> tuple[Metric, ...]:
        named = self.probe.target.config.health.metrics
        paths = (named,) if named else metrics_paths(self.served)
        guarded = guarded_metrics(client, paths, self.env)
        if guarded and guarded.is_open:
            guarded.authenticate(client)
        for path in paths:
            answer = _get(client, path)
            if answer is not None and answer.status_code == 200 and is_prometheus(answer.text):  # noqa: PLR2004
                with suppress(NotReadable):  # nothing that Prometheus could read
                    return metrics_in(answer.text)
        return ()

    def restart(self, old: Server) -> None:
        """As a rolling release does it: the new instance beside the old one, new connections to it, then SIGTERM."""
        smoke = [s for s in self.seen if s.status is not None and s.status < 300 and s.note != STREAM]  # noqa: PLR2004
        paths = tuple(dict.fromkeys(s.endpoint.removeprefix("GET ") for s in smoke))[:4] or ("/",)
        caught: list[Answer] = []
        with Balancer(old.port, old.fence) as balancer, Steady(balancer.port, paths, old.fence) as load:
            time.sleep(SETTLE)
            new = self.start(say("start the new instance beside the old one"))
            if new is None:
                return
            get(new.port, paths[0], new.fence)
            endpoint, held, why_not = self.hold(balancer.port)
            before, switched = workers(old.process.pid), time.monotonic()
            balancer.switch(new.port)
            time.sleep(DEREGISTER)
            old.process.let_go()
            told = time.monotonic()
            self.probe.note(f"kill -TERM {old.process.pid}")
            time.sleep(HOLD)
            caught = [one.finish() for one in held]
            code = old.process.wait(PATIENCE)
            ended = time.monotonic()
            time.sleep(SETTLE)
        if code is None:
            old.stop(0)
        answers = load.answers
        self.acts.append(
            Act(name=say("restart under load"), command="SIGTERM to the old instance", seconds=ended - told)
        )
        self.restarted = Restart(
            paths=paths,
            before=sum(a.at < switched for a in answers),
            sent=load.sent,
            old=before,
            new=workers(new.process.pid),
            during=sum(switched <= a.at <= ended for a in answers),
            after=sum(a.at > ended for a in answers),
            lost=tuple(a for a in answers if a.failed),
            caught_endpoint=endpoint,
            caught=tuple(caught),
            not_caught=why_not,
            exit_code=code,
            stop_seconds=ended - told,
            last_words=old.process.tail(2),
        )

    def hold(self, port: int) -> tuple[str, list[HalfSent], str]:
        """Requests of which half is sent, on an operation that waits for its body."""
        body = {"gonogo": say("sent in two halves, before and after SIGTERM")}
        operations = [o for o in self.operations if o.body is not None and o.body_media.endswith("json")]
        if not operations:
            return "", [], self.contract_problem or say("no operation of the contract takes a JSON body")
        for operation in sorted(operations, key=lambda o: (o.is_protected, len(o.path)))[:8]:
            path = re.sub(r"\{[^}]*\}", "1", operation.path)
            whole = HalfSent(port, operation.method, path, body, self.probe.workshop.fence)
            time.sleep(0.05)
            if not whole.pending() or whole.finish().failed:
                continue
            held = [HalfSent(port, operation.method, path, body, self.probe.workshop.fence) for _ in range(CAUGHT)]
            time.sleep(0.2)
            if all(one.pending() for one in held):
                return operation.endpoint, held, ""
        return "", [], say("every operation that takes a body answers before it has been sent")


def start_in_room(probe: Probe, room: Room, env: dict[str, str], *, patience: float = 60) -> Server:
    app = probe.target.app
    assert app is not None
    return start_server(
        probe.workshop.runner,
        root=room.release,
        folder=room.release / probe.target.folder,
        python=room.python,
        app=app,
        env=env,
        command=probe.target.config.service.serve or served_by_image(probe),
        patience=patience,
    )


def odd_passwords(probe: Probe) -> dict[str, str]:
    """The settings that hold the database's password: what stands for it there, in a URL or plain; none: no setting."""
    config = probe.target.config
    named = (config.env | config.production).items()
    inside = {name: ENCODED for name, value in named if "{database_url}" in value}
    inside |= {name: ENCODED for name, value in named if "{database_password}" in value and "://" in value}
    return inside | {name: PASSWORD for name, value in named if value == "{database_password}"}


def with_password(env: Mapping[str, str], odd: Mapping[str, str]) -> dict[str, str]:
    """These settings with another password in place of ours."""
    return {
        name: password if password == PASSWORD else env[name].replace(":trusted@", f":{password}@")
        for name, password in odd.items()
    }


def raised_at(err: str, root: Path) -> tuple[str, int, str] | None:
    """The service's own line that the last traceback leads through last: file, line, text."""
    last = err.rpartition("Traceback (most recent call last):")[2]
    frames = re.findall(r'^\s*File "([^"]+)", line (\d+), in [^\n]+\n\s+([^\n]+)', last, re.MULTILINE)
    for file, line, text in reversed(frames):
        path = (root / file).resolve()
        if path.is_relative_to(root.resolve()) and "site-packages" not in path.parts:
            return path.relative_to(root.resolve()).as_posix(), int(line), text.strip()
    return None


def migrate_in_room(
    probe: Probe, room: Room, database: Database, *words: str, told: Mapping[str, str] | None = None
) -> Ran:
    """Alembic (or the service's own command) in the clean environment, with production settings.

    `told`: settings with another password of the database.
    """
    env = room.environment(probe, database, deployed=True)
    env |= with_password(env, told or {})
    own = probe.target.config.database.migrate
    if own and not words:
        return probe.run(_split(own, room), env=env, cwd=room.release, timeout=120)
    asked = words or ("upgrade", "head")
    argv = Migrator(probe).alembic_argv(*asked, python=room.python)
    folder = room.release / probe.target.alembic_folder
    return probe.run(argv, env=env, cwd=folder, timeout=120, said=" ".join(["alembic", *asked]))


def _split(command: str, room: Room) -> Sequence[str]:
    return shlex.split(command.replace("{python}", str(room.python)))


def _get(client: httpx.Client, path: str) -> httpx.Response | None:
    try:
        return client.get(path)
    except httpx.HTTPError:
        return None
