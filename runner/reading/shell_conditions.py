"""Does a condition of a shell script hold, as far as its words and the values that are known say? Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from tree_sitter import Node

Values = Mapping[str, str]  # what a variable holds; one that is empty is set to nothing, or not set
CONSTANTS = {"true": True, ":": True, "false": False}
NUMBERS = {"-eq": 0, "-ne": 0, "-lt": -1, "-le": -1, "-gt": 1, "-ge": 1}
SUBSTITUTED = re.compile(r"(:?[-+=?])(.*)", re.DOTALL)


def holds(node: Node, values: Values) -> bool | None:
    """True or False where that is sure, None where a file, a program or an unknown variable decides it."""
    parts = [child for child in node.named_children if child.type != "comment"]
    if node.type == "list" and len(parts) > 1:
        either = any(child.type == "||" for child in node.children)
        return _together([holds(parts[0], values), holds(parts[-1], values)], either=either)
    if node.type == "negated_command" and parts:
        return _not(holds(parts[-1], values))
    if node.type in {"redirected_statement", "parenthesized_expression"} and parts:
        return holds(parts[0], values)
    if node.type == "test_command":
        return _tested(parts[0], values) if len(parts) == 1 else None
    if node.type == "command":
        return _command(node, values)
    return None


def fits_case(word: Node, patterns: list[Node], values: Values) -> bool | None:
    """Does a `case` word fit one of these patterns?"""
    known = expanded(word, values)
    if known is None or any(set(_text(one)) & set("$`") for one in patterns):
        return None
    return any(fnmatchcase(known, _text(one).strip("\"'")) for one in patterns)


def expanded(node: Node, values: Values) -> str | None:
    """What the shell makes of a word; None where it is not known."""
    text = _text(node)
    if node.type == "raw_string":
        return text[1:-1]
    if node.type in {"word", "number", "string_content", "extglob_pattern", "regex", "variable_name"}:
        return None if node.type == "word" and set("*?`") & set(text) else re.sub(r"\\(.)", r"\1", text)
    if node.type == "simple_expansion":
        return values.get(text[1:])
    if node.type == "expansion":
        return _substituted(text[2:-1], values)
    if node.type in {"string", "concatenation"}:
        parts = [expanded(child, values) for child in node.named_children]
        bare = node.type == "string" and not node.named_children
        known = [part for part in parts if part is not None]
        return text[1:-1] if bare else "".join(known) if len(known) == len(parts) else None
    return None


def _substituted(inside: str, values: Values) -> str | None:
    """`NAME`, `NAME:-default`, `NAME:+instead`, `NAME,,`."""
    name = re.match(r"\w+", inside)
    held = values.get(name[0]) if name else None
    if name is None or held is None:
        return None
    rest = inside[name.end() :]
    if rest in {",,", "^^"}:
        return held.lower() if rest == ",," else held.upper()
    how = SUBSTITUTED.fullmatch(rest)
    if how is None:
        return held if not rest else None
    other = how[2].strip("\"'")
    if "$" in other:
        return held if held and "+" not in how[1] else None
    return (other if held else "") if "+" in how[1] else held or other


def _command(node: Node, values: Values) -> bool | None:
    """`true`, `test …`; of any other program nobody knows."""
    words = [expanded(child, values) for child in node.named_children if child.type != "command_name"]
    name = next((_text(child) for child in node.named_children if child.type == "command_name"), "")
    if name in CONSTANTS and not words:
        return CONSTANTS[name]
    return _words(words) if name in {"test", "["} else None


def _words(words: list[str | None]) -> bool | None:
    """The words behind `test`."""
    if words and words[-1] == "]":
        words = words[:-1]
    if words[:1] == ["!"]:
        return _not(_words(words[1:]))
    if len(words) == 1:
        return None if words[0] is None else bool(words[0])
    if len(words) == 2:  # noqa: PLR2004 - an operator and its operand
        return _unary(words[0], words[1])
    if len(words) == 3:  # noqa: PLR2004
        return _compared(words[0], words[1] or "", words[2])
    return None


def _tested(node: Node, values: Values) -> bool | None:
    """What stands in `[ … ]` or `[[ … ]]`."""
    parts = node.named_children
    if node.type == "parenthesized_expression" and parts:
        return _tested(parts[0], values)
    if node.type == "unary_expression":
        sign = _text(node.children[0])
        return _not(_tested(parts[-1], values)) if sign == "!" else _unary(sign, expanded(parts[-1], values))
    if node.type == "binary_expression" and len(node.children) == 3:  # noqa: PLR2004 - left, sign, right
        left, right, sign = node.children[0], node.children[2], _text(node.children[1])
        if sign in {"&&", "||", "-a", "-o"}:
            return _together([_tested(left, values), _tested(right, values)], either=sign in {"||", "-o"})
        if left.type == "unary_expression" and _text(left.children[0]) == "!":  # `! a = b` is `! (a = b)`
            return _not(_compared(expanded(left.named_children[-1], values), sign, expanded(right, values)))
        return _compared(expanded(left, values), sign, expanded(right, values))
    word = expanded(node, values)
    return None if word is None else bool(word)


def _unary(sign: str | None, word: str | None) -> bool | None:
    if word is None or sign not in {"-n", "-z"}:
        return None
    return bool(word) is (sign == "-n")


def _compared(left: str | None, sign: str, right: str | None) -> bool | None:
    if left is None or right is None:
        return None
    if sign in {"=", "==", "!="}:
        return (left == right) is (sign != "!=")
    if sign in NUMBERS and re.fullmatch(r"-?\d+", left) and re.fullmatch(r"-?\d+", right):
        order = (int(left) > int(right)) - (int(left) < int(right))
        if sign in {"-eq", "-ne"}:
            return (order == 0) is (sign == "-eq")
        return order == NUMBERS[sign] or (order == 0 and sign in {"-le", "-ge"})
    return None


def _not(value: bool | None) -> bool | None:  # noqa: FBT001 - the value of a condition
    return None if value is None else not value


def _together(values: list[bool | None], *, either: bool) -> bool | None:
    if either in values:
        return either
    return None if None in values else not either


def _text(node: Node) -> str:
    return node.text.decode(errors="replace") if node.text else ""
