"""Which steps of a workflow run the tests, on which events, how many of them, and does their failure count?"""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from runner.evidence.suite.test_commands import GOALS, TestRun, test_runs
from runner.reading.conditions import holds
from runner.reading.documents import text_of
from runner.reading.shell import SHELLS, Read, Script, script_of
from runner.said import say, together

CHANGES = ("pull_request", "push", "merge_group")  # what a change of the code brings about
USUAL_BRANCHES = frozenset(("main", "master", "develop", "development", "dev", "trunk", "default", "next"))
AT_A_PUSH = frozenset(("opened", "synchronize", "reopened"))  # the types of a pull request that code brings about
KEEPS = re.compile(r"-[mk]\s*=?\s*[\"']?not\b|--ignore|--ignore-glob|--deselect")  # it leaves named ones out


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a job, with what decides whether and how it runs."""

    path: str  # of the file that it stands in
    workflow: str  # … and of the workflow: another one for a step of an action
    job: str
    line: int
    run: str = ""
    folder: str = ""
    shell: str = ""
    values: tuple[tuple[str, str], ...] = ()
    conditions: tuple[str, ...] = ()  # its own, its job's, and those of the jobs that it waits for
    forgives: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """An event whose filter no ordinary change passes, or not every one. `passing`: changes of so many files do."""

    event: str
    why: str
    passing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CiRun:
    """A step's command that runs the tests, or may."""

    path: str
    workflow: str
    job: str
    line: int
    command: str
    events: tuple[str, ...] = ()  # changes on which it runs for sure, as far as its conditions go
    problem: str = ""  # why it proves nothing: no test runs, or …
    lost: bool = False  # … its failure is lost in the script
    unsure: str = ""  # what is not known of it
    files: tuple[str, ...] = ()  # with tests, that it runs
    narrowed: tuple[str, ...] = ()  # options that leave tests out of them

    @property
    def counts(self) -> bool:
        return not self.problem and not self.unsure


def runs_of(steps: Sequence[Step], top: Path, root: Path, tests: Sequence[str]) -> list[CiRun]:
    """What of the steps runs tests of the service in `root`. `top` is where a step starts; `tests` are root's."""
    return [run for step in steps for run in _runs_of(step, top, root, tests)]


def run_elsewhere(path: str, job: str, line: int, uses: str) -> CiRun | None:
    """A job that is another repository's workflow, which may run the tests; None for what is named otherwise."""
    if not uses or uses.startswith("./") or not GOALS.search(uses.partition("@")[0]):
        return None
    return CiRun(
        path=path, workflow=path, job=job, line=line, command=uses, unsure=say("what `{uses}` runs", uses=uses)
    )


def _runs_of(step: Step, top: Path, root: Path, tests: Sequence[str]) -> list[CiRun]:
    name = step.shell.split()[0].rpartition("/")[2] if step.shell.split() else "bash"
    only_read = re.search(r"\s-\w*n\w*\s|\s-o\s+noexec\b", f"{step.shell} ") is not None
    if only_read or name not in SHELLS or not step.run:
        return _python_step(step) if step.run and "pytest" in step.run else []
    read = reader_of(step, top, root)
    script = shell_of(step.run, step.shell, read)
    found = []
    for run in test_runs(script, read, dict(step.values)):
        where = None if run.folder is None or "${{" in step.folder else PurePosixPath(step.folder) / run.folder
        ours = _ours(top, root, where, tests)
        if ours is not False:
            unsure = "" if ours else say("in which folder `{command}` runs", command=run.command[:60])
            found.append(_ci_run(step, run, top, root, where, tests, unsure))
    return found


def reader_of(step: Step, top: Path, root: Path) -> Read:
    """Gives the text of a file as the step names it; None where the repository has none."""
    places = [top / step.folder, root, top]

    def read(path: str) -> str | None:
        return next((text for place in places if (text := _text(place, path, top)) is not None), None)

    return read


def shell_of(run: str, shell: str, read: Read = lambda _: None) -> Script:
    """The script of a step, in the shell that GitHub starts: with `-e`, and with `pipefail` where bash is named."""
    told = shell.split()
    if "{0}" in shell:
        flags = " ".join(told[1:])
        return script_of(run, errexit=bool(re.search(r"-\w*e", flags)), pipefail="pipefail" in flags, read=read)
    return script_of(run, errexit=True, pipefail=told[:1] == ["bash"], read=read)


def _text(place: Path, path: str, top: Path) -> str | None:
    """The text of a file of the repository; None where there is none."""
    file = (place / path).resolve()
    inside = file.is_relative_to(top.resolve()) and file.is_file()
    return text_of(file) if inside else None


def _ours(top: Path, root: Path, where: PurePosixPath | None, tests: Sequence[str]) -> bool | None:
    """Does a command in this folder see the service's tests, which may lie beside it? None: the folder is not known."""
    if where is None or "$" in str(where):
        return None
    folder = (top / where).resolve()
    places = [root.resolve(), *((root / name).resolve() for name in tests if name.startswith("../"))]
    return any(place.is_relative_to(folder) for place in places) or folder.is_relative_to(root.resolve())


