"""Which verdicts of a team's own check count? What breaks a rule is UNKNOWN: never green, and no bug of gonogo's."""

from runner.model import Outcome, Verdict, unknown


def lawful(id: str, where: str, verdict: object) -> Verdict:
    """The verdict; UNKNOWN, with the place of the check, for what is none or does not say what it judged."""
    if not isinstance(verdict, Verdict):
        return unknown(f"{where}: {id} returned {type(verdict).__name__}, not a verdict")
    if verdict.outcome is Outcome.BROKEN:
        return unknown(f"{where}: {id} says that gonogo has a bug ({verdict.message}), which it can't know")
    if verdict.outcome is Outcome.PASSED and not verdict.shares:
        how = 'passed("…", every(12, "operation"))'
        return unknown(f"{where}: {id} passed and does not say what it judged. Let it return {how}")
    return verdict
