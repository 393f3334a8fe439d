"""Deployment: does CI prove each change, with no more rights than it needs, and without looking away?"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from runner.evidence.release.workflows import Concern, GitHubWorkflows, Job, Task, Workflow, Workflows
from runner.evidence.suite.ci_tests import CHANGES, CiRun, shell_of
from runner.model import Place, Verdict, check, every, failed, in_file, not_applicable, passed, share, unknown
from runner.reading.shell import Command
from runner.said import say, together
from runner.words import listed, plural

SHA = re.compile(r"@[0-9a-f]{40}$")
DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
RELEASES = re.compile(
    r"docker (image )?push\b|twine upload\b|(uv|poetry|hatch|flit|npm) publish\b|helm (upgrade|push)\b"
)
FORGIVING = frozenset(("--exit-zero", "--soft-fail", "--no-fail", "--continue-on-error"))
CANNOT_FAIL = re.compile(r"\|\|\s*(true|:|exit(\s+0)?|echo\b.*|printf\b.*)\s*$", re.DOTALL)
ONLY_SHOWS = re.compile(r"\|\s*(tee|cat|head|tail|less|sed|awk|tr|ts|sort)\b")
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
        places = [in_file(path, line, say("`{uses}` can be moved", uses=uses)) for path, line, uses in moving]
        names = together(dict.fromkeys(uses for _, _, uses in moving))
        message = say(
            "{places} of {used} actions can be moved: {names}",
            places=len(places),
            used=len(used) + len(jobs),
            names=names,
        )
        return failed(message, at=places, again=["zizmor --offline .github/workflows  # unpinned-uses"])
    if not used and not jobs_that_use(ci):
        looked = say(
            "the {steps} of {workflows}",
            steps=plural(_steps(ci), "step"),
            workflows=plural(len(ci.all.workflows), "workflow"),
        )
        return (
            not_applicable("no workflow uses an action", looked=looked)
            if _steps(ci)
            else unknown(say("no step in {looked}", looked=looked))
        )
    return passed("each stands at a commit", every(len(used) + len(jobs_that_use(ci)), "used action"))


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
            together(dict.fromkeys(p.note for p in places), "; "),
            at=places,
            again=["zizmor --offline .github/workflows"],
        )
    written = sum(workflow.written for workflow in ci.all.workflows)
    return passed("each has the rights it was given by name", share(len(ci.all.jobs), written, "job"))


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
    if ci.all.zizmor_problem:
        return unknown(ci.all.zizmor_problem)
    takers = {workflow.path for workflow in ci.all.workflows if workflow.takes_theirs}
    found = [c for c in ci.all.concerns if c.severity in SERIOUS and c.audit not in OWN and not _mild(c, takers)]
    if found:
        places = [in_file(c.path, c.line, say("{audit}: {message}", audit=c.audit, message=c.message)) for c in found]
        names = together(dict.fromkeys(c.audit for c in found))
        return failed(
            say("{found} ways in: {names}", found=len(found), names=names),
            at=places,
            again=["zizmor --offline .github/workflows"],
        )
    there = len(ci.all.workflows)
    return passed("zizmor finds no way in", share(min(ci.all.audited, there), there, "workflow"))


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
    places = list(dict.fromkeys(place for task in ci.all.tasks for place in _swallowed(task)))
    places += [place for run in ci.all.runs if run.lost and not run.unsure and (place := _lost(run, places))]
    places += [
        in_file(j.path, j.line, say("job `{name}` has continue-on-error", name=j.name))
        for j in ci.all.jobs
        if j.forgives
    ]
    places += list(_unawaited(ci.all))
    places += [
        in_file(w.path, w.releases_failures, "`workflow_run` releases also when the other workflow failed")
        for w in ci.all.workflows
        if w.releases_failures
    ]
    if places:
        again = [f"sed -n {place.line}p {place.path}" for place in places[:3]]
        message = say(
            "{failures} would be swallowed: {places}",
            failures=plural(len(places), "failure"),
            places=listed((p.note for p in places), 3, "; "),
        )
        return failed(message, at=places, again=again)
    dark = [task for task in ci.all.tasks if task.run and shell_of(task.run, task.shell).problem]
    return passed("each can fail the run", share(len(ci.all.tasks) - len(dark), _steps(ci), "step"))


@check("DP024", step="7.2")
def ci_runs_the_tests(ci: Workflows) -> Verdict:
    """CI runs the tests on each change, with what they need.

    Tests that run only when somebody remembers prove nothing about the change that is merged tonight.
    Fix: a workflow on `push` and `pull_request` that installs the lock, starts a PostgreSQL service, and runs pytest.
    """
    if not ci.workflows:
        if ci.elsewhere:
            return unknown(say("its CI is {elsewhere}, which gonogo does not read yet", elsewhere=ci.elsewhere))
        places = [in_file(".github/workflows", note="no workflow (see TS003)")]
        return failed("there is no CI at all", at=places, again=["ls .github/workflows"])
    if ci.unreadable:
        return _unreadable(ci.unreadable)
    counting = [run for run in ci.runs if run.counts]
    open_ones = [run for run in ci.runs if run.unsure and not run.problem]
    if not counting and open_ones:
        told = together(dict.fromkeys(run.unsure for run in open_ones), "; ")
        return unknown(
            say(
                "no step was seen to run the tests, and it is not known {told}. Name the command in the step", told=told
            )
        )
    return _tested(ci, counting) if counting else _untested(ci)


def _untested(ci: Workflows) -> Verdict:
    """No step runs the tests so that their failure is seen."""
    again = [f"grep -n pytest {' '.join(shlex.quote(w.path) for w in ci.workflows)}"]
    if ci.runs:
        places = [in_file(run.path, run.line, run.problem) for run in ci.runs]
        return failed(
            say("no workflow proves the tests: {places}", places=listed((p.note for p in places), 3, "; ")),
            at=places,
            again=again,
        )
    places = [in_file(w.path, note="runs no tests (see TS003)") for w in ci.workflows]
    words = [task for task in ci.tasks if re.search(r"\bpytest\b|\bunittest\b", task.run)]
    places = [
        in_file(task.path, task.line, say("`{line_with_word}` runs no test", line_with_word=_line_with_word(task)))
        for task in words
    ] or places
    return failed("no workflow runs the tests", at=places, again=again)


def _line_with_word(task: Task) -> str:
    return next(line.strip()[:60] for line in task.run.splitlines() if re.search(r"pytest|unittest", line))


def _tested(ci: Workflows, runs: list[CiRun]) -> Verdict:
    """They are run; on each change, and with what they need?"""
    running = [w for w in ci.workflows if any(run.workflow == w.path for run in runs)]
    starting = [*running, *_calling(ci, running)]
    asked = {event for w in starting for event in w.events}
    path = running[0].path if running else runs[0].path
    again = [f"grep -n -A 5 '^on' {shlex.quote(path)}"]
    if not asked & set(CHANGES):
        return failed(
            say("the tests run only on {asked}", asked=together(sorted(asked))),
            at=[in_file(path, note="not on push")],
            again=again,
        )
    started = [run for run in runs if _events(ci, run)]
    if not started:
        return _never_started(starting, asked, again)
    places = list(_lacking(ci, started))
    if places:
        return failed(together((p.note for p in places), "; "), at=places)
    return _proved(ci, started)


def _events(ci: Workflows, run: CiRun) -> set[str]:
    """The changes that start it: those of its workflow, or of the workflows that call that one."""
    own = [w for w in ci.workflows if w.path == run.workflow]
    return {
        event for w in [*own, *_calling(ci, own)] for event in run.events if event in w.events and _passing(w, event)
    }


def _passing(workflow: Workflow, event: str) -> bool:
    return all(idle.passing for idle in workflow.idle if idle.event == event)


def _never_started(starting: list[Workflow], asked: set[str], again: list[str]) -> Verdict:
    """There are events that changes bring about, and none of them comes as far as the tests."""
    idle = [(w, one) for w in starting for one in w.idle if not one.passing]
    if not idle:
        places = [in_file(w.path, note="its conditions hold on no change") for w in starting]
        return failed(
            say("the tests run on none of {asked}", asked=together(sorted(asked & set(CHANGES)))),
            at=places,
            again=again,
        )
    whys = together(dict.fromkeys(one.why for _, one in idle))
    ending = "" if "pull_request" in asked else say(": no pull request starts them")
    places = [in_file(w.path, note=say("runs on {why}", why=one.why)) for w, one in idle]
    return failed(say("the tests run only on {whys}{ending}", whys=whys, ending=ending), at=places, again=again)


def _proved(ci: Workflows, runs: list[CiRun]) -> Verdict:
    """How many of the files with tests are run, and do changes of every file of the code start them?"""
    events = sorted({event for run in runs for event in _events(ci, run)})
    reached = {name for run in runs for name in run.files}
    without = list(dict.fromkeys(word for run in runs for word in run.narrowed))
    left = say(", without what `{without}` leaves out", without="`, `".join(without)) if without else ""
    shares = [share(len(reached), len(ci.test_files), "test file")]
    filters = [one.passing for w in ci.workflows for one in w.idle if one.passing and one.event in events]
    if filters and len(filters) == len([w for w in ci.workflows for e in events if e in w.events]):
        shares.append(share(max(filters), ci.code_files, "file whose change starts them"))
    return passed(
        say(
            "the tests run in {steps}, on {events}{left}",
            steps=plural(len(runs), "step"),
            events=together(events),
            left=left,
        ),
        *shares,
    )


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
    return failed(
        say("{path} is not a valid workflow: {unreadable}", path=workflows[0].path, unreadable=workflows[0].unreadable),
        at=places,
    )


def _pinned(uses: str) -> bool:
    return bool(DIGEST.search(uses)) if uses.startswith("docker://") else bool(SHA.search(uses))


def _rights(workflow: Workflow) -> Iterator[Place]:
    """Rights nobody restricted, all of them at once, or written for the whole workflow."""
    said = workflow.permissions
    silent = [job for job in workflow.jobs if job.permissions is None]
    if said is None and silent:
        names = together(f"`{job.name}`" for job in silent)
        yield in_file(
            workflow.path,
            silent[0].line,
            say("no `permissions` for {names}: the repository's default, often all", names=names),
        )
    if said is not None and silent and (len(workflow.jobs) > 1 or json.loads(said) == "write-all"):
        yield from _broad(workflow.path, workflow.permissions_line, said, say("the whole workflow"))
    for job in workflow.jobs:
        if job.permissions and json.loads(job.permissions) == "write-all":
            yield in_file(workflow.path, job.line, say("job `{name}` may write everything", name=job.name))


def _broad(path: str, line: int, said: str, whom: str) -> Iterator[Place]:
    rights = json.loads(said)
    if rights == "write-all":
        yield in_file(path, line, say("{whom} may write everything", whom=whom))
    if isinstance(rights, dict):
        written = [name for name, right in rights.items() if right == "write"]
        if written:
            yield in_file(
                path,
                line,
                say(
                    "{whom} may write {written}: give that to the one job that needs it",
                    whom=whom,
                    written=together(written),
                ),
            )


def _mild(concern: Concern, takers: set[str]) -> bool:
    """zizmor itself is not sure, or the trigger is a risky one but nothing of a stranger's is fetched."""
    harmless = concern.audit == "dangerous-triggers" and concern.path not in takers
    return concern.confidence == "Low" or harmless


