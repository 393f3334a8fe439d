"""Is a stored text the password with a salt, by a digest that is fast to guess? Tried with what stands beside it."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from itertools import islice

from runner.said import say

ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-224": "sha224",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
BY_LENGTH = {hashlib.new(how).digest_size * 2: name for name, how in ALGORITHMS.items()}  # in hexadecimal digits
DIGEST = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{32,128}(?![0-9a-fA-F])")
WORD = re.compile(r"[^\s,;:$|(){}\[\]'\"]+")
MOST_SALTS = 60  # words of one row that are tried


def salted(password: str, row: str) -> str:
    """What the row holds of the password: "as SHA-256 with a salt, …"; "" where nothing of it is seen."""
    for found in DIGEST.findall(row):
        if name := BY_LENGTH.get(len(found)):
            salts = (one for one in WORD.findall(row) if one != found)
            if any(found.lower() in _digests(ALGORITHMS[name], password, salt) for salt in islice(salts, MOST_SALTS)):
                return say("as {name} with a salt, which is fast to guess", name=name)
    return ""


def _digests(how: str, password: str, salt: str) -> set[str]:
    return {one for part in _salts(salt) for one in _with(how, password.encode(), part)}


def _salts(salt: str) -> Iterator[bytes]:
    yield salt.encode()
    if len(salt) % 2 == 0 and re.fullmatch("[0-9a-fA-F]+", salt):
        yield bytes.fromhex(salt)


def _with(how: str, password: bytes, salt: bytes) -> Iterator[str]:
    for text in (salt + password, password + salt, salt + b":" + password, password + b":" + salt):
        yield hashlib.new(how, text).hexdigest()  # looked for, not used
    yield hmac.new(salt, password, how).hexdigest()
    yield hmac.new(password, salt, how).hexdigest()
