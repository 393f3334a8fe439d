"""`./inv` and `gonogo`: invoke's program with our tasks, our exit code for a wrong call, and suggestions."""

import os
import signal
import sys
from difflib import get_close_matches
from typing import Any

from invoke import Program
from invoke.exceptions import ParseError

from workflow.cli.tasks import ns

VERSION = "0.1.0"
ASKED_WRONGLY = 2
READ_ENOUGH = 128 + signal.SIGPIPE


class Gonogo(Program):
    """Says what was meant by a misspelt task or option, and leaves with 2 for it."""

    def parse_tasks(self) -> None:
        try:
            super().parse_tasks()
        except ParseError as error:
            sys.stderr.write(f"{error}{self._suggestion(error)}\n")
            sys.exit(ASKED_WRONGLY)

    def parse_core(self, argv: list[str] | None) -> None:
        try:
            super().parse_core(argv)
        except ParseError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(ASKED_WRONGLY)

    def _suggestion(self, error: ParseError) -> str:
        if error.context and "positional" in str(error):
            return f" See: {self.binary} {error.context.name} --help"
        wrong = next((word for word in str(error).split("'") if word and word in sys.argv), "")
        context = error.context
        known = list(context.flags) if wrong.startswith("-") and context else list(_names(self.collection))
        near = get_close_matches(wrong, known, n=1, cutoff=0.5)
        if near:
            return f" Did you mean `{near[0]}`?"
        return f" There are: {', '.join(known)}."


def _names(collection: Any) -> list[str]:
    return [name for task, aliases in collection.task_names.items() for name in (task, *aliases)]


def main() -> None:
    """Run the tasks named on the command line and leave with their exit code."""
    name = "inv" if sys.argv[0] == "-c" else "gonogo"
    words = help_first(sys.argv[1:])
    try:
        Gonogo(namespace=ns, name=name, binary=name, version=VERSION).run(["gonogo", *words])
        sys.stdout.flush()
    except BrokenPipeError:  # `… | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READ_ENOUGH)


def help_first(words: list[str]) -> list[str]:
    """`explain --help` asks about `explain`; invoke alone would take `--help` for the check's id."""
    task = next((word for word in words if not word.startswith("-")), "")
    asked = {"--help", "-h"} & set(words[words.index(task) + 1 :]) if task else set()
    return ["--help", task] if asked else words
