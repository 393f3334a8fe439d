"""Which steps of the workflows ask for advisories about what is locked, and do their findings count?"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from runner.evidence.release.workflows import Task, Workflow, steps_of
from runner.evidence.suite.ci_tests import CHANGES, Step, reader_of, shell_of
from runner.evidence.suite.targets import TARGETS
from runner.evidence.suite.test_commands import Finder, Seen, Sought, TestRun, run_of, runs_sought, target_runs
from runner.reading.conditions import holds
from runner.reading.documents import NotReadable, yaml_in
from runner.reading.shell import SHELLS, Command
from runner.said import say, together

EVENTS = (*CHANGES, "schedule")  # advisories change by the day: a timetable is as good as a change
NAMED = re.compile(r"pip[-_]audit|osv-scanner|\bsafety\b|uv-audit|\btrivy\b|\bgrype\b|\bsnyk\b", re.IGNORECASE)
GOALS = re.compile(r"(?i)audit|secur|advisor|vuln|scan|check|\bci\b|verify|\ball\b")
HELP = frozenset(("--help", "-h", "--version", "-V", "--dry-run"))
DOCKER = frozenset(("docker", "podman", "nerdctl"))
TRIVY_LOOKS = frozenset(("fs", "filesystem", "image", "i", "repo", "repository", "rootfs", "sbom"))
Given = Mapping[str, str]  # the `with` of an action


@dataclass(frozen=True, slots=True, kw_only=True)
class CiScan:
    """A step that asks for advisories, or may. It counts where neither `problem` nor `unsure` says anything."""

    path: str
    line: int
    command: str
    problem: str = ""  # why it proves nothing
    unsure: str = ""  # what is not known of it

    @property
    def counts(self) -> bool:
        return not self.problem and not self.unsure


def scans_of(workflows: Sequence[Workflow], root: Path, lock: str) -> list[CiScan]:
    """The scans of all workflows of the service in `root`, of which `lock` is to be scanned."""
    return [scan for one in workflows for scan in _of_workflow(one, workflows, root, lock)]


def _of_workflow(workflow: Workflow, all_of_them: Sequence[Workflow], root: Path, lock: str) -> Iterator[CiScan]:
    top = (root / workflow.path).resolve().parents[2]
    events = _started_by(workflow, all_of_them)
    for task, step in zip(workflow.tasks, steps_of(workflow), strict=True):
        for scan, runs in (*_by_command(step, top, root, lock), *_by_action(task)):
            yield _in_its_step(scan, step, workflow, events, runs=runs)
    for job in workflow.jobs:
        told = _action(job.uses, {})
        if told is not None:
            step = Step(path=workflow.path, workflow=workflow.path, job=job.name, line=job.line)
            conditioned = replace(step, conditions=(job.condition,))
            scan = CiScan(path=workflow.path, line=job.line, command=job.uses, **told)
            yield _in_its_step(scan, conditioned, workflow, events, runs=True)


def _started_by(workflow: Workflow, others: Sequence[Workflow], deep: int = 0) -> frozenset[str]:
    """The events that start it: by itself, or in a workflow that calls it."""
    own = set(workflow.events) & set(EVENTS)
    if "workflow_call" in workflow.events and deep < len(others):
        name = workflow.path.rpartition("/")[2]
        for other in others:
            if any(job.uses.endswith(f".github/workflows/{name}") and job.condition != "false" for job in other.jobs):
                own |= _started_by(other, others, deep + 1)
    return frozenset(own)


def _in_its_step(scan: CiScan, step: Step, workflow: Workflow, events: frozenset[str], *, runs: bool | None) -> CiScan:
    """With what its step, its job and its workflow say about whether it runs, and whether its failure counts."""
    if scan.problem:
        return scan
    if step.forgives:
        return replace(
            scan,
            problem=say(
                "the failure of `{command}` is lost: {forgives}", command=scan.command[:60], forgives=step.forgives
            ),
            unsure="",
        )
    if not events:
        started = together(workflow.events) or "nothing"
        return replace(
            scan,
            problem=say("`{command}` runs on {started} alone", command=scan.command[:60], started=started),
            unsure="",
        )
    never = next((one for one in step.conditions if one and all(holds(one, e) is False for e in events)), "")
    if runs is False or never:
        return replace(
            scan,
            problem=say(
                "`{command}` never runs{never}",
                command=scan.command[:60],
                never=say(", with `if: {never}`", never=never) if never else "",
            ),
        )
    idle = {one.event: one.why for one in workflow.idle if not one.passing}
    sure = [e for e in events if runs and e not in idle and all(holds(one, e) for one in step.conditions)]
    if sure or scan.unsure:
        return scan
    why = next((idle[e] for e in sorted(events) if e in idle), "")
    told = (
        say("whether {why} brings every change", why=why)
        if why
        else say("whether `{command}` runs on each change", command=scan.command[:60])
    )
    return replace(scan, unsure=told)


# --- commands


def _by_command(step: Step, top: Path, root: Path, lock: str) -> Iterator[tuple[CiScan, bool | None]]:
    name = step.shell.split()[0].rpartition("/")[2] if step.shell.split() else "bash"
    if not step.run:
        return
    if name not in SHELLS or re.search(r"\s-\w*n\w*\s|\s-o\s+noexec\b", f"{step.shell} "):
        if NAMED.search(step.run):
            unsure = say("what a step in `{shell}` runs", shell=step.shell)
            yield CiScan(path=step.path, line=step.line, command=step.run.strip()[:60], unsure=unsure), True
        return
    read = reader_of(step, top, root)
    script = shell_of(step.run, step.shell, read)
    sought = Sought(finders=_finders(lock), named=NAMED, goals=GOALS)
    found = runs_sought(script, read, dict(step.values), sought)
    found += [run for command in script.commands for run in _in_image(command)]
    for run in found:
        lost = (
            say("the failure of `{command}` is lost: {lost}", command=run.command[:60], lost=run.lost)
            if run.lost and not run.unsure
            else ""
        )
        problem = say("`{command}` {dry}", command=run.command[:60], dry=run.dry) if run.dry else lost
        scan = CiScan(path=step.path, line=step.line, command=run.command, problem=problem, unsure=run.unsure)
        yield scan, run.runs


def _finders(lock: str) -> Mapping[str, Finder]:
    def pip_audit(command: Command, seen: Seen) -> Iterator[TestRun]:
        yield run_of(command, dry=_helped(command), unsure=_other_file(command, seen, lock))

    return {
        "pip-audit": pip_audit, "pip_audit": pip_audit, "uv-audit": _plain, "osv-scanner": _plain,
        "safety": _safety, "trivy": _trivy, "grype": _grype, "snyk": _snyk,
        "python": _python, "python3": _python, "pre-commit": _hooks, "prek": _hooks,
        **dict.fromkeys((*TARGETS, "task", "poe"), target_runs),
    }  # fmt: skip


def _helped(command: Command) -> str:
    given = next((word for word in command.argv[1:] if word in HELP), "")
    return say("asks for nothing, with {given}", given=given) if given else ""


def _other_file(command: Command, seen: Seen, lock: str) -> str:
    """Where it is told to look at a file of the repository that is another one than the lock."""
    words = command.argv[1:]
    files = [then for word, then in pairwise(words) if word in {"-r", "--requirement"}]
    files += [word.partition("=")[2] for word in words if word.startswith("--requirement=")]
    ends = {Path(lock).name}
    if not files or any(Path(file).name in ends or seen.read(file) is None for file in files):  # or it is made first
        return ""
    return say("whether {files} names what {lock} installs", files=files[0], lock=lock)


def _plain(command: Command, _: Seen) -> Iterator[TestRun]:
    yield run_of(command, dry=_helped(command))


def _safety(command: Command, _: Seen) -> Iterator[TestRun]:
    if {"check", "scan"} & set(command.argv[1:]):
        forgives = "--continue-on-error" in command.argv
        yield run_of(command, dry=say("never fails, with --continue-on-error") if forgives else _helped(command))


def _trivy(command: Command, seen: Seen) -> Iterator[TestRun]:
    if not TRIVY_LOOKS & set(command.argv[1:]):
        return
    code = _value(command, "--exit-code") or {**seen.env, **dict(command.given)}.get("TRIVY_EXIT_CODE", "")
    if not code and seen.read("trivy.yaml") is not None:
        yield run_of(command, unsure=say("what trivy.yaml says of its exit code"))
        return
    yield run_of(command, dry=say("never fails, without --exit-code 1") if code in {"", "0"} else _helped(command))


def _grype(command: Command, seen: Seen) -> Iterator[TestRun]:
    least = _value(command, "--fail-on") or _value(command, "-f")
    least = least or {**seen.env, **dict(command.given)}.get("GRYPE_FAIL_ON_SEVERITY", "")
    if not least and seen.read(".grype.yaml") is not None:
        yield run_of(command, unsure=say("what .grype.yaml says of a failure"))
        return
    yield run_of(command, dry=_helped(command) if least else say("never fails, without --fail-on"))


def _snyk(command: Command, _: Seen) -> Iterator[TestRun]:
    if "test" in command.argv[1:]:
        yield run_of(command, dry=_helped(command))


def _value(command: Command, option: str) -> str:
    words = command.argv[1:]
    after = next((then for word, then in pairwise(words) if word == option), "")
    return after or next((word.partition("=")[2] for word in words if word.startswith(f"{option}=")), "")


def _python(command: Command, seen: Seen) -> Iterator[TestRun]:
    """A script that names a scanner is for nobody to decide."""
    file = next((word for word in command.argv[1:] if not word.startswith("-")), "")
    said = " ".join(command.argv[1:]) + ((seen.read(file) or "") if file.endswith(".py") else "")
    if NAMED.search(said):
        yield run_of(command, unsure=say("whether `{command}` asks for advisories", command=command.text[:60]))


def _hooks(command: Command, seen: Seen) -> Iterator[TestRun]:
    """pre-commit runs what its file names; on which files and in which stage is not decided here."""
    try:
        loaded = yaml_in(seen.read(".pre-commit-config.yaml") or "").value
    except NotReadable:
        return
    repos = loaded.get("repos") if isinstance(loaded, Mapping) else None
    hooks = [hook for repo in repos or () if isinstance(repo, Mapping) for hook in repo.get("hooks") or ()]
    names = [f"{hook.get('id', '')} {hook.get('entry', '')}" for hook in hooks if isinstance(hook, Mapping)]
    if "run" in command.argv and any(NAMED.search(name) for name in names):
        yield run_of(command, unsure=say("which hooks `{command}` runs", command=command.text[:60]))


def _in_image(command: Command) -> Iterator[TestRun]:
    """`docker run aquasec/trivy image …`: how the image is made up is not known."""
    if command.name in DOCKER and "run" in command.argv and NAMED.search(" ".join(command.argv)):
        yield run_of(command, unsure=say("what `{command}` fails on", command=command.text[:60]))


# --- actions


def _by_action(task: Task) -> Iterator[tuple[CiScan, bool | None]]:
    told = _action(task.uses, dict(task.given))
    if told is not None:
        yield CiScan(path=task.path, line=task.line, command=task.uses.partition("@")[0], **told), True


def _action(uses: str, given: Mapping[str, str]) -> dict[str, str] | None:
    """What is to be said of an action that asks for advisories; None for any other one."""
    name = uses.partition("@")[0]
    known = next((judge for prefix, judge in ACTIONS.items() if f"{name}/".startswith(f"{prefix}/")), None)
    if known is None:
        unsure = NAMED.search(name) and not name.startswith("./") and "setup" not in name
        return {"unsure": say("whether {name} asks for advisories", name=name)} if unsure else None
    why = known(given)
    return {"problem": say("{name} {why}", name=name, why=why)} if why else {}


def _off(name: str, value: str = "false") -> Callable[[Given], str]:
    def judge(given: Given) -> str:
        return (
            say("never fails, with `{name}: {value}`", name=name, value=value)
            if given.get(name, "").strip().lower() == value
            else ""
        )

    return judge


def _trivy_action(given: Given) -> str:
    if given.get("scan-type", "image") not in TRIVY_LOOKS:
        return say("asks for no advisory, with `scan-type: {kind}`", kind=given["scan-type"])
    return say("never fails, without `exit-code`") if given.get("exit-code", "0").strip() in {"", "0"} else ""


# Actions that ask, and what of their settings keeps them from failing on what they find.
ACTIONS: Mapping[str, Callable[[Given], str]] = {
    "pypa/gh-action-pip-audit": _off("internal-be-careful-allow-failure", "true"),
    "google/osv-scanner-action": _off("fail-on-vuln"),
    "actions/dependency-review-action": _off("warn-only", "true"),
    "anchore/scan-action": _off("fail-build"),
    "aquasecurity/trivy-action": _trivy_action,
    "snyk/actions": _off("command", "monitor"),
    "pyupio/safety-action": _off("continue-on-error", "true"),
}
