"""Which commands stand in the code of a check, for `again`? Read from its syntax; what is filled in is a word."""

import ast
from collections.abc import Iterator

FILLED = "filled"


def commands_in(tree: ast.Module) -> list[str]:
    """Each text that becomes one of a finding's commands, as far as the module itself writes it."""
    reader = _Reader(tree)
    given = [
        word.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "again"
    ]
    named = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AugAssign) and "again" in map(ast.unparse, _targets(node))
    ]
    return list(dict.fromkeys(text for one in (*given, *named) for text in reader.texts(one)))


def _targets(node: ast.Assign | ast.AugAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


class _Reader:
    """Follows a name to the constant or the function of the same module."""

    def __init__(self, tree: ast.Module) -> None:
        self.constants = {
            name: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for name in map(ast.unparse, node.targets)
        }
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}

    def texts(self, node: ast.expr) -> Iterator[str]:
        match node:
            case ast.Constant(value=str() as text):
                yield text
            case ast.JoinedStr(values=parts):
                yield "".join(self.part(part) for part in parts)
            case ast.List(elts=several) | ast.Tuple(elts=several):
                for one in several:
                    yield from self.texts(one)
            case ast.ListComp(elt=one) | ast.GeneratorExp(elt=one) | ast.Starred(value=one) | ast.Subscript(value=one):
                yield from self.texts(one)
            case ast.IfExp(body=one, orelse=other):
                yield from self.texts(one)
                yield from self.texts(other)
            case ast.Name(id=name) if name in self.constants:
                yield from self.texts(self.constants[name])
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                yield from self.returned(self.functions[name])
            case ast.Call(func=ast.Name(id="list" | "sorted") | ast.Attribute(attr="fromkeys"), args=[one, *_]):
                yield from self.texts(one)

    def returned(self, function: ast.FunctionDef) -> Iterator[str]:
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from self.texts(node.value)

    def part(self, part: ast.expr) -> str:
        """A piece of an f-string: a constant of the module as it is, else one word."""
        match part:
            case ast.Constant(value=str() as text):
                return text
            case ast.FormattedValue(value=ast.Name(id=name)) if name in self.constants:
                return next(self.texts(self.constants[name]), FILLED)
        return FILLED
