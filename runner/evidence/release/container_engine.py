"""Which program runs containers on this machine?"""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from runner.errors import NotThere
from runner.live.containers import ENGINES, Engine, find_engine
from runner.model import Evidence
from runner.probe import Probe
from runner.processes.fence import Fence, Kind
from runner.said import say, together


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerEngine(Evidence):
    """What runs containers on this machine."""

    holds: ClassVar[timedelta] = timedelta(0)  # it may be installed, started or stopped at any time

    name: str

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        return cls(name=usable_engine(probe.workshop.fence).name)


def usable_engine(fence: Fence) -> Engine:
    """The engine whose containers reach our servers, and nothing else. Raises `NotThere` with the reason.

    One whose containers would not live in the run's own network is not even asked: its daemon is none of the run's.
    """
    looked = "docker and podman on this machine"
    at_large = [name for name in ENGINES if _is_at_large(name, fence)]
    barred = [name for name in at_large if shutil.which(name)]
    apart = say(
        "{barred} can't run a container in the run's own network (podman can, as root)",
        barred=together(barred, " and "),
    )
    try:
        engine = find_engine([name for name in ENGINES if name not in at_large])
    except NotThere as none:
        raise NotThere(
            say("{barred}; the image was not built", barred=apart if barred else none), looked=looked
        ) from none
    if why := engine.elsewhere():
        raise NotThere(
            say("{why}, so a container could not reach the rehearsal's database; the image was not built", why=why),
            looked=looked,
        )
    return engine


def _is_at_large(engine: str, fence: Fence) -> bool:
    """Would its containers reach what the run did not start?"""
    return fence.kind is not Kind.TRUSTED and not (fence.kind is Kind.NAMESPACES and engine == "podman")
