"""Where does the code hash a password by what is fast to guess? Read with the imports followed; pure."""

import ast
import re
from collections.abc import Iterable, Iterator

from runner.evidence.code.code_names import Module
from runner.vocabulary.names import words_of
from runner.vocabulary.secrets import HASHES, is_password

FAST = frozenset(
    f"hashlib.{name}"
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s")
)
BY_NAME = "hashlib.new"
# Where one of these stands, a digest may be what comes before it, or what leaked passwords are looked up by.
SLOW = re.compile(
    r"bcrypt|argon2|scrypt|pbkdf2|passlib|pwdlib|werkzeug\.security|django\.contrib\.auth|nacl\.pwhash|fastapi_users|pwned",
    re.IGNORECASE,
)
BUILT_IN = frozenset({"pbkdf2_hmac", "scrypt"})  # of hashlib
LEAKED = re.compile(r"pwned|hibp|breach|leaked")
LEAKED_AT = re.compile(r"pwnedpasswords\.com|haveibeenpwned")
CAPITALS = re.compile(r"[A-Z][A-Z0-9_]*")  # a setting: no password of a person's
Function = ast.FunctionDef | ast.AsyncFunctionDef


def knows_slow(module: Module) -> bool:
    """Does it import or call a hash that is slow, or look leaked passwords up?"""
    called = (getattr(node, "attr", "") for node in ast.walk(module.tree) if isinstance(node, ast.Attribute))
    kdf = any(one in BUILT_IN for one in called)
    texts = (node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant))
    asks = any(isinstance(one, str) and LEAKED_AT.search(one) for one in texts)
    return kdf or asks or any(map(SLOW.search, module.imports.values())) or any(map(LEAKED.search, module.functions))


def digesting(module: Module) -> frozenset[str]:
    """Its functions that make a digest of what they are given, by the names that they are called by."""
    return frozenset(
        one.name
        for one in ast.walk(module.tree)
        if isinstance(one, Function) and any(_names(arg) & _parameters(one) for arg in _digested(module, one))
    )


def fast_hashes(module: Module, helpers: frozenset[str] = frozenset()) -> Iterator[ast.Call]:
    """Digests of passwords, made here or by one of the `helpers`."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        helped = (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) in helpers
        given = node.args if helped else _given(module, node)
        if any(map(_is_persons, (name for arg in given for name in _names(arg)))):
            yield node


def _digested(module: Module, function: Function) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            yield from _given(module, node)


def _given(module: Module, call: ast.Call) -> Iterable[ast.expr]:
    """What a call makes a digest of; nothing where it makes none, or says that it is for no secret."""
    if any(one.arg == "usedforsecurity" for one in call.keywords):
        return ()
    name = module.full_name(call.func)
    return call.args[:1] if name in FAST else call.args[1:2] if name == BY_NAME else ()


def _names(node: ast.expr) -> set[str]:
    """Names, fields and keys in it: `password`, `form.password`, `body["password"]`."""
    found = set[str]()
    for one in ast.walk(node):
        found |= {getattr(one, "id", ""), getattr(one, "attr", "")}
        if isinstance(one, ast.Subscript) and isinstance(one.slice, ast.Constant):
            found.add(str(one.slice.value))
    return found - {""}


def _parameters(function: Function) -> set[str]:
    return {one.arg for one in (*function.args.args, *function.args.kwonlyargs)} - {"self", "cls"}


def _is_persons(name: str) -> bool:
    return is_password(name) and not CAPITALS.fullmatch(name) and not HASHES.intersection(words_of(name))
