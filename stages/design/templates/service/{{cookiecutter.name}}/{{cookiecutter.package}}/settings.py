"""What may an operator decide without changing the code? Read once, from {{cookiecutter.prefix}}_* variables."""

import secrets
from enum import StrEnum
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url

SHORTEST_SECRET = 32
FEWEST_DISTINCT_CHARACTERS = 10


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


def throwaway_secret() -> SecretStr:
    """A key that dies with the process: no default secret exists for anyone to know."""
    return SecretStr(secrets.token_urlsafe(SHORTEST_SECRET))


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="{{cookiecutter.prefix}}_", env_ignore_empty=True)

    environment: Environment = Environment.DEVELOPMENT
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    secret_key: SecretStr = Field(default_factory=throwaway_secret)
    access_token_seconds: int = Field(15 * 60, ge=1)
    refresh_token_seconds: int = Field(14 * 24 * 3600, ge=1)

    database_url: str = "sqlite:///./{{cookiecutter.package}}.db"
    pool_size: int = Field(10, ge=1)
    pool_overflow: int = Field(10, ge=0)
    pool_timeout_seconds: float = Field(5, gt=0)
    connect_timeout_seconds: int = Field(3, ge=1)
    statement_timeout_ms: int = Field(5_000, ge=1)
    lock_timeout_ms: int = Field(2_000, ge=1)
    ready_timeout_seconds: float = Field(2, gt=0)

{% if cookiecutter.redis %}
    redis_url: str | None = None
    redis_timeout_seconds: float = Field(0.2, gt=0)
    redis_rest_seconds: float = Field(5, ge=0)
{% if cookiecutter.limits %}
    # a load test or a proof calls more often than people do: so many times the limits of spec.yaml
    rate_limit_factor: int = Field(1, ge=1)
{% endif %}

{% endif %}
    max_body_bytes: int = Field(256 * 1024, ge=1024)
    cors_origins: list[str] = []

    login_failures_per_account: int = Field(5, ge=1)
    login_failures_per_address: int = Field(100, ge=1)
    login_window_seconds: int = Field(300, ge=1)

    # OWASP's recommendation for argon2id: 19 MiB, two passes, one lane
    argon2_memory_kib: int = Field(19_456, ge=8)
    argon2_passes: int = Field(2, ge=1)

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def url(self) -> URL:
        """The database's address, with psycopg 3 as PostgreSQL's driver whatever the spelling."""
        url = make_url(self.database_url)
        if url.drivername in {"postgres", "postgresql"}:
            return url.set(drivername="postgresql+psycopg")
        return url

    @model_validator(mode="after")
    def refuse_unsafe_production(self) -> Self:
        if not self.is_production:
            return self
        if "secret_key" not in self.model_fields_set:
            raise ValueError(
                "production needs {{cookiecutter.prefix}}_SECRET_KEY: make one of 43 random characters"
            )
        if is_guessable(self.secret_key.get_secret_value()):
            raise ValueError("{{cookiecutter.prefix}}_SECRET_KEY is too short or too regular for production")
        if self.url.get_backend_name() == "sqlite":
            raise ValueError("production needs PostgreSQL in {{cookiecutter.prefix}}_DATABASE_URL, not SQLite")
        if "*" in self.cors_origins:
            raise ValueError("{{cookiecutter.prefix}}_CORS_ORIGINS must name origins in production, not *")
        return self


def is_guessable(secret: str) -> bool:
    return len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_DISTINCT_CHARACTERS
