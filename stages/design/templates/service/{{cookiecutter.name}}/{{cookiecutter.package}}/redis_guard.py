"""How does the service live when Redis does not? It asks briefly, and once refused not at all."""

import logging
import time
from collections.abc import Callable
from typing import Literal, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from {{cookiecutter.package}}.settings import Settings

Answer = TypeVar("Answer")
log = logging.getLogger("{{cookiecutter.package}}.redis")


class Away(Exception):
    """Redis is not configured, did not answer, or is being left alone for a while."""


class RedisGuard:
    def __init__(
        self,
        client: Redis | None,
        rest_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._rests_until = 0.0

    def ask(self, question: Callable[[Redis], Answer]) -> Answer:
        if self._client is None or self._clock() < self._rests_until:
            raise Away
        try:
            return question(self._client)
        except RedisError as error:
            self._rest(self._client, error)
            raise Away from error

    def _rest(self, client: Redis, error: RedisError) -> None:
        self._rests_until = self._clock() + self._rest_seconds
        # connections to a Redis that went away would fail one by one after it is back
        client.connection_pool.disconnect(inuse_connections=False)
        log.warning("redis does not answer (%s): doing without", type(error).__name__)

    def state(self) -> Literal["up", "down", "off"]:
        if self._client is None:
            return "off"
        try:
            self.ask(lambda client: client.ping())
        except Away:
            return "down"
        return "up"

    def close(self) -> None:
        if self._client is not None:
            self._client.close()


def open_redis(settings: Settings) -> RedisGuard:
    if not settings.redis_url:
        return RedisGuard(None, settings.redis_rest_seconds)
    client = Redis.from_url(
        settings.redis_url,
        socket_timeout=settings.redis_timeout_seconds,
        socket_connect_timeout=settings.redis_timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    return RedisGuard(client, settings.redis_rest_seconds)
