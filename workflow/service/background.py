"""Runs as processes of their own: the browser starts what a developer would type, and may cancel it."""

import sys

from runner.errors import WorkflowError
from runner.process import ask_to_stop, detach
from runner.source import host
from runner.target import Target
from stages import STAGES
from workflow.ledger import Ledger, Run, RunState
from workflow.service.choose import find_stage, own_folder
from workflow.service.conduct import Request, new_run
from workflow.settings import ROOT

BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workflow.cli import main; main()"


def start_run(target: Target, ledger: Ledger, task: str) -> int:
    """Start a task (`pipeline`, `stage.db`) on a service as a process of its own; returns the run's id.

    It goes on when the browser, its server or this process ends. Raises `WorkflowError` while another one runs.
    """
    if running := next((run for run in ledger.runs(str(target.root), limit=5) if run.live), None):
        raise WorkflowError(f"Run {running.id} of this service is under way. Cancel it, or wait for its end.")
    stages = STAGES if task == "pipeline" else (find_stage(task.removeprefix("stage.")),)
    request = Request(stages=stages, asked=f"invoke {task}")
    id = ledger.begin(new_run(request, target, RunState.STARTING))
    logs = own_folder(target) / "runs"
    logs.mkdir(exist_ok=True)
    argv = [sys.executable, "-c", BOOT, str(ROOT), task, "--service", str(target.root)]
    pid = detach(argv, cwd=target.root, env={"GONOGO_RUN": str(id)}, log=logs / f"{id}.log")
    ledger.started(id, pid)
    return id


def cancel(run: Run) -> None:
    """Ask a run's process to stop; it writes its own end. Raises `WorkflowError` for another machine's run."""
    if run.host != host():
        raise WorkflowError(f"Run {run.id} runs on {run.host}. Cancel it there.")
    if run.live:
        ask_to_stop(run.pid)
