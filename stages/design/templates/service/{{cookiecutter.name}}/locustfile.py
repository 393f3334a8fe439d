"""How does the service hold up while people read, and some of them write?

Needs a database filled by `python -m {{cookiecutter.package}}.seed`. Runs in an interpreter of its own and imports
nothing of the service. Requests are named by route template, which is how needs are judged.
"""

import os
import random

from locust import FastHttpUser, between, task

USERS = int(os.environ.get("LOAD_SEEDED_USERS", "100"))
NOTES = int(os.environ.get("LOAD_SEEDED_NOTES", "5000"))
PHRASE = os.environ.get("LOAD_PHRASE", "quill-harbour-lantern-42")
FIRST_MEMBER = 2  # before her comes the seeded admin
PAUSE = float(os.environ.get("LOAD_PAUSE_SECONDS", "0.3"))

numbers = iter(random.sample(range(FIRST_MEMBER, USERS + 1), max(0, USERS + 1 - FIRST_MEMBER)))


class Person(FastHttpUser):
    """Reads mostly, writes now and then. Signs in once."""

    wait_time = between(PAUSE / 2, PAUSE * 3 / 2)

    def on_start(self) -> None:
        number = next(numbers, FIRST_MEMBER)
        form = {"username": f"load-{number:04}@example.com", "password": PHRASE}
        answer = self.client.post("/auth/login", data=form, name="POST /auth/login")
        if answer.status_code != 200:
            self.environment.runner.quit()
            raise RuntimeError(f"cannot sign in as load-{number:04}: {answer.status_code}")
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    @task(10)
    def reads_the_list(self) -> None:
        offset = random.choice([0, 0, 0, 20, 40])
        self.client.get(f"/notes?offset={offset}", headers=self.headers, name="GET /notes")

    @task(12)
    def reads_a_note(self) -> None:
        path = f"/notes/{random.randint(1, NOTES)}"
        self.client.get(path, headers=self.headers, name="GET /notes/{note_id}")

    @task(3)
    def writes(self) -> None:
        note = {"title": "Notes on a tree", "body": "The bark was wide."}
        answer = self.client.post("/notes", json=note, headers=self.headers, name="POST /notes")
        if answer.status_code != 201 or random.random() < 0.5:
            return
        made = answer.json()
        self.client.patch(
            f"/notes/{made['id']}",
            json={"version": made["version"], "body": "The bark was narrow."},
            headers=self.headers,
            name="PATCH /notes/{note_id}",
        )
