"""How does a line fit a terminal? It goes on below its own text. In a log every line stays whole."""

import re
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from runner.said import told
from workflow.called import Called, is_sql
from workflow.cli.write import spoken

# Where a line's text begins: behind its indent and label, a blocker's number, or a stage's number, title and verdict.
START = re.compile(
    r" *\d+  \S.{12}  (?:GO|NO-GO|running|not run) +"
    r"|(?: {6}| *\d+\.  )?(?:[A-Z]{2,6}\d{2,4}  ?|(?:why|fix|now|for|from|seen|again|looks|looked) +"
    r"|[^\x00-\x7f]{1,3} +)"
    r"| *\d+\.  "
    r"| *"
)
# With the option before it.
WORD = re.compile(r"""(?:--?\w[\w-]*\s+)?(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"])+""")
# Our own commands inside of a sentence, which are not broken.
OURS = re.compile(
    r"(?:'[^']*/(?:inv|gonogo)'|\S*/(?:inv|gonogo)|gonogo|invoke(?: --search-root (?:'[^']*'|\S+))?) [a-z][a-z.]*"
    r"(?: --[a-z-]+ (?:'[^']*'|\S+)| \S*\d[^\s.]*)*"
)
TIE = "\ue000"  # a space that no line ends at
NEXT = re.compile(r" {3}(?=\S{1,7} ?\S)(?:Next: |[^\x00-\x7f]+：)")  # what is to be typed follows
LEAST = 30  # columns of text that are left beside an indent


class Page(Console):
    """A console that says our commands as its reader types them."""

    called = Called()


def a_page(called: Called, *, aside: bool = False) -> Page:
    """Standard output, or what stands `aside` of it; it breaks lines on a terminal alone."""
    stream = sys.stderr if aside else sys.stdout
    page = Page(stderr=aside, highlight=False, markup=False, soft_wrap=not stream.isatty())
    page.called = called
    return page


def say(console: Page, line: Text | str) -> None:
    """Print a line of a report; a text is told. One with `no_wrap` is a command, and stays one that can be copied."""
    line = spoken(Text(told(line)) if isinstance(line, str) else line, console.called)
    if console.soft_wrap or line.cell_len <= console.width:
        console.print(line, soft_wrap=True)
        return
    for part in _laid(console, line):
        console.print(part, soft_wrap=True)


def _laid(console: Console, line: Text) -> Iterator[Text]:
    found = START.match(line.plain)
    begins = min(found.end() if found else 0, max(0, console.width - LEAST))
    if line.no_wrap:
        yield from _command(line, begins, console.width)
        return
    if last := NEXT.search(line.plain):  # what is to be typed begins a line of its own
        yield from _hung(console, line[: last.start()], begins)
        yield line[last.end() - len(last[0].lstrip()) :]
        return
    yield from _hung(console, line, begins)


def _hung(console: Console, line: Text, begins: int) -> Iterator[Text]:
    line = line.copy()
    line.plain = OURS.sub(lambda found: found[0].replace(" ", TIE), line.plain)
    for number, part in enumerate(line[begins:].wrap(console, console.width - begins)):
        part.rstrip()
        part.plain = part.plain.replace(TIE, " ")
        yield (Text(" " * begins) if number else line[:begins]).append_text(part)


def _command(line: Text, begins: int, width: int) -> Iterator[Text]:
    """A shell's command goes on after a backslash, and SQL as it likes; a comment is never broken."""
    text = line.plain[begins:]
    mark = "" if is_sql(text) else " \\"
    at = begins
    for cut in _cuts(text, width - begins - len(mark)):
        yield (line[:begins] if at == begins else Text(" " * begins)).append_text(line[at : begins + cut]).append(mark)
        at = begins + cut
        at += len(line.plain[at:]) - len(line.plain[at:].lstrip())
    yield (line[:begins] if at == begins else Text(" " * begins)).append_text(line[at:])


def _cuts(text: str, room: int) -> Iterator[int]:
    """After which words a command is broken, so that what is between fits the room; none inside of quotes."""
    if WORD.sub("", text).strip():  # a quote without its other half
        return
    began = end = 0
    for word in WORD.finditer(text):
        last = len(text) if word[0] == "#" else word.end()
        if end > began and last - began > room:
            yield end
            began = word.start()
        if word[0] == "#":
            return
        end = word.end()
