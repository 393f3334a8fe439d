"""Performance: has anything become slower since the load was last accepted?"""

from collections.abc import Iterable, Sequence

from runner.evidence.agreed.earlier_load import EarlierLoad, EarlierShape
from runner.evidence.load.accepted_again import AcceptedAgain
from runner.evidence.load.comparison import FEWEST, LIKE, Change, as_earlier, compared, pace_ratio
from runner.evidence.load.load import Load
from runner.evidence.load.load_shape import Shape
from runner.markdown import code, table
from runner.model import Place, Verdict, artifact, at_endpoint, check, failed, not_applicable, passed, share, unknown
from runner.said import say, tell, told
from runner.words import plural
from stages.performance.documents import locust_command

ABOUT = (
    "The last run on this machine that met every quality need. Milliseconds; `bound` is the highest median that the "
    "noise between repetitions explains."
)


@check("PF013", step="6.4")
def nothing_became_slower(load: Load, earlier: EarlierLoad, again: AcceptedAgain) -> Verdict:
    """No endpoint became slower than in the last accepted run, beyond the noise of repeated runs.

    A need with room to spare hides a change that made an answer three times slower, until there is no room left.
    Fix: compare the statements (query-plans.md of both runs) and profile the endpoint; if the price is meant, accept it
    by giving the new number to the quality need.
    """
    if earlier.basis != load.basis:
        said = say(
            "the needs, the declared rows or the load test are others than in run {run}: a new beginning",
            run=earlier.run,
        )
        return not_applicable(said, looked=say("run {run}, the last one that was accepted", run=earlier.run))
    changes = list(compared(load.shapes, earlier.shapes.values()))
    if not changes:
        return _nothing_to_compare(earlier)
    return _in_turns(load, earlier, again) if again.decides else _by_the_record(changes, load, earlier, again)


def _by_the_record(changes: Sequence[Change], load: Load, earlier: EarlierLoad, again: AcceptedAgain) -> Verdict:
    if worse := [one for one in changes if one.worse]:
        return _became_slower(worse, changes, load, earlier, again)
    if earlier.disturbed:
        return unknown(
            say(
                "in run {run} {disturbed}: what became slower would hide behind its times",
                run=earlier.run,
                disturbed=earlier.disturbed,
            )
        )
    if strange := _faster_now(load, earlier):
        return not_applicable(strange, looked=say("run {run}, the last one that was accepted", run=earlier.run))
    often, seldom = _endpoints(load, earlier)
    beside = say("; {seldom} asked too seldom to compare", seldom=seldom) if seldom else ""
    said = say(
        "{endpoints} as quick as in run {run}, within the noise{beside}",
        endpoints=plural(len(changes), "endpoint"),
        run=earlier.run,
        beside=beside,
    )
    return passed(said, share(len(changes), often, "endpoint"))


def _nothing_to_compare(earlier: EarlierLoad) -> Verdict:
    said = say("no endpoint was asked often enough both now and in run {run}", run=earlier.run)
    if any(point.requests >= FEWEST for shape in earlier.shapes.values() for point in shape.endpoints.values()):
        return unknown(say("{said}: this load asked less than it did then", said=said))
    return not_applicable(said, looked=say("run {run}, the last one that was accepted", run=earlier.run))


def _in_turns(load: Load, earlier: EarlierLoad, again: AcceptedAgain) -> Verdict:
    """Measured in turns with the accepted code on the same machine: whatever differs is the code's."""
    changes = list(again.changes())
    code = say("the code of run {run} ({commit}), measured in turns with it", run=earlier.run, commit=again.commit[:7])
    if worse := [one for one in changes if one.worse]:
        first = say(
            "{endpoint}: {worse} at {users} users", endpoint=worse[0].endpoint, worse=worse[0], users=worse[0].users
        )
        said = say(
            "{worse} of {endpoints} slower than {code}: {first}",
            worse=len(worse),
            endpoints=plural(len(changes), "endpoint"),
            code=code,
            first=first,
        )
        return failed(said, at=_places(worse), again=[locust_command(load, worse[0].users)])
    there = {(one.users, one.endpoint) for one in compared(load.shapes, earlier.shapes.values())}
    measured_again = {one.users for one in again.now}
    judged = {one for one in there if one[0] not in measured_again} | {(one.users, one.endpoint) for one in changes}
    said = say(
        "{endpoints} as quick as {code}, within the noise", endpoints=plural(len(judged & there), "endpoint"), code=code
    )
    whole = say("{said}: what differs from run {run}'s times is the machine", said=said, run=earlier.run)
    return passed(whole, share(len(judged & there), len(there), "endpoint"))


def _places(worse: Sequence[Change]) -> list[Place]:
    return [
        at_endpoint(
            one.endpoint,
            say("{one} at {users} users, noise explains {bound}", one=one, users=one.users, bound=f"{one.bound:g}"),
        )
        for one in worse
    ]


