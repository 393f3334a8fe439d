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


def test_each_thing_gets_an_even_part_of_what_is_left() -> None:
    now = [0.0]
    with client() as sender:
        budget, spent = Budget(sender, seconds=100, clock=lambda: now[0]), dict[str, float]()
        for word in budget.evenly("abcd"):
            began = now[0]
            while not budget.part_spent and word != "b":  # the second needs nothing: the others have it
                now[0] += 1
            spent[word] = now[0] - began
    assert now[0] <= 100
    assert spent["c"] > spent["a"] > 10
    assert spent["b"] == 0
    assert spent["d"] > 10


def test_requests_are_shared_evenly_too() -> None:
    with client() as sender:
        budget, sent = Budget(sender, requests=20), list[int]()
        for word in budget.evenly("ab"):
            before = budget.sent
            while not budget.part_spent:
                sender.get(f"/{word}")
            sent.append(budget.sent - before)
    assert sent == [7, 9]
