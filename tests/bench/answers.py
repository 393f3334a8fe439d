"""Which share of a service's operations is really answered, where nobody told anything? And why not the others?"""

from collections.abc import Iterator
from pathlib import Path

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.errors import ProbeError
from runner.evidence.behaviour.wide_numbers import WideNumbers
from runner.live.workshop import Workshop
from tests.bench.figures import Figure

AIM = 90  # percent


def measure(service: Path) -> Iterator[Figure]:
    """One figure, with each operation that was refused; nothing answered where the service can't be asked at all."""
    with Workshop() as workshop:
        try:
            seen = Shelf(find_target(service), workshop).need(WideNumbers)
        except ProbeError as error:
            name = f"{service.name}: operations that were answered"
            yield Figure(name=name, value=0, unit="%", aim=AIM, at_least=True, note=str(error))
        else:
            yield figure(service.name, seen)


def figure(name: str, seen: WideNumbers) -> Figure:
    return Figure(
        name=f"{name}: operations that were answered",
        value=seen.answered.judged / seen.answered.there * 100,
        unit="%",
        aim=AIM,
        at_least=True,
        note="\n    ".join([str(seen.answered), *(f"{endpoint}: {why[:160]}" for endpoint, why in seen.refused)]),
    )
