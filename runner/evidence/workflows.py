"""The CI workflows: jobs and steps as they are written, and what zizmor says about them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from runner.documents import NotReadable, Yaml, yaml_in
from runner.errors import NotThere, ProbeError
from runner.model import Evidence
from runner.probe import TargetProbe
from runner.target import folders_above, shown

RELEASES = re.compile(
    r"^\s*push:\s*true|docker push|twine upload|(?:uv|poetry|npm) publish|pypi-publish|deploy", re.I | re.M
)
THEIRS = re.compile(
    r"head_(?:sha|ref|branch|commit|repository)|\bhead\.(?:sha|ref|repo)|download-artifact|gh run download"
)
MOST_DEEP = 3  # scripts that call scripts
ELSEWHERE = (".gitlab-ci.yml", "Jenkinsfile", ".circleci/config.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml")
USUAL_BRANCHES = frozenset(("main", "master", "develop", "development", "dev", "trunk", "default", "next"))
OTHER_CHANGES = frozenset(("pull_request", "pull_request_target", "merge_group", "workflow_call"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step of a job."""

    path: str
    line: int
    job: str
    name: str = ""
    uses: str = ""
    run: str = ""
    forgives: bool = False  # continue-on-error, and no later step asks for its outcome
    pinned_line: str = ""  # the whole line of `uses`, with its comment
    environment: tuple[str, ...] = ()  # names that are set for it, also by its job and workflow
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    path: str
    events: tuple[str, ...] = ()
    permissions: str | None = None  # as JSON; None: not said
    permissions_line: int = 1
    jobs: tuple[Job, ...] = ()
    tasks: tuple[Task, ...] = ()
    unreadable: str = ""
    takes_theirs: bool = False  # it checks out, or downloads, what the other side of its trigger made
    rare: tuple[str, ...] = ()  # the only branches whose pushes it runs on, and none of them is where work goes on
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
    zizmor_trouble: str = ""
    elsewhere: str | None = None  # another CI system's file
    demanded: tuple[tuple[str, str, int], ...] = ()  # variables that the tests demand: name, path, line
    needs_postgres: tuple[str, int] | None = None  # where the tests want a PostgreSQL server
    tested: bool = True  # has the service tests at all?

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        places = (probe.root, *folders_above(probe.root))  # GitHub reads the repository's own, above all its services
        files = sorted(file for place in places for file in (place / ".github" / "workflows").glob("*.y*ml"))
        others = (place / name for place in places for name in ELSEWHERE)
        elsewhere = next((shown(probe.root, other) for other in others if other.is_file()), None)
        read = [read_workflow(shown(probe.root, file), file.read_text()) for file in files]
        workflows = tuple(with_scripts(one, places) for one in read)
        concerns, trouble = _zizmor(probe, files) if files else ((), "")
        demanded, postgres = demands(probe.root, probe.target.tests)
        return cls(
            workflows=workflows,
            concerns=concerns,
            zizmor_trouble=trouble,
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
    def collect(cls, probe: TargetProbe) -> Self:
        found = probe.need(Workflows)
        if not found.workflows:
            other = f"; its CI is {found.elsewhere}, which is not read yet" if found.elsewhere else ""
            if found.elsewhere:
                raise ProbeError(f"this service has no GitHub workflow{other}")
            raise NotThere("this service has no GitHub workflow")
        return cls(all=found)


def read_workflow(path: str, text: str) -> Workflow:
    try:
        found = yaml_in(text)
    except NotReadable as trouble:
        return Workflow(path=path, unreadable=str(trouble))
    loaded = found.value
    if not isinstance(loaded, Mapping) or not isinstance(loaded.get("jobs"), Mapping):
        return Workflow(path=path, unreadable="it has no `jobs`")
    events = loaded.get("on", loaded.get(True))
    lines = text.splitlines()
    jobs, tasks = [], []
    for name, job in loaded["jobs"].items():
        if isinstance(job, Mapping):
            at = found.line("jobs", name)
            jobs.append(_job(path, name, job, at))
            tasks += list(_tasks(path, name, job, found, lines, _names(loaded) | _names(job)))
    return Workflow(
        path=path,
        events=tuple(events) if isinstance(events, list | Mapping) else (str(events),),
        permissions=json.dumps(loaded["permissions"]) if "permissions" in loaded else None,
        permissions_line=found.line("permissions"),
        jobs=tuple(jobs),
        tasks=tuple(tasks),
        takes_theirs=bool(THEIRS.search(text)),
        rare=_rare(events),
        releases_failures=_releases_failures(events, text),
    )


def _rare(events: object) -> tuple[str, ...]:
    """`push` to named branches alone, such as `release`: what is merged before is never tested."""
    push = events.get("push") if isinstance(events, Mapping) else None
    named = push.get("branches") if isinstance(push, Mapping) else None
    if not isinstance(events, Mapping) or not isinstance(named, list) or OTHER_CHANGES & set(events):
        return ()
    names = tuple(map(str, named))
    usual = any(set("*?[!") & set(name) or name.lower() in USUAL_BRANCHES for name in names)
    return () if usual else names


def _releases_failures(events: object, text: str) -> int | None:
    """Where a workflow waits for another one's end, releases something, and never asks how that one ended."""
    told = events.get("workflow_run") if isinstance(events, Mapping) else None
    if not isinstance(told, Mapping) or "workflow_run.conclusion" in text or not RELEASES.search(text):
        return None
    return next(n for n, line in enumerate(text.splitlines(), start=1) if "workflow_run" in line)


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
    )


