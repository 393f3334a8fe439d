"""The CI workflows: jobs and steps as they are written, and what zizmor says about them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from runner.discovery.code_files import python_files
from runner.discovery.usual_places import shown
from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.suite.ci_tests import CiRun, Idle, Step, idle_events, run_elsewhere, runs_of
from runner.evidence.suite.suite_files import tests_beside
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.conditions import asks_for_the_end, holds
from runner.reading.documents import NotReadable, Yaml, read_document, text_of, yaml_in
from runner.reading.walk import files_below, folders_above
from runner.said import say
from runner.vocabulary.folders import SKIPPED

RELEASES = re.compile(
    r"^\s*push:\s*true|docker push|twine upload|(?:uv|poetry|npm) publish|pypi-publish|deploy", re.I | re.M
)
THEIRS = re.compile(
    r"head_(?:sha|ref|branch|commit|repository)|\bhead\.(?:sha|ref|repo)|download-artifact|gh run download"
)
MOST_DEEP = 3  # scripts that call scripts
ELSEWHERE = (  # other CI systems' files, as patterns
    ".gitlab-ci.yml",
    ".forgejo/workflows/*.y*ml",
    ".gitea/workflows/*.y*ml",
    ".circleci/config.yml",
    ".woodpecker.y*ml",
    ".woodpecker/*.y*ml",
    ".drone.yml",
    ".travis.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "buildspec.yml",
    "Jenkinsfile",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step of a job."""

    path: str
    line: int
    job: str
    name: str = ""
    uses: str = ""
    given: tuple[tuple[str, str], ...] = ()  # its `with`
    run: str = ""
    forgives: bool = False  # continue-on-error, and no later step asks for its outcome
    pinned_line: str = ""  # the whole line of `uses`, with its comment
    environment: tuple[str, ...] = ()  # names that are set for it, also by its job and workflow
    values: tuple[tuple[str, str], ...] = ()  # … with what they are set to
    condition: str = ""  # its `if`
    folder: str = ""  # its working-directory, also by its job and workflow
    shell: str = ""
    scripts: str = ""  # the text of the repository's own shell scripts that it runs, and of those that they run


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    path: str
    line: int
    name: str
    services: tuple[str, ...] = ()  # images
    permissions: str | None = None  # as JSON; None: not said
    forgives: bool = False
    uses: str = ""  # a reusable workflow
    condition: str = ""  # its `if`
    needs: tuple[str, ...] = ()  # jobs that end before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    path: str
    events: tuple[str, ...] = ()
    idle: tuple[Idle, ...] = ()  # of these: those that an ordinary change of the code does not bring about, or not all
    written: int = 0  # jobs that stand there, …
    steps: int = 0  # … and steps, readable or not
    permissions: str | None = None  # as JSON; None: not said
    permissions_line: int = 1
    jobs: tuple[Job, ...] = ()
    tasks: tuple[Task, ...] = ()
    unreadable: str = ""
    takes_theirs: bool = False  # it checks out, or downloads, what the other side of its trigger made
    releases_failures: int | None = None  # line of a `workflow_run` that releases however the other run ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What zizmor found. Row is 1-based."""

    audit: str
    severity: str
    confidence: str
    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflows(Evidence):
    """The CI workflows."""

    workflows: tuple[Workflow, ...]
    concerns: tuple[Concern, ...] = ()
    audited: int = 0  # workflows that zizmor read to the end
    zizmor_problem: str = ""
    runs: tuple[CiRun, ...] = ()  # what of the steps runs the tests, or may
    test_files: tuple[str, ...] = ()  # that there are
    code_files: int = 0  # files of the service's own code
    elsewhere: str | None = None  # another CI system's file
    demanded: tuple[tuple[str, str, int], ...] = ()  # variables that the tests demand: name, path, line
    needs_postgres: tuple[str, int] | None = None  # where the tests want a PostgreSQL server
    tested: bool = True  # has the service tests at all?

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        places = (probe.root, *folders_above(probe.root))  # GitHub reads the repository's own, above all its services
        files = sorted(file for place in places for file in (place / ".github" / "workflows").glob("*.y*ml"))
        others = (other for place in places for name in ELSEWHERE for other in sorted(place.glob(name)))
        elsewhere = next((shown(probe.root, other) for other in others if other.is_file()), None)
        tests, code = _files(probe)
        read = [_read(probe, file, code) for file in files]
        workflows = tuple(with_scripts(one, places) for one in read)
        runs = [
            run
            for file, one in zip(files, workflows, strict=True)
            for run in [*runs_of(steps_of(one), file.parents[2], probe.root, tests), *runs_elsewhere(one)]
        ]
        concerns, audited, problem = _zizmor(probe, files) if files else ((), 0, "")
        demanded, postgres = demands(probe.root, probe.target.tests)
        return cls(
            workflows=workflows,
            concerns=concerns,
            audited=audited,
            runs=tuple(runs),
            test_files=tests,
            code_files=len(code),
            zizmor_problem=problem,
            elsewhere=elsewhere,
            demanded=demanded,
            needs_postgres=postgres,
            tested=probe.target.tests is not None,
        )

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(task for workflow in self.workflows for task in workflow.tasks)

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(job for workflow in self.workflows for job in workflow.jobs)

    @property
    def unreadable(self) -> tuple[Workflow, ...]:
        return tuple(workflow for workflow in self.workflows if workflow.unreadable)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubWorkflows(Evidence):
    """The workflows of GitHub Actions."""

    all: Workflows

    @classmethod
    def collect(cls, probe: Probe, found: Workflows) -> Self:  # noqa: ARG003 - they were read already
        if not found.workflows:
            other = (
                say("; its CI is {elsewhere}, which is not read yet", elsewhere=found.elsewhere)
                if found.elsewhere
                else ""
            )
            if found.elsewhere:
                raise ProbeError(say("this service has no GitHub workflow{other}", other=other))
            looked = say(".github/workflows here and in the folders above, up to the repository's own")
            raise NotThere("this service has no GitHub workflow", looked=looked, absent=Thing.WORKFLOWS)
        return cls(all=found)


