"""What does the code say of accounts: which roles it knows, and what hashes a password? Read, not run."""

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from runner.discovery.code_files import python_files
from runner.discovery.modules import module_name
from runner.reading.syntax import parsed
from runner.vocabulary.names import words_of
from runner.vocabulary.roles import KIND, by_power

LONGEST_ROLE = 40
HASHING = frozenset({"hash", "hashed", "hashing", "encrypt", "encode"})
PASSWORD = frozenset({"password", "passwd", "pwd", "pw"})
CHECKING = frozenset({"verify", "check", "compare", "validate", "is", "needs", "matches", "reset", "change", "update"})
MAKERS = frozenset({"CryptContext", "PasswordHasher", "PasswordHash", "recommended", "Bcrypt", "PasswordHelper"})
MOST_HASHERS = 6
MOST_PERMISSIONS = 400
PERMITS = frozenset({"permission", "permissions", "perm", "perms", "privilege", "privileges", "scope", "scopes"})
# Of a call or a class that may ask for one beside other things: there a text counts that is written as one.
ASKS = PERMITS | {"require", "requires", "required", "auth", "authorize", "access", "allow", "allowed", "can", "check"}
WRITTEN = re.compile(r"[A-Za-z*][\w*-]*(?::[\w*-]+){1,4}")  # user:view, system:user:list
NAMED = re.compile(r"[\w*][\w*:.-]{0,80}")


def roles_in(root: Path) -> tuple[str, ...]:
    """The values of roles that the code names: the one that a new account has first, then by power, the least first."""
    trees = [tree for _, tree in _modules(root)]
    first = [role for tree in trees for role in _defaults(tree)]
    named = [role for tree in trees for role in _named(tree)]
    return tuple(dict.fromkeys([*by_power(first), *by_power(named)]))


def permissions_in(root: Path) -> tuple[str, ...]:
    """The permissions that the code asks for: in guards, in enumerations and classes of them, in comparisons."""
    found = dict.fromkeys(
        one for path, tree in _modules(root) for one in (*_constants(path, tree), *_permissions(tree))
    )
    return tuple(itertools.islice(found, MOST_PERMISSIONS))


def hashers_in(root: Path) -> tuple[str, ...]:
    """`module:attribute` of what makes the stored form of a password, likeliest first."""
    found = [f"{module_name(root, path)}:{one}" for path, tree in _modules(root) for one in _hashers(tree)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: "password" not in one.lower())[:MOST_HASHERS])


def _modules(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Of the code, without tests and what can't be read."""
    for path in python_files(root):
        tested = path.name.startswith(("test_", "conftest"))
        if tree := None if tested else parsed(path.read_text(encoding="utf-8", errors="replace")):
            yield path, tree


def _defaults(tree: ast.Module) -> Iterator[str]:
    """`role: str = "clerk"`, `role = Column(String, default="clerk")`, `role: Role = Role.CLERK`."""
    enums = dict(_enumerations(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not any(map(_is_role, _targets(node))):
            continue
        given = [node.value] if node.value else []
        if isinstance(node.value, ast.Call):
            named = [k.value for k in node.value.keywords if k.arg in {"default", "server_default", "insert_default"}]
            given = [*named, *([] if named else node.value.args[:1])]
        for value in given:
            yield from _texts([value])
            if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
                yield from filter(None, [enums.get(value.value.id, {}).get(value.attr, "")])


def _named(tree: ast.Module) -> Iterator[str]:
    """In enumerations of roles, in comparisons with a role, and in calls and annotations that speak of roles."""
    for name, members in _enumerations(tree):
        if KIND.search(name):
            yield from members.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(map(_is_role, [node.left, *node.comparators])):
            yield from _texts([node.left, *node.comparators])
        elif isinstance(node, ast.Call) and "role" in _name(node.func).lower():
            yield from _texts([*node.args, *(k.value for k in node.keywords)])
        elif isinstance(node, ast.AnnAssign) and _is_role(node.target) and isinstance(node.annotation, ast.Subscript):
            yield from _texts([node.annotation.slice]) if _name(node.annotation.value) == "Literal" else ()
        elif isinstance(node, ast.keyword) and node.arg and KIND.fullmatch(node.arg):
            yield from _texts([node.value])


def _constants(path: Path, tree: ast.Module) -> Iterator[str]:
    """`USER_READ = "user:read"` at the top of a module that is called after permissions."""
    if PERMITS & set(words_of(path.stem)):
        values = (one.value for one in tree.body if isinstance(one, ast.Assign | ast.AnnAssign) and one.value)
        yield from filter(WRITTEN.fullmatch, _all_texts(values))


def _permissions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and PERMITS & set(words_of(node.name)):
            values = (one.value for one in node.body if isinstance(one, ast.Assign))
            yield from filter(NAMED.fullmatch, _all_texts(values))
        elif isinstance(node, ast.Call):
            yield from _asked_for(node, set(words_of(_name(node.func))))
        elif isinstance(node, ast.Compare) and any(PERMITS & set(words_of(_name(one))) for one in node.comparators):
            yield from filter(NAMED.fullmatch, _all_texts([node.left]))


def _asked_for(call: ast.Call, words: set[str]) -> Iterator[str]:
    """`require_permission("user:view")`, `require_permission("users", "view")`, `Security(user, scopes=["read"])`."""
    plain = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if PERMITS & words and len(plain) > 1:
        yield ":".join(plain[:2])
    elif ASKS & words:
        given = _all_texts([*call.args, *(k.value for k in call.keywords)])
        yield from filter((NAMED if PERMITS & words else WRITTEN).fullmatch, given)
    for keyword in call.keywords:
        if keyword.arg in PERMITS:
            several = isinstance(keyword.value, ast.List | ast.Tuple | ast.Set)
            yield from filter((NAMED if several else WRITTEN).fullmatch, _all_texts([keyword.value]))


def _all_texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Plain texts, also in a list, a tuple or a set."""
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            yield from _all_texts(node.elts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _enumerations(tree: ast.Module) -> Iterator[tuple[str, dict[str, str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("Enum" in _name(base) for base in node.bases):
            members = {
                target.id: value
                for one in node.body
                if isinstance(one, ast.Assign)
                for target in one.targets
                if isinstance(target, ast.Name)
                for value in _texts([one.value])
            }
            yield node.name, members


def _hashers(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and _hashes(node.name):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            ways = (one for one in node.body if isinstance(one, ast.FunctionDef) and _hashes(one.name))
            yield from (f"{node.name}.{one.name}" for one in ways)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value.func) in MAKERS:
            yield from (f"{target.id}.hash" for target in node.targets if isinstance(target, ast.Name))


def _hashes(name: str) -> bool:
    words = set(words_of(name)) if not name.startswith("__") else set[str]()
    return bool(HASHING & words) and (bool(PASSWORD & words) or words == {"hash"}) and not CHECKING & words


def _is_role(node: ast.AST) -> bool:
    return bool(KIND.fullmatch(_name(node)))


def _targets(node: ast.Assign | ast.AnnAssign) -> Iterable[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _name(node: ast.AST) -> str:
    """The last part of what is named: `role` of `user.role` and of `user.role.value`."""
    if isinstance(node, ast.Attribute):
        return _name(node.value) if node.attr == "value" else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Plain texts, also in a list, a tuple or a set; none that reads like a sentence."""
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            yield from _texts(node.elts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip("'\"")  # server_default="'clerk'"
            if text and len(text) <= LONGEST_ROLE and not set(text) & set(" /:{}%\n"):
                yield text
