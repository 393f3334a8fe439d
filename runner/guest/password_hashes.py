"""Guest: a password as the service would store it, likeliest first. argv: ANSWER PASSWORD MODULE:ATTRIBUTE…

First as its own functions do, then as its libraries would.
"""

import contextlib
import functools
import importlib
import inspect
import json
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
for folder in ("src", "app", "backend", ""):  # the service's own folder first
    sys.path.insert(0, str(Path.cwd() / folder))
password = sys.argv[2]


def by_own(named):
    """`app.security:Hasher.hash`; an object is made where a class has no other way."""
    module, _, path = named.partition(":")
    *owners, last = path.split(".")
    owner = functools.reduce(getattr, owners, module_of(module))
    function = getattr(owner, last)
    static = isinstance(inspect.getattr_static(owner, last, None), (staticmethod, classmethod))
    if inspect.isclass(owner) and not static:
        function = getattr(owner(), last)
    made = function(password)
    return made.decode() if isinstance(made, bytes) else made


def module_of(name):
    """Also below a folder that is no package: `backend.app.security` is `app.security` there."""
    with contextlib.suppress(ModuleNotFoundError):
        return importlib.import_module(name)
    _, _, rest = name.partition(".")
    return module_of(rest) if rest else None


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
own = [functools.partial(by_own, named) for named in sys.argv[3:]]
found = []
for made in (*own, by_bcrypt, by_argon2, by_pwdlib, by_werkzeug, *map(by_passlib, OLDER)):
    with contextlib.suppress(Exception):  # not installed, not in this version, or called otherwise
        found.append(made())
hashes = [one for one in dict.fromkeys(found) if isinstance(one, str) and one and one != password]
Path(sys.argv[1]).write_text(json.dumps({"hashes": hashes}), encoding="utf-8")
