"""Judge evidence and write documents of it, in the order of the stages, as soon as it is there."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.engine.events import Collected, Event, StageDone
from runner.engine.shelf import Kept, Kind, Shelf
from runner.errors import NotThere, ProbeError
from runner.evidence.signs import Signs
from runner.model import (
    LEFT_OUT,
    Artifact,
    Check,
    Document,
    Evidence,
    Finding,
    Outcome,
    Stage,
    Verdict,
    not_applicable,
    unknown,
)
from runner.reuse.memory import keeps
from runner.reuse.verdicts import Judged as Judgements
from runner.said import ENGLISH, LANGUAGES, say, speaking


class Judging:
    """What is still to be judged and written, in the order of the stages."""

    def __init__(self, stages: Sequence[Stage], shelf: Shelf) -> None:
        self.kept: dict[Kind, Kept] = {}
        self._shelf = shelf
        self._scope = shelf.target.config.scope
        self._open = [(stage, list[Check[...] | Artifact[...]]([*stage.checks, *stage.artifacts])) for stage in stages]
        self._owner: dict[Kind, str] = {}
        for stage, things in self._open:
            for kind in shelf.graph(kind for thing in things for kind in self._needs(thing)):
                self._owner.setdefault(kind, stage.slug)

    @property
    def kinds(self) -> list[Kind]:
        return list(self._owner)

    def judge_ready(self) -> Iterator[Event]:
        """Judge and write whatever has its evidence now."""
        for stage, things in self._open:
            for thing in [t for t in things if all(kind in self.kept for kind in self._needs(t))]:
                things.remove(thing)
                if isinstance(thing, Check):
                    yield _finding(stage, thing, self._judged(thing))
                else:
                    yield from _document(stage, thing, self.kept, self._judgements)
        done = [stage for stage, things in self._open if not things]
        self._open = [(stage, things) for stage, things in self._open if things]
        for stage in done:
            yield StageDone(stage=stage.slug, seconds=self._seconds(stage.slug))

    def _needs(self, thing: Check[...] | Artifact[...]) -> Sequence[Kind]:
        """What must have been looked at first: nothing for a check that the team took out of scope."""
        return () if isinstance(thing, Check) and thing.step in self._scope else tuple(thing.needs.values())

    def _judged(self, check: Check[...]) -> "Judged":
        """The verdict, timed, and the commands that led to it."""
        began = time.monotonic()
        used = [self.kept[kind] for kind in self._needs(check)]
        reason = self._scope.get(check.step)
        verdict = _out_of_scope(reason) if reason else self._believed(self._said(check, used))
        commands = tuple(dict.fromkeys(line for one in used for line in one.commands))
        seconds = time.monotonic() - began
        return Judged(verdict=verdict, commands=commands, seconds=seconds, reused=self._reused(check))

    def _said(self, check: Check[...], used: Sequence[Kept]) -> Verdict:
        """As an earlier run judged the very same pieces, or judged now and kept for the next."""
        memory, seals = self._judgements(used)
        own = not check.where  # the code of a team's own check is not ours to tell the digest of
        found = memory.verdict(check.id, seals) if memory and own else None
        if found is None:
            found = _lawful(check.id, _judge(check, used))
            if memory and own and found.outcome is not Outcome.BROKEN:
                memory.keep_verdict(check.id, seals, found)
        return found

    def _judgements(self, used: Sequence[Kept]) -> tuple[Judgements | None, list[str]]:
        """Where verdicts on these pieces are kept, and their seals; nowhere where one has none, or was not there."""
        seals = [one.seal for one in used if one.seal and one.problem is None]
        memory = self._shelf.memory
        return (memory.judged if memory and seals and len(seals) == len(used) else None), seals

    def _reused(self, check: Check[...]) -> int | None:
        """The newest run that all of what it is judged from was seen in; None where something was looked at now."""
        runs = [self.kept[kind].run for kind in self._needs(check) if keeps(kind)]
        return max(run for run in runs if run) if runs and None not in runs else None

    def _believed(self, verdict: Verdict) -> Verdict:
        """An absence that something speaks against was not seen: UNKNOWN, with what speaks against it."""
        if verdict.outcome is not Outcome.NOT_APPLICABLE or verdict.absent is None:
            return verdict
        signs = self._shelf.get(Signs).evidence
        against = signs.of(verdict.absent) if isinstance(signs, Signs) else ""
        return (
            unknown(say("{message}, yet {against}", message=verdict.message, against=against)) if against else verdict
        )

    def _seconds(self, slug: str) -> float:
        return sum(kept.seconds for kind, kept in self.kept.items() if self._owner.get(kind) == slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, the commands that led to it, and the seconds that judging took."""

    verdict: Verdict
    commands: tuple[str, ...]
    seconds: float
    reused: int | None


