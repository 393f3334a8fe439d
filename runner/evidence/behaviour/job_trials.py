"""What becomes of a job whose worker is ended, that comes twice, that fails, or whose request or broker does?"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import httpx

from runner.evidence.behaviour.job_effects import OF_THE_ROW, State, column_of, sent
from runner.evidence.behaviour.job_scene import BEGINS, Asked, JobScene
from runner.evidence.behaviour.late_commits import no_commit
from runner.http.openapi import Operation
from runner.live.redis import again
from runner.live.waiting import until
from runner.said import say, together

SUCCESS = range(200, 300)
GOES_ON = 1.0  # seconds that a job is still held up after its worker was told to end
GRACE = 10.0  # seconds that container engines give
COMES_AGAIN = 10.0  # seconds after a restart in which a job shows
RETURNS = 20.0  # seconds in which it does once the broker is there again


class Fate(StrEnum):
    """What became of a job; as a sentence names it."""

    DONE = "done"
    AGAIN = "done after the restart"
    KEPT = "still in the queue"
    LOST = "lost"
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a job does, as seen: `rows in invoices`, `mails`, `accounts.balance`; and by how much."""

    first: Mapping[str, float]
    tables: tuple[str, ...] = ()
    why: str = ""  # it is not known
    beside: Mapping[str, float] = field(default_factory=dict)  # versions and texts that grew

    @property
    def said(self) -> str:
        return together(self.first) or together(say("a change in {name}", name=name) for name in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """A job that was under way when its process was ended."""

    endpoint: str
    signal: str
    fate: Fate
    what: str = ""  # its effect
    where: str = ""  # the container that keeps it
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """What the second delivery of one job did more, of that which the first had done."""

    endpoint: str
    more: Mapping[str, float] | None  # None: not seen
    problem: str = ""
    beside: tuple[str, ...] = ()  # versions that moved again, of a job that does other things


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncommitted:
    """What was in the queue behind a request whose commit failed. Status 0: no answer."""

    endpoint: str
    status: int
    queued: bool
    curl: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisoned:
    """A job that failed, and the one behind it."""

    endpoint: str
    ended: bool = False  # the worker, with the job that failed
    next_done: bool = False
    said: str = ""  # the worker's last words
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoBroker:
    """A request while the broker was gone. Status 0: no answer in time."""

    endpoint: str
    status: int
    seconds: float
    done: bool = False  # the job was, once the broker was there again
    curl: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """An operation that puts a job into a queue, and what that job does."""

    operation: Operation
    asked: Asked
    effect: Effect
    of_request: Mapping[str, float]  # what the request itself does of the kind
    writes: bool  # it writes anything
    done_in: frozenset[str]  # containers that name jobs that are done


def learn(scene: JobScene, operation: Operation) -> Learned:
    """One job, done undisturbed; the worker goes on running. Raises `ProbeError`."""
    earlier = scene.look()
    asked = scene.ask(operation)
    before = scene.settled(earlier, 0)
    lengths = dict.fromkeys(asked.queues, 0)
    worker = scene.start()
    taken = until(lambda: scene.drained(asked.queues, lengths) or not worker.running(), BEGINS)
    if not worker.running():
        why = say("`{said}` ended by itself: {tail}", said=_said(scene), tail=worker.tail())
        return _learned(operation, asked, earlier, before, Effect(first={}, why=why))
    if not taken:
        why = say(
            "`{said}` took nothing from {names} within {begins} s: {tail}",
            said=_said(scene),
            names=_names(asked),
            begins=f"{BEGINS:g}",
            tail=worker.tail(),
        )
        return _learned(operation, asked, earlier, before, Effect(first={}, why=why))
    after = scene.settled(before)
    tables, first = before.changed(after), before.effect(after)
    why = "" if tables or first else say("its job writes no row and sends no mail that gonogo can see")
    effect = Effect(first=first, tables=tables, why=why, beside=before.moved(after))
    return _learned(operation, asked, earlier, before, effect, frozenset(scene.store.holding(asked.mark)))


def _learned(
    operation: Operation,
    asked: Asked,
    earlier: State,
    before: State,
    effect: Effect,
    done_in: frozenset[str] = frozenset(),
) -> Learned:
    return Learned(
        operation=operation,
        asked=asked,
        effect=effect,
        of_request=earlier.effect(before),
        writes=bool(earlier.changed(before)),
        done_in=done_in,
    )


def twice(scene: JobScene, known: Learned) -> Twice:
    """The job once more, as a broker delivers it whose worker was too slow; the worker runs."""
    endpoint = known.operation.endpoint
    before = scene.look()
    scene.store.put_back(known.asked.job)
    lengths = dict.fromkeys(known.asked.queues, 0)
    if not until(lambda: scene.drained(known.asked.queues, lengths), BEGINS):
        return Twice(endpoint=endpoint, more=None, problem=say("the worker did not take it a second time"))
    after = scene.settled(before, 3)
    return second_of(endpoint, known.effect, before.effect(after), before.moved(after))


def second_of(endpoint: str, effect: Effect, more: Mapping[str, float], moved: Mapping[str, float]) -> Twice:
    """What a second delivery did more of the same. A version counts where the job is known to do nothing else."""
    found = {name: more[name] for name in effect.first if name in more}
    again = {name: moved[name] for name in effect.beside if name in moved}
    versions = {name for name in again if OF_THE_ROW.search(column_of(name))}
    found |= {name: value for name, value in again.items() if name not in versions or not (effect.first or found)}
    left = tuple(sorted(versions - set(found)))
    return Twice(endpoint=endpoint, more=found, beside=left)


def interrupted(scene: JobScene, known: Learned, *, kill: bool) -> Interrupted:
    """A job whose worker is ended while it is held up in its midst; no worker runs before."""
    endpoint, signal = known.operation.endpoint, "SIGKILL" if kill else "SIGTERM"
    asked = scene.ask(known.operation)
    if not asked.queues:
        return Interrupted(endpoint=endpoint, signal=signal, fate=Fate.UNSEEN, problem=_nothing(asked))
    before = scene.look()
    with scene.held(known.effect.tables) as hold:
        worker = scene.start()
        if not until(lambda: hold.reached or not worker.running(), BEGINS) or not hold.reached:
            scene.end(kill=True)
            why = say("it was done, or had failed, before it could be held up")
            return Interrupted(endpoint=endpoint, signal=signal, fate=Fate.UNSEEN, problem=why)
        if kill:
            scene.end(kill=True)
            hold.cut()
        else:
            worker.let_go()
            time.sleep(GOES_ON)
    if not kill:
        scene.end(patience=GRACE)
    what = known.effect.said
    if before.changed(now := scene.settled(before, 1)) or now.mails > before.mails:
        return Interrupted(endpoint=endpoint, signal=signal, fate=Fate.DONE, what=what)
    scene.start()
    came = scene.settled(before, COMES_AGAIN)
    kept = scene.store.holding(asked.mark) - known.done_in
    scene.end()
    if before.changed(came) or came.mails > before.mails:
        return Interrupted(endpoint=endpoint, signal=signal, fate=Fate.AGAIN, what=what)
    fate = Fate.KEPT if kept else Fate.LOST
    return Interrupted(endpoint=endpoint, signal=signal, fate=fate, what=what, where=min(kept, default=""))


def uncommitted(scene: JobScene, known: Learned) -> Uncommitted:
    """The request while the database refuses every commit; no worker runs."""
    endpoint = known.operation.endpoint
    request, caller = scene.valid(known.operation)
    copy, lengths = scene.store.copy(), scene.store.waiting()
    with no_commit(scene.here.database):
        status = sent(scene.here.client, request, caller)
        now = scene.store.waiting()
    queued = any(now.get(key, 0) > lengths.get(key, 0) for key in known.asked.queues)
    scene.store.reset(copy)
    curl = request.curl(signed_in=known.operation.is_protected)
    return Uncommitted(endpoint=endpoint, status=status, queued=queued, curl=curl)


def poisoned(scene: JobScene, known: Learned) -> Poisoned:
    """A job that fails, and one behind it that could be done; no worker runs before."""
    endpoint = known.operation.endpoint
    if not scene.ask(known.operation).queues:
        return Poisoned(endpoint=endpoint, problem=say("it queued nothing a second time"))
    with scene.refused(known.effect.tables):
        before = scene.refusals()
        worker = scene.start()
        failed = until(lambda: scene.refusals() > before or not worker.running(), BEGINS)
        time.sleep(GOES_ON)
        ended, said = not worker.running(), worker.tail()
    if not failed:
        scene.end()
        return Poisoned(endpoint=endpoint, problem=say("its job could not be made to fail"))
    if ended:
        scene.end()
        return Poisoned(endpoint=endpoint, ended=True, said=said)
    request, caller = scene.valid(known.operation)
    state = scene.look()
    status = sent(scene.here.client, request, caller)
    done = until(lambda: _is_done(scene, known, state), COMES_AGAIN)
    said = worker.tail()
    scene.end()
    if status not in SUCCESS:
        return Poisoned(endpoint=endpoint, problem=say("the request behind it was answered {status}", status=status))
    return Poisoned(endpoint=endpoint, next_done=bool(done), said=said)


def without_broker(scene: JobScene, known: Learned) -> NoBroker:
    """The request while nobody answers at the broker's address, and what comes of it afterwards; no worker runs."""
    endpoint = known.operation.endpoint
    request, caller = scene.valid(known.operation)
    copy, before, redis = scene.store.copy(), scene.look(), scene.store.redis
    redis.process.stop(2)
    runner = scene.probe.workshop.runner
    began = time.monotonic()
    try:
        status = request.send(scene.here.client, caller.headers).status_code
    except httpx.TransportError:
        status = 0
    seconds = round(time.monotonic() - began, 1)
    scene.probe.note(f"{request.curl(signed_in=known.operation.is_protected)}  # while Redis is stopped: {status}")
    scene.store.redis = again(runner, redis)
    scene.store.put_back(copy)
    curl = request.curl(signed_in=known.operation.is_protected)
    found = NoBroker(endpoint=endpoint, status=status, seconds=seconds, curl=curl)
    if status not in SUCCESS:
        return found
    if known.effect.why:
        return replace(found, problem=say("it answers {status}, and {why}", status=status, why=known.effect.why))
    scene.start()
    done = until(lambda: _is_done(scene, known, before, in_queue=False), RETURNS)
    scene.end()
    return NoBroker(endpoint=endpoint, status=status, seconds=seconds, curl=curl, done=bool(done))


def _is_done(scene: JobScene, known: Learned, before: State, *, in_queue: bool = True) -> bool:
    """The job of one request since `before`: its effect is there, beyond what the request itself does.

    A job that only changes rows shows by being taken from the queue, where it was put into one.
    """
    if not known.effect.first:
        return in_queue and scene.drained(known.asked.queues, {})
    seen = before.effect(scene.look())
    return any(seen.get(name, 0) > known.of_request.get(name, 0) for name in known.effect.first)


def _said(scene: JobScene) -> str:
    return scene.command.said


def _names(asked: Asked) -> str:
    return together(sorted(name.decode(errors="replace") for _, name in asked.queues))


def _nothing(asked: Asked) -> str:
    return say("it queued nothing a second time (answered {status})", status=asked.status)