def _tasks(
    path: str, name: str, job: Mapping[str, Any], found: Yaml, lines: list[str], names: set[str]
) -> Iterator[Task]:
    steps = job.get("steps")
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, Mapping):
            continue
        key = "uses" if "uses" in step else "run"
        line = found.line("jobs", name, "steps", number, key)
        yield Task(
            path=path,
            line=line,
            job=name,
            name=str(step.get("name", "")),
            uses=str(step.get("uses", "")),
            run=str(step.get("run", "")),
            forgives=_is_true(step.get("continue-on-error")) and not _asked_later(step.get("id"), lines),
            pinned_line=lines[line - 1] if line <= len(lines) else "",
            environment=tuple(sorted(names | _names(step))),
        )


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
            inside = file.read_text(encoding="utf-8", errors="replace")
            if not name.endswith(".sh") and not re.match(r"#!.*\b(?:ba|da|z|k)?sh\b", inside):
                continue
            yield inside
            yield from _scripts(inside, folders, deep + 1)


def _is_true(value: object) -> bool:
    """Said outright; an expression (`${{ matrix.experimental }}`) is a choice, not a habit."""
    return value is True or str(value).strip().lower() == "true"


def _names(holder: Mapping[str, Any]) -> set[str]:
    env = holder.get("env")
    return {str(name) for name in env} if isinstance(env, Mapping) else set()


def _zizmor(probe: TargetProbe, files: list[Path]) -> tuple[tuple[Concern, ...], str]:
    folders = sorted({shown(probe.root, file.parent) for file in files})
    ran = probe.tool("zizmor", "--offline", "--no-progress", "--no-exit-codes", "--format", "json", *folders)
    try:
        found = json.loads(ran.out)
    except json.JSONDecodeError:
        return (), f"zizmor gave no answer: {ran.last_words}"
    unread = re.search(r"failed to parse[^\n]*|WARN[^\n]*failed[^\n]*", ran.err)
    concerns = tuple(concern for one in found if not one.get("ignored") for concern in _concern(one))
    return concerns, f"zizmor could not read a workflow: {unread[0].strip()}" if unread else ""


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
        message=f"{one['desc']}: {place['symbolic']['annotation']}",
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