def _ci_run(
    step: Step, run: TestRun, top: Path, root: Path, where: PurePosixPath | None, tests: Sequence[str], unsure: str
) -> CiRun:
    events = tuple(e for e in CHANGES if run.runs and all(holds(one, e) for one in step.conditions))
    maybe = any(run.runs is not False and all(holds(one, e) is not False for one in step.conditions) for e in CHANGES)
    partly = [one for one in run.narrowed if not KEEPS.match(one)]
    open_one = next((one for one in step.conditions if one and holds(one, "push") is None), "")
    told = run.unsure or unsure
    if not events and maybe:
        told = told or say("whether `{open_one}` holds on a change", open_one=open_one or run.command[:60])
    elif partly:
        told = told or say("how many tests `{partly}` leaves", partly=partly[0])
    problem = _problem(step, run, maybe=maybe)
    return CiRun(
        path=step.path,
        workflow=step.workflow,
        job=step.job,
        line=step.line,
        command=run.command,
        events=events,
        problem=problem,
        lost=bool(run.lost and not run.dry and not run.unsure),
        unsure=told,
        files=_reached(run, top, root, where, tests),
        narrowed=run.narrowed,
    )


def _problem(step: Step, run: TestRun, *, maybe: bool) -> str:
    if run.dry:
        return say("`{command}` runs no test, with {dry}", command=run.command[:60], dry=run.dry)
    if (step.forgives or run.lost) and not run.unsure:  # what may be no test run at all has no failure to lose
        return say(
            "the failure of `{command}` is lost: {forgives}",
            command=run.command[:60],
            forgives=step.forgives or run.lost,
        )
    if not maybe:
        never = next((one for one in step.conditions if one and holds(one, "push") is False), "")
        return say(
            "`{command}` never runs{never}",
            command=run.command[:60],
            never=say(", with `if: {never}`", never=never) if never else "",
        )
    return ""


def _reached(run: TestRun, top: Path, root: Path, where: PurePosixPath | None, tests: Sequence[str]) -> tuple[str, ...]:
    """The files with tests that a run collects: all of its folder's, or those of the paths that it is given."""
    folder = (top / (where or "")).resolve()
    left = [(folder / word.partition("=")[2]).resolve() for word in run.narrowed if word.startswith("--ignore=")]
    found = []
    for name in tests:
        file = (root / name).resolve()
        given = [path for path in run.paths if not path.startswith("$")]
        taken = file.is_relative_to(folder) if not given else any(_within(file, folder, path) for path in given)
        if taken and not any(file.is_relative_to(one) for one in left):
            found.append(name)
    return tuple(found)


def _within(file: Path, folder: Path, path: str) -> bool:
    if set("*?[") & set(path):
        return fnmatch.fnmatch(str(file), f"{folder}/{path}*")
    return file.is_relative_to((folder / path).resolve())


def _python_step(step: Step) -> list[CiRun]:
    """`shell: python`: nobody decides here what it runs."""
    said, unsure = step.run.strip()[:60], say("what a step in `{shell}` runs", shell=step.shell)
    return [CiRun(path=step.path, workflow=step.workflow, job=step.job, line=step.line, command=said, unsure=unsure)]


# --- what starts a workflow


def idle_events(loaded: object, files: Sequence[str]) -> tuple[Idle, ...]:
    """The changes that a workflow names and whose filter keeps out ordinary work on these files, or a part of it."""
    events = loaded.get("on", loaded.get(True)) if isinstance(loaded, Mapping) else None
    if not isinstance(events, Mapping):
        return ()
    told = [(event, events[event]) for event in CHANGES if isinstance(events.get(event), Mapping)]
    return tuple(idle for event, given in told if (idle := _idle(event, given, files)))


def _idle(event: str, given: Mapping[str, object], files: Sequence[str]) -> Idle | None:
    branches, tags = _texts(given.get("branches")), _texts(given.get("tags"))
    if event == "push" and (tags or "tags-ignore" in given) and not branches and "branches-ignore" not in given:
        return Idle(event=event, why=say("a push of a tag alone"))
    if branches and not any(set("*?[!") & set(name) or name.lower() in USUAL_BRANCHES for name in branches):
        return Idle(
            event=event,
            why=say(
                "{text} to {branches} alone",
                text=say("a push") if event == "push" else event,
                branches=together(branches),
            ),
        )
    if any(name in {"*", "**"} for name in _texts(given.get("branches-ignore"))):
        return Idle(event=event, why=say("{event} to no branch", event=event))
    types = set(_texts(given.get("types")))
    if event == "pull_request" and types and not types & AT_A_PUSH:
        return Idle(event=event, why=say("pull requests that are {types}", types=together(sorted(types), " or ")))
    return _by_paths(event, given, files)


def _by_paths(event: str, given: Mapping[str, object], files: Sequence[str]) -> Idle | None:
    wanted, left = _texts(given.get("paths")), _texts(given.get("paths-ignore"))
    passing = [one for one in files if (not wanted or passes(one, wanted)) and not (left and passes(one, left))]
    if not (wanted or left) or len(passing) == len(files):
        return None
    return Idle(
        event=event, why=say("{event} of {wanted}", event=event, wanted=together(wanted or left)), passing=len(passing)
    )


def passes(path: str, patterns: Sequence[str]) -> bool:
    """GitHub's filter: the last pattern that fits decides, and `!` takes back."""
    taken = False
    for pattern in patterns:
        shape = re.escape(pattern.removeprefix("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
        if re.fullmatch(shape.replace(r"\*", "[^/]*").replace(r"\?", "[^/]"), path):
            taken = not pattern.startswith("!")
    return taken


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if isinstance(value, str) else []
