"""Is this the right password, and is a new one good enough?"""

import re
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LIST = Path(__file__).parent / "common_passwords.txt"
LOOKALIKES = str.maketrans("013457@$!|", "oleastasil")
FEWEST_DISTINCT_CHARACTERS = 5

# the password of the accounts that `{{cookiecutter.package}}.seed` makes; nobody can sign in with it in production
LOAD_TEST_PHRASE = "quill-harbour-lantern-42"


class Passwords:
    """Hashing takes tens of milliseconds on purpose: call it from `def` endpoints, in a thread."""

    def __init__(self, memory_kib: int, passes: int) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._nobody = self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def match(self, stored: str | None, password: str) -> bool:
        """As slow for an account that does not exist as for one that does."""
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None


@cache
def common_passwords() -> frozenset[str]:
    return frozenset(LIST.read_text(encoding="utf-8").split())


def weakness(password: str, email: str) -> str | None:
    """Why a password of acceptable length is still refused, if it is."""
    if len(set(password)) < FEWEST_DISTINCT_CHARACTERS:
        return "has too few different characters"
    if not core(password) or common_passwords() & spellings(password):
        return "is among the passwords that are tried first"
    local_part = email.partition("@")[0]
    if password.lower() in {email, local_part} or core(password) == core(local_part):
        return "is the e-mail address"
    return None


def spellings(password: str) -> set[str]:
    """`P@ssw0rd2024!`, `passwordpassword` and `password` are one word to a guesser."""
    plain = password.casefold()
    undressed = core(without_tail(plain).translate(LOOKALIKES))
    words = {plain, core(plain), undressed, plain.translate(LOOKALIKES)}
    return words | {repeated(word) for word in words}


def core(word: str) -> str:
    """Without the digits and signs that people put around a word."""
    return re.sub(r"^[\W\d_]+", "", without_tail(word.casefold()))


def without_tail(word: str) -> str:
    return re.sub(r"[\W\d_]+$", "", word)


def repeated(word: str) -> str:
    found = re.fullmatch(r"(.+?)\1+", word)
    return found.group(1) if found else word