def _steps(ci: GitHubWorkflows) -> int:
    """Steps that stand in the workflows, and those of the actions that they use."""
    opened = sum(task.path != w.path for w in ci.all.workflows for task in w.tasks)
    return sum(workflow.steps for workflow in ci.all.workflows) + opened


def jobs_that_use(ci: GitHubWorkflows) -> list[Job]:
    """Those that are a reusable workflow of another repository."""
    return [job for job in ci.all.jobs if job.uses and not job.uses.startswith("./")]


def _swallowed(task: Task) -> Iterator[Place]:
    if task.forgives and not SENDS.search(f"{task.uses} {task.name}"):
        yield in_file(
            task.path,
            task.line,
            say("`{name}` has continue-on-error", name=task.name or task.uses or task.run.strip()[:40]),
        )
    for command in shell_of(task.run, task.shell).commands:
        if _is_lost(command):
            offset = command.line if "\n" in task.run.rstrip("\n") or command.line > 1 else 0
            line = task.run.splitlines()[command.line - 1].strip()
            yield in_file(task.path, task.line + offset, say("`{line}` can't fail", line=line[:70]))


def _is_lost(command: Command) -> bool:
    """Does its failure say something about the change, and nobody hears of it? (`rm … || true` says nothing.)"""
    if command.runs is False or not GATES.search(" ".join(command.argv)):
        return False
    goes_on = command.lost.startswith(("the script goes on", "trap", "&&"))
    shown = ONLY_SHOWS.match(command.lost) is not None
    return bool(FORGIVING & set(command.argv)) or goes_on or shown or bool(CANNOT_FAIL.match(command.lost))


