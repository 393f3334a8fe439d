"""The memory: runs, findings, artifacts. The only room that imports SQL; it returns frozen types, never rows."""

from workflow.ledger.identity import FOLDER, Identity, by_path, same_folder
from workflow.ledger.record import Artifact, Note, Run, RunState, StageResult
from workflow.ledger.store import Ledger, open_ledger, read_ledger

__all__ = [
    "FOLDER",
    "Artifact",
    "Identity",
    "Ledger",
    "Note",
    "Run",
    "RunState",
    "StageResult",
    "by_path",
    "open_ledger",
    "read_ledger",
    "same_folder",
]
