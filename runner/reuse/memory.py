"""Evidence of earlier runs: kept with what it depended on, believed only where all of that is as it was."""

import hashlib
import importlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from runner.errors import NotThere, ProbeError, Thing
from runner.kept import table_of, with_table
from runner.model import Evidence
from runner.processes.reads import Reads
from runner.reuse.functions import Part
from runner.reuse.pieces import Piece, Store, seal
from runner.reuse.state import Moved, State
from runner.reuse.trace import Trace
from runner.reuse.verdicts import Judged
from runner.said import Said, say

Kind = type[Evidence]
OUTSIDE = timedelta(days=1)  # what was asked of the world outside is asked again after so long
ABSENT = b'{"absent":'  # how a piece begins that says that there was none
BEHIND = "\n"  # between evidence, which is JSON in one line, and how its messages are said


@dataclass(frozen=True, slots=True)
class Words:
    """Evidence as JSON, and the digest of what it says."""

    content: bytes
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """Evidence of an earlier run that still holds, or that there was none then. It is read when first asked for."""

    read: Callable[[], Evidence | None]
    absent: NotThere | None
    trace: Trace
    seal: str


class Memory:
    """What earlier runs found about one service, for the run that goes on now."""

    def __init__(
        self,
        state: State,
        store: Store,
        run: int,
        *,
        clear: Callable[[str], str],
        fresh: bool = False,
        judges: Path | None = None,
    ) -> None:
        """`clear` blanks secrets in a text; `fresh`: keep, and recall nothing; `judges`: the folder of the checks."""
        self.state, self.store, self.run = state, store, run
        self.cleared, self.fresh = clear, fresh
        self._run_folder = state.run_folder
        self._judges = judges
        self.damaged: list[str] = []  # sentences about kept pieces that were not believed

    @cached_property
    def judged(self) -> Judged | None:
        """What was made of kept pieces; None where nobody says which code makes it."""
        return Judged(self.store, self.run, self.code, clear=self.cleared) if self.code else None

    @cached_property
    def code(self) -> str | None:
        """The digest of what judges, and of all that it is made with; None where nobody says which code it is."""
        return self.state.code_of(self._judges) if self._judges else None

    def settle(self) -> None:
        """Keep, at the end of a run, what was made of its pieces."""
        if self.judged:
            self.judged.settle()
            if self.judged.damaged:
                self.damaged.append(say("what was kept of earlier verdicts is damaged; all was judged again"))

    def recall(self, kind: Kind, needs: Mapping[str, str | None]) -> Recalled | None:
        """The newest kept piece of this kind that nothing speaks against; `needs`: the digests of what it builds on."""
        if self.fresh or not keeps(kind):
            return None
        for piece in self.store.pieces(name_of(kind)):
            trace = self._trusted(kind, piece)
            if trace and self._holds(trace, needs) and (found := self._read(kind, trace, piece)):
                return found
        return None

    def holds_all(self, seals: Mapping[str, str], moment: Mapping[str, str]) -> bool:
        """Is each kind's piece there under its seal, and does nothing speak against any of them?

        `moment`: the digests of what else they build on, which is never kept.
        """
        traces = {name: self._sealed(name, wanted) for name, wanted in seals.items()}
        digests = {**moment, **{name: trace.content for name, trace in traces.items() if trace}}
        return all(
            trace is not None and self._holds(trace, {name: digests.get(name) for name in trace.needs})
            for trace in traces.values()
        )

    def _sealed(self, name: str, wanted: str) -> Trace | None:
        """The trace of the piece under a seal that it still fits; what is damaged is told of by who looks again."""
        found = (piece for piece in self.store.pieces(name) if piece.seal == wanted)
        piece = next(found, None)
        trace = Trace.read(piece.trace) if piece and seal(piece.trace, piece.content) == wanted else None
        return trace if trace and trace.kind == name else None

    def _holds(self, trace: Trace, needs: Mapping[str, str | None]) -> bool:
        try:
            return next(self.changes(trace, needs), None) is None
        except Moved:
            return False

    def newest(self, kind: Kind) -> Trace | None:
        """Of the newest kept piece of this kind, whether it still holds or not."""
        return next(filter(None, (self._trusted(kind, piece) for piece in self.store.pieces(name_of(kind)))), None)

    def changes(self, trace: Trace, needs: Mapping[str, str | None] | None = None) -> Iterator[str]:
        """What differs from when it was collected, in words; nothing where it still holds. Cheap things first."""
        if trace.until and datetime.now(UTC) >= datetime.fromisoformat(trace.until):
            yield say("it was seen at {told}, and holds until {told2}", told=_told(trace.at), told2=_told(trace.until))
        yield from (say("{name} changed", name=name) for name in _differ(trace.base, self.state.base))
        yield from (
            say("{title_of} changed", title_of=title_of(kind))
            for kind in _differ(trace.needs, trace.needs if needs is None else needs)
        )
        yield from self._changed_files(trace)
        if trace.names != self.state.names:
            yield from self._other_names(trace)
        if trace.git and trace.git != self.state.git:
            yield say("the commit, git's index or its settings changed")
        if trace.everything and trace.everything != self.state.everything:
            yield from self._other_contents(trace)

    def _changed_files(self, trace: Trace) -> Iterator[str]:
        for path, digest in trace.files.items():
            now = self.state.file(path)
            part = trace.parts.get(path)
            if now != digest and not (part and self.state.holds(path, part)):
                yield say("{path} {how}", path=path, how=_how(digest, now))

    def _other_names(self, trace: Trace) -> Iterator[str]:
        then, now = _lines(self.store.text(trace.names)), _lines(self.state.listing)
        differ = sorted(path for path in then.keys() | now.keys() if then.get(path) != now.get(path)) if then else []
        for path in differ:
            if path in then and path in now:
                yield say("{path} is a link, a file or a folder with other rights than before", path=path)
            else:
                yield say("{path} {text}", path=path, text=say("is new") if path in now else say("is gone"))
        if not differ:
            yield say("files came, went, or changed their rights")

    def _other_contents(self, trace: Trace) -> Iterator[str]:
        then, now = _lines(self.store.text(trace.everything)), _lines(self.state.manifest)
        differ = sorted(path for path in then.keys() | now.keys() if then.get(path) != now.get(path)) if then else []
        yield from (
            say("{path} changed, and {reader} may have read it", path=path, reader=trace.reader) for path in differ
        )
        if not differ:
            yield say("some file changed, and {reader} may have read any", reader=trace.reader)

    def keep(
        self,
        kind: Kind,
        words: "Words",
        reads: Reads,
        needs: Mapping[str, str | None],
        *,
        seconds: float,
        commands: Sequence[str],
    ) -> str | None:
        """Keep what was collected (as `as_kept` gives it), unless nobody could tell later whether it still holds.

        The seal under which it is kept; None where it is not.
        """
        known = {name: digest for name, digest in needs.items() if digest is not None}
        if not keeps(kind) or len(known) < len(needs) or self._run_folder.encode() in words.content:
            return None
        found = reads.settled()
        until = _until(kind, outside=found.world)
        try:
            trace = Trace(
                kind=name_of(kind), run=self.run, at=_iso(datetime.now(UTC)), until=until, base=dict(self.state.base),
                files=self._files(found), parts=self._parts(found, words, commands), names=self.state.names,
                git=self.state.git if found.git else "",
                everything=self.state.everything if found.whole else "", reader=found.whole,
                needs=known, content=words.digest, seconds=round(seconds, 3),
                commands=tuple(map(self._cleared, commands)),
            )  # fmt: skip
        except Moved:
            return None
        self.store.keep_text(self.state.listing)
        if trace.everything:
            self.store.keep_text(self.state.manifest)
        text = trace.text()
        piece = Piece(trace=text, content=words.content, seal=seal(text, words.content))
        self.store.keep(trace.kind, self.run, piece)
        return piece.seal

    def _cleared(self, line: str) -> str:
        return line.with_each(self.cleared) if isinstance(line, Said) else self.cleared(line)

    def _files(self, found: Reads) -> dict[str, str]:
        paths = self._counting(found.files) | self._counting(found.imported)
        return {path: self.state.file(path) for path in sorted(paths)}

    def _counting(self, files: Iterable[str]) -> set[str]:
        return {self.state.short(path) for path in map(self.state.original, files) if self.state.counts(path)}

    def _parts(self, found: Reads, words: "Words", commands: Sequence[str]) -> dict[str, Part]:
        """What counted of the files that were imported and not read: with its lines where a file is spoken of."""
        read, lines = self._counting(found.files), dict[str, set[int]]()
        for full, ran in found.imported.items():
            for path in self._counting([full]) - read:
                lines.setdefault(path, set()).update(ran)
        told = "\n".join([words.content.decode(errors="replace"), *commands])
        parts = {path: self.state.part(path, ran, placed=_names(told, path)) for path, ran in lines.items()}
        return {path: part for path, part in sorted(parts.items()) if part}

    def as_kept(self, evidence: Evidence | None, absent: Exception | None) -> "Words | None":
        """JSON that gives the same evidence when it is read, with its secrets blanked; None where there is none.

        Its digest leaves out what two equal pieces of evidence may differ in, as the seconds that it took.
        """
        if isinstance(absent, NotThere):
            told = {"absent": str(absent), "looked": absent.looked, "of": absent.absent}
            content = self.cleared(json.dumps(told)).encode()
            return Words(self._packed(content.decode(), (str(absent), absent.looked)), _sha(content))
        if evidence is None or evidence.is_partial():
            return None
        aside = {one.name for one in fields(evidence) if not one.compare}
        adapter = adapter_of(type(evidence))
        try:
            text = adapter.dump_json(evidence)
            if adapter.validate_json(text) != evidence:
                return None
            cleared = self.cleared(text.decode()).encode()
            adapter.validate_json(cleared)
            said = self.cleared(adapter.dump_json(evidence, exclude=aside).decode()).encode()
        except (PydanticSerializationError, ValidationError, ValueError, TypeError):
            return None
        return Words(self._packed(cleared.decode(), evidence), _sha(said))

    def _packed(self, told: str, thing: object) -> bytes:
        """With what the messages in it know behind it, where there are any."""
        table = table_of(thing)
        return f"{told}{BEHIND}{self.cleared(json.dumps(table))}".encode() if table else told.encode()

    def _trusted(self, kind: Kind, piece: Piece) -> Trace | None:
        """Its trace, where trace and content are as they were kept."""
        trace = Trace.read(piece.trace)
        if seal(piece.trace, piece.content) != piece.seal or (trace and trace.kind != name_of(kind)):
            self.damaged.append(
                say("{kind}: what was kept of an earlier run is damaged; it is looked at again", kind=kind.title())
            )
            return None
        return trace

    def _read(self, kind: Kind, trace: Trace, piece: Piece) -> Recalled | None:
        try:
            content, _, behind = piece.content.partition(BEHIND.encode())
            if not content.startswith(ABSENT):
                return Recalled(read=Later(kind, content, behind), absent=None, trace=trace, seal=piece.seal)
            told = json.loads(content)
            reason, looked = with_table((told["absent"], told["looked"]), json.loads(behind or b"{}"))
            absent = NotThere(reason, looked=looked, absent=Thing(told["of"]) if told["of"] else None)
            return Recalled(read=lambda: None, absent=absent, trace=trace, seal=piece.seal)
        except (ValueError, TypeError, KeyError):
            return None


