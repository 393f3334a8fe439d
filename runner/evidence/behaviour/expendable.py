"""Who asks for a change, and of whose object? Where it may cost a session or an account, people made for it alone."""

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit, ends_session, on_person
from runner.http.identities import NOBODY, Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.specification import ANONYMOUS


def caller_and_owner(here: Visit, operation: Operation) -> tuple[Identity, Identity]:
    """The most powerful caller that the operation is open to, and the owner of what it works on.

    Raises `CannotMake` where nobody can be made for one that may cost an account: the other operations can be asked.
    """
    role = here.allowed(operation)
    if ends_session(operation):
        caller = NOBODY if role == ANONYMOUS else _made(here, role)
        return caller, caller if caller.signed_in else _made(here, here.roles[-1])
    if on_person(operation):
        owner = _made(here, here.roles[0])
        return (owner if role == here.roles[0] else here.caller(role)), owner
    caller = here.caller(role)
    return caller, caller if caller.signed_in else here.caller(here.roles[-1])


def _made(here: Visit, role: str) -> Identity:
    try:
        return here.fresh(role)
    except ProbeError as trouble:
        raise CannotMake(str(trouble)) from trouble
