"""Are passwords that are hashed fast told from what else a digest is made of?"""

import ast

import pytest

from runner.evidence.code.code_names import Module
from runner.evidence.code.fast_hashes import digesting, fast_hashes, knows_slow

DIGEST = "import hashlib\ndef digest(text):\n    return hashlib.sha512(text.encode()).hexdigest()\n"


def module(code: str) -> Module:
    return Module("app.passwords", "app/passwords.py", ast.parse(code))


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("import hashlib\ndef kept(password):\n    return hashlib.sha256(password.encode()).hexdigest()", [3]),
        ("from hashlib import md5\nuser.kept = md5((form.password + salt).encode()).hexdigest()", [2]),
        ("import hashlib as h\nkept = h.new('sha1', body['password'].encode()).digest()", [2]),
        (DIGEST + "def right(user, password):\n    return user.kept == digest(password)", [5]),
        ("import hashlib\nseen = hashlib.sha256(user.password_hash.encode()).hexdigest()", []),
        ("import hashlib\netag = hashlib.sha256(body).hexdigest()", []),
        ("import hashlib\nkey = hashlib.sha256(settings.REDIS_PASSWORD.encode()).hexdigest()", []),
        ("import hashlib\nseen = hashlib.sha1(password.encode(), usedforsecurity=False)", []),
        ("import hashlib\nkept = hashlib.pbkdf2_hmac('sha256', password, salt, 600_000)", []),
        ("import hashlib\nlink = hashlib.sha256(reset_token.encode()).hexdigest()", []),
    ],
)  # fmt: skip
def test_digests_of_passwords_are_named(code: str, lines: list[int]) -> None:
    read = module(code)
    assert [one.lineno for one in fast_hashes(read, digesting(read))] == lines


@pytest.mark.parametrize(
    ("code", "slow"),
    [
        ("import bcrypt", True),
        ("from passlib.context import CryptContext", True),
        ("import hashlib\nhashlib.pbkdf2_hmac('sha256', a, b, 600_000)", True),
        ("def is_pwned(password): ...", True),
        ("URL = 'https://api.pwnedpasswords.com/range/'", True),
        ("from fastapi_users import BaseUserManager", True),
        ("from werkzeug.security import generate_password_hash", True),
        ("from werkzeug.utils import secure_filename", False),
        ("import nacl.signing", False),
        ("import hashlib\nhashlib.sha256(password)", False),
    ],
)
def test_a_service_that_knows_a_slow_hash_makes_digests_for_something_else(code: str, slow: bool) -> None:  # noqa: FBT001
    assert knows_slow(module(code)) is slow
