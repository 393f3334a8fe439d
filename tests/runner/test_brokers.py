"""Which broker does a service get whose own none is started for?"""

from pathlib import Path

import pytest

from runner.brokers import in_memory

GIVEN = {"CELERY_BROKER_URL": "{redis_url}", "CELERY_RESULT_BACKEND": "{redis_url}", "CACHE_URL": "{redis_url}"}


@pytest.mark.parametrize(
    ("packages", "broker"),
    [
        (("celery",), "memory://"),
        (("celery", "redis"), "{redis_url}"),
        (("aio_pika",), "{redis_url}"),
        ((), "{redis_url}"),
    ],
)
def test_celery_without_a_client_of_redis_has_its_queue_in_memory(
    tmp_path: Path, packages: tuple[str, ...], broker: str
) -> None:
    for name in packages:
        (tmp_path / "lib" / "python3.12" / "site-packages" / name).mkdir(parents=True)
    told = in_memory(tmp_path / "bin" / "python", GIVEN, frozenset())
    assert (told["CELERY_BROKER_URL"], told["CACHE_URL"]) == (broker, "{redis_url}")
    assert told["CELERY_RESULT_BACKEND"] == ("cache+memory://" if broker == "memory://" else "{redis_url}")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("AMQP_URL", "amqp://guest:guest@127.0.0.1:1//", "memory://"),
        ("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:1//", "memory://"),
        ("BROKER_URL", "amqp://broker.example.org//", "amqp://broker.example.org//"),  # what a file shows
        ("WRITTEN_BROKER_URL", "{redis_url}", "{redis_url}"),
    ],
)
def test_what_somebody_said_stays(tmp_path: Path, name: str, value: str, told: str) -> None:
    (tmp_path / "lib" / "python3.12" / "site-packages" / "celery").mkdir(parents=True)
    assert in_memory(tmp_path / "bin" / "python", {name: value}, {"WRITTEN_BROKER_URL"}) == {name: told}