def read_workflow(path: str, text: str) -> Workflow:
    try:
        found = yaml_in(text)
    except NotReadable as error:
        return Workflow(path=path, unreadable=str(error))
    loaded = found.value
    if not isinstance(loaded, Mapping) or not isinstance(loaded.get("jobs"), Mapping):
        return Workflow(path=path, unreadable=say("it has no `jobs`"))
    events = loaded.get("on", loaded.get(True))
    lines = text.splitlines()
    jobs, tasks = [], []
    for name, job in loaded["jobs"].items():
        if isinstance(job, Mapping):
            at = found.line("jobs", name)
            jobs.append(_job(path, name, job, at))
            tasks += list(_tasks(path, name, job, found, lines))
    listed = [job["steps"] for job in loaded["jobs"].values() if isinstance(job, Mapping) and "steps" in job]
    return Workflow(
        path=path,
        events=tuple(map(str, events)) if isinstance(events, list | Mapping) else (str(events),),
        permissions=json.dumps(loaded["permissions"]) if "permissions" in loaded else None,
        permissions_line=found.line("permissions"),
        jobs=tuple(jobs),
        tasks=tuple(tasks),
        written=len(loaded["jobs"]),
        steps=sum(len(steps) if isinstance(steps, list) else 1 for steps in listed),
        takes_theirs=bool(THEIRS.search(text)),
        releases_failures=_releases_failures(events, found, text),
    )


def _releases_failures(events: object, found: Yaml, text: str) -> int | None:
    """Where a workflow waits for another one's end, releases something, and never asks how that one ended."""
    told = events.get("workflow_run") if isinstance(events, Mapping) else None
    if not isinstance(told, Mapping) or "workflow_run.conclusion" in text or not RELEASES.search(text):
        return None
    return found.line("on", "workflow_run")


