"""Is guessing passwords stopped, and does the stop hold? Wrong ones for one account, then the right one."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from runner.evidence.access.sign_in_tries import SERVER_ERROR, SUCCESS, TOO_MANY, Tries
from runner.http.hostile import CLAIMS
from runner.http.requests import Request
from runner.said import say

MOST_GUESSES = 30
LOCKED = 423
STOPPED = (LOCKED, TOO_MANY)
ELSEWHERE = "203.0.113.77"
# How else the name of an account may be written; asked only where the service takes it for the same account.
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    say("in capitals"): str.upper,
    say("with a space before it"): " {}".format,
    say("with a space behind it"): "{} ".format,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessing:
    """Wrong passwords for one account, until the service had enough."""

    guesses: int
    statuses: tuple[int, ...]
    stopped: bool  # by 423 or 429, or by refusing the right password afterwards
    seconds: float
    opened: bool = False  # the right password signed in before the first guess
    still: int = 0  # the status of the right password after the stop
    retry_after: bool = False
    curl: str = ""  # one wrong try
    sidestepped: int = 0  # the status of one more try, said to come from elsewhere, when that got past the stop
    header: str = ""  # by which it was said
    spelled: str = ""  # or how the same account's name was written, when that got past the stop
    strangers: int = 0  # wrong passwords for an address without an account until the same stop; 0: it never came


def guess(tries: Tries) -> Guessing:
    """Guess until it is enough, and look whether the stop holds."""
    email, password = tries.account()
    opened = tries.opens(email, password)
    began = time.monotonic()
    statuses = _wrong(tries, email)
    seconds = time.monotonic() - began
    still = tries.from_here(email, password)[1].status_code
    wrong = tries.here.people.login_request(email, tries.here.requests.examples.password())
    seen = Guessing(
        guesses=len(statuses),
        statuses=tuple(statuses),
        stopped=statuses[-1] in STOPPED or (still not in SUCCESS and still < SERVER_ERROR),
        seconds=seconds,
        opened=opened,
        still=still,
        curl=wrong.curl(),
    )
    if statuses[-1] not in STOPPED:
        return seen
    held = _held(tries, replace(seen, retry_after="retry-after" in tries.answers[-2][1].headers), wrong)
    return held if held.sidestepped else _respelled(tries, held, email, wrong)


def _wrong(tries: Tries, email: str) -> Sequence[int]:
    statuses: list[int] = []
    while len(statuses) < MOST_GUESSES and not (statuses and statuses[-1] in STOPPED):
        statuses.append(tries.from_here(email, tries.here.requests.examples.password())[1].status_code)
    return statuses


def _held(tries: Tries, seen: Guessing, wrong: Request) -> Guessing:
    """Does it also stop who claims to come from elsewhere, and who guesses for an address without an account?"""
    for header in CLAIMS:
        claimed = wrong.with_headers({header: ELSEWHERE})
        status = claimed.send(tries.here.client).status_code
        if status not in STOPPED and status < SERVER_ERROR:
            if wrong.send(tries.here.client).status_code not in STOPPED:  # the time of the limit was up meanwhile
                return seen
            return replace(seen, sidestepped=status, header=header, curl=claimed.curl())
    nobody = _wrong(tries, tries.here.requests.examples.email())
    return replace(seen, strangers=len(nobody) if nobody[-1] in STOPPED else 0)


def _respelled(tries: Tries, seen: Guessing, email: str, wrong: Request) -> Guessing:
    """Does it also stop who writes the same account's name in another way?"""
    other, right = tries.account()
    people, client = tries.here.people, tries.here.client
    for how, spell in SPELLINGS.items():
        if spell(email) == email or not tries.opens(spell(other), right):
            continue
        again = people.login_request(spell(email), tries.here.requests.examples.password())
        status = again.send(client).status_code
        if status in STOPPED or status >= SERVER_ERROR:
            continue
        if wrong.send(client).status_code not in STOPPED:  # the time of the limit was up, or it holds for an address
            return seen
        return replace(seen, sidestepped=status, spelled=how, curl=again.curl())
    return seen
