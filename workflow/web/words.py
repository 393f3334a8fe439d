"""In which words does a page say where things stand? `running` only of what runs, a verdict only of today's state."""

from workflow.report.markup import slug
from workflow.report.outline import WAITS
from workflow.service import Lamp, Overview, StageView

STALE = "STALE"
NOT_YET = "Not proved"


def standing(view: StageView) -> str:
    """A stage's verdict for today's state; STALE where it was judged in another one."""
    if view.demanded:
        return WAITS
    return STALE if view.stale and view.lamp in {Lamp.GO, Lamp.NO_GO} else view.lamp.value


def whole(view: Overview) -> tuple[str, str]:
    """(the word for the whole service, its tone): NO-GO is what blocks today's state, not what blocked another one."""
    if view.latest is None:
        return "No run yet", "not-run"
    if view.running:
        return "Under way", "running"
    if view.verdict is Lamp.GO:
        return Lamp.GO.value, "go"
    stood = {standing(one) for one in view.stages}
    if Lamp.NO_GO.value in stood:
        return Lamp.NO_GO.value, "no-go"
    if WAITS in stood and stood <= {WAITS, Lamp.GO.value}:
        return WAITS, slug(WAITS)
    return (STALE, "stale") if STALE in stood else (NOT_YET, "not-run")