def _job(path: str, name: str, job: Mapping[str, Any], line: int) -> Job:
    services = job.get("services")
    parts = services.values() if isinstance(services, Mapping) else ()
    return Job(
        path=path,
        line=line,
        name=name,
        services=tuple(str(one.get("image", "")) if isinstance(one, Mapping) else str(one) for one in parts),
        permissions=json.dumps(job["permissions"]) if "permissions" in job else None,
        forgives=_is_true(job.get("continue-on-error")),
        uses=str(job.get("uses", "")),
        condition=_said(job.get("if")),
        needs=_needed(job.get("needs")),
    )


def _tasks(path: str, name: str, job: Mapping[str, Any], found: Yaml, lines: list[str]) -> Iterator[Task]:
    steps = job.get("steps")
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, Mapping):
            line = found.line("jobs", name, "steps", number, "uses" if "uses" in step else "run")
            yield _task(path, line, name, step, lines, (found.value, job))


def _task(
    path: str, line: int, job: str, step: Mapping[str, Any], lines: list[str], around: Sequence[Mapping[str, Any]]
) -> Task:
    values = {name: value for one in (*around, step) for name, value in _values(one).items()}
    defaults = {key: value for one in around for key, value in _defaults(one).items()}
    return Task(
        path=path,
        line=line,
        job=job,
        name=str(step.get("name", "")),
        uses=str(step.get("uses", "")),
        given=tuple(sorted(_values(step, "with").items())),
        run=str(step.get("run", "")),
        forgives=_is_true(step.get("continue-on-error")) and not _asked_later(step.get("id"), lines),
        pinned_line=lines[line - 1] if line <= len(lines) else "",
        environment=tuple(sorted(values)),
        values=tuple(sorted(values.items())),
        condition=_said(step.get("if")),
        folder=str(step.get("working-directory") or defaults.get("working-directory", "")),
        shell=str(step.get("shell") or defaults.get("shell", "")),
    )


def _said(condition: object) -> str:
    """A condition as text: `false` of YAML is the expression false."""
    return "" if condition is None else str(condition).lower() if isinstance(condition, bool) else str(condition)


def _needed(needs: object) -> tuple[str, ...]:
    return tuple(map(str, needs)) if isinstance(needs, list) else (str(needs),) if needs else ()


def _defaults(holder: Mapping[str, Any]) -> dict[str, str]:
    """`defaults: {run: {shell: …, working-directory: …}}` of a workflow or job."""
    defaults = holder.get("defaults")
    run = defaults.get("run") if isinstance(defaults, Mapping) else None
    return {str(key): str(value) for key, value in run.items()} if isinstance(run, Mapping) else {}


def _asked_later(name: object, lines: list[str]) -> bool:
    """Does a later step look at how this one ended? Then it can still fail the run."""
    wanted = re.compile(rf"steps\.{re.escape(str(name))}\.(outcome|conclusion)") if name else None
    return wanted is not None and any(wanted.search(line) for line in lines)


def with_scripts(workflow: Workflow, folders: Sequence[Path]) -> Workflow:
    """Its steps with the text of the shell scripts that they run, where they lie in one of these folders."""
    tasks = tuple(replace(task, scripts="\n".join(_scripts(task.run, folders))) for task in workflow.tasks)
    return replace(workflow, tasks=tasks)


def _scripts(text: str, folders: Sequence[Path], deep: int = 0) -> Iterator[str]:
    for name in dict.fromkeys(re.findall(r"[\w./-]+\.sh\b|(?<![\w./-])(?:\./|bin/|scripts?/)[\w./-]+", text)):
        file = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if file and deep < MOST_DEEP:
            inside = text_of(file)
            if not name.endswith(".sh") and not re.match(r"#!.*\b(?:ba|da|z|k)?sh\b", inside):
                continue
            yield inside
            yield from _scripts(inside, folders, deep + 1)


