"""Deployment: does CI prove each change, with no more rights than it needs, and without looking away?"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from runner.evidence.workflows import Concern, GitHubWorkflows, Job, Task, Workflow, Workflows
from runner.model import Place, Verdict, check, failed, in_file, passed, unknown
from runner.words import plural

SHA = re.compile(r"@[0-9a-f]{40}$")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
RUNS_TESTS = re.compile(
    r"\b(pytest|py\.test|unittest|tox|nox|hatch\s+(run\s+)?test|manage\.py\s+test)\b|\b(make|just|task|inv(oke)?|\./inv)\s+\S*(test|check|ci|pipeline)"
)
SWALLOWS = re.compile(
    r"\|\|\s*(true|:|exit\s+0|echo\b[^;&|]*)\s*(?=$|[;&\n)#])|;\s*(true|exit\s+0)\s*$|--exit-zero\b|^\s*set\s+\+e\s*$",
    re.MULTILINE,
)
GATES = re.compile(
    r"\b(pytest|unittest|tox|nox|ruff|mypy|pyright|flake8|pylint|black|isort|bandit|pip-audit|safety|alembic|coverage|diff"
    r"|tests?(?!\s+-)|checks?|lint|hadolint|zizmor|schemathesis|locust|gonogo|inv(oke)?|make|docker\s+build|python3?)\b"
)
SENDS = re.compile(
    r"codecov|coveralls|upload|cache|comment|slack|notif|report|summary|sarif|release-drafter", re.IGNORECASE
)
# zizmor's findings that are about rights, secrets and injected code; pinning and permissions are judged here as well.
SERIOUS = {"High", "Medium"}
OWN = {"unpinned-uses", "excessive-permissions", "unpinned-images"}


@check("DP020", step="7.2")
def every_action_is_pinned(ci: GitHubWorkflows) -> Verdict:
    """Every action is pinned to a commit.

    A tag can be moved: whoever takes over an action's repository runs code with this pipeline's secrets the same day.
    Fix: `uses: actions/checkout@<40 hex digits> # v5`; let Dependabot or Renovate move it.
    """
    unread = _unread(ci)
    if unread:
        return unread
    used = [task for task in ci.all.tasks if task.uses and not task.uses.startswith("./")]
    loose = [task for task in used if not _pinned(task.uses)]
    jobs = [job for job in ci.all.jobs if job.uses and not job.uses.startswith("./") and not _pinned(job.uses)]
    moving = [(one.path, one.line, one.uses) for one in loose] + [(one.path, one.line, one.uses) for one in jobs]
    if moving:
        places = [in_file(path, line, f"`{uses}` can be moved") for path, line, uses in moving]
        names = ", ".join(dict.fromkeys(uses for _, _, uses in moving))
        message = f"{len(places)} of {len(used) + len(jobs)} actions can be moved: {names}"
        return failed(message, at=places, again=["zizmor --offline .github/workflows  # unpinned-uses"])
    return passed(f"{len(used)} uses of actions, each at a commit")


@check("DP021", step="7.2")
def the_pipeline_has_only_the_rights_it_needs(ci: GitHubWorkflows) -> Verdict:
    """The pipeline's token may do no more than it needs.

    A stolen token with write rights releases whatever its thief likes; without `permissions` many organisations give
    all of them.
    Fix: `permissions: {}` for the workflow, and `permissions: {contents: read}` for the job that needs it.
    """
    unread = _unread(ci)
    if unread:
        return unread
    places = [place for workflow in ci.all.workflows for place in _rights(workflow)]
    if places:
        return failed(
            "; ".join(dict.fromkeys(p.note for p in places)), at=places, again=["zizmor --offline .github/workflows"]
        )
    return passed(f"{plural(len(ci.all.jobs), 'job')}, each with the rights it was given by name")


@check("DP022", step="7.2")
def no_workflow_can_be_taken_over(ci: GitHubWorkflows) -> Verdict:
    """No workflow runs code or leaks credentials for strangers.

    `${{ github.event.… }}` inside a script, or a checkout of a stranger's branch with this repository's secrets, hands
    the pipeline to whoever opens a pull request.
    Fix: pass such values by `env:`, use `pull_request`, and `persist-credentials: false` on checkout.
    """
    unread = _unread(ci)
    if unread:
        return unread
    if ci.all.zizmor_trouble:
        return unknown(ci.all.zizmor_trouble)
    takers = {workflow.path for workflow in ci.all.workflows if workflow.takes_theirs}
    found = [c for c in ci.all.concerns if c.severity in SERIOUS and c.audit not in OWN and not _mild(c, takers)]
    if found:
        places = [in_file(c.path, c.line, f"{c.audit}: {c.message}") for c in found]
        names = ", ".join(dict.fromkeys(c.audit for c in found))
        return failed(f"{len(found)} ways in: {names}", at=places, again=["zizmor --offline .github/workflows"])
    return passed(f"zizmor finds no way in, in {plural(len(ci.all.workflows), 'workflow')}")


@check("DP023", step="7.2")
def no_failure_is_swallowed(ci: GitHubWorkflows) -> Verdict:
    """The pipeline swallows no failure.

    With `|| true` or `continue-on-error` a red test is green, and the gate is decoration.
    Fix: remove it; what may fail does not belong in the pipeline. After `workflow_run` ask
    `if: github.event.workflow_run.conclusion == 'success'`.
    """
    unread = _unread(ci)
    if unread:
        return unread
    places = [place for task in ci.all.tasks for place in _swallowed(task)]
    places += [in_file(j.path, j.line, f"job `{j.name}` has continue-on-error") for j in ci.all.jobs if j.forgives]
    places += [
        in_file(w.path, w.releases_failures, "`workflow_run` releases also when the other workflow failed")
        for w in ci.all.workflows
        if w.releases_failures
    ]
    if places:
        again = [f"sed -n {place.line}p {place.path}" for place in places[:3]]
        message = f"{plural(len(places), 'failure')} would be swallowed: {'; '.join(p.note for p in places[:3])}"
        return failed(message, at=places, again=again)
    return passed(f"{plural(len(ci.all.tasks), 'step')}, and each can fail the run")


@check("DP024", step="7.2")
def ci_runs_the_tests(ci: Workflows) -> Verdict:
    """CI runs the tests on each change, with what they need.

    Tests that run only when somebody remembers prove nothing about the change that is merged tonight.
    Fix: a workflow on `push` and `pull_request` that installs the lock, starts a PostgreSQL service, and runs pytest.
    """
    if not ci.workflows:
        if ci.elsewhere:
            return unknown(f"its CI is {ci.elsewhere}, which gonogo does not read yet")
        places = [in_file(".github/workflows", note="no workflow")]
        return failed("there is no CI at all", at=places, again=["ls .github/workflows"])
    if ci.unreadable:
        return _unreadable(ci.unreadable)
    tests = [task for task in ci.tasks if RUNS_TESTS.search(f"{task.run}\n{task.scripts}")]
    if not tests:
        places = [in_file(w.path, note="runs no tests") for w in ci.workflows]
        again = [f"grep -n pytest {' '.join(shlex.quote(w.path) for w in ci.workflows)}"]
        return failed("no workflow runs the tests", at=places, again=again)
    return _tested(ci, tests)


def _tested(ci: Workflows, tests: list[Task]) -> Verdict:
    """They are run; on each change, and with what they need?"""
    running = [w for w in ci.workflows if any(t.path == w.path for t in tests)]
    asked = {event for w in [*running, *_calling(ci, running)] for event in w.events}
    if not asked & {"push", "pull_request", "merge_group"}:
        path = tests[0].path
        again = [f"grep -n -A 5 '^on' {shlex.quote(path)}"]
        return failed(
            f"the tests run only on {', '.join(sorted(asked))}", at=[in_file(path, note="not on push")], again=again
        )
    running = [w for w in ci.workflows if any(t.path == w.path for t in tests)]
    if all(w.rare for w in running):
        places = [in_file(w.path, note=f"runs on a push to {', '.join(w.rare)} alone") for w in running]
        names = ", ".join(dict.fromkeys(name for w in running for name in w.rare))
        again = [f"grep -n -A 5 '^on' {shlex.quote(running[0].path)}"]
        return failed(f"the tests run only on a push to {names}: no pull request starts them", at=places, again=again)
    places = list(_lacking(ci, tests))
    if places:
        return failed("; ".join(p.note for p in places), at=places)
    return passed(f"the tests run in {plural(len(tests), 'step')}, on {', '.join(sorted(asked))}")


def _calling(ci: Workflows, called: list[Workflow]) -> list[Workflow]:
    """The workflows that use these as a part of their own, and those that use them in turn."""
    found: list[Workflow] = []
    waiting = list(called)
    while waiting:
        name = PurePosixPath(waiting.pop().path).name
        users = {job.path for job in ci.jobs if PurePosixPath(job.uses.partition("@")[0]).name == name}
        more = [w for w in ci.workflows if w.path in users and w not in [*called, *found]]
        found += more
        waiting += more
    return found


def _unread(ci: GitHubWorkflows) -> Verdict | None:
    return _unreadable(ci.all.unreadable) if ci.all.unreadable else None


def _unreadable(workflows: tuple[Workflow, ...]) -> Verdict:
    places = [in_file(w.path, note=w.unreadable) for w in workflows]
    return failed(f"{workflows[0].path} is not a valid workflow: {workflows[0].unreadable}", at=places)


def _pinned(uses: str) -> bool:
    return bool(DIGEST.search(uses)) if uses.startswith("docker://") else bool(SHA.search(uses))


def _rights(workflow: Workflow) -> Iterator[Place]:
    """Rights nobody restricted, all of them at once, or written for the whole workflow."""
    said = workflow.permissions
    silent = [job for job in workflow.jobs if job.permissions is None]
    if said is None and silent:
        names = ", ".join(f"`{job.name}`" for job in silent)
        yield in_file(
            workflow.path, silent[0].line, f"no `permissions` for {names}: the repository's default, often all"
        )
    if said is not None and silent and (len(workflow.jobs) > 1 or json.loads(said) == "write-all"):
        yield from _broad(workflow.path, workflow.permissions_line, said, "the whole workflow")
    for job in workflow.jobs:
        if job.permissions and json.loads(job.permissions) == "write-all":
            yield in_file(workflow.path, job.line, f"job `{job.name}` may write everything")


def _broad(path: str, line: int, said: str, whom: str) -> Iterator[Place]:
    rights = json.loads(said)
    if rights == "write-all":
        yield in_file(path, line, f"{whom} may write everything")
    if isinstance(rights, dict):
        written = [name for name, right in rights.items() if right == "write"]
        if written:
            yield in_file(path, line, f"{whom} may write {', '.join(written)}: give that to the one job that needs it")


def _mild(concern: Concern, takers: set[str]) -> bool:
    """zizmor itself is not sure, or the trigger is a risky one but nothing of a stranger's is fetched."""
    harmless = concern.audit == "dangerous-triggers" and concern.path not in takers
    return concern.confidence == "Low" or harmless


