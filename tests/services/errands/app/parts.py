"""Where is the database, where the queue, and how carefully are they used?"""

import os
from typing import Any

import psycopg
from redis import Redis

CARELESS = os.environ["MANNER"] == "careless"


def connect() -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""))


def queue() -> Redis:
    return Redis.from_url(os.environ["REDIS_URL"], socket_timeout=8, decode_responses=True)
