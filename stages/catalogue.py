"""Which stages are there, with which checks? gonogo's own, and those that a team adds to them."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

from runner.errors import WorkflowError, unknown_name
from runner.model import Check, Stage
from runner.said import say, together

ID = re.compile(r"([A-Z]{2,6})(\d{2,4})")  # letters that say whose it is, and a number: DB003, OPS001


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The stages in the order of the way, with their checks. Made once for a target, then passed."""

    stages: tuple[Stage, ...]

    @property
    def checks(self) -> tuple[Check[...], ...]:
        return tuple(check for stage in self.stages for check in stage.checks)

    @property
    def steps(self) -> tuple[str, ...]:
        """The ids of the checklist's lines: "3.1"."""
        return tuple(step.id for stage in self.stages for step in stage.steps)

    @property
    def built_in(self) -> str:
        """gonogo's own checks, so that another set of them is told from this one: `209 checks (1f3a2b9)`."""
        own = sorted(check.id for check in self.checks if not check.where)
        return f"{len(own)} checks ({hashlib.sha256(' '.join(own).encode()).hexdigest()[:7]})"

    def numbered(self) -> Iterator[tuple[int, Stage]]:
        """Each stage with its number on the way, from 1."""
        return enumerate(self.stages, start=1)

    def stage(self, name: str) -> Stage:
        """A stage by its slug or its task's name. Raises `WorkflowError` with a suggestion."""
        for stage in self.stages:
            if name in {stage.slug, stage.task}:
                return stage
        raise unknown_name("stage", name, [name for s in self.stages for name in dict.fromkeys((s.task, s.slug))])

    def check(self, id: str) -> tuple[Stage, Check[...]]:
        """A check by its id, in any case, and its stage. Raises `WorkflowError` with a suggestion."""
        for stage in self.stages:
            for check in stage.checks:
                if check.id == id.upper():
                    return stage, check
        raise WorkflowError(
            say(
                "No check called `{upper}`. {nearest} All of them: invoke explain all",
                upper=id.upper(),
                nearest=self._nearest(id.upper()),
            )
        )

    def _nearest(self, id: str) -> str:
        """What may have been meant: the id that is misspelt, else those with its letters and the nearest numbers."""
        known = [check.id for check in self.checks]
        letters = prefix(id)
        digits = id.removeprefix(letters)
        alike = [one for one in known if letters and prefix(one) == letters]
        if alike and digits.isdecimal():
            alike.sort(key=lambda one: abs(int(one.removeprefix(letters)) - int(digits)))
            if int(alike[0].removeprefix(letters)) == int(digits):
                return say("Did you mean `{alike}`?", alike=alike[0])
            return say("The nearest are {alike}.", alike=together(sorted(alike[:3])))
        near = get_close_matches(id, known, n=1, cutoff=0.6)
        return say("Did you mean `{near}`?", near=near[0]) if near else say("An id looks like {known}.", known=known[0])

    def with_checks(self, own: Iterable[Check[...]]) -> "Catalogue":
        """This one, with a team's checks behind those of the stages that their steps belong to.

        Raises `WorkflowError`, a line for each that has an id or a step which can't be: `check.where` names its place.
        """
        added = tuple(own)
        if wrong := [*self._wrong(added)]:
            raise WorkflowError("\n".join(wrong))
        return Catalogue(stages=tuple(_with(stage, added) for stage in self.stages))

    def _wrong(self, added: tuple[Check[...], ...]) -> Iterator[str]:
        taken = sorted({prefix(check.id) for check in self.checks})
        times = Counter(check.id for check in added)
        for check in added:
            if not ID.fullmatch(check.id):
                yield (
                    say(
                        "{where}: `{id}` is no id of a check. Write two to six capital letters of your "
                        "team's own and a number: OPS001.",
                        where=check.where,
                        id=check.id,
                    )
                )
            elif prefix(check.id) in taken:
                yield (
                    say(
                        "{where}: {id} begins with {prefix}, which is gonogo's. Take letters of your team's "
                        "own, none of {taken}: OPS001.",
                        where=check.where,
                        id=check.id,
                        prefix=prefix(check.id),
                        taken=together(taken),
                    )
                )
            elif times[check.id] > 1:
                others = [one.where for one in added if one.id == check.id and one is not check]
                yield say(
                    "{where}: {id} is there twice, also in {others}. Give one another number.",
                    where=check.where,
                    id=check.id,
                    others=together(others),
                )
            if check.step not in self.steps:
                problem = unknown_name("step", check.step, self.steps)
                yield say(
                    "{where}: {id} names a step that no stage has. {problem}",
                    where=check.where,
                    id=check.id,
                    problem=problem,
                )


def prefix(id: str) -> str:
    """The letters of an id: `DB` of DB003."""
    return re.split(r"[^A-Z]", id, maxsplit=1)[0]


def _with(stage: Stage, added: Iterable[Check[...]]) -> Stage:
    steps = {step.id for step in stage.steps}
    return replace(stage, checks=(*stage.checks, *(check for check in added if check.step in steps)))


BUILT_IN: Catalogue  # gonogo's own stages: their code is loaded when somebody first asks for them


def __getattr__(name: str) -> Catalogue:
    if name != "BUILT_IN":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from stages.built_in import STAGES  # noqa: PLC0415 - a second of imports

    globals()[name] = found = Catalogue(stages=STAGES)
    return found
