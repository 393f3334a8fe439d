"""The one object that touches a target. Everything it does is written down."""

import json
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from runner.discovery.asked_for import AskedFor
from runner.discovery.declared import declaring_modules
from runner.discovery.first_sql import missing_in
from runner.discovery.other_databases import OtherDatabase
from runner.discovery.target import Target, folders_above
from runner.errors import NotThere, ProbeError, Thing, first_line
from runner.live.candidates import lacks_extension
from runner.live.conversation import Conversation
from runner.live.postgres import Database, Postgres
from runner.live.redis import Redis
from runner.live.server import DidNotStart, Server, start_server
from runner.live.strangers import Stranger, strangers_in
from runner.live.trouble import CUT, stopped_answering
from runner.live.workshop import Workshop
from runner.processes.process import Reach, clean_environment
from runner.processes.ran import Ran, TookTooLong
from runner.processes.reads import current, declared
from runner.reading.documents import NotReadable, text_of

GUESTS = Path(__file__).parent / "guest"
GUARD = GUESTS / "guard"
# Running the file directly would put our folder, not the target's root, first on sys.path.
BOOT = 'import runpy, sys; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name="__main__")'
# Shortly before it is ended for being late, a guest says where it hangs.
WATCHED = "import faulthandler; faulthandler.dump_traceback_later({seconds:.1f}); " + BOOT
# What a missing file would be the absence of, where something else may speak against it.
THINGS = {"Dockerfile": Thing.IMAGE, "lock": Thing.LOCK, "specification": Thing.SPECIFICATION}
NOWHERE = Database(port=1, name="nowhere")  # nobody listens there


