"""What a run makes once: per key, from any thread."""

import threading

import pytest

from runner.live.workshop import Once

PATIENCE = 20  # seconds


def test_a_thing_is_made_once_and_everybody_gets_it() -> None:
    once, makes = Once(), []
    began = threading.Barrier(4)

    def make() -> object:
        makes.append(1)
        return object()

    got: list[object] = []

    def ask() -> None:
        began.wait(PATIENCE)
        got.append(once.get("a", make))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (len(makes), len(got), len(set(map(id, got)))) == (1, 4, 1)


def test_nobody_waits_for_what_is_made_under_another_name() -> None:
    once, goes_on, begun = Once(), threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert goes_on.wait(PATIENCE)
        return "slow"

    thread = threading.Thread(target=once.get, args=("slow", slow))
    thread.start()
    assert begun.wait(PATIENCE)
    assert once.get("quick", lambda: "quick") == "quick", "it came while the other was still being made"
    assert once.peek("slow") is None
    assert once.made() == ("quick",)
    goes_on.set()
    thread.join(PATIENCE)
    assert once.get("slow", lambda: "made anew") == "slow"


def test_a_making_may_need_another_thing() -> None:
    once = Once()
    assert once.get("house", lambda: [once.get("stone", lambda: "stone")]) == ["stone"]


def test_a_failure_is_remembered() -> None:
    once = Once()

    def fails() -> str:
        raise ValueError("no stone")

    for _ in range(2):
        with pytest.raises(ValueError, match="no stone"):
            once.get("house", fails)
    assert isinstance(once.peek("house"), ValueError)
