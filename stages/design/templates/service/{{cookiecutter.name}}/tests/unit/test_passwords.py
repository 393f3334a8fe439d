"""Are guessable passwords recognised, however they are dressed up?"""

import pytest

from {{cookiecutter.package}}.passwords import LOAD_TEST_PHRASE, Passwords, common_passwords, weakness

EMAIL = "ada.lovelace@example.com"
WEAK = [
    "password1234", "P@ssw0rd2024!", "passwordpassword", "PASSWORDPASSWORD1", "qwertyuiop12",
    "123456789012", "1234-5678-9012", "iloveyou!!!!", "Welcome2026!", "letmeinplease",
    "1q2w3e4r5t6y", "abababababab", "aaaaaaaaaaaa", EMAIL, "ada.lovelace99", "$uperman1234",
]  # fmt: skip


@pytest.mark.parametrize("password", WEAK)
def test_weak_passwords_are_named(password: str) -> None:
    assert weakness(password, EMAIL) is not None


@pytest.mark.parametrize("password", ["copper-lagoon-thistle-9", "xK9#mQ2$vL7p", LOAD_TEST_PHRASE])
def test_good_passwords_pass(password: str) -> None:
    assert weakness(password, EMAIL) is None


def test_the_list_is_long_enough_and_clean() -> None:
    assert len(common_passwords()) > 1_000
    assert all(word == word.casefold() for word in common_passwords())


def test_only_the_right_password_matches() -> None:
    passwords = Passwords(memory_kib=8, passes=1)
    stored = passwords.hash("copper-lagoon-thistle-9")
    assert stored.startswith("$argon2id$")
    assert passwords.match(stored, "copper-lagoon-thistle-9")
    assert not passwords.match(stored, "copper-lagoon-thistle-8")
    assert not passwords.match("not a hash", "copper-lagoon-thistle-9")


def test_nobody_has_no_password() -> None:
    passwords = Passwords(memory_kib=8, passes=1)
    assert not passwords.match(None, "the password of nobody")