class Later:
    """A kept piece of evidence that is read when it is first asked for: what was made of it may be kept as well."""

    def __init__(self, kind: Kind, content: bytes, behind: bytes) -> None:
        self._kind, self._content, self._behind = kind, content, behind
        self._lock = threading.Lock()
        self._evidence: Evidence | None = None

    def __call__(self) -> Evidence:
        """Raises `ProbeError` where it can't be read, which its seal and gonogo's own digest leave no room for."""
        with self._lock:
            if self._evidence is None:
                try:
                    told = adapter_of(self._kind).validate_json(self._content)
                    self._evidence = with_table(told, json.loads(self._behind or b"{}"))
                except (ValueError, TypeError) as error:
                    title = self._kind.title()
                    raise ProbeError(
                        say("what an earlier run kept of “{title}” can't be read; type --fresh", title=title)
                    ) from error
            return self._evidence


def keeps(kind: Kind) -> bool:
    """Is evidence of this kind kept at all? Not what belongs to its moment alone, such as today's date."""
    return kind.holds != timedelta(0)


def name_of(kind: Kind) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def title_of(name: str) -> str:
    """What people see while that kind of evidence is collected, for its name."""
    module, _, kind = name.partition(":")
    try:
        return f"“{getattr(importlib.import_module(module), kind).title()}”"
    except (ImportError, AttributeError):
        return f"“{kind}”"


def adapter_of(kind: Kind) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


_adapters: dict[Kind, TypeAdapter[Any]] = {}


def _names(told: str, path: str) -> bool:
    """May a text name a line of this file? `posts.py` and `posts:12` do."""
    file = Path(path)
    return file.name in told or f"{file.stem}:" in told


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _until(kind: Kind, *, outside: bool) -> str | None:
    limits = [limit for limit in (kind.holds, OUTSIDE if outside else None) if limit is not None]
    return _iso(datetime.now(UTC) + min(limits)) if limits else None


def _told(moment: str) -> str:
    return say("{moment} UTC", moment=moment[:16].replace("T", " "))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _differ(then: Mapping[str, str], now: Mapping[str, str | None]) -> list[str]:
    return [name for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name)]


def _how(then: str, now: str) -> str:
    return say("is new") if then == "-" else say("is gone") if now == "-" else "changed"


def _lines(text: str | None) -> dict[str, str]:
    """Path → the rest of its line; empty where nobody kept the text."""
    return dict(line.split("\t", 1) for line in (text or "").split("\n") if "\t" in line)