def _lost(run: CiRun, known: list[Place]) -> Place | None:
    """A test run whose failure is lost, where it has not been said: inside of a script, a target, a condition."""
    said = any(place.path == run.path and (place.line or 0) - run.line in range(60) for place in known)
    return None if said else in_file(run.path, run.line, run.problem)


def _unawaited(ci: Workflows) -> Iterator[Place]:
    """A job that releases without waiting for the tests of its own workflow."""
    testing = {(run.workflow, run.job) for run in ci.runs}
    for workflow in ci.workflows:
        tests = {job for path, job in testing if path == workflow.path}
        needs = {job.name: set(job.needs) for job in workflow.jobs}
        for job in workflow.jobs:
            tasks = [task for task in workflow.tasks if task.job == job.name]
            if tests and not tests & _before(job.name, needs) and any(_releases(task) for task in tasks):
                waits = together(f"`{name}`" for name in sorted(tests))
                yield in_file(
                    workflow.path,
                    job.line,
                    say("job `{name}` releases and does not wait for {waits}", name=job.name, waits=waits),
                )


def _before(name: str, needs: dict[str, set[str]]) -> set[str]:
    """The job itself and all that it waits for."""
    found = {name}
    while more := {other for one in found for other in needs.get(one, set())} - found:
        found |= more
    return found


