"""Is a misspelt key of spec.yaml answered with what was meant?"""

import pytest

from runner.specification_text import keys_at, parse

HEAD = "gonogo: 1\nservice: {name: shop, summary: Sells, owner: seller}\n"


@pytest.mark.parametrize(
    ("text", "line", "note"),
    [
        ("rolls: []\n", 3, "rolls: no such key. Did you mean `roles`?"),
        ("roles:\n  - {id: seller, descripton: Sells}\n", 4, "Did you mean `description`?"),
        ("quality:\n  - {id: Q, text: t, metric: latency, load: {user: 5, seconds: 9}}\n", 4, "Did you mean `users`?"),
    ],
)
def test_the_key_that_was_meant_is_named(text: str, line: int, note: str) -> None:
    problems, parsed = parse("spec.yaml", HEAD + text)
    assert parsed is None
    assert any(one.line == line and note in one.note for one in problems), [str(one.note) for one in problems]


def test_a_key_like_no_other_gets_the_list() -> None:
    problems, _ = parse("spec.yaml", f"{HEAD}xyzzy: 1\n")
    assert f"Allowed here: {', '.join(keys_at(()))}." in problems[0].note
