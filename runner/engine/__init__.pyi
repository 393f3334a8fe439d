from runner.engine.collect import examine, startable
from runner.engine.events import Collected, Collecting, Event, StageDone
from runner.engine.shelf import Kept, Kind, Shelf, closure, sorted_by_needs
from runner.engine.whole import Whole

__all__ = [
    "Collected",
    "Collecting",
    "Event",
    "Kept",
    "Kind",
    "Shelf",
    "StageDone",
    "Whole",
    "closure",
    "examine",
    "sorted_by_needs",
    "startable",
]
