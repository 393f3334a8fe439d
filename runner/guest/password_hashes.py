"""Guest: a password as the libraries of the service would store it, likeliest first. argv: ANSWER PASSWORD."""

import contextlib
import importlib
import json
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
password = sys.argv[2]


def by_bcrypt():
    bcrypt = importlib.import_module("bcrypt")
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()


def by_argon2():
    return importlib.import_module("argon2").PasswordHasher().hash(password)


def by_pwdlib():
    return importlib.import_module("pwdlib").PasswordHash.recommended().hash(password)


def by_werkzeug():
    return importlib.import_module("werkzeug.security").generate_password_hash(password)


def by_passlib(scheme):
    return lambda: getattr(importlib.import_module("passlib.hash"), scheme).hash(password)


OLDER = ("pbkdf2_sha256", "pbkdf2_sha512", "sha256_crypt", "sha512_crypt", "scrypt", "django_pbkdf2_sha256")
found = []
for made in (by_bcrypt, by_argon2, by_pwdlib, by_werkzeug, *map(by_passlib, OLDER)):
    with contextlib.suppress(Exception):  # not installed, or not in this version
        found.append(made())
Path(sys.argv[1]).write_text(json.dumps({"hashes": found}), encoding="utf-8")
