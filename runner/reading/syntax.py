"""Which syntax tree has a Python source, also when it was written for a newer Python than gonogo's own?"""

import ast
import io
import re
import sys
import threading
import tokenize
import warnings

# What Python 3.14 takes and older ones do not; each is rewritten within its line, so that line numbers stay true.
BARE_EXCEPT = re.compile(r"^(\s*except\*?\s+)([\w.]+(?:\s*,\s*[\w.]+)+)(\s*:)", re.MULTILINE)  # `except A, B:`
TEMPLATE = re.compile(r"(?<![\w\"'])(?:[tT][rR]?|[rR][tT])(?=[\"'])")  # `t"…"`, read like an f-string
# Python 3.11 counts the depth of a tree for the whole interpreter: two threads that parse at once upset each other
# ("AST constructor recursion depth mismatch"). Nor do its filters for warnings know threads.
ONE_AT_A_TIME = threading.Lock()


class NotPython(SyntaxError):
    """It is not Python, or a newer one than we can read. `lineno` and `msg` as in SyntaxError."""


def tree_of(text: str) -> ast.Module:
    """The tree of a module. Raises `NotPython`, which says so when only our own Python may be too old."""
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # escapes in somebody else's strings are not our business
        try:
            return ast.parse(text)
        except SyntaxError as error:
            trouble = error
        try:
            return ast.parse(TEMPLATE.sub("f", BARE_EXCEPT.sub(r"\1(\2)\3", text)))
        except SyntaxError:
            ours = f"{sys.version_info.major}.{sys.version_info.minor}"
            message = f"{trouble.msg} (read by gonogo's own Python {ours}; a newer one may know it)"
            raise NotPython(message, (None, trouble.lineno, None, None)) from trouble


def comments_in(text: str) -> dict[int, str]:
    """Line (1-based) → its comment, from the `#` on; what stands in a string is none."""
    found: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string
    except (tokenize.TokenError, SyntaxError):
        return found
    return found
