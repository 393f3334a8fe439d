"""What was measured, and was it what was aimed at? A figure, and the lines that people read."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value. `aim` is its bound in the same unit; None where a value is only told."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False  # the aim is a floor, not a ceiling
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.aim is None:
            return None
        return self.value >= self.aim if self.at_least else self.value <= self.aim

    def told(self) -> str:
        return f"{self.value:,.{2 if self.unit == '×' else 1 if self.value < 100 else 0}f} {self.unit}"

    def aimed(self) -> str:
        if self.aim is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {self.aim:g} {self.unit}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed (nearest rank). `values` must not be empty."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 1).__int__() - 1)]


def spread(values: Sequence[float], unit: str) -> str:
    """Least, median and greatest, as a note."""
    return f"{min(values):.2f} · {statistics.median(values):.2f} · {max(values):.2f} {unit} in {len(values)}"


def lines(figures: Sequence[Figure]) -> Iterator[str]:
    """Two lines a figure, in rich's markup: value and aim, and beneath them what it was made of."""
    wide = max(len(one.name) for one in figures)
    for one in figures:
        mark = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[one.met]
        yield f"{one.name:<{wide}} [bold]{one.told():>10}[/]  {one.aimed():<9} {mark}".rstrip()
        if one.note:
            yield f"    [dim]{one.note}[/]"
