"""Does a look end when its requests or its seconds are used up, and name what is left?"""

import httpx

from runner.http.budget import Budget


def client() -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(204)), base_url="http://shop")


def test_a_look_ends_when_its_requests_are_sent() -> None:
    with client() as sender:
        budget, left = Budget(sender, requests=2), []
        for word in budget.within("abcd", lambda word, why: left.append(f"{word}: {why}")):
            sender.get(f"/{word}")
    assert budget.sent == 2
    assert left == ["c: the 2 requests of this look were sent", "d: the 2 requests of this look were sent"]


def test_a_look_ends_when_its_seconds_are_over() -> None:
    ticks = iter(range(0, 100, 10))
    with client() as sender:
        budget = Budget(sender, seconds=15, clock=lambda: next(ticks))
        assert list(budget.within("abc")) == ["a"]