def _read(probe: Probe, file: Path, code: Sequence[str]) -> Workflow:
    """A workflow with the steps of its own actions, and what its filters keep out."""
    path, top = shown(probe.root, file), file.parents[2]
    try:
        text = read_document(file)
    except NotReadable as error:
        return Workflow(path=path, unreadable=str(error))
    workflow = read_workflow(path, text)
    if workflow.unreadable:
        return workflow
    below = probe.root.relative_to(top)
    idle = idle_events(yaml_in(text).value, [(below / name).as_posix() for name in code])
    return replace(with_actions(workflow, probe.root, top), idle=idle)


def with_actions(workflow: Workflow, root: Path, top: Path) -> Workflow:
    """Its tasks, followed by the steps of the repository's own composite actions that they use."""
    return replace(workflow, tasks=tuple(one for task in workflow.tasks for one in _opened(task, root, top)))


def _opened(task: Task, root: Path, top: Path, deep: int = 0) -> Iterator[Task]:
    yield task
    files = [top / task.uses / name for name in ("action.yml", "action.yaml")] if task.uses.startswith("./") else []
    file = next((one for one in files if one.is_file()), None)
    if file is None or deep >= MOST_DEEP:
        return
    try:
        text = read_document(file)
        found = yaml_in(text)
    except NotReadable:
        return
    runs = found.value.get("runs") if isinstance(found.value, Mapping) else None
    steps = runs.get("steps") if isinstance(runs, Mapping) else None
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, Mapping):
            line = found.line("runs", "steps", number, "uses" if "uses" in step else "run")
            inner = _task(shown(root, file), line, task.job, step, text.splitlines(), ())
            yield from _opened(_within(task, inner), root, top, deep + 1)


def _within(task: Task, inner: Task) -> Task:
    """A step of an action, under the conditions of the one that uses it."""
    values = {**dict(task.values), **dict(inner.values)}
    both = [f"({one})" for one in (task.condition, inner.condition) if one]
    return replace(
        inner,
        values=tuple(sorted(values.items())),
        environment=tuple(sorted(values)),
        condition=" && ".join(both),
        forgives=inner.forgives or task.forgives,
    )


def steps_of(workflow: Workflow) -> list[Step]:
    """Its steps as they bear on whether tests run: with the conditions of their jobs and of those they wait for."""
    jobs = {job.name: job for job in workflow.jobs}
    return [
        Step(
            path=task.path,
            workflow=workflow.path,
            job=task.job,
            line=task.line,
            run=task.run,
            folder=task.folder,
            shell=task.shell,
            values=task.values,
            conditions=(task.condition, *_conditions(jobs, task.job)),
            forgives="continue-on-error" if task.forgives or (task.job in jobs and jobs[task.job].forgives) else "",
        )
        for task in workflow.tasks
    ]


def runs_elsewhere(workflow: Workflow) -> list[CiRun]:
    """What of its jobs stands in another repository, and may run the tests."""
    found = (run_elsewhere(workflow.path, job.name, job.line, job.uses) for job in workflow.jobs)
    return [run for run in found if run]


