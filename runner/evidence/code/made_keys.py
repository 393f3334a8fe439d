"""Which keys that sign does each process make for itself? Read with the imports followed; pure."""

import ast
from collections.abc import Iterator

from runner.evidence.code.code_names import Function, Module
from runner.vocabulary.secrets import signs

MAKERS = frozenset({
    "secrets.token_urlsafe", "secrets.token_hex", "secrets.token_bytes", "os.urandom", "uuid.uuid4",
    "cryptography.fernet.Fernet.generate_key",
})  # fmt: skip
ASKS_WHETHER_SET = frozenset({"model_fields_set", "__fields_set__", "environ", "getenv"})


def made_keys(module: Module) -> Iterator[tuple[str, ast.expr]]:
    """Name and value of each: at the top of a module or a class, or as the default of a setting.

    Not one that the module refuses where it matters: a function that raises, and asks whether anybody has set it.
    """
    said = [set(_words(function)) for function in _raising(module)]
    refused = {word for words in said if words & ASKS_WHETHER_SET for word in words}
    classes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    for body in (module.tree.body, *(one.body for one in classes)):
        for node in body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [name for one in targets if (name := getattr(one, "id", getattr(one, "attr", "")))]
                yield from (
                    (n, node.value) for n in names if signs(n) and n not in refused and _makes(module, node.value)
                )


def _raising(module: Module) -> Iterator[Function]:
    for node in ast.walk(module.tree):
        if isinstance(node, Function) and any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
            yield node


def _words(function: Function) -> Iterator[str]:
    for node in ast.walk(function):
        said = getattr(node, "id", getattr(node, "attr", node.value if isinstance(node, ast.Constant) else None))
        if isinstance(said, str):
            yield said


def _makes(module: Module, value: ast.expr) -> bool:
    """Is a new one made in it: by itself, behind `or`, as a default, by a factory of the same module?"""
    for node in ast.walk(value):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            if module.full_name(node) in MAKERS:
                return True
            own = module.functions.get(node.id) if isinstance(node, ast.Name) else None
            if own and any(
                module.full_name(call.func) in MAKERS for call in ast.walk(own) if isinstance(call, ast.Call)
            ):
                return True
    return False
