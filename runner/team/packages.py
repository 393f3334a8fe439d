"""A team's checks in packages that are installed beside gonogo: whoever installs one trusts it, as gonogo itself."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType, TracebackType

from runner.errors import WorkflowError
from runner.model import Check, Evidence, Verdict, checks_in, unknown
from runner.said import say, together
from runner.team.answers import OURS
from runner.team.verdicts import lawful

GROUP = "gonogo.checks"


@cache
def packaged() -> tuple[Check[...], ...]:
    """The checks of every package with an entry point in the group. Raises `WorkflowError` that names a broken one."""
    return tuple(check for entry in _entries() for check in _checks(entry))


def distributions() -> dict[str, str]:
    """Name → version of the packages that bring checks, for a run's record."""
    return {entry.dist.name: entry.dist.version for entry in _entries() if entry.dist}


def _entries() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda entry: (entry.dist.name if entry.dist else "", entry.name))


def _checks(entry: EntryPoint) -> Iterator[Check[...]]:
    whose = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.name
    module = _module(entry, whose)
    found = checks_in(module)
    if not found:
        raise WorkflowError(_broken(whose, entry, say("it has no check, no function marked with @check")))
    for check in found:
        where = f"{whose}, {module.__name__}"
        if strange := next((kind for kind in check.needs.values() if not OURS.fullmatch(kind.__module__)), None):
            needs = say(
                "{id} needs {name}, which is no evidence of gonogo's (runner.evidence)",
                id=check.id,
                name=strange.__name__,
            )
            raise WorkflowError(_broken(whose, entry, needs))
        yield replace(check, judge=PackageJudge(check=check, where=where), where=where)


def _module(entry: EntryPoint, whose: str) -> ModuleType:
    try:
        module = entry.load()
    except (Exception, SystemExit) as error:
        raise WorkflowError(_broken(whose, entry, _told(error))) from error
    if not isinstance(module, ModuleType):
        raise WorkflowError(_broken(whose, entry, say("it names no module")))
    return module


def _broken(whose: str, entry: EntryPoint, said: str) -> str:
    name = entry.dist.name if entry.dist else entry.name
    return say(
        "The checks of the package {whose} can't be used ({group}: {value}): {said}. Install "
        "a version that is mended, or take it out of gonogo's environment: pip uninstall "
        "{name}",
        whose=whose,
        group=GROUP,
        value=entry.value,
        said=said,
        name=name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageJudge:
    """The judge of a package's check; one that crashes is UNKNOWN, for it is no bug of gonogo's."""

    check: Check[...]
    where: str

    def __call__(self, /, **evidence: Evidence) -> Verdict:
        try:
            return lawful(self.check.id, self.where, self.check.judge(**evidence))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - somebody else's check: it must not hide the others
            return unknown(say("{where}: {id} crashed: {told}", where=self.where, id=self.check.id, told=_told(error)))


def _told(problem: BaseException) -> str:
    """The exception in a line, with the file and line where it was raised."""
    if isinstance(problem, SyntaxError) and problem.filename:
        return say("{name}:{lineno}: {msg}", name=Path(problem.filename).name, lineno=problem.lineno, msg=problem.msg)
    step: TracebackType | None = problem.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    where = (
        say(" ({name}:{tb_lineno})", name=Path(step.tb_frame.f_code.co_filename).name, tb_lineno=step.tb_lineno)
        if step
        else ""
    )
    return say(
        "{name}: {split}{where}", name=type(problem).__name__, split=together(str(problem).split(), " "), where=where
    )
