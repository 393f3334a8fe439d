"""Is an env file read as the services that it is for read it?"""

import pytest

from runner.reading.env_text import LONGEST, Assigned, assigned_in, unread_in


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=8000 # the port", ["8000"]),
        ("A=pa#ss", ["pa#ss"]),
        ("A= # nothing", [""]),
        ("A='one # two' # three", ["one # two"]),
        ('export A="x y"', ["x y"]),
        ("A=", [""]),
        ("A", []),
        ("\ufeffA=1", ["1"]),  # with the mark of some editors
        (r"A='it\'s'", ["it's"]),
        (r'A="say \"yes\"\n"', ['say "yes"\n']),
        (r"A='as it \n stands'", [r"as it \n stands"]),
        ('A="-----BEGIN\nB=2\n-----END"', ["-----BEGIN\nB=2\n-----END"]),  # several lines are one value
        ("A=1\r\nB=2\r\n", ["1", "2"]),
        ("my-key=1\nshop.key=2", ["1", "2"]),
        ("U=shop\nA=//${U}:${P:-pw}@${HOST}/", ["shop", "//shop:pw@${HOST}/"]),
        ("A='it's'\nB=2", ["2"]),  # a quote too many: that line sets nothing
    ],
)
def test_what_is_set_is_read(text: str, values: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "ours")
    assert [one.value for one in assigned_in(text)] == values


def test_each_is_told_with_its_line() -> None:
    text = '# first\n\nA="one\ntwo"\n\nexport B=3\n'
    assert list(assigned_in(text)) == [Assigned("A", "one\ntwo", 3), Assigned("B", "3", 6)]


def test_lines_that_set_nothing_are_kept_apart() -> None:
    text = "# A=1\nA='it's'\nKEY=\"-----BEGIN\nMIIEvQIBADANBgkq\nB=2\n"
    assert list(unread_in(text)) == [("A", "it's"), ("KEY", "-----BEGIN"), ("", "MIIEvQIBADANBgkq")]


def test_a_value_does_not_grow_without_end() -> None:
    doubled = "".join(f"A{n + 1}=${{A{n}}}${{A{n}}}\n" for n in range(60))
    assert max(len(one.value) for one in assigned_in(f"A0=xxxxxxxx\n{doubled}")) <= LONGEST
