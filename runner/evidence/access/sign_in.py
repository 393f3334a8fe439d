"""How well is signing in guarded: guessing, asking who has an account, weak passwords, passwords that turn up again?"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from runner.evidence.access.guessing import Guessing, guess
from runner.evidence.access.guessing_current import CurrentGuessed, guess_current
from runner.evidence.access.kept_passwords import Kept, kept
from runner.evidence.access.sign_in_tries import TOO_MANY, Tries, Try
from runner.evidence.access.spilt_secrets import Spilt, spilt
from runner.evidence.access.stored_passwords import Leak, Store
from runner.evidence.access.told_accounts import Times, ToldAccounts
from runner.evidence.access.weak_passwords import Chosen, choose_weak
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.http.issued import ELSEWHERE
from runner.model import Evidence
from runner.probe import Probe
from runner.said import say

FEWEST = 4  # times that tell more than chance


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(Evidence):
    """Guessing, enumeration, weak passwords and leaked secrets at the sign-in."""

    endpoint: str
    register: str  # empty where nobody signs up, or could be signed up
    log_ins: tuple[str, ...]  # operations that sign in with a password, as the contract has them
    places: tuple[str, ...]  # operations that take an address from somebody who is not signed in
    wrong: tuple[Try, ...]  # things that must not sign in: a wrong password, half of it, …
    weak: tuple[Chosen, ...]  # weak passwords that somebody tried to choose
    pairs: tuple[tuple[Try, Try], ...]  # (with an account, without): must not differ
    times: Times
    guessing: Guessing
    spilt: Spilt
    stored: tuple[Leak, ...]  # passwords found in the database in a form that can be read back
    kept: Kept
    current: CurrentGuessed | None = None  # None: nothing asks for the current password
    refused: str = ""  # how the operation that signs people up refused to
    throttled: bool = False  # 429 came before the guessing began, so that other tries prove nothing

    elsewhere: str = ""  # why nothing was tried: another server signs people in

    @classmethod
    def _elsewhere(cls, seen: Spilt) -> Self:
        """No password is there to try; the answers and the log may hold tokens all the same."""
        return cls(
            endpoint="",
            register="",
            log_ins=(),
            places=(),
            wrong=(),
            weak=(),
            pairs=(),
            times=Times(known=(), nobody=(), asked=0),
            guessing=Guessing(guesses=0, statuses=(), stopped=False, seconds=0),
            spilt=seen,
            stored=(),
            kept=Kept(),
            elsewhere=ELSEWHERE,
        )

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        with visit(probe, contract, agreed) as here:
            tries = Tries(here)
            if here.people.by_issuer:
                return cls._elsewhere(spilt(tries, probe.target.secret, contract.hidden))
            told = ToldAccounts(tries)
            wrong, pairs, times = tuple(tries.wrong()), tuple(told.pairs()), told.timings()
            weak = tuple(choose_weak(tries))
            throttled = TOO_MANY in tries.statuses
            stored, how = _stored(here, tries.canary.password)
            caller = here.fresh(here.roles[0])
            guessing = guess(tries)
            current = guess_current(tries, caller)
            seen = spilt(tries, probe.target.secret, contract.hidden)
            probe.note(say("{answers} sign-ins and registrations, right and wrong ones", answers=len(tries.answers)))
            return cls(
                endpoint=tries.login.endpoint,
                register=here.people.register.endpoint if here.people.register and here.people.signs_up else "",
                refused=here.people.refused,
                log_ins=tries.log_ins(),
                places=told.places(),
                wrong=wrong,
                weak=weak,
                pairs=pairs,
                times=times,
                guessing=guessing,
                current=current,
                spilt=seen,
                stored=stored,
                kept=how,
                throttled=throttled,
            )


def _stored(here: Visit, password: str) -> tuple[tuple[Leak, ...], Kept]:
    """How the service stored passwords; of accounts that were put in without it, the form by which it lets them in."""
    people = here.people
    store = Store(people, here.client, here.database)
    if not people.signs_up:
        return store.readable(password), Kept()
    leaks, _ = store.look(password)
    return leaks, kept(people, here.database)


def faster(unknown: Sequence[float], known: Sequence[float]) -> float:
    """How surely an address without an account is answered faster: share of pairs, 0.5 is a toss-up."""
    pairs = [(a, b) for a in unknown for b in known]
    return sum(a < b for a, b in pairs) / len(pairs) if pairs else 0.5


def quicker_half(times: Sequence[float]) -> Sequence[float]:
    """What other work on the machine delayed least: it can make an answer later, and never sooner. At least four."""
    return sorted(times)[: max(FEWEST, (len(times) + 1) // 2)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0
