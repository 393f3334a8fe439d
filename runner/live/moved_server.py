"""A PostgreSQL server whose clock can be moved: `now()` and its likes, in every database that is made on it.

`CURRENT_TIMESTAMP` is grammar and no function: it goes on telling the real time, as does what a database is made from
`template0` for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from runner.live.postgres import Postgres
from runner.postgres.clock import MOVABLE_CLOCK
from runner.postgres.database import USER, Database

TEMPLATE = "template1"  # what CREATE DATABASE copies where it is not told otherwise


@dataclass(frozen=True, slots=True)
class MovedServer:
    server: Postgres
    number: Callable[[], int]  # one that the run has not used

    def __post_init__(self) -> None:
        for name in (TEMPLATE, USER):
            with self.server.place.database(name).connect() as connection:
                connection.execute(MOVABLE_CLOCK.encode())

    def move(self, by: timedelta) -> None:
        """From now on: for every new connection, whoever opens it."""
        seconds = f"{by.total_seconds():.0f} seconds"
        self.server.place.database(USER).rows(f"ALTER ROLE ALL SET gonogo.clock = '{seconds}'")

    def new_database(self, template: Database | None = None) -> Database:
        return self.server.create(f"gonogo_{self.number()}", template.name if template else TEMPLATE)

    def stop(self) -> None:
        self.server.process.stop(2)
