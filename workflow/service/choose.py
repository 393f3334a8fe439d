"""What was meant: which stage, which check, which service? A wrong name gets a suggestion."""

from difflib import get_close_matches
from pathlib import Path

from runner.discovery.target import NoService, Target, find_target
from runner.errors import WorkflowError, unknown_name
from runner.model import Check, Stage
from stages import STAGES
from workflow.settings import ROOT, SAMPLE


def find_stage(name: str) -> Stage:
    """A stage by its slug or its task's name. Raises `WorkflowError` with a suggestion."""
    for stage in STAGES:
        if name in {stage.slug, stage.task}:
            return stage
    raise unknown_name("stage", name, [name for s in STAGES for name in dict.fromkeys((s.task, s.slug))])


def find_check(id: str) -> tuple[Stage, Check[...]]:
    """A check by its id, in any case. Raises `WorkflowError` with a suggestion."""
    for stage in STAGES:
        for check in stage.checks:
            if check.id == id.upper():
                return stage, check
    raise WorkflowError(f"No check called `{id.upper()}`. {_nearest(id.upper())} All of them: invoke explain all")


def _nearest(id: str) -> str:
    """What may have been meant: the id that is misspelt, else those of the same stage with the nearest numbers."""
    known = [check.id for stage in STAGES for check in stage.checks]
    letters, digits = id[:2], id[2:]
    alike = [one for one in known if one[:2] == letters]
    if alike and digits.isdecimal():
        alike.sort(key=lambda one: abs(int(one[2:]) - int(digits)))
        if int(alike[0][2:]) == int(digits):
            return f"Did you mean `{alike[0]}`?"
        return f"The nearest are {', '.join(sorted(alike[:3]))}."
    near = get_close_matches(id, known, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else f"An id looks like {known[0]}."


def choose_service(path: str | None, here: Path | None = None) -> Target:
    """The service asked for, else the one in this folder; in gonogo's own clone, the bundled one.

    Elsewhere the bundled one is never meant: a folder that is no service is trouble, not somebody else's GO.
    """
    if path:
        return find_target(Path(path))
    here = here or this_folder()
    if not SAMPLE.is_dir():
        return find_target(here)
    if here.is_relative_to(ROOT) and not _is_own(here):
        return find_target(SAMPLE)
    try:
        return find_target(here)
    except NoService as trouble:
        raise NoService(f"{trouble} The bundled service is meant? Then: --service {SAMPLE}") from trouble


def _is_own(here: Path) -> bool:
    """A service that lies in gonogo's clone, as the bundled one does."""
    return here != ROOT and any((here / name).is_file() for name in ("gonogo.toml", "alembic.ini"))


def this_folder() -> Path:
    """Where the command was typed. Raises `WorkflowError` where that folder was removed meanwhile."""
    try:
        return Path.cwd().resolve()
    except OSError as error:
        raise WorkflowError(f"This folder can't be read: {error.strerror}. Change to another one (cd).") from error
