"""What is new, gone and unchanged between two runs? A pure function of both."""

from collections.abc import Iterable
from dataclasses import dataclass

from runner.model import Finding, Place
from workflow.gate import GREEN, blockers
from workflow.ledger import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A check that blocks in both: what came and what went of its places."""

    then: Finding
    now: Finding
    new: tuple[Place, ...]
    gone: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`new` blocks now and did not then, `gone` blocked then and is green now, both the most telling first."""

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]  # as they are now
    still: tuple[Still, ...]
    green: int  # checks that are green in both
    dropped: tuple[Finding, ...]  # asked then, not asked now
    added: tuple[Finding, ...]  # green, and not asked then

    @property
    def nothing(self) -> bool:
        return not (self.new or self.gone or self.still or self.dropped or self.added)


def difference(then: Iterable[Finding], now: Iterable[Finding]) -> Difference:
    old, new = ({(one.stage, one.check): one for one in found} for found in (then, now))
    shut = blockers(new.values())
    green = [key for key, one in new.items() if one.outcome in GREEN]
    return Difference(
        new=tuple(one for one in shut if (was := old.get((one.stage, one.check))) is None or was.outcome in GREEN),
        gone=tuple(new[key] for key in green if key in old and old[key].outcome not in GREEN),
        still=tuple(
            _still(was, one)
            for one in shut
            if (was := old.get((one.stage, one.check))) is not None and was.outcome not in GREEN
        ),
        green=sum(key in old and old[key].outcome in GREEN for key in green),
        dropped=tuple(one for key, one in old.items() if key not in new),
        added=tuple(new[key] for key in green if key not in old),
    )


def _still(then: Finding, now: Finding) -> Still:
    before, after = set(then.places), set(now.places)
    return Still(
        then=then,
        now=now,
        new=tuple(place for place in now.places if place not in before),
        gone=tuple(place for place in then.places if place not in after),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A document that is not as it was; None where there was none, or is none."""

    then: Artifact | None
    now: Artifact | None


def changed_documents(then: Iterable[Artifact], now: Iterable[Artifact]) -> tuple[Changed, ...]:
    old, new = ({(one.stage, one.name): one for one in written} for written in (then, now))
    keys = [*new, *(key for key in old if key not in new)]
    pairs = ((old.get(key), new.get(key)) for key in keys)
    return tuple(
        Changed(then=was, now=one) for was, one in pairs if was is None or one is None or was.sha256 != one.sha256
    )
