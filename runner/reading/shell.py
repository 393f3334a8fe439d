"""Which commands does a shell script run, and which of them can make it fail? Read with bash's grammar; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from runner.reading.shell_conditions import fits_case, holds
from runner.said import say

GRAMMAR = Language(tree_sitter_bash.language())
SHELLS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "ash"))
LISTS = frozenset(("program", "compound_statement", "subshell", "do_group", "else_clause", "case_item"))
TESTS = frozenset(("test", "[", "[[", "false", "test_command"))
GIVEN = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)  # what CI fills in before the shell sees it
MOST_DEEP = 4  # scripts in scripts, functions in functions
NO_VALUES: Mapping[str, str] = {}
Read = Callable[[str], str | None]  # the text of a file of the repository; None: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word as the shell would see it. `known` is False where a variable, a command or a pattern decides it."""

    text: str
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command. `runs`: True always, None under a condition, False never."""

    words: tuple[Word, ...]
    text: str
    line: int  # 1-based, of the outermost script
    runs: bool | None = True
    lost: str = ""  # how its failure is lost, as `|| true`; empty: the script fails with it
    folder: str | None = ""  # that `cd` led to, below where the script began; None: not known
    given: tuple[tuple[str, str], ...] = ()  # variables that are set for it alone
    redirected: str = ""  # `> file`, `>> file`
    handed: str = ""  # what it reads: the text of `<<EOF` or `<<<`

    @property
    def name(self) -> str:
        return self.words[0].text.rpartition("/")[2] if self.words else ""

    @property
    def argv(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a script runs, in order. `problem`: what of it could not be read."""

    commands: tuple[Command, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _At:
    """Where a statement stands: is its status the script's, does `set -e` see it, does it run, how is it lost?"""

    status: bool = True
    seen: bool = True
    runs: bool | None = True
    lost: str = ""
    deep: int = 0

    def under(self, *conditions: bool | None) -> _At:
        return replace(self, runs=both(self.runs, *conditions))

    def losing(self, how: str) -> _At:
        return replace(self, status=False, seen=False, lost=self.lost or how)


def both(*conditions: bool | None) -> bool | None:
    """True where all of them hold, False where one does not, None where one is not known."""
    return False if False in conditions else None if None in conditions else True


def script_of(
    text: str,
    *,
    errexit: bool = False,
    pipefail: bool = False,
    read: Read = lambda _: None,
    values: Mapping[str, str] = NO_VALUES,
) -> Script:
    """Its commands. `errexit` and `pipefail` are how it is started; `read` gives the scripts that it sources.

    `values` are the variables that its conditions may lean on, unless the script sets them itself.
    """
    plain = GIVEN.sub(lambda found: "$GIVEN" + "\n" * found[0].count("\n"), text)
    walk = _Walk(plain, errexit or _says_e(plain), pipefail, read)
    walk.values = {name: value for name, value in values.items() if not _is_set(name, plain)}
    tree = _tree(plain)
    commands = tuple(walk.node(tree, _At()))
    bad = _first_error(tree) if tree.has_error else None
    problem = (
        say("line {start_point} can't be read as shell", start_point=bad.start_point[0] + 1) if bad else walk.problem
    )
    return Script(commands=commands, problem=problem)


def _is_set(name: str, text: str) -> bool:
    return bool(re.search(rf"\b{name}\+?=|\b(?:read|for|unset|getopts)\b[^\n;]*\b{name}\b|\$\{{{name}:?=", text))


def renamed(text: str, name_of: Callable[[str], str]) -> str:
    """A script with other names for the programs that it runs; a path stays, and so does what can't be read."""
    tree, said = _tree(text), text.encode()
    if tree.has_error:
        return text
    for node in reversed(list(_names(tree))):
        name = said[node.start_byte : node.end_byte].decode()
        said = said[: node.start_byte] + name_of(name).encode() + said[node.end_byte :]
    return said.decode()


def without_remark(text: str) -> tuple[str, str]:
    """A line of shell, and the remark at its end with the blanks before it; empty where there is none."""
    said, last = text.encode(), _tree(text).children[-1:]
    if not last or last[0].type != "comment" or "\n" in text:
        return text, ""
    body = said[: last[0].start_byte].rstrip()
    return (body.decode(), said[len(body) :].decode()) if body else (text, "")


def programs_of(text: str) -> list[str]:
    """Names of the programs that a script runs, as they stand there."""
    return [said(node) for node in _names(_tree(text))]


def variables_in(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, name, value) of each variable that a script gives a plain text, for itself, for others or one command."""
    waiting = [_tree(text)]
    while waiting:
        node = waiting.pop()
        waiting += reversed(node.named_children)
        name = node.child_by_field_name("name") if node.type == "variable_assignment" else None
        if name is not None:
            value = node.child_by_field_name("value")
            word = word_of(value) if value is not None else Word(text="")
            if word.known or (value is not None and value.type == "word"):  # here `*` is a star
                yield node.start_point[0] + 1, said(name), word.text


def _names(node: Node) -> Iterator[Node]:
    """The words of a script that name a program, in their order."""
    if node.type == "command_name" and re.fullmatch(rb"[\w.+-]+", node.text or b""):
        yield node
    for child in node.children:
        yield from _names(child)


def _tree(text: str) -> Node:
    return Parser(GRAMMAR).parse(text.encode()).root_node


def _says_e(text: str) -> bool:
    return bool(re.match(r"#!.*sh\b.*\s-\w*e", text))


def _first_error(node: Node) -> Node | None:
    if node.type == "ERROR" or node.is_missing:
        return node
    return next((found for child in node.children if child.has_error and (found := _first_error(child))), node)


class _Walk:
    """The script's state as the shell would have it while it goes through."""

    def __init__(self, text: str, errexit: bool, pipefail: bool, read: Read) -> None:  # noqa: FBT001
        self.whole, self.read = text, read
        self.errexit, self.pipefail = errexit, pipefail
        self.ended = False
        self.trapped = ""
        self.folder: str | None = ""
        self.functions: dict[str, Node] = {}
        self.values: Mapping[str, str] = NO_VALUES
        self.problem = ""

    def node(self, node: Node, at: _At) -> Iterator[Command]:
        visit = VISITS.get(node.type)
        if visit:
            yield from visit(self, node, at)
        elif node.type in LISTS:
            yield from self.statements(node.children, at)

    def statements(self, children: list[Node], at: _At) -> Iterator[Command]:
        """One after the other; the last one's status is that of all."""
        real = [n for n, child in enumerate(children) if child.is_named and child.type not in NO_STATEMENTS]
        for place, n in enumerate(real):
            then = children[real[place + 1]] if place + 1 < len(real) else None
            here = at if then is None or self._asked(then) else replace(at, status=False)
            if n + 1 < len(children) and children[n + 1].type == "&":
                here = at.losing("&")
            yield from self.node(children[n], here.under(not self.ended))

    def _asked(self, then: Node) -> bool:
        """Does the next statement pass on the status of this one: `exit $?`, `code=$?` with `exit $code` later?"""
        text = said(then)
        if re.fullmatch(r"(exit|return)(\s+[\"']?\$\??[\"']?)?", text) or "PIPESTATUS" in text:
            return bool(re.search(r"\$\?|PIPESTATUS", text)) or text in {"exit", "return"}
        return kept_status(text, self.whole)


def kept_status(text: str, whole: str) -> bool:
    """`code=$?`, and the script exits with $code in the end."""
    found = re.match(r"(?:local\s+)?(\w+)=[\"']?\$\?", text)
    return bool(found and re.search(rf"\b(exit|return)\s+[\"']?\$\{{?{found[1]}\b", whole))


def said(node: Node) -> str:
    return node.text.decode(errors="replace") if node.text else ""


def always_fails(nodes: list[Node]) -> bool:
    """Do these statements end with an error whatever happens: `exit 1`, `{ echo no; exit 1; }`, `false`?"""
    for node in nodes:
        text = said(node)
        if re.fullmatch(r"(exit|return)\s+([1-9]\d*|[\"']?\$\w*\??[\"']?)|false|(exit|return)", text):
            return True
        if node.type in {"compound_statement", "subshell", "else_clause"} and always_fails(node.named_children):
            return True
    return False


def word_of(node: Node) -> Word:
    """Its text without quotes."""
    if node.type == "command_name" and node.named_children:
        return word_of(node.named_children[0])
    text = said(node)
    if node.type == "raw_string":
        return Word(text=text[1:-1])
    if node.type in {"string", "concatenation"}:
        parts = [word_of(child) for child in node.children if child.type != '"']
        inside = text[1:-1] if node.type == "string" else "".join(part.text for part in parts)
        return Word(text=inside, known=all(part.known for part in parts))
    if node.type in {"word", "number", "string_content"}:
        plain = re.sub(r"\\\n\s*|\\(?=.)", "", text)
        return Word(text=plain, known=node.type != "word" or not set("*?") & set(plain))
    return Word(text=text, known=False)


def _chain(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    """`a && b`, `a || b`."""
    left, right = node.named_children[0], node.named_children[-1]
    if any(child.type == "||" for child in node.children):
        handed = always_fails([right]) or kept_status(said(right), walk.whole)
        yield from walk.node(left, at if handed else at.losing(say("|| {said}", said=said(right))))
        ended = walk.ended
        failed = holds(left, walk.values)
        yield from walk.node(right, at.under(None if failed is None else not failed))
        walk.ended = ended
        return
    yield from walk.node(left, replace(at, seen=False, lost=at.lost or say("&&, whose left side `set -e` overlooks")))
    first = said(left).split()[0] if said(left).split() else ""
    asks = first in TESTS or left.type == "test_command"
    never = holds(left, walk.values) if asks else True
    ended = walk.ended
    yield from walk.node(right, at.under(never))
    walk.ended = ended if never is not True else walk.ended


def _pipeline(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    parts = node.named_children
    for n, part in enumerate(parts):
        heard = n == len(parts) - 1 or walk.pipefail or "PIPESTATUS" in walk.whole
        then = said(parts[n + 1]) if n + 1 < len(parts) else ""
        yield from walk.node(part, at if heard else at.losing(say("| {then}, without `pipefail`", then=then)))


def _negated(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    for child in node.named_children:
        yield from walk.node(child, at.losing("!"))


def _redirected(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    """A command with its redirections; `bash <<EOF` runs what stands there."""
    body, *rest = node.named_children
    here = next((child for child in rest if child.type == "heredoc_redirect"), None)
    more = [c for c in here.named_children if c.type in VISITS] if here else []
    onward = any(child.type == "pipeline" for child in more) and not walk.pipefail
    script = next((c for c in here.named_children if c.type == "heredoc_body"), None) if here else None
    if script is not None and said(body).split()[:1] and said(body).split()[0].rpartition("/")[2] in SHELLS:
        flags = said(body)
        yield from _inside(walk, said(script), at, errexit=bool(re.search(r"\s-\w*e", flags)))
    else:
        to = " ".join(said(child) for child in rest if child.type == "file_redirect" and said(child).startswith(">"))
        inner = walk.node(body, at.losing(say("| …, without `pipefail`")) if onward else at)
        # All of it: the grammar's body begins behind a first line such as `\copy …`.
        handed = said(here).partition("\n")[2].rpartition("\n")[0] if here else _here_string(node)
        yield from (replace(one, redirected=to, handed=one.handed or handed) for one in inner)
    for child in more:
        yield from walk.node(child, at)


def _here_string(node: Node) -> str:
    """What stands behind its `<<<`."""
    found = next((one for one in node.named_children if one.type == "herestring_redirect"), None)
    return word_of(found.named_children[-1]).text if found and found.named_children else ""


def _if(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    """The condition runs; one branch may. A branch that always fails passes the condition's failure on."""
    part: dict[str, list[Node]] = {"if": [], "then": []}
    word = "if"
    for child in node.children:
        word = child.type if child.type in part else word
        if child.is_named and child.type not in {"elif_clause", "else_clause", "comment"}:
            part[word].append(child)
    others = [child for child in node.children if child.type in {"elif_clause", "else_clause"}]
    condition = part["if"][-1] if part["if"] else None
    negated = condition is not None and condition.type == "negated_command"
    handed = always_fails(part["then"]) if negated else bool(others) and always_fails([others[-1]])
    asked = condition.named_children if handed and negated and condition else part["if"]
    yield from walk.statements(asked, replace(at, lost="", status=True) if handed else at.losing("if"))
    taken = holds(condition, walk.values) if condition else None
    ended = walk.ended
    yield from walk.statements(part["then"], at.under(taken))
    walk.ended = walk.ended if taken is True else ended
    for one in others:
        here = at.under(None if taken is None else not taken)
        ended = walk.ended
        if one.type == "elif_clause":
            question, then = _elif(one)
            yield from walk.statements([question] if question else [], here.losing("elif"))
            found = holds(question, walk.values) if question else None
            yield from walk.statements(then, here.under(found))
            sure, taken = (here.runs is True and found is True), both_ways(taken, found)
        else:
            yield from walk.statements(one.named_children, here)
            sure = here.runs is True
        walk.ended = walk.ended if sure else ended


def _elif(node: Node) -> tuple[Node | None, list[Node]]:
    """The condition of an `elif`, and what stands behind its `then`."""
    at = next((n for n, child in enumerate(node.children) if child.type == "then"), len(node.children))
    asked = [child for child in node.children[:at] if child.is_named and child.type != "comment"]
    return (asked[-1] if asked else None), [child for child in node.children[at + 1 :] if child.is_named]


def both_ways(one: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001 - two conditions
    """Does one of two conditions hold?"""
    return True if True in (one, other) else None if None in (one, other) else False


def _loop(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    body = [child for child in node.named_children if child.type == "do_group"]
    if node.type == "while_statement":
        conditions = [child for child in node.named_children if child.type != "do_group"]
        yield from walk.statements(conditions, at.losing("while"))
        sure: bool | None = True if [said(one) for one in conditions] in (["true"], [":"]) else None
    else:
        words = [word_of(one) for one in node.children_by_field_name("value")]
        sure = (all(word.known for word in words) or None) if words else None
    ended = walk.ended
    for child in body:
        yield from walk.node(child, at.under(sure))
    walk.ended = walk.ended if sure else ended


def _case(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    word = node.child_by_field_name("value")
    before: bool | None = False
    for item in node.named_children:
        if item.type == "case_item":
            ended = walk.ended
            patterns = item.children_by_field_name("value")
            fits: bool | None = False if before is True else fits_case(word, patterns, walk.values) if word else None
            fits = None if fits is True and before is None else fits
            before = both_ways(before, fits)
            yield from walk.statements([c for c in item.children if c not in patterns], at.under(fits))
            walk.ended = walk.ended if fits is True else ended


def _subshell(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    kept = (walk.errexit, walk.pipefail, walk.folder, walk.ended)
    yield from walk.statements(node.children, at)
    walk.errexit, walk.pipefail, walk.folder, walk.ended = kept


def _function(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    del at
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is not None and body is not None:
        walk.functions[said(name)] = body
    return iter(())


def _assigned(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    """`x=$(pytest)` fails with it; `export x=$(pytest)` does not."""
    here = at if node.type.startswith("variable_assignment") else at.losing(said(node).split()[0])
    yield from _substituted(walk, node, here)


def _substituted(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    for child in node.named_children:
        if child.type in {"command_substitution", "process_substitution"}:
            yield from walk.statements(child.children, at)
        else:
            yield from _substituted(walk, child, at)


def _command(walk: _Walk, node: Node, at: _At) -> Iterator[Command]:
    words, given = _words(node)
    compared = bool(words) and words[0].text == "test"  # as `[ … ]` does: what it gets decides
    yield from _substituted(walk, node, at if compared else at.losing("$(…)"))
    if not words:
        return
    lost = walk.trapped or _loss(walk, at)
    found = Command(
        words=tuple(words),
        text=re.sub(r"\\\n\s*", "", said(node)).strip(),
        line=node.start_point[0] + 1,
        runs=at.runs,
        lost=lost,
        folder=walk.folder,
        given=given,
        handed=_here_string(node),
    )
    special = SPECIAL.get(found.argv[0])
    if found.argv[0] in walk.functions and at.deep < MOST_DEEP:
        yield from walk.node(walk.functions[found.argv[0]], replace(at, deep=at.deep + 1))
    elif special:
        yield from special(walk, found, at)
    elif found.name in SHELLS and (inner := _after_c(found)) is not None:
        flags = "".join(word for word in found.argv[1:] if re.fullmatch(r"-\w+", word))
        yield from _inside(walk, inner, at, errexit="e" in flags.replace("-c", ""))
    else:
        yield found


def _words(node: Node) -> tuple[list[Word], tuple[tuple[str, str], ...]]:
    words, given = [], []
    for child in node.named_children:
        if child.type == "variable_assignment":
            name, _, value = said(child).partition("=")
            given.append((name, value.strip("\"'")))
        elif not child.type.endswith("_redirect") and child.type != "comment":
            words.append(word_of(child))
    return words, tuple(given)


def _loss(walk: _Walk, at: _At) -> str:
    if at.status or (walk.errexit and at.seen):
        return ""
    return at.lost or say("the script goes on without `set -e`")


def _after_c(command: Command) -> str | None:
    """The script of `bash -c '…'`, `sh -ec "…"`."""
    for n, word in enumerate(command.argv[1:], start=1):
        if re.fullmatch(r"-\w*c", word):
            return command.argv[n + 1] if n + 1 < len(command.argv) else None
        if not word.startswith("-"):
            return None
    return None


def _inside(walk: _Walk, text: str, at: _At, *, errexit: bool) -> Iterator[Command]:
    """A script in the script, with a state of its own; its status is the statement's."""
    if at.deep >= MOST_DEEP:
        return
    inner = _Walk(text, errexit, pipefail=False, read=walk.read)
    inner.values = walk.values
    inner.folder = walk.folder
    lost = walk.trapped or _loss(walk, at)
    for command in inner.node(_tree(text), _At(runs=at.runs, deep=at.deep + 1)):
        yield replace(command, lost=lost or command.lost)


def _set(walk: _Walk, command: Command, at: _At) -> Iterator[Command]:
    """`set -e`, `set +e`, `set -euo pipefail`. Under a condition it may not be so: then the weaker holds."""
    words = command.argv[1:]
    for n, word in enumerate(words):
        sure = at.runs or word.startswith("+")
        if re.fullmatch(r"[-+]\w*e\w*", word) and sure:
            walk.errexit = word[0] == "-"
        after = words[n + 1] if n + 1 < len(words) else ""
        if re.fullmatch(r"[-+]\w*o", word) and sure:
            walk.pipefail = word[0] == "-" if after == "pipefail" else walk.pipefail
            walk.errexit = word[0] == "-" if after == "errexit" else walk.errexit
    return iter(())


def _exit(walk: _Walk, command: Command, at: _At) -> Iterator[Command]:
    walk.ended = walk.ended or at.runs is True
    yield command


def _exec(walk: _Walk, command: Command, at: _At) -> Iterator[Command]:
    if len(command.words) > 1:
        yield command
        walk.ended = walk.ended or at.runs is True


def _trap(walk: _Walk, command: Command, at: _At) -> Iterator[Command]:
    del at
    argv = command.argv
    if len(argv) > 2 and {"EXIT", "ERR", "0"} & set(argv[2:]) and re.search(r"\bexit(\s+0)?\s*($|;)", argv[1]):  # noqa: PLR2004
        walk.trapped = f"trap {argv[1]!r}"
    return iter(())


def _cd(walk: _Walk, command: Command, at: _At) -> Iterator[Command]:
    word = command.words[1] if len(command.words) > 1 else Word(text="", known=False)
    known = word.known and at.runs and walk.folder is not None and not word.text.startswith(("/", "~", "-"))
    walk.folder = f"{walk.folder}/{word.text}".lstrip("/") if known else None
    yield command


def _eval(walk: _Walk, command: Command, at: _At) -> Iterator[Command]:
    if all(word.known for word in command.words):
        yield from _inside(walk, " ".join(command.argv[1:]), at, errexit=walk.errexit)
    else:
        yield command


def _source(walk: _Walk, command: Command, at: _At) -> Iterator[Command]:
    """A script in the same shell: what it sets stays set."""
    word = command.words[1] if len(command.words) > 1 else None
    text = walk.read(word.text) if word and word.known else None
    if text is None or at.deep >= MOST_DEEP:
        if word and not re.search(r"activate$", word.text):
            walk.problem = walk.problem or say(
                "line {line} sources `{text}`, which is not in the repository", line=command.line, text=word.text
            )
        yield command
        return
    yield from (
        replace(one, line=command.line) for one in walk.node(_tree(text), replace(at, status=False, deep=at.deep + 1))
    )


Visit = Callable[[_Walk, Node, _At], Iterator[Command]]
NO_STATEMENTS = frozenset(("comment", "heredoc_body", "file_redirect", "word", "variable_name", "number", "string"))
VISITS: Mapping[str, Visit] = {
    "list": _chain,
    "pipeline": _pipeline,
    "negated_command": _negated,
    "redirected_statement": _redirected,
    "if_statement": _if,
    "while_statement": _loop,
    "for_statement": _loop,
    "c_style_for_statement": _loop,
    "case_statement": _case,
    "subshell": _subshell,
    "function_definition": _function,
    "variable_assignment": _assigned,
    "variable_assignments": _assigned,
    "declaration_command": _assigned,
    "test_command": _substituted,
    "command": _command,
}
Special = Callable[[_Walk, Command, _At], Iterator[Command]]
SPECIAL: Mapping[str, Special] = {
    "set": _set, "exit": _exit, "return": _exit, "exec": _exec, "trap": _trap,
    "cd": _cd, "pushd": _cd, "eval": _eval, "source": _source, ".": _source,
}  # fmt: skip
