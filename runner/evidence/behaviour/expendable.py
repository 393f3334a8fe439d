"""Who asks for a change, and of whose object? Where it may cost a session or an account, people made for it alone."""

from runner.errors import ProbeError
from runner.evidence.accounts.visit import Visit, ends_session, on_person
from runner.http.account_operations import own_account_fields
from runner.http.identities import NOBODY, Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.said import say
from runner.specification import ANONYMOUS


def caller_and_owner(here: Visit, operation: Operation) -> tuple[Identity, Identity]:
    """The most powerful caller that the operation is open to, and the owner of what it works on.

    Raises `CannotMake` where nobody can be made for one that may cost an account, `ProbeError` where nobody of the role
    can sign in: the other operations can be asked.
    """
    role = here.allowed(operation)
    if ends_session(operation) or own_account_fields(here.requests, operation):
        caller = NOBODY if role == ANONYMOUS else _made(here, role)
        return caller, caller if caller.signed_in else _made(here, here.roles[-1])
    if on_person(operation):
        owner = _made(here, here.roles[0])
        return (owner if role == here.roles[0] else shared(here, role)), owner
    caller = shared(here, role)
    if caller.signed_in or here.roles[-1] in here.missing:  # what is open needs nobody
        return caller, caller
    return caller, shared(here, here.roles[-1])


def shared(here: Visit, role: str) -> Identity:
    """The caller of this role that everybody shares. Raises `ProbeError` where none of it can sign in."""
    here.sign_in_all()
    if role in here.missing:
        raise ProbeError(say("{role} could not sign in: {missing}", role=role, missing=here.missing[role]))
    return here.caller(role)


def _made(here: Visit, role: str) -> Identity:
    try:
        return here.fresh(role)
    except ProbeError as error:
        raise CannotMake(str(error)) from error
