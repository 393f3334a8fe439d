"""Rows of a run in the order they come: what came while the last were written goes into the next transaction."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

from runner.model import Document, Finding
from workflow.ledger.record import Note, StageResult

Part = Finding | Document | Note | StageResult
MOST = 200  # parts of one transaction
FEW = 8  # the first refused: such a share of its parts is tried, so that room is left for the end of the run


class Batch:
    """Writes the parts of one run from a thread of its own, until it is closed.

    A run that reuses everything knows hundreds of parts at once: they are few transactions. One that waits for the
    service has each part written as soon as it is there.
    """

    def __init__(self, write: Callable[[Sequence[Part]], None]) -> None:
        """`write` puts parts into the ledger, all or none."""
        self._write = write
        self._waiting: list[Part] = []
        self._changed = threading.Condition()
        self._closing = self._began = False
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._go_on, name="ledger", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _at: object) -> None:
        """Write what is left. Raises what the ledger refused, where nothing else is raised already."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if error is None:
            self._tell()

    def add(self, part: Part) -> None:
        """Raises what the ledger refused of earlier parts, as `WorkflowError` where its place has a problem."""
        with self._changed:
            self._tell()
            self._waiting.append(part)
            self._changed.notify_all()

    def _tell(self) -> None:
        if self._problem is not None:
            raise self._problem

    def _go_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                parts, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            if not parts:
                return
            try:
                self._put(parts)
            except BaseException as problem:  # noqa: BLE001 - raised in the thread that adds, or closes
                self._problem = problem
                return

    def _put(self, parts: Sequence[Part]) -> None:
        """All at once. A run whose very first parts are too many, as on a full disk, keeps the first of them.

        How many come at once is chance: a busy machine is no reason to keep nothing. Raises what the ledger refused.
        """
        try:
            self._write(parts)
            self._began = True
        except BaseException:
            if not self._began and len(parts) > 1:
                with suppress(BaseException):
                    self._put(parts[: max(1, len(parts) // FEW)])
            raise
