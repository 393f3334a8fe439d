"""The running service on any database, with callers where it knows any. Not evidence itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from runner.errors import NotThere, ProbeError
from runner.evidence.accounts.planted_objects import PlantedObjects
from runner.evidence.accounts.visit import Visit, answering, people_of, requests_of
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.http.callers import Callers
from runner.http.identities import PLAIN, Identity
from runner.http.objects import Objects
from runner.http.requests import Requests
from runner.live.redis import flush
from runner.postgres.database import Database
from runner.probe import Probe
from runner.said import say

REDIS_CLIENTS = ("redis", "aioredis", "valkey", "coredis", "aredis", "rediscluster", "glide", "asyncio_redis", "walrus")


class Strangers(Callers):
    """For a service that knows no callers: nobody can sign in, and nobody needs to."""

    def __init__(self, requests: Requests, client: httpx.Client, database: Database) -> None:
        super().__init__(requests, client, database, open_too=True)
        self.sign_ups.register, self.way, self.me = None, None, None

    def one(self, role: str = PLAIN) -> Identity:
        raise ProbeError(say("this service signs nobody in, so there is no {role}", role=role))


@contextmanager
def scene(
    probe: Probe,
    contract: Contract,
    agreed: AgreedAccess | None,
    database: Database,
    *,
    env: Mapping[str, str] | None = None,
    timeout: float = 10,
) -> Iterator[Visit]:
    """Start the service on this database. Unlike `visit`, also where it knows no callers."""
    requests = requests_of(probe, contract)
    with probe.service(database, env=env) as server, server.client(timeout) as client:
        try:
            people: Callers = people_of(probe, requests, client, database)
            objects = None
        except NotThere:
            people = Strangers(requests, client, database)
            objects = Objects(requests, client, rows=PlantedObjects(database))
        with answering():
            yield Visit(
                server=server,
                client=client,
                database=database,
                requests=requests,
                people=people,
                specification=agreed,
                _objects=objects,
            )


def uses_redis(probe: Probe) -> bool:
    """Does the service's environment name a Redis, and has it a client for one?"""
    named = probe.environment.named() | probe.target.config.production
    return any("{redis" in value for value in named.values()) and has_redis_client(probe.target.python)


def has_redis_client(python: Path) -> bool:
    """Is a client installed where this interpreter finds its packages? Also where that is not known."""
    folders = list(python.parent.parent.glob("lib*/python*/site-packages"))
    return not folders or any((folder / name).exists() for folder in folders for name in REDIS_CLIENTS)


def forget_caches(probe: Probe, database: Database) -> None:
    """Empty the Redis database that goes with this database."""
    if uses_redis(probe) and database.name.rpartition("_")[2].isdigit():
        flush(*probe.environment.redis_of(database))
