"""Does production refuse to start with settings that are not safe?"""

import pytest
from pydantic import ValidationError

from {{cookiecutter.package}}.settings import Settings, is_guessable

GOOD = {
    "environment": "production",
    "secret_key": "q3ZkV0w8Yt5LrB1nXc7MfJ2hGd9PsA6uEiOoTyKbNvR",
    "database_url": "postgres://someone@db/somewhere",
}
BAD = [
    ("secret_key", None, "needs {{cookiecutter.prefix}}_SECRET_KEY"),
    ("secret_key", "short", "too short"),
    ("secret_key", "changeme" * 5, "too regular"),
    ("database_url", None, "needs PostgreSQL"),
    ("database_url", "sqlite:///somewhere.db", "needs PostgreSQL"),
    ("cors_origins", ["*"], "must name origins"),
]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "ENVIRONMENT"):
        monkeypatch.delenv(f"{{cookiecutter.prefix}}_{name}", raising=False)


def test_production_starts_with_safe_settings() -> None:
    settings = Settings.model_validate(GOOD)
    assert settings.is_production
    assert settings.url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(("name", "value", "reason"), BAD)
def test_production_refuses(name: str, value: object, reason: str) -> None:
    changed = GOOD | {name: value}
    if value is None:
        del changed[name]
    with pytest.raises(ValidationError, match=reason):
        Settings.model_validate(changed)


def test_development_needs_nothing_and_shares_no_secret() -> None:
    first, second = Settings(), Settings()
    assert first.secret_key != second.secret_key
    assert not is_guessable(first.secret_key.get_secret_value())


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    assert "q3ZkV0w8" not in repr(Settings.model_validate(GOOD))
