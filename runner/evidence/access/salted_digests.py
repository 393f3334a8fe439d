"""Is a stored text the password with a salt, by a digest that is fast to guess? Tried with what stands beside it."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from itertools import islice

from runner.said import say

DIGESTS = {32: ("md5",), 40: ("sha1",), 56: ("sha224",), 64: ("sha256",), 96: ("sha384",), 128: ("sha512",)}
NAMES = {
    "md5": "MD5",
    "sha1": "SHA-1",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
}
DIGEST = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{32,128}(?![0-9a-fA-F])")
WORD = re.compile(r"[^\s,;:$|(){}\[\]'\"]+")
MOST_SALTS = 60  # words of one row that are tried


def salted(password: str, row: str) -> str:
    """What the row holds of the password: "as SHA-256 with a salt, …"; "" where nothing of it is seen."""
    for found in DIGEST.findall(row):
        for name in DIGESTS.get(len(found), ()):
            salts = (one for one in WORD.findall(row) if one != found)
            if any(found.lower() in _digests(name, password, salt) for salt in islice(salts, MOST_SALTS)):
                return say("as {name} with a salt, which is fast to guess", name=NAMES[name])
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
