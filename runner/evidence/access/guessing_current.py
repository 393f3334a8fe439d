"""Is guessing stopped where somebody who is signed in is asked for the current password?

Whoever holds a stolen token may try passwords there, past the limit of the sign-in, until the account is theirs.
"""

from dataclasses import dataclass

from runner.evidence.access.guessing import MOST_GUESSES, STOPPED
from runner.evidence.access.password_change import password_change
from runner.evidence.access.sign_in_tries import REFUSALS, SUCCESS, Tries
from runner.http.identities import Identity
from runner.live.client import moved


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentGuessed:
    """Wrong current passwords for one account, then the right one."""

    endpoint: str
    statuses: tuple[int, ...]  # of the wrong ones
    still: int  # of the right one, after them
    curl: str  # one wrong try

    @property
    def goes_on(self) -> bool:
        """All were tried, each was refused for what it is, and the right one is still taken."""
        return len(self.statuses) == MOST_GUESSES and REFUSALS.issuperset(self.statuses) and self.still in SUCCESS


def guess_current(tries: Tries, caller: Identity) -> CurrentGuessed | None:
    """None where no operation asks for the current password."""
    here = tries.here
    right = password_change(here, caller, here.requests.examples.password())
    old = next((name for name, value in right.fields.items() if value == caller.password), "") if right else ""
    if right is None or not old:
        return None
    statuses: list[int] = []
    while len(statuses) < MOST_GUESSES and not {*STOPPED, *SUCCESS}.intersection(statuses):
        wrong = right.with_field(old, here.requests.examples.password())
        status = wrong.send(here.client, caller.headers).status_code
        if status in STOPPED and not statuses and moved(here.client):  # the tries at the sign-in filled this address
            status = wrong.send(here.client, caller.headers).status_code
        statuses.append(status)
    still = right.send(here.client, caller.headers).status_code
    curl = right.with_field(old, "a wrong one").curl(signed_in=True)
    return CurrentGuessed(endpoint=right.endpoint, statuses=tuple(statuses), still=still, curl=curl)
