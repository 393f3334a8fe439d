"""How does the service hold up while people read, and some of them write?

Needs a database filled by `python -m {{cookiecutter.package}}.seed`. Runs in an interpreter of its own and imports
nothing of the service. Requests are named by route template, which is how needs are judged.
"""

import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from locust import FastHttpUser, between, task

OFFSETS = (0, 0, 0, 20, 40)

USERS = int(os.environ.get("LOAD_SEEDED_USERS", "{{cookiecutter.rows.users}}"))
{% for r in cookiecutter.made if r.users %}
{{r.plural|upper}} = int(os.environ.get("LOAD_SEEDED_{{r.plural|upper}}", "{{cookiecutter.rows[r.plural]}}"))
{% endfor %}
PHRASE = os.environ.get("LOAD_PHRASE", "quill-harbour-lantern-42")
PAUSE = float(os.environ.get("LOAD_PAUSE_SECONDS", "0.5"))
ROLES = {{cookiecutter.roles|length}}  # the seed gives them in turn, the last one first
{% if "date" in cookiecutter.types %}
FIRST_DAY = date(2040, 1, 1)
{% endif %}
{% if "datetime" in cookiecutter.types %}
FIRST_MOMENT = datetime(2040, 1, 1, 8, tzinfo=UTC)
{% endif %}


def accounts(role: int) -> Iterator[int]:
    """The numbers of the seeded accounts with a role, each once."""
    fitting = [number for number in range(1, USERS + 1) if (number - 2) % ROLES == role]
    return iter(random.sample(fitting, len(fitting)))


numbers = [accounts(role) for role in range(ROLES)]


class Person(FastHttpUser):
    """Signs in once."""

    abstract = True
    role = 0
    wait_time = between(PAUSE / 2, PAUSE * 3 / 2)

    def on_start(self) -> None:
        number = next(numbers[self.role], self.role + 2)
        form = {"username": f"load-{number:04}@example.com", "password": PHRASE}
        answer = self.client.post("/auth/login", data=form, name="POST /auth/login")
        if answer.status_code != 200:
            self.environment.runner.quit()
            raise RuntimeError(f"cannot sign in as load-{number:04}: {answer.status_code}")
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        self.seen: dict[str, list[dict[str, Any]]] = {}

    def look(self, path: str) -> list[dict[str, Any]]:
        answer = self.client.get(
            f"{path}?offset={random.choice(OFFSETS)}", headers=self.headers, name=f"GET {path}"
        )
        items: list[dict[str, Any]] = answer.json()["items"] if answer.status_code == 200 else []
        self.seen[path] = items or self.seen.get(path, [])
        return self.seen[path]

    def some(self, path: str) -> dict[str, Any] | None:
        """One that was listed."""
        items = self.seen.get(path) or self.look(path)
        return random.choice(items) if items else None

{% for role, tasks in cookiecutter.load.items() %}

class {{tasks.name}}(Person):
    role = {{tasks.number}}
    weight = {{tasks.weight}}
    {% for one in tasks.tasks %}

    @task({{one.weight}})
    def {{one.name}}(self) -> None:
        {% for line in one.lines %}
        {{line}}
        {% endfor %}
    {% endfor %}

{% endfor %}
