"""Which of the run's servers does this service get?"""

from typing import TYPE_CHECKING

from runner.discovery.asked_for import AskedFor
from runner.discovery.other_databases import OtherDatabase
from runner.discovery.target import Target
from runner.errors import ProbeError
from runner.live.candidates import lacks_extension
from runner.live.redis import Redis
from runner.live.workshop import Workshop
from runner.postgres.database import Database

if TYPE_CHECKING:
    from runner.live.moved_server import MovedServer
    from runner.live.postgres import Postgres


class Servers:
    """PostgreSQL and Redis as the service asks for them: their extensions and commands, its driver."""

    def __init__(self, target: Target, workshop: Workshop) -> None:
        self._target = target
        self._workshop = workshop

    def asked_for(self) -> AskedFor:
        """What the service's files say of the servers that it needs."""
        return self._workshop.asked_for(self._target)

    def postgres(self) -> "Postgres":
        """The run's PostgreSQL server: one that has the extensions that this service asks for."""
        return self._workshop.postgres(self.asked_for().extensions)

    def new_database(self, template: str | None = None) -> Database:
        """A database of its own on that server, empty or a copy; a file for a service that keeps its data in one."""
        from runner.postgres.sqlite_file import new_file

        if (other := self.other_database()) and other.is_file:
            name = f"gonogo_{self._workshop.number()}"
            return new_file(self._workshop.run_folder / "files", name, other.scheme, template)
        return self._workshop.new_database(template, wanted=self.asked_for().extensions)

    def moved(self) -> "MovedServer":
        """A server of its own that has the same, whose clock can be moved."""
        from runner.live.moved_server import MovedServer

        return MovedServer(self._workshop.own_postgres(self.asked_for().extensions), self._workshop.number)

    def redis(self, number: int = 0) -> Redis:
        """The run's Redis server: one that knows the commands that this service sends. `number`: of several alike."""
        return self._workshop.redis(self.asked_for().commands, number)

    def driver(self) -> str | None:
        """The PostgreSQL driver that the service has installed, as SQLAlchemy spells it."""
        return self.asked_for().driver

    def driver_sync(self) -> str | None:
        """… the one that it has installed for engines without coroutines."""
        return self.asked_for().driver_sync

    def other_database(self) -> OtherDatabase | None:
        """The database that the service keeps its data in, where that is none that gonogo starts."""
        return self.asked_for().other

    def blame(self, said: str) -> None:
        """Raise `ProbeError` where a complaint comes from what this machine's PostgreSQL lacks, not from the service.

        It is then UNKNOWN, with the name of what is lacking.
        """
        if lacks := lacks_extension(said, self.postgres().candidate, self.asked_for().extensions):
            raise ProbeError(lacks)
