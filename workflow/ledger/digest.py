"""What is the digest of a row, and of a link? Pure functions; a ledger's chain hangs on them, so they never change."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

START = "0" * 64  # what the first link follows
KEYS: Mapping[str, tuple[str, ...]] = {  # the tables whose rows are linked, in the order of a ledger's words
    "service": ("id",),
    "run": ("id",),
    "stage": ("run_id", "slug"),
    "finding": ("id",),
    "artifact": ("run_id", "stage", "name"),
    "note": ("id",),
    "content": ("sha256",),
    "kept": ("id",),
    "decision": ("id",),
}
SEALED = {"content": {"content"}, "kept": {"trace", "content"}}  # long, and known by a digest beside them
RENEWED = {"run": {"pid", "beat"}}  # again and again, until the row has ended


def key_of(kind: str, row: Mapping[str, Any]) -> str:
    return "/".join(str(row[name]) for name in KEYS[kind])


def digest_of(kind: str, row: Mapping[str, Any]) -> str:
    """Of what a row says. What is None is left out, so that a column that comes later changes no digest."""
    free = SEALED.get(kind, set()) | (RENEWED.get(kind, set()) if row.get("ended") is None else set())
    told = {name: _plain(value) for name, value in row.items() if value is not None and name not in free}
    return _sha(json.dumps([kind, told], sort_keys=True, ensure_ascii=False))


def hash_of(before: str, kind: str, key: str, digest: str, run: int | None) -> str:
    """Of a link. `run`: whose row it is, None for what belongs to no run."""
    return _sha(json.dumps([before, kind, key, digest, run], ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