def _out_of_scope(reason: str) -> Verdict:
    return not_applicable(say("out of scope: {reason}", reason=reason), looked=LEFT_OUT)


def _finding(stage: Stage, check: Check[...], judged: Judged) -> Finding:
    verdict = judged.verdict
    return Finding(
        check=check.id,
        stage=stage.slug,
        step=check.step,
        claim=check.claim,
        outcome=verdict.outcome,
        message=verdict.message,
        places=verdict.places,
        why=check.why,
        fix=check.fix,
        again=verdict.again,
        commands=judged.commands,
        seconds=judged.seconds,
        shares=verdict.shares,
        looked=verdict.looked,
        reused=judged.reused,
    )


def _lawful(id: str, verdict: Verdict) -> Verdict:
    """PASSED says what it judged, NOT APPLICABLE where it looked: a check that does not is our bug, never green."""
    if verdict.outcome is Outcome.PASSED and not verdict.shares:
        return Verdict(
            Outcome.BROKEN, say("this is a bug in gonogo: {id} passed and does not say what it judged", id=id)
        )
    if verdict.outcome is Outcome.NOT_APPLICABLE and not verdict.looked:
        return unknown(say("{message}; where this was looked for is not said", message=verdict.message))
    return verdict


def _judge(check: Check[...], used: Sequence[Kept]) -> Verdict:
    for kept in used:
        if isinstance(kept.problem, NotThere):
            return not_applicable(str(kept.problem), looked=kept.problem.looked, absent=kept.problem.absent)
        if isinstance(kept.problem, ProbeError):
            return unknown(str(kept.problem))
        if kept.problem is not None:
            return _broken(kept.problem)
    try:
        return check(**{name: one.evidence for name, one in zip(check.needs, used, strict=True)})
    except ProbeError as unread:
        return unknown(str(unread))
    except Exception as bug:  # noqa: BLE001 - a crashing check must not hide the others
        return _broken(bug)


def _broken(bug: Exception) -> Verdict:
    step = bug.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    where = (
        say(
            " ({rpartition}:{tb_lineno})",
            rpartition=step.tb_frame.f_code.co_filename.rpartition("/")[2],
            tb_lineno=step.tb_lineno,
        )
        if step
        else ""
    )
    return Verdict(
        Outcome.BROKEN,
        say("this is a bug in gonogo: {name}: {bug}{where}", name=type(bug).__name__, bug=bug, where=where),
    )


def _document(
    stage: Stage,
    artifact: Artifact[...],
    kept: Mapping[Kind, Kept],
    judgements: Callable[[Sequence[Kept]], tuple[Judgements | None, list[str]]],
) -> Iterator[Event]:
    """The document; none when its evidence is missing (the checks say why), a note when its writer crashed."""
    used = [kept[kind] for kind in artifact.needs.values()]
    if any(one.problem is not None for one in used):
        return
    memory, seals = judgements(used)
    name = f"{stage.slug}/{artifact.name}"
    try:
        texts = memory.document(name, seals) if memory else None
        if texts is None:
            texts = _written(artifact, {name: one.evidence for name, one in zip(artifact.needs, used, strict=True)})
            if memory:
                memory.keep_document(name, seals, texts)
    except Exception as bug:  # noqa: BLE001 - a crashing writer must not hide the checks
        yield Collected(title=artifact.title, seconds=0.0, problem=_broken(bug).message)
        return
    content = texts.pop(ENGLISH)
    yield Document(
        name=artifact.name,
        stage=stage.slug,
        step=artifact.step,
        title=artifact.title,
        media_type=artifact.media_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        told=tuple(texts.items()),
    )


def _written(artifact: Artifact[...], evidence: Mapping[str, Evidence | None]) -> dict[str, bytes]:
    """In English, whoever runs it; and what people read, once for each other language in which it reads otherwise."""
    made = {language: _in(language, artifact, evidence) for language in _languages(artifact)}
    return {language: text for language, text in made.items() if language == ENGLISH or text != made[ENGLISH]}


def _languages(artifact: Artifact[...]) -> tuple[str, ...]:
    return tuple(LANGUAGES) if artifact.media_type == "text/markdown" else (ENGLISH,)


def _in(language: str, artifact: Artifact[...], evidence: Mapping[str, Evidence | None]) -> bytes:
    with speaking(language):
        written = artifact(**evidence)
    return written.encode() if isinstance(written, str) else written
