"""Errors we show to people. Anything else that escapes is our bug (exit code 3)."""

from collections.abc import Iterable
from difflib import get_close_matches


class WorkflowError(Exception):
    """Expected trouble with a message a person can act on."""

    exit_code = 2


class ProbeError(WorkflowError):
    """We could not look at the target, so we do not know."""


class NotThere(ProbeError):
    """What a check asks about does not exist in this service, which is no fault: NOT APPLICABLE."""


def unknown_name(what: str, name: str, known: Iterable[str]) -> WorkflowError:
    """The error for a misspelt name: what was asked, and the nearest thing that exists."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(names)}."
    return WorkflowError(f"No {what} called `{name}`. {hint}")