def _conditions(jobs: Mapping[str, Job], name: str, seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The `if` of a job and of those that it needs: where one of them is skipped, so is it."""
    job = jobs.get(name)
    if job is None or name in seen:
        return ()
    before = () if asks_for_the_end(job.condition) else job.needs
    return (job.condition, *(one for other in before for one in _conditions(jobs, other, seen | {name})))


def _files(probe: Probe) -> tuple[tuple[str, ...], list[str]]:
    """The files with tests, and those of the service's own code, from the service's folder."""
    names = [file.relative_to(probe.root).as_posix() for file in python_files(probe.root)]
    tests = sorted(
        file.relative_to(probe.root).as_posix()
        for file in files_below(probe.root, SKIPPED)
        if re.fullmatch(r"test_.*\.py|.*_test\.py", file.name)
    ) or [shown(probe.root, file) for file in tests_beside(probe.root, probe.target.sources)]
    places = [probe.root / source for source in probe.target.sources]
    inside = {path.relative_to(probe.root).as_posix() for place in places for path in python_files(place)}
    code = [name for name in names if name not in tests and (not inside or name in inside)]
    return tuple(tests), code


def _is_true(value: object) -> bool:
    """Said outright; an expression (`${{ matrix.experimental }}`) is a choice, not a habit."""
    return value is True or (isinstance(value, str) and holds(value, "push") is True)


def _values(holder: Mapping[str, Any], key: str = "env") -> dict[str, str]:
    env = holder.get(key)
    return {str(name): str(value) for name, value in env.items()} if isinstance(env, Mapping) else {}


def _zizmor(probe: Probe, files: list[Path]) -> tuple[tuple[Concern, ...], int, str]:
    """What it finds, how many files it read to the end, and what stopped it.

    The service's zizmor.yml, its `# zizmor: ignore[…]` and its .gitignore have no say: the files are named one by one.
    """
    words = ["--offline", "--no-progress", "--no-exit-codes", "--no-config", "--no-ignores", "--format", "json"]
    ran = probe.tool("zizmor", *words, *(shown(probe.root, file) for file in files))
    try:
        found = json.loads(ran.out)
    except json.JSONDecodeError:
        return (), 0, say("zizmor gave no answer: {last_words}", last_words=ran.last_words)
    unread = re.search(r"failed to parse[^\n]*|WARN[^\n]*failed[^\n]*", ran.err)
    audited = len(set(re.findall(r"completed (\S+)", re.sub(r"\x1b\[[\d;]*m", "", ran.err))))
    concerns = tuple(concern for one in found for concern in _concern(one))
    return (
        concerns,
        audited,
        say("zizmor could not read a workflow: {unread}", unread=unread[0].strip()) if unread else "",
    )


def _concern(one: Mapping[str, Any]) -> Iterator[Concern]:
    place = next((p for p in one["locations"] if p["symbolic"].get("kind") == "Primary"), one["locations"][0])
    key = next(iter(place["symbolic"]["key"].values()))
    path = key.get("verbatim_path") or key.get("given_path") or ".github/workflows"
    yield Concern(
        audit=one["ident"],
        severity=one["determinations"]["severity"],
        confidence=one["determinations"]["confidence"],
        path=str(path),
        line=place["concrete"]["location"]["start_point"]["row"] + 1,
        message=say("{one}: {place}", one=one["desc"], place=place["symbolic"]["annotation"]),
    )


def demands(root: Path, tests: str | None) -> tuple[tuple[tuple[str, str, int], ...], tuple[str, int] | None]:
    """Variables that the tests demand (`os.environ["X"]`), and where they want a PostgreSQL server on this machine."""
    names: dict[str, tuple[str, str, int]] = {}
    postgres = None
    for file in sorted((root / tests).rglob("*.py")) if tests else ():
        path = file.relative_to(root).as_posix()
        text = file.read_text(errors="replace")
        given = set(re.findall(r"environ(?:\.setdefault\(|\[)\s*[\"'](\w+)[\"']\]?\s*[=,]", text))
        for number, line in enumerate(text.splitlines(), start=1):
            found = re.search(r"environ\[\s*[\"'](\w+)[\"']\s*\](?!\s*=[^=])", line)
            if found and found[1] not in given:
                names.setdefault(found[1], (found[1], path, number))
            if postgres is None and re.search(
                r"postgres(ql)?(\+\w+)?://[^\"'\s]*@?(localhost|127\.0\.0\.1|postgres|db)\b", line
            ):
                postgres = (path, number)
    return tuple(names.values()), postgres