def _swallowed(task: Task) -> Iterator[Place]:
    if task.forgives and not SENDS.search(f"{task.uses} {task.name}"):
        yield in_file(
            task.path, task.line, f"`{task.name or task.uses or task.run.strip()[:40]}` has continue-on-error"
        )
    for number, line in enumerate(task.run.splitlines()):
        found = SWALLOWS.search(line)
        if found and _gates(line[: found.start()]) and not line.lstrip().startswith("#"):
            offset = number + 1 if "\n" in task.run.rstrip("\n") or number else 0
            yield in_file(task.path, task.line + offset, f"`{line.strip()[:70]}` can't fail")


def _gates(command: str) -> bool:
    """Is it something whose failure says something about the change? (`rm … || true` is not.)"""
    return not command.strip() or bool(GATES.search(command)) or command.strip().startswith("set")


def _lacking(ci: Workflows, tests: list[Task]) -> Iterator[Place]:
    """What the tests demand and the job that runs them does not give."""
    task = tests[0]
    given = {name for test in tests for name in test.environment}
    scripts = " ".join(f"{one.run} {one.scripts}" for one in ci.tasks if one.job == task.job)
    for name, path, line in ci.demanded:
        if name not in given and name not in scripts and not name.startswith(("GITHUB_", "CI")):
            yield in_file(path, line, f"the tests demand {name}, and {task.path} does not set it")
    jobs: list[Job] = [job for job in ci.jobs if any(t.job == job.name and t.path == job.path for t in tests)]
    served = any("postg" in image for job in jobs for image in job.services) or re.search(r"postgres|compose", scripts)
    if ci.needs_postgres and not served:
        path, line = ci.needs_postgres
        yield in_file(path, line, f"the tests want PostgreSQL, and {task.path} starts none")
