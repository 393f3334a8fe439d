"""What one run has started, once each: shared by all evidence, ended together."""

import itertools
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from runner.live.postbox import Postbox
from runner.live.postgres import Database, Postgres, start_postgres
from runner.live.redis import Redis, start_redis
from runner.live.scratch import drop_scratch, make_scratch, sweep
from runner.process import Runner

T = TypeVar("T")


class Once:
    """Makes a thing at its first use, from any thread, and remembers the failure as well."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._made: dict[str, object] = {}

    def get(self, key: str, make: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._made:
                try:
                    self._made[key] = make()
                except Exception as trouble:
                    self._made[key] = trouble
                    raise
            made = self._made[key]
        if isinstance(made, Exception):
            raise made
        return made  # type: ignore[return-value]

    def peek(self, key: str) -> object:
        return self._made.get(key)


class Workshop:
    """The scratch folder, processes and servers of a run. Use as a context manager."""

    def __init__(self) -> None:
        sweep()  # what killed runs left
        self.desk = make_scratch()
        self.runner = Runner(self.desk)
        self.secrets: list[str] = []  # that came up in this run; no record may tell them
        self.once = Once()  # anything else that evidence makes once per run
        self._postgres, self._redis, self._numbers = Once(), Once(), itertools.count(1)
        self._postbox = Once()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.runner.close()
        if isinstance(box := self._postbox.peek("server"), Postbox):
            box.close()
        drop_scratch(self.desk)

    def postgres(self) -> Postgres:
        return self._postgres.get("server", lambda: start_postgres(self.runner))

    def redis(self) -> Redis:
        return self._redis.get("server", lambda: start_redis(self.runner))

    def postbox(self) -> Postbox:
        """Where the service's mails go: nowhere."""
        return self._postbox.get("server", Postbox)

    def number(self) -> int:
        """A number that this run has not used: for names of databases, and Redis databases."""
        return next(self._numbers)

    def new_database(self, template: str | None = None) -> Database:
        return self.postgres().create(f"gonogo_{self.number()}", template)

    def scratch(self, prefix: str) -> Path:
        """A new empty folder that goes away with the run."""
        return Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=self.desk))

    def parts(self) -> dict[str, str]:
        """The versions of the servers that were started, for the run's record."""
        found = {}
        for name, once in (("PostgreSQL", self._postgres), ("Redis", self._redis)):
            made = once.peek("server")
            if isinstance(made, Postgres | Redis):
                found[name] = made.version
        return found
