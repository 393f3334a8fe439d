"""Locust without pauses: three reads, as many as get answered."""

import random

from locust import FastHttpUser, task

POSTS = 5000


def published() -> int:
    """The bundled service's seed leaves every tenth post, from the first on, a draft."""
    post_id = random.randint(1, POSTS)
    return post_id + 1 if post_id % 10 == 1 else post_id


class Reader(FastHttpUser):
    @task(4)
    def lists(self) -> None:
        self.client.get(f"/posts?offset={random.choice([0, 20, 40])}", name="GET /posts")

    @task(4)
    def reads(self) -> None:
        self.client.get(f"/posts/{published()}", name="GET /posts/{post_id}")

    @task(2)
    def comments(self) -> None:
        self.client.get(f"/posts/{published()}/comments", name="GET /posts/{post_id}/comments")
