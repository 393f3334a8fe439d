"""The memory: runs, findings, artifacts. The only room that imports SQL; it returns frozen types, never rows."""

from workflow.ledger.record import Artifact, Note, Run, RunState, StageResult
from workflow.ledger.store import Ledger, open_ledger

__all__ = ["Artifact", "Ledger", "Note", "Run", "RunState", "StageResult", "open_ledger"]
