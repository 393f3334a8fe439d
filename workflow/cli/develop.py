"""`test`, `bench`, `lint` and `lock`: gonogo's own upkeep."""

import compileall
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from invoke import Exit

from runner.errors import WorkflowError
from runner.live.machine import processors
from runner.processes.process import foreground
from runner.said import say, tell
from workflow.cli.errors import exit_codes
from workflow.service.scaffold import TEMPLATE
from workflow.settings import ROOT, SAMPLE

LINT = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("lint-imports",),
)
# With extras spelt out: the pip of Python 3.11 and 3.12 takes `coverage` for no pin of `coverage[toml]`.
LOCK = (
    *("uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-strip-extras"),
    *("--python-version", "3.11", "--no-header"),
)
SERVICES = (SAMPLE, TEMPLATE / "{{cookiecutter.name}}")
# folder, words: gonogo's own lock, and two of each service that is kept here
LOCKED = (
    (ROOT, ("--no-annotate", "requirements-dev.in", "-o", "requirements.lock")),
    *(
        (folder, words)
        for folder in SERVICES
        for words in (
            ("requirements.in", "-o", "requirements.lock"),
            ("-c", "requirements.lock", "requirements-dev.in", "-o", "requirements-dev.lock"),
        )
    ),
)


NOT_OURS = re.compile(r"/(?:\.[^/]+|services|templates|sample_service)/")
NO_TESTS = 5  # pytest's exit code where nothing was chosen


def run_tests(only: str, *, fast: bool, servers: bool, long: bool) -> None:
    """pytest, one more at a time than there are processors, as much of it waits; then what measures the machine."""
    _need_checkout()
    chosen = [*(["not mutant and not browser and not slow"] if fast else []), *(["servers"] if servers else [])]
    ways = {"not alone": ["-n", str(processors() + 1), "--dist", "worksteal", "--durations", "30"], "alone": []}
    codes = []
    with exit_codes():
        # Once, also where PYTHONDONTWRITEBYTECODE is set: tests start some hundred processes of ours.
        compileall.compile_dir(ROOT, quiet=2, rx=NOT_OURS, workers=processors())
        for mark, words in ways.items():
            argv = [*words, *(["-k", only] if only else []), "-m", " and ".join([*chosen, mark])]
            env = {"GONOGO_LONG": "1"} if long else {}
            codes.append(foreground([sys.executable, "-m", "pytest", *argv], cwd=ROOT, env=env))
    raise Exit(code=exit_of(codes))


def exit_of(codes: Sequence[int]) -> int:
    """One exit code for several runs of pytest: the first failure; that nothing was chosen, where it was in none."""
    return next((code for code in codes if code not in {0, NO_TESTS}), min(codes))


def run_bench(only: str, service: str, json: str) -> None:
    _need_checkout()
    where = ["--service", str(Path(service).resolve())] if service else []
    words = [*(["--only", only] if only else []), *where, *(["--json", str(Path(json).resolve())] if json else [])]
    with exit_codes():
        code = foreground([sys.executable, "-W", "ignore", "-m", "tests.bench", *words], cwd=ROOT)
    raise Exit(code=code)


def run_lint() -> None:
    _need_checkout()
    with exit_codes():
        for line in LINT:
            sys.stdout.write(f"$ {' '.join(line)}\n")
            sys.stdout.flush()
            if code := foreground([_own(line[0]), *line[1:]], cwd=ROOT):
                raise Exit(code=code)


def renew_lock() -> None:
    _need_checkout()
    with exit_codes():
        for folder, words in LOCKED:
            if code := foreground([_own(LOCK[0]), *LOCK[1:], *words], cwd=folder):
                raise Exit(code=code)


def renew_docs() -> None:
    _need_checkout()
    with exit_codes():
        for name, text in generated_docs().items():
            (ROOT / "docs" / name).write_text(text, encoding="utf-8")


def renew_words(merge: str) -> None:
    """The catalogues of all other languages; `merge`: files with translations, whose texts are taken over first."""
    _need_checkout()
    from workflow.cli import phrases

    with exit_codes():
        asked = phrases.template()
        for language in phrases.others():
            for file in filter(None, merge.split(",")):
                taken = phrases.merge(language, Path(file))
                sys.stdout.write(tell("{file}: {taken} translations taken\n", file=file, taken=taken))
            phrases.write(language, phrases.renewed(language, asked))
            wrong = phrases.wrong_with(language, asked)
            open, misplaced = len(wrong.open), len(wrong.misplaced)
            sys.stdout.write(
                tell(
                    "{language}: {asked} messages, {open} open, {misplaced} with other placeholders\n",
                    language=language,
                    asked=len(asked),
                    open=open,
                    misplaced=misplaced,
                )
            )
            for id in wrong.misplaced:
                sys.stdout.write(f"  {id}\n")


def generated_docs() -> dict[str, str]:
    """File name in docs/ → what the code says today."""
    from stages.catalogue import BUILT_IN
    from stages.requirements.artifacts import schema
    from workflow.report import catalogue
    from workflow.report.judged import figures

    return {"checks.md": catalogue(BUILT_IN, figures(ROOT)), "spec.schema.json": schema()}


def _own(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _need_checkout() -> None:
    with exit_codes():
        if not (ROOT / "requirements.lock").is_file():
            raise WorkflowError(say("This task needs a clone of the project; this is an installed copy."))