def _releases(task: Task) -> bool:
    if re.match(r"pypa/gh-action-pypi-publish@", task.uses):
        return True
    said = [" ".join(command.argv) for command in shell_of(task.run, task.shell).commands if command.runs is not False]
    return any(RELEASES.match(one) for one in said)


def _lacking(ci: Workflows, runs: list[CiRun]) -> Iterator[Place]:
    """What the tests demand and the job that runs them does not give."""
    wanted = {(run.workflow, run.job) for run in runs}
    jobs: list[Job] = [job for job in ci.jobs if (job.path, job.name) in wanted]
    tasks = [task for w in ci.workflows for task in w.tasks if (w.path, task.job) in wanted]
    given = {name for task in tasks for name in task.environment}
    scripts = " ".join(f"{one.run} {one.scripts}" for one in tasks)
    for name, path, line in ci.demanded:
        if name not in given and name not in scripts and not name.startswith(("GITHUB_", "CI")):
            yield in_file(
                path, line, say("the tests demand {name}, and {path} does not set it", name=name, path=runs[0].path)
            )
    served = any("postg" in image for job in jobs for image in job.services) or re.search(r"postgres|compose", scripts)
    if ci.needs_postgres and not served:
        path, line = ci.needs_postgres
        yield in_file(path, line, say("the tests want PostgreSQL, and {path} starts none", path=runs[0].path))


@check("DP053", step="7.2")
def deployments_know_whom_they_talk_to(ci: GitHubWorkflows) -> Verdict:
    """A workflow that deploys knows the host that it talks to, and brings its migrations along.

    With `StrictHostKeyChecking=no` anybody between here and there can answer as the server, and is handed the release
    and its secrets. A migration that is generated on the server was read by nobody and is lost with it.
    Fix: put the host's key into a secret and into `~/.ssh/known_hosts`; commit each revision, and run
    `alembic upgrade head` alone.
    """
    unread = _unread(ci)
    if unread:
        return unread
    places = [in_file(task.path, task.line, note) for task in ci.all.tasks for note in _trusting(task)]
    if places:
        again = [f"sed -n {place.line}p {place.path}" for place in places[:3]]
        return failed(listed(dict.fromkeys(place.note for place in places), 3, "; "), at=places, again=again)
    dark = [task for task in ci.all.tasks if task.run and shell_of(task.run, task.shell).problem]
    said = say("none talks to a host that it does not know, or makes up migrations")
    return passed(said, share(len(ci.all.tasks) - len(dark), _steps(ci), "step"))


def _trusting(task: Task) -> Iterator[str]:
    """What a step does without looking: in its own script, in those that it runs, in what an action is given."""
    told = "\n".join([task.run, task.scripts, *(value for _, value in (*task.given, *task.values))])
    text = re.sub(r"^\s*#.*$", "", told, flags=re.MULTILINE)
    if found := re.search(r"StrictHostKeyChecking[\s=\"']+(?:no|off|false)\b", text, re.IGNORECASE):
        yield say("`{split}` takes any server for the right one", split=together(found[0].split(), " "))
    generated = re.search(r"\balembic\b[^\n]*\brevision\b[^\n]*--autogenerate|\bflask\s+db\s+migrate\b", text)
    if generated and re.search(r"\balembic\b[^\n]*\bupgrade\b|\bflask\s+db\s+upgrade\b", text):
        yield say(
            "`{split}` makes up a migration that nobody has read, and applies it",
            split=together(generated[0].split(), " ")[:60],
        )
