"""Does a point in time keep its zone on every database?"""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from {{cookiecutter.package}}.columns import UtcDateTime

DIALECT = sqlite.dialect()
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(NOON.replace(tzinfo=None), DIALECT)


def test_every_zone_is_stored_as_utc() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    stored = UtcDateTime().process_bind_param(elsewhere, DIALECT)
    assert stored is not None
    assert (stored, stored.tzinfo) == (NOON, UTC)


def test_what_comes_back_without_a_zone_is_utc() -> None:
    assert UtcDateTime().process_result_value(NOON.replace(tzinfo=None), DIALECT) == NOON
    assert UtcDateTime().process_result_value(None, DIALECT) is None
