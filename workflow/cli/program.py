"""`./inv` and `gonogo`: invoke's program with our tasks, our exit code for a wrong call, and suggestions."""

import inspect
import os
import signal
import sys
from difflib import get_close_matches
from typing import Any

from invoke import Program
from invoke.exceptions import ParseError

from workflow.called import called_by
from workflow.cli.tasks import STAGE_TASKS, ns
from workflow.settings import read_settings

VERSION = "0.1.0"
ASKED_WRONGLY = 2
READ_ENOUGH = 128 + signal.SIGPIPE


EXAMPLES = (
    ("pipeline", "prove all seven stages"),
    ("stage.db --service ../shop", "prove one stage of the service in a folder"),
    ("explain DB011", "what a check claims, and how to mend it"),
    ("web", "follow it all in the browser"),
)
UPKEEP = ("test", "lint", "docs", "words", "bench", "lock")


class Gonogo(Program):
    """Says what was meant by a misspelt task or option, and leaves with 2 for it."""

    def parse_tasks(self) -> None:
        try:
            super().parse_tasks()
        except ParseError as error:
            sys.stderr.write(f"{error}{self._suggestion(error)}\n")
            sys.exit(ASKED_WRONGLY)

    def parse_core(self, argv: list[str] | None) -> None:
        """invoke forbids bytecode to what is imported later: gonogo's own code would be compiled at each command."""
        forbidden = sys.dont_write_bytecode
        try:
            super().parse_core(argv)
        except ParseError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(ASKED_WRONGLY)
        finally:
            sys.dont_write_bytecode = forbidden

    def print_help(self) -> None:
        """Our tasks first, then where the rest is; invoke's own options come last and short."""
        from runner.said import tell

        write = sys.stdout.write
        name = self.binary
        write(tell("Usage: {name} TASK [--options]          what a task takes: {name} TASK --help", name=name))
        write(f"\n\n{tell('For example:')}\n\n")
        self.print_columns([(f"{name} {words}", tell(text)) for words, text in EXAMPLES])
        pairs = sorted(self._make_pairs(self.scoped_collection), key=_rank)
        for title, own in ((tell("Tasks"), False), (tell("gonogo's own upkeep"), True)):
            write(f"{title}:\n\n")
            own_pairs = [(task, tell(told or "")) for task, told in pairs if (task in UPKEEP) is own]
            self.print_columns(own_pairs)
        write(
            tell("{name} is made with invoke, whose options it takes too: --list, --complete, --version, …", name=name)
        )
        write("\n")

    def print_task_help(self, name: str) -> None:
        """What the task does, then each option with what it means."""
        from runner.said import tell

        write, task = sys.stdout.write, self.collection[name]
        options = self.parser.contexts[name].help_tuples()
        usage = " ".join([self.binary, name, *(["[--options]"] if options else [])])
        write(f"{tell('Usage: {usage}', usage=usage)}\n\n")
        for line in tell(inspect.getdoc(task) or "").splitlines():
            write(f"{self.leading_indent}{line}\n")
        if options:
            write(f"\n{tell('Options:')}\n\n")
            self.print_columns([(flags, tell(meaning or "")) for flags, meaning in options])

    def _suggestion(self, error: ParseError) -> str:
        from runner.said import tell, together

        if error.context and "positional" in str(error):
            return f" See: {self.binary} {error.context.name} --help"
        wrong = next((word for word in str(error).split("'") if word and word in sys.argv), "")
        context = error.context
        known = list(context.flags) if wrong.startswith("-") and context else list(_names(self.collection))
        near = get_close_matches(wrong, known, n=1, cutoff=0.5)
        if near:
            return tell(" Did you mean `{word}`?", word=near[0])
        return tell(" There are: {known}.", known=together(known))


def _names(collection: Any) -> list[str]:
    return [name for task, aliases in collection.task_names.items() for name in (task, *aliases)]


def _rank(pair: tuple[str, str | None]) -> tuple[int, int]:
    """The whole way, then its stages in their order, then the rest as they come."""
    task = pair[0].split()[0]
    stages = [f"stage.{name}" for name, _, _ in STAGE_TASKS]
    if task in stages:
        return 1, stages.index(task)
    return (0, 0) if task == "pipeline" else (2, 0)


def main() -> None:
    """Run the tasks named on the command line and leave with their exit code."""
    name = "inv" if sys.argv[0] == "-c" else "gonogo"
    from runner.said import speak

    words, language = in_language(sys.argv[1:])
    speak(language)
    words = whole(help_first(words))
    try:
        Gonogo(namespace=ns, name=name, binary=called_by().word, version=VERSION).run(["gonogo", *words])
        sys.stdout.flush()
    except BrokenPipeError:  # `… | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READ_ENOUGH)


def in_language(words: list[str]) -> tuple[list[str], str]:
    """The words without `--language zh`, and the language to speak: that one, else as the environment asks."""
    from runner.said import ENGLISH, LANGUAGES, language_of

    option, rest, language = "--language", list(words), read_settings().language
    for at, word in enumerate(words):
        name, _, tag = word.partition("=")
        if name != option:
            continue
        tag = tag or next(iter(words[at + 1 :]), "")
        rest = [*words[:at], *words[at + (1 if "=" in word else 2) :]]
        language = language_of(tag)
        if language == ENGLISH and not tag.lower().startswith(ENGLISH):
            known = ", ".join(f"{one} ({name})" for one, name in LANGUAGES.items())
            sys.stderr.write(f"--language takes one of: {known}\n")
            sys.exit(ASKED_WRONGLY)
        break
    return rest, language


def help_first(words: list[str]) -> list[str]:
    """`explain --help` asks about `explain`; invoke alone would take `--help` for the check's id."""
    task = next((word for word in words if not word.startswith("-")), "")
    asked = {"--help", "-h"} & set(words[words.index(task) + 1 :]) if task else set()
    return ["--help", task] if asked else words


def whole(words: list[str]) -> list[str]:
    """`explain` alone asks for what there is to explain."""
    return [*words, "all"] if words == ["explain"] else words