def _became_slower(
    worse: Sequence[Change], changes: Sequence[Change], load: Load, earlier: EarlierLoad, again: AcceptedAgain
) -> Verdict:
    """The service's fault only where nothing else can explain it."""
    first = say(
        "{endpoint}: {worse} at {users} users", endpoint=worse[0].endpoint, worse=worse[0], users=worse[0].users
    )
    said = say(
        "{worse} of {endpoints} slower than in run {run}: {first}",
        worse=len(worse),
        endpoints=plural(len(changes), "endpoint"),
        run=earlier.run,
        first=first,
    )
    if (why := _cannot_blame(load, earlier)) and not any(_even_so(one, load) for one in worse):
        return unknown(say("{said}, but {why}{undecided}", said=said, why=why, undecided=_undecided(again)))
    return failed(said, at=_places(worse), again=[locust_command(load, worse[0].users)])


def _undecided(again: AcceptedAgain) -> str:
    """Why the accepted code did not decide it, as a sentence's end."""
    if again.why_not:
        return say(". The accepted code could not be measured in turns with it: {why_not}", why_not=again.why_not)
    return (
        say(". The accepted code, measured in turns with it, decides nothing: {untrusted}", untrusted=again.untrusted)
        if again.then
        else ""
    )


def _even_so(change: Change, load: Load) -> bool:
    """Slower by more than others who used the machine explain?"""
    shape = next(one for one in load.shapes if one.users == change.users)
    late = change.now.p50 - shape.explained(change.now.p50)
    return bool(shape.disturbed) and not shape.saturated and late > change.bound


def _endpoints(load: Load, earlier: EarlierLoad) -> tuple[int, int]:
    """How many endpoints were asked often enough then or now, and how many too seldom both times."""
    asked: dict[tuple[int, str], int] = {}
    for users, shape in earlier.shapes.items():
        asked |= {(users, name): point.requests for name, point in shape.endpoints.items()}
    for measured in load.shapes:
        for one in measured.endpoints:
            key = (measured.users, one.name)
            asked[key] = max(one.requests, asked.get(key, 0))
    often = sum(number >= FEWEST for number in asked.values())
    return often, len(asked) - often


def _cannot_blame(load: Load, earlier: EarlierLoad) -> str:
    """Why longer times say nothing about the service; empty when they do."""
    for shape in load.shapes:
        if shape.disturbed:
            return say("{disturbed}: measure it on a machine that is free", disturbed=shape.disturbed)
        if shape.saturated or not shape.agrees:
            return say("the measurement itself can't be trusted (PF002)")
        if (ratio := pace_ratio(shape, earlier.shapes.get(shape.users))) > LIKE:
            return say("this machine is {ratio} times slower than it was then", ratio=f"{ratio:.1f}")
    return ""


def _faster_now(load: Load, earlier: EarlierLoad) -> str:
    """A machine that became faster would hide what became slower."""
    for shape in load.shapes:
        if (ratio := pace_ratio(shape, earlier.shapes.get(shape.users))) < 1 / LIKE:
            return say(
                "the machine is {ratio} times faster than in run {run}: not comparable",
                ratio=f"{1 / ratio:.1f}",
                run=earlier.run,
            )
    return ""


@artifact("load-comparison.md", step="6.4")
def load_comparison(load: Load, earlier: EarlierLoad, again: AcceptedAgain) -> str:
    """Each endpoint's times now, and when they were last accepted."""
    commit = f" ({earlier.commit[:7]})" if earlier.commit else ""
    strange = _cannot_blame(load, earlier) or _faster_now(load, earlier)
    parts = [f"# {tell('Load, against run {run}', run=earlier.run)}{commit}", tell(ABOUT)]
    if strange:
        why = told(strange)
        parts.append(f"**{why[:1].upper()}{why[1:]}{tell('.')}**")
    parts.append(_changes(load.shapes, earlier.shapes.values()))
    if again.then:
        decided = again.untrusted or say("the same machine, so that what differs is the code's")
        parts += [
            f"## {tell('The accepted code, measured in turns with this one')}",
            tell(
                "Commit {commit}, checked out beside this code: {decided}.",
                commit=again.commit[:7],
                decided=decided,
            ),
            _changes(again.now, map(as_earlier, again.then)),
        ]
    return "\n\n".join(parts) + "\n"


def _changes(now: Iterable[Shape], then: Iterable[EarlierShape]) -> str:
    rows = [
        (
            code(one.endpoint), str(one.users), f"{one.then.p50:g} → {one.now.p50:g}",
            f"{one.then.p95:g} → {one.now.p95:g}", f"{one.bound:g}", say("slower") if one.worse else "",
        )
        for one in compared(now, then)
    ]  # fmt: skip
    return (
        table(("endpoint", "users", "median", "p95", "bound", ""), rows) if rows else tell("Nothing could be compared.")
    )
