"""How does the service's database come to its newest revision, and to any other?"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from runner.discovery.declared import declaring_modules
from runner.discovery.first_sql import missing_in
from runner.environment import NOWHERE
from runner.errors import NotThere, ProbeError, Thing, first_line
from runner.live.server import DidNotStart
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, ProgrammingError
from runner.probe import BOOT, GUESTS, Probe
from runner.processes.ran import Ran
from runner.said import say

NOTHING: Mapping[str, str] = {}
TURNED_TO_NONE = re.compile(r"\bport 1\b|'127\.0\.0\.1', 1\)")  # `NOWHERE`, as drivers tell of it


class DoNotApply(ProbeError):
    """The service's migrations do not come to their end on an empty database."""


class Migrator:
    """Databases as the service's own migrations make them; where it has none, as it makes its tables itself."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    def migrated_database(self) -> Database:
        """A new database with the service's migrations applied: a copy of one that was migrated once per run."""
        template = self._probe.workshop.once.get(f"migrated {self._probe.root}", self._migrate_template)
        return self._probe.servers.new_database(template.name)

    def kept_database(self) -> Database:
        """A new database as the service keeps its data in: migrated, else with the tables that its start makes.

        Where its migrations make no new database, a new one has the tables of its start, and these are judged.
        Never what the models alone declare, and never for what is said of the migrations.
        """
        try:
            return self.migrated_database()
        except DoNotApply as error:
            own = self._by_its_start()
            if own is None:
                raise
            self._probe.note(
                say("on the tables that the service's start makes, since {error}", error=first_line(error))
            )
            return self._probe.servers.new_database(own.name)

    def usable_database(self) -> Database:
        """A new database to run the service on: migrated, else with the tables that the service makes by itself.

        Where its migrations make no new database, that is one check's finding; the running service is asked all the
        same. Never for what is said of the migrations or of their schema.
        """
        try:
            return self.migrated_database()
        except NotThere:
            raise
        except ProbeError as error:
            own = self._probe.workshop.once.get(f"by itself {self._probe.root}", self._by_itself)
            if own is None:
                raise
            self._probe.note(say("on the tables that the service makes itself, since {error}", error=first_line(error)))
            return self._probe.servers.new_database(own.name)

    def _by_itself(self) -> Database | None:
        """Tables as its start or its models make them, with the newest revision written down as Alembic would."""
        return self._by_its_start() or self._made_by(self._declares)

    def _by_its_start(self) -> Database | None:
        root = self._probe.root
        return self._probe.workshop.once.get(f"by its start {root}", lambda: self._made_by(self._starts))

    def _made_by(self, make: Callable[[Database], bool]) -> Database | None:
        if not self._has_migrations() or self._is_elsewhere():
            return None
        database = self._probe.servers.new_database()
        with suppress(ProbeError):
            self.prepare(database)
            if make(database) and database.has_tables():
                self._migrate(database, ("stamp", "heads"), 60)
                return database
        return None

    def ask(
        self, guest: str, *args: str, production: bool = False, told: Mapping[str, str] = NOTHING
    ) -> dict[str, Any]:
        """As the probe does, with no database; where the code turns to its own while it is imported, with one.

        `told`: more variables. Raises `ProbeError`.
        """
        environment = self._probe.environment
        try:
            answer = self._probe.ask(guest, *args, env=environment.of(production=production) | dict(told))
            said = " ".join(map(str, answer.get("problems", {}).values()))
        except ProbeError as error:
            if not TURNED_TO_NONE.search(str(error)):
                raise
            answer, said = {}, str(error)
        if not TURNED_TO_NONE.search(said):
            return answer
        with_database = environment.of(self.usable_database(), production=production) | dict(told)
        return self._probe.ask(guest, *args, env=with_database)

    def database_or_nowhere(self) -> Database:
        """One to run it on; nowhere, for a service that keeps its data in what is not started here: many start so."""
        return NOWHERE if self._is_elsewhere() else self.usable_database()

    def _is_elsewhere(self) -> bool:
        """Does the service keep its data where no run can give it a place of its own?"""
        other = self._probe.servers.other_database()
        return other is not None and not other.is_file

    def _migrate_template(self) -> Database:
        database = self._probe.servers.new_database()
        ran = self.fill(database)
        if ran is None or not ran.code:
            return database
        if other := self._migrated_to_a_head():
            return other
        said = ran.complaint(self._probe.root)
        raise DoNotApply(
            say(
                "the migrations do not apply to a new PostgreSQL database: {said}{missing_in}",
                said=said,
                missing_in=missing_in(said),
            )
        )

    def fill(self, database: Database) -> Ran | None:
        """Bring an empty database to the newest revision, and tell how that ended; None for one without migrations."""
        self.prepare(database)
        if self._has_migrations():
            return self.migrate(database)
        self._make_tables(database)
        return None

    def _migrated_to_a_head(self) -> Database | None:
        """Where several heads stop a release: a database with all of them, else with the newest that applies.

        What is asked of the running service can be asked all the same; the heads are another check's question.
        """
        config = self._probe.target.alembic
        heads = self._probe.ask("alembic_history", config)["newest"] if config else ()
        for wanted in ("heads", *heads) if len(heads) > 1 else ():
            database = self._probe.servers.new_database()
            self.prepare(database)
            if self.migrate(database, "upgrade", wanted).code == 0:
                return database
        return None

    def prepare(self, database: Database) -> None:
        """Run the statements that gonogo.toml asks for before the first migration. Raises `ProbeError`.

        And make the schemas and extensions that other files of the repository make; one that this server does not have
        is left out. A service that keeps its data in another kind of database is proved on none.
        """
        if (other := self._probe.servers.other_database()) and other.is_file:
            return
        if other:
            raise ProbeError(other.why_not)
        for statement in self._probe.target.config.database.prepare:
            try:
                database.rows(statement)
            except ProgrammingError as error:
                self._probe.servers.blame(str(error))
                said = first_line(error)
                where = say("gonogo.toml, [database] prepare")
                raise ProbeError(
                    say(
                        "{where}: PostgreSQL refuses `{statement}`: {said}", where=where, statement=statement, said=said
                    )
                ) from error
        for statement, path in self._probe.servers.asked_for().first_statements.items():
            with suppress(PostgresError):  # what is there already, too
                database.rows(statement)
                self._probe.note(f"{statement}  -- as {path} does")

    def _has_migrations(self) -> bool:
        target = self._probe.target
        own = target.config.database.migrate
        return bool(own or (target.alembic and self._probe.ask("alembic_history", target.alembic)["revisions"]))

    def _make_tables(self, database: Database) -> None:
        """Without migrations: what the service makes when it starts, else what its models declare."""
        other = self._probe.servers.other_database()
        if not self._probe.servers.driver() and not other:
            return
        self._starts(database)
        if not other and not database.has_tables():
            self._declares(database)

    def _starts(self, database: Database) -> bool:
        """Start it once: does it come up, and so has made whatever it makes?"""
        with suppress(DidNotStart), self._probe.service(database):
            return True
        return False

    def _declares(self, database: Database) -> bool:
        """Make the tables that its models declare. Raises `ProbeError`."""
        modules = list(declaring_modules(self._probe.root))
        made = self._probe.ask("models", self._probe.target.app or "", *modules) if modules else {"ddl": ()}
        for statement in made["ddl"]:
            try:
                database.rows(statement)
            except PostgresError as error:
                raise ProbeError(
                    say("the models' own SQL fails on PostgreSQL: {error}", error=first_line(error))
                ) from error
        return bool(modules)

    def migrate(self, database: Database, *words: str, timeout: float = 120) -> Ran:
        """Run Alembic (`upgrade head` unless other words are given) as the service would.

        Raises `ProbeError` where it fails on what this machine's PostgreSQL lacks.
        """
        ran = self._migrate(database, words, timeout)
        if ran.code:
            self._probe.servers.blame(ran.err + ran.out)
        return ran

    def _migrate(self, database: Database, words: Sequence[str], timeout: float) -> Ran:
        env = self._probe.environment.of(database)
        own = self._probe.target.config.database.migrate
        if own and not words:
            return self._probe.run(shlex.split(own.format(python=self._probe.target.python)), env=env, timeout=timeout)
        if self._probe.target.alembic is None:
            looked = say("its folder, and two below")
            raise NotThere("this service has no Alembic configuration", looked=looked, absent=Thing.MIGRATIONS)
        folder = self._probe.root / self._probe.target.alembic_folder
        asked = words or ("upgrade", "head")
        said = shlex.join(["alembic", "-c", str(self._probe.target.alembic), *asked])
        return self._probe.run(self.alembic_argv(*asked), env=env, timeout=timeout, cwd=folder, said=said)

    def alembic_argv(self, *words: str, python: Path | None = None) -> list[str]:
        """The command, to be run in the service's `alembic_folder` with `probe.environment.of()`."""
        config = Path(str(self._probe.target.alembic)).relative_to(self._probe.target.alembic_folder)
        told = ["-c", BOOT, str(GUESTS / "alembic_told.py")] if self._probe.target.alembic_url else ["-m", "alembic"]
        return [str(python or self._probe.target.python), *told, "-c", str(config), *words]
