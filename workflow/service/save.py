"""Documents of a run as files, for people who open them in an editor. The ledger stays the original."""

import shutil
from pathlib import Path

from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.said import say
from workflow.ledger import Ledger, Run
from workflow.service.own import own_path


def save_artifacts(ledger: Ledger, run: Run, folder: Path) -> Path:
    """Write a run's documents to `folder/<stage>/<name>`; never over a file with other content."""
    for artifact in run.artifacts:
        path = folder / artifact.stage / artifact.name
        content = ledger.content(artifact.read)
        if path.exists() and path.read_bytes() != content:
            raise WorkflowError(
                say("{path} is there with other content; it is left alone. Name an empty folder.", path=path)
            )
        _write(path, content)
    return folder


def save_latest(target: Target, ledger: Ledger, run: Run) -> Path:
    """Renew gonogo's own copies of the judged stages' documents in the service's folder; returns where they are."""
    folder = own_path(target, "artifacts")
    for stage in {artifact.stage for artifact in run.artifacts}:
        shutil.rmtree(own_path(target, "artifacts", stage), ignore_errors=True)
    contents = ledger.contents([artifact.read for artifact in run.artifacts])
    for artifact in run.artifacts:
        _write(folder / artifact.stage / artifact.name, contents[artifact.read])
    return folder


def save_report(target: Target, run: Run, page: str) -> Path:
    """Renew the report of the whole way, or of one stage, in the service's folder; returns where it is."""
    name = "report.md" if len(run.stages) > 1 else f"report-{run.stages[0]}.md"
    path = own_path(target, name)
    _write(path, page.encode())
    return path


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise WorkflowError(say("{path} can't be written: {strerror}.", path=path, strerror=error.strerror)) from error
