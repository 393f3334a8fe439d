"""How does the service hold up while people read, and some of them write?

Needs a database filled by `python -m app.seed`. Runs in an interpreter of its own, so it imports
nothing of the service. Requests are named by route template, which is how needs are judged.
"""

import os
import random

from locust import FastHttpUser, between, task

USERS = int(os.environ.get("LOAD_SEEDED_USERS", "200"))
POSTS = int(os.environ.get("LOAD_SEEDED_POSTS", "5000"))
TAGS = int(os.environ.get("LOAD_SEEDED_TAGS", "50"))
PHRASE = os.environ.get("LOAD_PHRASE", "quill-harbour-lantern-42")
FIRST_AUTHOR = 6  # before it come the seeded admin and the editors
PAUSE = float(os.environ.get("LOAD_PAUSE_SECONDS", "0.5"))

numbers = iter(random.sample(range(FIRST_AUTHOR, USERS + 1), max(0, USERS + 1 - FIRST_AUTHOR)))


def is_published(post_id: int) -> bool:
    """The seed leaves every tenth post, from the first on, a draft."""
    return post_id % 10 != 1


class Person(FastHttpUser):
    """Reads mostly, comments now and then, writes seldom. Signs in once."""

    wait_time = between(PAUSE / 2, PAUSE * 3 / 2)

    def on_start(self) -> None:
        number = next(numbers, FIRST_AUTHOR)
        form = {"username": f"load-{number:04}@example.com", "password": PHRASE}
        answer = self.client.post("/auth/login", data=form, name="POST /auth/login")
        if answer.status_code != 200:
            self.environment.runner.quit()
            raise RuntimeError(f"cannot sign in as load-{number:04}: {answer.status_code}")
        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def some_post(self) -> int:
        """Mostly one of the hundred that everybody reads."""
        newest = 100 if random.random() < 0.7 else POSTS
        post_id = random.randint(1, min(newest, POSTS))
        return post_id if is_published(post_id) else post_id + 1

    @task(10)
    def reads_the_list(self) -> None:
        offset = random.choice([0, 0, 0, 20, 40])
        self.client.get(f"/posts?offset={offset}", name="GET /posts")

    @task(2)
    def looks_for_a_tag(self) -> None:
        tag = f"topic-{random.randint(1, TAGS):03}"
        self.client.get(f"/posts?tag={tag}", name="GET /posts")

    @task(12)
    def reads_a_post(self) -> None:
        path = f"/posts/{self.some_post()}"
        self.client.get(path, headers=self.headers, name="GET /posts/{post_id}")

    @task(5)
    def reads_comments(self) -> None:
        path = f"/posts/{self.some_post()}/comments"
        self.client.get(path, name="GET /posts/{post_id}/comments")

    @task(1)
    def reads_tags(self) -> None:
        self.client.get("/tags", name="GET /tags")

    @task(3)
    def comments(self) -> None:
        path = f"/posts/{self.some_post()}/comments"
        self.client.post(
            path,
            json={"body": "Read on the train, and missed my stop."},
            headers=self.headers,
            name="POST /posts/{post_id}/comments",
        )

    @task(1)
    def writes_and_publishes(self) -> None:
        draft = {"title": "Notes on a proof", "body": "The margin was wide.", "tags": ["topic-001"]}
        answer = self.client.post("/posts", json=draft, headers=self.headers, name="POST /posts")
        if answer.status_code != 201:
            return
        post = answer.json()
        self.client.put(
            f"/posts/{post['id']}/publication",
            json={"version": post["version"], "published": True},
            headers=self.headers,
            name="PUT /posts/{post_id}/publication",
        )
