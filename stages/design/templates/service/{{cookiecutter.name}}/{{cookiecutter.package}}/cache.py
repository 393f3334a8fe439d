"""Which answers are kept for a while, and when are they forgotten?

Keys hold a generation: a random word that changes with every write. A write therefore forgets
everything at once, and a reader that was slow cannot put an old answer under a new key.
"""

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, TypeVar
from uuid import uuid4

from fastapi import Depends, Request
from pydantic import TypeAdapter
from redis import Redis

from {{cookiecutter.package}}.redis_guard import Away, RedisGuard

GENERATION = "{{cookiecutter.package}}:generation"
LOCK_MS = 2_000
WAITS = 50
WAIT_SECONDS = 0.02
Value = TypeVar("Value")


class Cache:
    def __init__(self, redis: RedisGuard) -> None:
        self._redis = redis
        self._forgetting_is_due = False

    def remember(
        self, question: str, adapter: TypeAdapter[Value], load: Callable[[], Value], seconds: int
    ) -> Value:
        """The kept answer, or a loaded one. The question names the caller where the answer is hers.

        With Redis away: always a loaded one.
        """
        try:
            key = self._key(question)
            kept = self._redis.ask(lambda redis: redis.get(key)) or self._wait_for_other(key)
        except Away:
            return load()
        if kept:
            return adapter.validate_json(kept)
        return self._load_and_keep(key, adapter, load, seconds)

    def forget(self) -> None:
        """Call it after the commit: before it, a reader would keep the old answer again."""
        self._forgetting_is_due = True
        try:
            self._forget_if_due()
        except Away:
            return

    def _key(self, question: str) -> str:
        self._forget_if_due()
        generation = self._redis.ask(current_generation)
        return f"{{cookiecutter.package}}:kept:{generation}:{sha256(question.encode()).hexdigest()}"

    def _forget_if_due(self) -> None:
        """A write while Redis was away is made good before the first read after it."""
        if self._forgetting_is_due:
            self._redis.ask(lambda redis: redis.set(GENERATION, uuid4().hex))
            self._forgetting_is_due = False

    def _wait_for_other(self, key: str) -> str | None:
        """The first to miss loads; the others wait a moment for what she finds.

        Who gets the lock asks once more: between her miss and the lock another may have loaded.
        """
        lock = f"{key}:lock"
        for _ in range(WAITS):
            mine = self._redis.ask(lambda redis: redis.set(lock, "1", nx=True, px=LOCK_MS))
            kept = self._redis.ask(lambda redis: redis.get(key))
            if kept and mine:
                self._redis.ask(lambda redis: redis.delete(lock))
            if kept or mine:
                return str(kept) if kept else None
            time.sleep(WAIT_SECONDS)
        return None

    def _load_and_keep(
        self, key: str, adapter: TypeAdapter[Value], load: Callable[[], Value], seconds: int
    ) -> Value:
        value = load()
        kept = adapter.dump_json(value).decode()
        try:
            self._redis.ask(lambda redis: redis.set(key, kept, ex=seconds))
            self._redis.ask(lambda redis: redis.delete(f"{key}:lock"))
        except Away:
            pass
        return value


def current_generation(redis: Redis) -> str:
    kept = redis.get(GENERATION)
    if kept:
        return str(kept)
    redis.set(GENERATION, uuid4().hex, nx=True)
    return str(redis.get(GENERATION))


async def cache(request: Request) -> Cache:
    return request.app.state.cache  # type: ignore[no-any-return]


CachePart = Annotated[Cache, Depends(cache)]
