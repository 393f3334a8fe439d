"""Who asks for a change, and of whose object? Where it may cost a session or an account, people made for it alone."""

from runner.evidence.visit import Visit, ends_session, on_person
from runner.live.identities import NOBODY, Identity
from runner.live.openapi import Operation
from runner.specification import ANONYMOUS


def caller_and_owner(here: Visit, operation: Operation) -> tuple[Identity, Identity]:
    """The most powerful caller that the operation is open to, and the owner of what it works on."""
    role = here.allowed(operation)
    if ends_session(operation):
        caller = NOBODY if role == ANONYMOUS else here.fresh(role)
        return caller, caller if caller.signed_in else here.fresh(here.roles[-1])
    if on_person(operation):
        owner = here.fresh(here.roles[0])
        return (owner if role == here.roles[0] else here.caller(role)), owner
    caller = here.caller(role)
    return caller, caller if caller.signed_in else here.caller(here.roles[-1])
