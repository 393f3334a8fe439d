"""What stands for a broker that no run starts? Celery's own queue in memory, where a service has no client of Redis."""

import re
from collections.abc import Mapping, Set
from pathlib import Path

BROKER = re.compile(r"(?:^|_)(?:BROKER|CELERY|AMQP|RABBIT\w*)(?:_\w+)?_(?:URL|URI|DSN)$|^CELERY_RESULT_BACKEND$")
RESULTS = re.compile(r"RESULT|BACKEND")
REDIS, INVENTED = "{redis_url}", re.compile(r"amqp://.*127\.0\.0\.1:1/")
PACKAGES = "lib*/python*/site-packages"
OTHER_CLIENTS = ("redis", "aio_pika", "pika", "faststream", "taskiq_aio_pika")  # that take no queue in memory


def in_memory(python: Path, values: Mapping[str, str], written: Set[str]) -> dict[str, str]:
    """The variables with that queue for a broker's address, where Celery alone is to read it.

    Then an operation that puts a job into it is answered, as with the broker that production has; no worker takes the
    job. `written`: what the team says itself stays as it is.
    """
    return {
        name: _queue(name) if name not in written and _is_brokers(name, value) and _takes_memory(python) else value
        for name, value in values.items()
    }


def _is_brokers(name: str, value: str) -> bool:
    return bool(BROKER.search(name)) and (value == REDIS or bool(INVENTED.match(value)))


def _queue(name: str) -> str:
    return "cache+memory://" if RESULTS.search(name) else "memory://"


def _takes_memory(python: Path) -> bool:
    """Celery is in its environment, and no client that would be led astray."""
    places = list(python.parent.parent.glob(PACKAGES))
    celery = any((place / "celery").is_dir() for place in places)
    return celery and not any((place / other).is_dir() for place in places for other in OTHER_CLIENTS)
