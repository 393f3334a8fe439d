"""Which verdicts of a team's own check count? What breaks a rule is UNKNOWN: never green, and no bug of gonogo's."""

from runner.model import Outcome, Verdict, unknown
from runner.said import say


def lawful(id: str, where: str, verdict: object) -> Verdict:
    """The verdict; UNKNOWN, with the place of the check, for what is none or does not say what it judged."""
    if not isinstance(verdict, Verdict):
        return unknown(
            say("{where}: {id} returned {name}, not a verdict", where=where, id=id, name=type(verdict).__name__)
        )
    if verdict.outcome is Outcome.BROKEN:
        return unknown(
            say(
                "{where}: {id} says that gonogo has a bug ({message}), which it can't know",
                where=where,
                id=id,
                message=verdict.message,
            )
        )
    if verdict.outcome is Outcome.PASSED and not verdict.shares:
        how = say('passed("…", every(12, "operation"))')
        return unknown(
            say(
                "{where}: {id} passed and does not say what it judged. Let it return {how}", where=where, id=id, how=how
            )
        )
    return verdict
