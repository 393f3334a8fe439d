"""Settings, from the environment. Nothing has a default that a deployment could forget."""

import os
from dataclasses import dataclass
from urllib.parse import quote

SHORTEST_KEY = 24


@dataclass(frozen=True)
class Config:
    address: str
    staff_key: str
    production: bool


def read() -> Config:
    env = os.environ
    config = Config(
        address=(
            f"postgresql+asyncpg://{env['DB_USER']}:{quote(env['DB_PASS'], safe='')}"
            f"@{env['DB_HOST']}:{int(env['DB_PORT'])}/{env['DB_NAME']}"
        ),
        staff_key=env["STAFF_KEY"],
        production=env.get("STAGE") == "production",
    )
    if config.production and len(config.staff_key) < SHORTEST_KEY:
        raise SystemExit("STAFF_KEY is too short for production")
    return config