class TargetProbe:
    """Hands for collecting one kind of evidence about one target."""

    def __init__(self, target: Target, workshop: Workshop) -> None:
        self.target = workshop.admit(target)
        self.workshop = workshop
        self.commands: list[str] = []

    @property
    def root(self) -> Path:
        return self.target.root

    def elsewhere(self, root: Path) -> "TargetProbe":
        """Hands for another state of the same service, in a folder of its own: same settings, same interpreter."""
        return TargetProbe(replace(self.target, root=root), self.workshop)

    # --- asking the service's interpreter, running commands, reading files

    def ask(self, guest: str, *args: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> dict[str, Any]:
        """Run a guest script in the target's own interpreter and read its JSON answer.

        The answer comes back in a file, so whatever the target prints on import is harmless. The guest gets the
        answer's path as argv[1], then `args`. Without `env` it gets `environment()`, which opens no database.
        """
        answer = self.workshop.scratch("ask") / "answer.json"
        boot = WATCHED.format(seconds=timeout * 0.9)
        argv = [str(self.target.python), "-c", boot, str(GUESTS / f"{guest}.py"), str(answer), *args]
        said = f"{self.target.python} runner/guest/{guest}.py {shlex.join(args)}"
        what = f"asking the service's interpreter ({' '.join([guest, *args[:1]])})"
        try:
            ran = self.run(argv, env=env, timeout=timeout, said=said)
        except TookTooLong as late:
            raise ProbeError(f"{what} did not end within {timeout:.0f} s. {late.hung_at(self.root)}") from late
        if ran.code:
            raise ProbeError(f"{what} failed: {ran.complaint(self.root)}")
        try:
            found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            hint = "does the service's code end the process (sys.exit, os._exit) while it is imported?"
            raise ProbeError(f"{what} gave no answer: {ran.last_words}; {hint}") from error
        if "trouble" in found:
            trouble = str(found["trouble"])
            share = (
                f"; gonogo gives it {self.workshop.runner.bounds.memory >> 20} MB" if "MemoryError" in trouble else ""
            )
            said = f". It said: {ran.last_lines}" if "SystemExit" in trouble and ran.last_lines else ""
            raise ProbeError(f"{trouble}{share}{said}")
        return found

    @contextmanager
    def converse(self, guest: str, *args: str, env: Mapping[str, str] | None = None) -> Iterator[Conversation]:
        """A guest script in the target's own interpreter that answers question after question; ended at the end."""
        argv = [str(self.target.python), "-c", BOOT, str(GUESTS / f"{guest}.py")]
        self.note(f"{self.target.python} runner/guest/{guest}.py {shlex.join(args)}")
        chosen = self.environment() if env is None else dict(env)
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
        chosen = self.environment() if env is None else dict(env)
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
                f"`{name}` is not installed: pip install {name}. `invoke doctor` says what else is missing"
            )
        self.note(shlex.join([name, *args]))
        path = f"{beside.parent}:{clean_environment().get('PATH', '')}"
        chosen = clean_environment(env) | {"PATH": path, "NO_COLOR": "1"} | self._watched()
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
                f"this service has no {what}", looked="the usual places in its folder", absent=THINGS.get(what)
            )
        file = self.inside(path)
        if not file.is_file():
            raise NotThere(f"this service has no {what} ({path})", looked=path, absent=THINGS.get(what))
        try:
            return text_of(file)
        except NotReadable as trouble:
            raise ProbeError(f"{path}: {trouble}") from trouble

    def inside(self, path: str) -> Path:
        """A path in the service's folder, or in its repository. Raises `ProbeError` when it leads out of both."""
        full = (self.root / path).resolve()
        if not any(full.is_relative_to(folder.resolve()) for folder in (self.root, *folders_above(self.root))):
            raise ProbeError(f"{path} leads out of the service's folder and its repository")
        return full

    def hide(self, secret: str) -> None:
        """A token or password that came up: no record of this run will tell it."""
        self.workshop.secrets.append(secret)

    def note(self, command: str) -> None:
        """Write down a command, a request or a statement for the record, with secrets blanked."""
        self.commands.append(command.replace(self.target.secret, "…").replace(f"{self.root}/", ""))

    # --- the live parts

    def postgres(self) -> Postgres:
        """The run's PostgreSQL server: one that has the extensions that this service asks for."""
        return self.workshop.postgres(self.asked_for().extensions)

    def new_database(self, template: str | None = None) -> Database:
        """A database of its own on that server, empty or a copy."""
        return self.workshop.new_database(template, wanted=self.asked_for().extensions)

    def redis(self) -> Redis:
        """The run's Redis server: one that knows the commands that this service sends."""
        return self.workshop.redis(self.asked_for().commands)

    def blame_the_server(self, said: str) -> None:
        """Raise `ProbeError` where a complaint comes from what this machine's PostgreSQL lacks, not from the service.

        It is then UNKNOWN, with the name of what is lacking.
        """
        if lacks := lacks_extension(said, self.postgres().candidate, self.asked_for().extensions):
            raise ProbeError(lacks)

    def asked_for(self) -> AskedFor:
        """What the service's files say of the servers that it needs."""
        return self.workshop.asked_for(self.target)

    def environment(self, database: Database | None = None, *, production: bool = False) -> dict[str, str]:
        """The service's environment with its placeholders filled in.

        Without a database, `{database_url}` names one that nothing serves: imports work, queries fail. Raises
        `ProbeError` for a database that the service would not be told of: it would use its own default instead, which
        may be one that somebody needs.
        """
        config = self.target.config
        wanted = config.env | (config.production if production else {})
        postgres = self.driver() and self.asked_for().mentions("postgres", "psycopg", "asyncpg", "pg8000", "_engine(")
        if database and (postgres or self.other_database()):  # one that is not started here would be reached as well
            self._must_be_told(wanted)
        place = database or NOWHERE
        fill = {
            "database_url": other.url if (other := self.other_database()) else place.url(self.driver()),
            "database_host": "127.0.0.1",
            "database_port": str(place.port),
            "database_user": "postgres",
            "database_password": "trusted",
            "database_name": place.name,
            "secret": self.target.secret,
            "python": str(self.target.python),
            "root": str(self.root),
        }
        if database and any("{redis" in value for value in wanted.values()):
            redis = self.redis()
            number = int(place.name.rpartition("_")[2]) if place.name.rpartition("_")[2].isdigit() else 0
            fill |= {"redis_url": redis.url(number), "redis_port": str(redis.port), "redis_host": "127.0.0.1"}
        else:
            fill |= {"redis_url": "redis://127.0.0.1:1/0", "redis_port": "1", "redis_host": "127.0.0.1"}
        posts = database and any("{mail_" in value for value in wanted.values())
        fill |= {"mail_host": "127.0.0.1", "mail_port": str(self.workshop.postbox().port if posts else 1)}
        told = self._base() | _defaults(place) | self._alembic_told(place) | self._guard(place)
        return told | {name: _filled(name, value, fill) for name, value in wanted.items()}

    def _guard(self, place: Database) -> dict[str, str]:
        """For the guard in each Python of the service: which server is the run's, and where to tell of others."""
        known = {
            "port": place.port,
            "folder": place.folder,
            "marker": place.marker,
            "report": str(self.workshop.strangers),
            "reads": self._reads(),
        }
        return {"GONOGO_GUARD": json.dumps(known)}

    def _reads(self) -> str:
        """The file in which the processes of what is collected here tell what they open; "" where nobody collects."""
        mine = current()
        if mine is None:
            return ""
        if mine.report is None:
            mine.report = self.workshop.scratch("reads") / "report.jsonl"
            mine.report.touch(mode=0o666)
        return str(mine.report)

    def _watched(self) -> dict[str, str]:
        """For a tool of ours that runs in Python: it tells which files it opens."""
        reads = self._reads()
        return {"PYTHONPATH": str(GUARD), "GONOGO_GUARD": json.dumps({"reads": reads})} if reads else {}

    def strangers(self) -> list[Stranger]:
        """The servers that the service's processes turned to and that this run did not start."""
        return strangers_in(self.workshop.strangers)

    def _alembic_told(self, place: Database) -> dict[str, str]:
        """The database for Alembic, where its configuration names one by itself, which may be somebody's own."""
        fixed = self.target.alembic_url
        scheme = fixed.partition("://")[0] if fixed.startswith("postgres") else ""
        address = place.url(self.driver()).partition("://")
        return {"GONOGO_ALEMBIC_URL": f"{scheme or address[0]}://{address[2]}"} if fixed else {}

    def _base(self) -> dict[str, str]:
        """What every command of the service starts from: its own environment's programs first, no bytecode left."""
        inherited = clean_environment()
        path = f"{self.target.python.parent}:{inherited.get('PATH', '')}"
        modules = ":".join(map(str, [GUARD, *([self.root / self.target.path] if self.target.path else [])]))
        return (
            inherited
            | {"PYTHONPATH": modules}
            | {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        )

    def driver(self) -> str | None:
        """The PostgreSQL driver that the service has installed, as SQLAlchemy spells it."""
        return self.asked_for().driver

    def other_database(self) -> OtherDatabase | None:
        """The database that the service keeps its data in, where that is none that gonogo starts."""
        return self.asked_for().other

    def _must_be_told(self, env: Mapping[str, str]) -> None:
        """Raise `ProbeError` unless variables say where the database is: by a URL, or by host and port.

        A name or a password alone would leave the service on a host of its own. Of a database in a file, without a
        server, the name is enough.
        """
        told = " ".join(env.values())
        server = "{database_host" in told and "{database_port" in told
        file = "{database_name" in told and not self.driver() and not self.other_database()
        if not ("{database_url" in told or server or file):
            raise ProbeError(
                "which variable carries the database's address? Without it a proof might reach a database of yours. "
                'Add it to gonogo.toml: [env] DATABASE_URL = "{database_url}", with the service\'s own name for it, '
                'or the variables of its host and port: "{database_host}", "{database_port}"'
            )

    def migrated_database(self) -> Database:
        """A new database with the service's migrations applied: a copy of one that was migrated once per run."""
        template = self.workshop.once.get(f"migrated {self.root}", self._migrate_template)
        return self.new_database(template.name)

    def database_or_nowhere(self) -> Database:
        """A migrated one; nowhere, for a service that keeps its data in what is not started here: many start so."""
        return NOWHERE if self.other_database() else self.migrated_database()

    def _migrate_template(self) -> Database:
        database = self.new_database()
        self.prepare(database)
        if not self._has_migrations():
            self._make_tables(database)
            return database
        ran = self.migrate(database)
        if ran.code and (other := self._migrated_to_a_head()):
            return other
        if ran.code:
            said = ran.complaint(self.root)
            raise ProbeError(f"the migrations do not apply to a new PostgreSQL database: {said}{missing_in(said)}")
        return database

    def _migrated_to_a_head(self) -> Database | None:
        """Where several heads stop a release: a database with all of them, else with the newest that applies.

        What is asked of the running service can be asked all the same; the heads are another check's question.
        """
        config = self.target.alembic
        heads = self.ask("alembic_history", config)["newest"] if config else ()
        for wanted in ("heads", *heads) if len(heads) > 1 else ():
            database = self.new_database()
            self.prepare(database)
            if self.migrate(database, "upgrade", wanted).code == 0:
                return database
        return None

    def prepare(self, database: Database) -> None:
        """Run the statements that gonogo.toml asks for before the first migration. Raises `ProbeError`.

        And make the schemas and extensions that other files of the repository make; one that this server does not have
        is left out. A service that keeps its data in another kind of database is proved on none.
        """
        if other := self.other_database():
            raise ProbeError(other.why_not)
        for statement in self.target.config.database.prepare:
            try:
                database.rows(statement)
            except psycopg.ProgrammingError as error:
                self.blame_the_server(str(error))
                said = first_line(error)
                where = "gonogo.toml, [database] prepare"
                raise ProbeError(f"{where}: PostgreSQL refuses `{statement}`: {said}") from error
        for statement, path in self.asked_for().first_statements.items():
            with suppress(psycopg.Error):  # what is there already, too
                database.rows(statement)
                self.note(f"{statement}  -- as {path} does")

    def _has_migrations(self) -> bool:
        config = self.target.alembic
        return bool(
            self.target.config.database.migrate or (config and self.ask("alembic_history", config)["revisions"])
        )

    def _make_tables(self, database: Database) -> None:
        """Without migrations: what the service makes when it starts, else what its models declare."""
        if not self.driver():
            return
        with suppress(DidNotStart), self.service(database):
            pass
        modules = [] if database.has_tables() else list(declaring_modules(self.root))
        made = self.ask("models", self.target.app or "", *modules) if modules else {"ddl": ()}
        for statement in made["ddl"]:
            try:
                database.rows(statement)
            except psycopg.Error as error:
                raise ProbeError(f"the models' own SQL fails on PostgreSQL: {first_line(error)}") from error

    def migrate(self, database: Database, *words: str, timeout: float = 120) -> Ran:
        """Run Alembic (`upgrade head` unless other words are given) as the service would.

        Raises `ProbeError` where it fails on what this machine's PostgreSQL lacks.
        """
        ran = self._migrate(database, words, timeout)
        if ran.code:
            self.blame_the_server(ran.err + ran.out)
        return ran

    def _migrate(self, database: Database, words: Sequence[str], timeout: float) -> Ran:
        env = self.environment(database)
        own = self.target.config.database.migrate
        if own and not words:
            return self.run(shlex.split(own.format(python=self.target.python)), env=env, timeout=timeout)
        if self.target.alembic is None:
            looked = "its folder, and two below"
            raise NotThere("this service has no Alembic configuration", looked=looked, absent=Thing.MIGRATIONS)
        folder = self.root / self.target.alembic_folder
        asked = words or ("upgrade", "head")
        said = shlex.join(["alembic", "-c", str(self.target.alembic), *asked])
        return self.run(self.alembic_argv(*asked), env=env, timeout=timeout, cwd=folder, said=said)

    def alembic_argv(self, *words: str, python: Path | None = None) -> list[str]:
        """The command, to be run in the service's `alembic_folder` with `environment()`."""
        config = Path(str(self.target.alembic)).relative_to(self.target.alembic_folder)
        told = ["-c", BOOT, str(GUESTS / "alembic_told.py")] if self.target.alembic_url else ["-m", "alembic"]
        return [str(python or self.target.python), *told, "-c", str(config), *words]

    def start_service(
        self, database: Database, *, production: bool = False, env: Mapping[str, str] | None = None
    ) -> Server:
        """Start the service on a free port against a database; the caller stops it, or the run's end does."""
        app = self.target.app
        if app is None:
            none = 'no FastAPI app found: name it in gonogo.toml, [service] app = "module:attribute"'
            raise NotThere(none, looked="the Python files of its folder", absent=Thing.OPERATIONS)
        if not self.driver() and self.asked_for().mentions("sqlite"):  # its data may lie in a file of its own
            self._must_be_told(self.target.config.env)
        told = self.environment(database, production=production) | dict(env or {})
        try:
            server = start_server(
                self.workshop.runner,
                root=self.root,
                python=self.target.python,
                app=app,
                env=told,
                command=self.target.config.service.serve,
            )
        except DidNotStart as error:
            if database.programs:  # one of ours, not a database that nobody serves
                self.blame_the_server(str(error))
            raise
        self.note(server.command)
        return server

    @contextmanager
    def service(
        self,
        database: Database | None = None,
        *,
        production: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> Iterator[Server]:
        """The running service, on a migrated database of its own unless one is given; stopped at the end."""
        server = self.start_service(database or self.migrated_database(), production=production, env=env)
        try:
            yield server
        except CUT as error:
            raise stopped_answering(server.process, error) from error
        finally:
            server.stop()
            self.workshop.runner.forget(server.process)


def _defaults(place: Database) -> dict[str, str]:
    """What PostgreSQL's drivers take for the part of an address that the service leaves out, such as the port."""
    user = {"PGUSER": "postgres", "PGPASSWORD": "trusted"}
    return {"PGHOST": "127.0.0.1", "PGPORT": str(place.port), "PGDATABASE": place.name, **user}


def _filled(name: str, value: str, fill: Mapping[str, str]) -> str:
    try:
        return value.format(**fill)
    except (KeyError, IndexError, ValueError) as error:
        known = ", ".join(f"{{{key}}}" for key in fill)
        raise ProbeError(f"gonogo.toml: `{name}` has an unknown placeholder {error}. Known: {known}") from error
