"""Collect evidence side by side, and say each thing as soon as it is known."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait

from runner.discovery.target import Target
from runner.engine.events import Collected, Collecting, Event
from runner.engine.judging import Judging
from runner.engine.shelf import Kept, Kind, Shelf, sorted_by_needs
from runner.errors import NotThere
from runner.live.workshop import Workshop
from runner.model import Stage

WORKERS = 3  # collecting is mostly waiting for other processes


def examine(
    stages: Sequence[Stage],
    target: Target,
    workshop: Workshop,
    *,
    executor: Executor | None = None,
    shelf: Shelf | None = None,
) -> Iterator[Event]:
    """Yield events: evidence collected, one finding per check, documents, and each stage's end.

    Evidence is collected after what it needs, side by side by `executor`; exclusive evidence afterwards, alone.
    """
    shelf = shelf or Shelf(target, workshop)
    pool = executor or ThreadPoolExecutor(WORKERS, thread_name_prefix="gonogo")
    judging = Judging(stages, shelf)
    try:
        yield from judging.judge_ready()
        yield from _collect_all(judging.kinds, pool, shelf, judging)
    finally:
        if executor is None:
            pool.shutdown(wait=False, cancel_futures=True)


def _collect_all(kinds: Sequence[Kind], pool: Executor, shelf: Shelf, judging: Judging) -> Iterator[Event]:
    graph = shelf.graph(kinds)
    sorter, rank = sorted_by_needs(graph), {kind: number for number, kind in enumerate(graph)}
    ready: list[Kind] = []
    running: dict[Future[Kept], Kind] = {}
    ended: list[tuple[Kind, Kept]] = []
    while sorter.is_active() or ended:
        ready = sorted([*ready, *sorter.get_ready()], key=rank.__getitem__)
        for kind in startable(ready, len(running), idle=not running and not ended):
            ready.remove(kind)
            running[pool.submit(shelf.get, kind)] = kind
            yield Collecting(title=kind.title())
        for kind, kept in ended:  # judged while the next are collected already
            yield _collected(kind, kept)
            judging.kept[kind] = kept
            yield from judging.judge_ready()
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        ended = [(running.pop(future), future.result()) for future in done]
        sorter.done(*(kind for kind, _ in ended))


def startable(ready: Sequence[Kind], running: int, *, idle: bool) -> Sequence[Kind]:
    """What may be started beside so many that run: one for each worker; an exclusive one where all else is idle."""
    shared = [kind for kind in ready if not kind.exclusive]
    return shared[: WORKERS - running] if shared else ready[:idle]


def _collected(kind: Kind, kept: Kept) -> Collected:
    problem = str(kept.problem) if kept.problem else ""
    return Collected(
        title=kind.title(),
        seconds=kept.seconds,
        problem=problem,
        absent=isinstance(kept.problem, NotThere),
        run=kept.run,
    )
