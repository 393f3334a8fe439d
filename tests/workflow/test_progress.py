"""What a log and a terminal are told while a run is under way."""

import io
from pathlib import Path

from rich.spinner import Spinner
from rich.text import Text

from runner.discovery.target import Target
from runner.engine import Collected, Collecting, StageDone
from stages.catalogue import BUILT_IN
from tests.web.ledgers import make_service
from workflow.cli.lay import Page
from workflow.cli.progress import Progress
from workflow.service import Request


def a_log(target: Target, *, terminal: bool = False) -> tuple[Progress, io.StringIO]:
    file = io.StringIO()
    console = Page(file=file, force_terminal=terminal, soft_wrap=not terminal, highlight=False)
    return Progress(
        console, Request(catalogue=BUILT_IN, stages=BUILT_IN.stages[:1], asked="invoke stage.requirements"), target
    ), file


def test_a_log_tells_what_took_long(tmp_path: Path) -> None:
    progress, file = a_log(make_service(tmp_path))
    progress(Collected(title="The lock", seconds=0.2))
    progress(Collected(title="The image, built", seconds=72.4))
    progress(Collected(title="The tables", seconds=0.1, problem="no server"))
    assert file.getvalue().splitlines() == ["      looked: The image, built, 1 min 12 s"]


def test_proper_names_keep_their_letters_while_they_are_looked_at(tmp_path: Path) -> None:
    progress, _ = a_log(make_service(tmp_path), terminal=True)
    progress(Collecting(title="Every revision on PostgreSQL"))
    shown = progress._now()
    assert isinstance(shown, Spinner)
    assert isinstance(shown.text, Text)
    assert "Every revision on PostgreSQL 0 s" in shown.text.plain


def test_columns_have_their_heads_once_and_right_above(tmp_path: Path) -> None:
    progress, file = a_log(make_service(tmp_path))
    progress(StageDone(stage=BUILT_IN.stages[0].slug, seconds=3))
    progress(Collected(title="The tables", seconds=30))
    progress.__exit__(None, None, None)
    looked, heads, stage = file.getvalue().strip("\n").splitlines()
    assert looked.startswith("      looked:")
    assert heads.split() == ["Stage", "Verdict", "Checks", "Work"]
    assert stage.split()[:2] == ["1", "Requirements"]
    for word in ("Checks", "Verdict"):
        assert stage[heads.index(word) - 1] == " "
        assert stage[heads.index(word)] != " "
    assert len(stage) == len(heads), "the figures end where their head ends"
