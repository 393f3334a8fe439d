"""Guest: passwords as the service would store them. argv: ANSWER JSON, of {passwords, own, only}.

Each password's forms by their kind, likeliest first: as the service's `own` functions (module:attribute) do, then as
its libraries would. `only`: the one kind that is wanted.
"""

import contextlib
import functools
import importlib
import inspect
import json
import sys
import warnings
from pathlib import Path

# A service may read its own command line while it is imported: it has the one that a server gives it.
TOLD, sys.argv = sys.argv, ["uvicorn"]
warnings.simplefilter("ignore")
for folder in ("src", "app", "backend", ""):  # the service's own folder first
    sys.path.insert(0, str(Path.cwd() / folder))
asked = json.loads(TOLD[2])


def by_own(named, password):
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


def by_bcrypt(password):
    bcrypt = importlib.import_module("bcrypt")
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()


def by_argon2(password):
    return importlib.import_module("argon2").PasswordHasher().hash(password)


def by_pwdlib(password):
    return importlib.import_module("pwdlib").PasswordHash.recommended().hash(password)


def by_werkzeug(password):
    return importlib.import_module("werkzeug.security").generate_password_hash(password)


def by_passlib(scheme, password):
    return getattr(importlib.import_module("passlib.hash"), scheme).hash(password)


def stored(password):
    """Kind → stored form; without what is not installed, not in this version, or called otherwise."""
    forms = {}
    for kind, made in WAYS.items():
        if asked["only"] in (None, kind):
            with contextlib.suppress(Exception, SystemExit):  # a command of a terminal ends its program
                forms[kind] = made(password)
    return {kind: one for kind, one in forms.items() if isinstance(one, str) and one and one != password}


OLDER = ("pbkdf2_sha256", "pbkdf2_sha512", "sha256_crypt", "sha512_crypt", "scrypt", "django_pbkdf2_sha256")
WAYS = {
    **{named: functools.partial(by_own, named) for named in asked["own"]},
    "bcrypt": by_bcrypt,
    "argon2": by_argon2,
    "pwdlib": by_pwdlib,
    "werkzeug": by_werkzeug,
    **{scheme: functools.partial(by_passlib, scheme) for scheme in OLDER},
}
found = [{"password": one, "forms": stored(one)} for one in asked["passwords"]]
Path(TOLD[1]).write_text(json.dumps({"stored": found}), encoding="utf-8")
