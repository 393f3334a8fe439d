"""Where may a service's documentation be, and can a setting close it? Read from the code that makes the app."""

import ast

from runner.evidence.code.code_names import Code

DOCUMENTS = ("/docs", "/redoc", "/openapi.json", "/openapi.yaml", "/swagger", "/swagger.json", "/")
PREFIXES = ("", "/api", "/v1", "/api/v1")
PAGES = ("openapi_url", "docs_url", "redoc_url")


def always_open(code: Code) -> tuple[str, int] | None:
    """The place where the app is made, when nothing there depends on settings: each page's path is left out or a text.

    None where any of them may be None, or where it can't be told.
    """
    found = _apps(code)
    if not found or not all(_is_open(call) for _, call in found):
        return None
    return found[0][0], found[0][1].lineno


def _apps(code: Code) -> list[tuple[str, ast.Call]]:
    """Where an app is made, and how."""
    return [
        (module.path, node)
        for module in code.modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and module.full_name(node.func).rpartition(".")[2] == "FastAPI"
    ]


def page_paths(code: Code) -> tuple[str, ...]:
    """Where the pages and the contract may be: the usual paths, and those that the code names."""
    usual = [prefix + page for prefix in PREFIXES for page in DOCUMENTS]
    named = [
        node.value
        for _, call in _apps(code)
        for keyword in call.keywords
        if keyword.arg in PAGES
        for node in ast.walk(keyword.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/")
    ]
    return tuple(dict.fromkeys([*usual, *named]))


def _is_open(call: ast.Call) -> bool:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    said = [given[name] for name in PAGES if name in given and not _is_none(name, given)]
    fixed = all(isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and one.value) for one in said)
    return fixed and None not in given  # **settings may hold anything


def _is_none(name: str, given: dict[str | None, ast.expr]) -> bool:
    """`redoc_url=None` closes the second of two pages and leaves the first one open."""
    value = given[name]
    return name == "redoc_url" and isinstance(value, ast.Constant) and value.value is None
