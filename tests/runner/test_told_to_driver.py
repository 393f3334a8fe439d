"""What of an address in alembic.ini does the run's own address keep?"""

import pytest

from runner.environment import told_to_driver


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("postgresql+asyncpg://%(USER)s:%(PASS)s@%(HOST)s/%(NAME)s?async_fallback=True", "?async_fallback=True"),
        ("postgresql://app@db.prod/shop?sslmode=require&application_name=shop", "?application_name=shop"),
        ("postgresql://app@db.prod/shop?host=/var/run&ssl=true", ""),
        ("postgresql://app@db.prod/shop?application_name=%(NAME)s", ""),
        ("postgresql://app@db.prod/shop", ""),
    ],
)
def test_what_the_driver_is_told_beside_the_place_is_kept(address: str, kept: str) -> None:
    assert told_to_driver(address) == kept
