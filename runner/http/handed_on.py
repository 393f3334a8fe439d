"""Does a service's own sign-in hand the password on to another server, whose tokens are what lets people in?"""

from runner.errors import ProbeError
from runner.http.callers import Callers
from runner.http.identities import PLAIN
from runner.said import say

NOTED = say(
    "its own sign-in hands passwords on to another server, or lets nobody in here, and a token of the issuer that "
    "stands in for that one lets people in: callers come with such tokens"
)


def hands_on(people: Callers) -> bool:
    """Do people get in by a token of the run's own issuer, and by a password at most where it was that one's to see?

    `people` come with such tokens from then on. What becomes of passwords is that other server's doing.
    """
    if people.issued is None or people.login is None:
        return False
    pool, before = people.issued.issuer.pool, people.log_ins
    signed_in = pool.signed_in
    if _gets_in(people) and pool.signed_in == signed_in:
        return False
    people.sign_in_at(())
    if _gets_in(people):
        people.note(NOTED)
        return True
    people.sign_in_at(before)
    return False


def _gets_in(people: Callers) -> bool:
    try:
        found = people.one(PLAIN)
    except ProbeError:
        return False
    return not people.shut_out(found)
