"""How do two versions of one file become one: as lines, or as the values of a document?"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runner.errors import WorkflowError
from runner.processes.process import quick
from runner.reading.documents import NotReadable, json_in, yaml_in
from runner.reading.round_trip import edited
from runner.said import say, together
from workflow.service.update.data import Merged, applied, merge_data
from workflow.service.update.plan import Outcome

LABELS = ("here", "generated before", "generated now")
ERROR = 128  # `git merge-file` counts conflicts, at most 127


def merged(path: str, base: bytes, ours: bytes, new: bytes) -> Outcome:
    """Where both say something about one thing, the team's stays, and the whole stands beside with what each says."""
    by_value = {".json": _json, ".yaml": _yaml}.get(Path(path).suffix)
    found = by_value(base, ours, new) if by_value else None
    return found or lines_merged(base, ours, new)


def lines_merged(base: bytes, ours: bytes, new: bytes) -> Outcome:
    """Line by line, as git does. A file that is no text is never mixed."""
    if any(b"\0" in one for one in (base, ours, new)):
        return Outcome(text=ours, clash=new, why=say("it is no text"))
    windows = b"\r\n" in ours and b"\r\n" not in new
    inside = ours.replace(b"\r\n", b"\n") if windows else ours
    text, clashes = _git(base, inside, new, "--ours")
    clash = _git(base, inside, new, "--diff3")
    whole = text.replace(b"\n", b"\r\n") if windows else text
    if not clash[1]:
        return Outcome(text=clash[0].replace(b"\n", b"\r\n") if windows else clash[0])
    assert not clashes
    many = say("{clash} places are", clash=clash[1]) if clash[1] > 1 else say("a place is")
    return Outcome(text=whole, clash=clash[0], why=say("{many} changed here and in what is generated", many=many))


def _git(base: bytes, ours: bytes, new: bytes, how: str) -> tuple[bytes, int]:
    """The merged lines, and in how many places both have changed."""
    with tempfile.TemporaryDirectory(prefix="gonogo-merge-") as folder:
        files = [Path(folder) / name for name in ("ours", "base", "new")]
        for file, content in zip(files, (ours, base, new), strict=True):
            file.write_bytes(content)
        labels = [word for label in LABELS for word in ("-L", label)]
        ran = quick(["git", "merge-file", "--quiet", how, *labels, *map(str, files)], cwd=Path(folder))
        if not 0 <= ran.code < ERROR:
            raise WorkflowError(say("git can't merge: {why}. Nothing was written.", why=ran.last_words))
        return files[0].read_bytes(), ran.code


def _json(base: bytes, ours: bytes, new: bytes) -> Outcome | None:
    """None where it is not written as it was generated, so that its lines are somebody's."""
    try:
        was, is_now, wanted = (json_in(one.decode()) for one in (base, ours, new))
    except (NotReadable, UnicodeDecodeError):
        return None
    if _as_json(is_now) != ours:
        return None
    found = merge_data(was, is_now, wanted)
    return _outcome(found, _as_json(applied(is_now, found.edits)), ours, new, base)


def _as_json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True) + "\n").encode()


def _yaml(base: bytes, ours: bytes, new: bytes) -> Outcome | None:
    """None where it can't be changed without changing more than is meant."""
    try:
        was, is_now, wanted = (yaml_in(one.decode()).value for one in (base, ours, new))
        if not all(isinstance(one, Mapping) for one in (was, is_now, wanted)):
            return None
        found = merge_data(was, is_now, wanted)
        text = edited(ours.decode(), found.edits) if found.edits else ours.decode()
    except (NotReadable, UnicodeDecodeError):
        return None
    return _outcome(found, text.encode(), ours, new, base)


def _outcome(found: Merged, text: bytes, ours: bytes, new: bytes, base: bytes) -> Outcome:
    if not found.conflicts:
        return Outcome(text=text)
    places = together(".".join(map(str, where)) or say("the whole") for where in found.conflicts[:3])
    more = say(" and {conflicts} more", conflicts=len(found.conflicts) - 3) if len(found.conflicts) > 3 else ""  # noqa: PLR2004
    return Outcome(
        text=text,
        clash=_git(base, ours, new, "--diff3")[0],
        why=say("{places}{more}: changed here and in what is generated", places=places, more=more),
    )
