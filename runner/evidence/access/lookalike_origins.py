"""Which origins look like those that the code permits, and are somebody else's? From the source; pure.

A rule that compares a part of an origin (`endswith`, a pattern without its anchors or with a bare dot) lets in who
registers a name around that part.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from runner.evidence.code.code_names import Code

DOMAIN = re.compile(r"(?<![\w.@-])(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]+(?![\w-])", re.IGNORECASE)
MESSAGE = re.compile(r"(?:http|websocket|lifespan)\.(?:response|request|disconnect|send|receive|accept|close|startup)")
# Of a pattern: what is no letter of a name.
WILD = re.compile(r"\[[^\]]*\][*+?]?|\.[*+]\??|\(\?:|[\^$()|?*+]")
OWN = ("localhost", "127.0.0.1")
MOST = 6  # domains
LONG = 300  # of a text; a name of code is shorter than
NAME = 40
ELSEWHERE = "gonogo.example"


def lookalikes(code: Code, permitted: Iterable[str] = ()) -> tuple[str, ...]:
    """Origins of strangers, made of the domains beside the word `origin`, and of those that are permitted."""
    texts = [*permitted, *(text for module in code.modules for text in _texts(module.tree))]
    domains = dict.fromkeys(domain for text in texts for domain in domains_in(text))
    found = [one for domain in list(domains)[:MOST] for one in _around(domain)]
    found += [f"http://{name}.{ELSEWHERE}" for name in OWN if any(name in text.replace("\\", "") for text in texts)]
    return tuple(dict.fromkeys(found))


def domains_in(text: str) -> Iterator[str]:
    """`press.example` of `https?://(.*\\.)?press\\.example`."""
    plain = WILD.sub(" ", text.replace("\\.", ".").replace("\\/", "/").replace("\\-", "-"))
    for found in DOMAIN.finditer(plain.replace(" .", " ")):
        if found[0] not in OWN and not MESSAGE.match(found[0]):
            yield found[0].lower()


def _around(domain: str) -> Iterator[str]:
    yield f"https://gonogo{domain}"
    yield f"https://{domain}.{ELSEWHERE}"
    yield f"https://a.{domain}.{ELSEWHERE}"
    first, _, rest = domain.partition(".")
    if "." in rest:  # a bare dot of a pattern is any letter
        yield f"https://{first}x{rest}"


def _texts(tree: ast.Module) -> Iterator[str]:
    """Texts of the statements and functions that speak of origins, and of the module's names that stand in them."""
    named = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef) and _speaks(node):
            inner = list(ast.walk(node))
            meant = [named[one.id] for one in inner if isinstance(one, ast.Name) and one.id in named]
            yield from _constants([*inner, *(part for value in meant for part in ast.walk(value))])


def _constants(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """No docstrings, which are long, and no words without a dot."""
    for one in nodes:
        text = one.value if isinstance(one, ast.Constant) else None
        if isinstance(text, str) and len(text) < LONG and "." in text:
            yield text


def _speaks(node: ast.stmt) -> bool:
    words = (
        one.id if isinstance(one, ast.Name)
        else one.attr if isinstance(one, ast.Attribute)
        else one.arg if isinstance(one, ast.keyword | ast.arg)
        else one.value if isinstance(one, ast.Constant) and isinstance(one.value, str)
        else ""
        for one in ast.walk(node)
    )  # fmt: skip
    return any("origin" in (word or "").lower() for word in words if len(word or "") < NAME)
