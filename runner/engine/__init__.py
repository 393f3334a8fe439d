"""Collect evidence once, judge it many times, and say each thing as soon as it is known."""

from runner.engine.collect import examine, startable
from runner.engine.events import Collected, Collecting, Event, StageDone
from runner.engine.shelf import Kept, Kind, Shelf, closure, sorted_by_needs

__all__ = [
    "Collected",
    "Collecting",
    "Event",
    "Kept",
    "Kind",
    "Shelf",
    "StageDone",
    "closure",
    "examine",
    "sorted_by_needs",
    "startable",
]
