"""Which errors are the world's, not ours: a service, a server or a disk that went away while we looked?"""

from collections.abc import Callable

import httpx

from runner.errors import ProbeError, hint_in, lack_of
from runner.postgres.driver import OperationalError
from runner.processes.process import Background
from runner.processes.ran import how_it_ended
from runner.said import say, together

CUT = (httpx.TransportError, ConnectionError)


def expected(error: Exception, fallen: Callable[[], str] = str) -> Exception:
    """The error as a `ProbeError` where the world is to blame; itself otherwise.

    `fallen`: how a server of the run's own ended, where one did.
    """
    if isinstance(error, ProbeError):
        return error
    if lack := lack_of(error):
        return ProbeError(lack)
    if isinstance(error, CUT):
        return ProbeError(say("the service stopped answering: {said}", said=_said(error)))
    if isinstance(error, OperationalError):
        if gone := fallen():
            return ProbeError(gone)
        hint = say(". {said}", said=said) if (said := hint_in(str(error))) else ""
        return ProbeError(say("PostgreSQL stopped answering, or refused: {said}{hint}", said=_said(error), hint=hint))
    return error


def stopped_answering(process: Background, error: Exception) -> ProbeError:
    """The service was asked and there was no answer: did it end, and what were its last words?"""
    died = how_it_died(process)
    return ProbeError(
        died or say("the service stopped answering: {said}. {tail}", said=_said(error), tail=process.tail(1))
    )


def how_it_died(process: Background) -> str:
    """Its exit code and last words, when it ended by itself; empty while it lives."""
    code = process.wait(0.5)
    return (
        ""
        if code is None
        else say(
            "the service ended while it was asked ({how_it_ended}): {tail}",
            how_it_ended=how_it_ended(code),
            tail=process.tail(),
        )
    )


def _said(error: Exception) -> str:
    return together(str(error).split(), " ") or type(error).__name__
