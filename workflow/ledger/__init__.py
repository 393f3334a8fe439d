"""The memory: runs, findings, artifacts. The only room that imports SQL; it returns frozen types, never rows."""

from workflow.ledger.archive import Asked
from workflow.ledger.batch import Batch
from workflow.ledger.chain import Verified
from workflow.ledger.fleet import ALTERED, WAIVED
from workflow.ledger.identity import FOLDER, Identity, by_path, same_folder
from workflow.ledger.opening import back_up, open_ledger, read_ledger, restore
from workflow.ledger.record import (
    SIGNED,
    Artifact,
    Asking,
    BuiltIn,
    Decision,
    Known,
    Note,
    Only,
    Past,
    Run,
    RunState,
    StageResult,
    Standing,
)
from workflow.ledger.store import Ledger

__all__ = [
    "ALTERED",
    "FOLDER",
    "SIGNED",
    "WAIVED",
    "Artifact",
    "Asked",
    "Asking",
    "Batch",
    "BuiltIn",
    "Decision",
    "Identity",
    "Known",
    "Ledger",
    "Note",
    "Only",
    "Past",
    "Run",
    "RunState",
    "StageResult",
    "Standing",
    "Verified",
    "back_up",
    "by_path",
    "open_ledger",
    "read_ledger",
    "restore",
    "same_folder",
]
