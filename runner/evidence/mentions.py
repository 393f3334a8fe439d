"""Where the service's tests name an id of the specification."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from runner.evidence.specification import Spec
from runner.model import Evidence, Place, in_file
from runner.probe import TargetProbe
from runner.target import SKIPPED

ID = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)+(?![\w-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions(Evidence):
    """The tests that name a requirement."""

    tests: str | None  # the folder; None where there is none
    places: Mapping[str, tuple[Place, ...]]  # id → where it stands

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        spec = probe.need(Spec)
        folder = probe.target.tests
        if folder is None:
            return cls(tests=None, places={})
        known = {r.id for r in spec.content.requirements}
        known |= {a.id for r in spec.content.requirements for a in r.acceptance}
        found: dict[str, list[Place]] = {}
        for path in sorted(probe.inside(folder).rglob("*.py")):
            if SKIPPED & set(path.parts):
                continue
            name = path.relative_to(probe.root.resolve()).as_posix()
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
                for id in ids_in(line) & known:
                    found.setdefault(id, []).append(in_file(name, number))
        return cls(tests=folder, places={id: tuple(where) for id, where in found.items()})


def ids_in(line: str) -> set[str]:
    """The ids that a line of code names, also as a test's name may: `test_ac_post_1_…` names AC-POST-1."""
    plain = set(ID.findall(line))
    named = re.search(r"def (test_\w+)", line)
    words = named[1].upper().split("_")[1:] if named else []
    ends = {"-".join(words[:n]) for n in range(2, len(words) + 1)}
    return plain | ends | {id.replace("_", "-") for id in plain}
