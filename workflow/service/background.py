"""Runs as processes of their own: the browser starts what a developer would type, and may cancel it."""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runner.discovery.source import host
from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.processes.process import ask_to_stop, detach
from runner.said import say
from stages.catalogue import Catalogue
from workflow.ledger import Ledger, Run, RunState
from workflow.service.conduct import Request, new_run
from workflow.service.own import is_here, own_path, own_place
from workflow.service.people import Actor, local_actor, may_run
from workflow.settings import ROOT

TAIL = 16 * 1024  # bytes of a log that are read
BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflow.cli import main; main()"


def start_run(target: Target, ledger: Ledger, task: str, catalogue: Catalogue, actor: Actor | None = None) -> int:
    """Start `pipeline`, `stage.db` or `stage.db --only DB003` on a service as a process of its own; the run's id.

    `actor`: who asks, by default who is at this machine. It goes on when the browser, its server or this process
    ends. Raises `WorkflowError` for a viewer, while another one runs, and for a check that no stage has.
    """
    actor = actor or local_actor(target)
    may_run(actor, say("start a run"), target)
    name, _, checks = task.partition(" --only ")
    stages = catalogue.stages if name == "pipeline" else (catalogue.stage(name.removeprefix("stage.")),)
    only = tuple(catalogue.check(one)[1].id for one in checks.split(",") if one)
    request = Request(catalogue=catalogue, stages=stages, only=only, asked=f"invoke {task}")
    with _alone(target):
        latest = ledger.runs(str(target.root), limit=5)
        if running := next((run for run in latest if run.live and is_here(run, target)), None):
            raise WorkflowError(
                say("Run {id} of this service is under way. Cancel it, or wait for its end.", id=running.id)
            )
        id = ledger.begin(new_run(request, target, RunState.STARTING, actor))
    log = log_of(target, id)
    log.parent.mkdir(exist_ok=True)
    argv = [sys.executable, "-P", "-c", BOOT, str(ROOT), name, "--service", str(target.root)]
    argv += ["--only", ",".join(only)] if only else []
    pid = detach(argv, cwd=target.root, env={"GONOGO_RUN": str(id)}, log=log)
    ledger.started(id, pid)
    return id


@contextmanager
def _alone(target: Target) -> Iterator[None]:
    """Two clicks in the same instant start one run: the second waits here, and sees the first."""
    with own_path(target, "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def log_of(target: Target, id: int) -> Path:
    """Where a run's process writes what it says, if the browser started it."""
    return own_path(target, "runs", f"{id}.log")


def log_tail(target: Target, id: int, lines: int = 12) -> str:
    """The last lines that a run's process said; empty when it left none."""
    log = own_place(target, "runs", f"{id}.log")
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def cancel(run: Run, target: Target | None = None, actor: Actor | None = None) -> None:
    """Ask a run's process to stop; it writes its own end. Raises `WorkflowError` for another machine's run."""
    if target and actor:
        may_run(actor, say("cancel a run"), target)
    if run.host != host():
        raise WorkflowError(say("Run {id} runs on {host}. Cancel it there.", id=run.id, host=run.host))
    if run.live:
        ask_to_stop(run.pid)
