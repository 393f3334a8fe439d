"""Records made by hand: a finding, a document, a run."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from runner.model import Document, Finding, Outcome, at_endpoint, in_file, in_table
from workflow.ledger import Run, RunState

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def a_finding(**other: Any) -> Finding:
    fields: dict[str, Any] = {
        "check": "DB003",
        "stage": "database",
        "step": "3.3",
        "claim": "Alembic has exactly one head.",
        "outcome": Outcome.FAILED,
        "message": "2 heads: a1, b2",
        "places": (
            in_file("migrations/b2.py", 7, "head b2"),
            in_table("posts", "author_id", "no index"),
            at_endpoint("GET /posts"),
        ),
        "why": "Two heads make `alembic upgrade head` refuse.",
        "fix": "run `alembic merge heads`.",
        "again": ("alembic heads --verbose",),
        "commands": ("python guest.py",),
        "requirements": ("REQ-POST-001",),
        "seconds": 0.25,
    }
    return Finding(**(fields | other))


def a_document(content: bytes = b"# Schema\n", **other: Any) -> Document:
    fields: dict[str, Any] = {
        "name": "er-diagram.md",
        "stage": "database",
        "step": "3.1",
        "title": "ER diagram",
        "media_type": "text/markdown",
        "content": content,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return Document(**(fields | other))


def a_run(**other: Any) -> Run:
    fields: dict[str, Any] = {
        "id": 0,
        "service": "shop",
        "root": "/srv/shop",
        "asked": "invoke stage.db",
        "stages": ("database",),
        "only": (),
        "state": RunState.RUNNING,
        "verdict": None,
        "commit": "3f2a91c" + "0" * 33,
        "dirty": ("app/main.py",),
        "digest": "d" * 64,
        "interpreter": "3.12.1",
        "tools": {"ruff": "0.14.0"},
        "host": "build-1",
        "pid": 4711,
        "started": NOON,
        "ended": None,
    }
    return Run(**(fields | other))
