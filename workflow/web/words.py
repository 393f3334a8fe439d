"""In which words does a page say where things stand? `running` only of what runs, a verdict only of today's state."""

from runner.said import say
from workflow.report.markup import slug
from workflow.report.outline import WAITS
from workflow.service import Lamp, Overview, StageView

STALE = "STALE"
NOT_YET = "Not proved"
# What a page shows of values that the code gives names to, in words that it has nowhere else.
VALUES = (
    *(
        say("proved"),
        say("failed"),
        say("not seen"),
        say("not applicable"),
        say("our bug"),
        say("written"),
        say("open"),
    ),
    *(say("not run"), say("running"), say("queued"), say("starting"), say("finished"), say("cancelled")),
    *(
        say("interrupted"),
        say("STALE"),
        say("Not proved"),
        say("No run yet"),
        say("Under way"),
        say("ALTERED"),
        say("UNKNOWN"),
    ),
    *(
        say("GO with waivers"),
        say("GO, waits for a signature"),
        say("All"),
        say("Unfinished"),
        say("altered"),
        say("lead"),
        say("developer"),
    ),
    *(say("viewer"), say("must"), say("should"), say("could"), say("answered"), say("collected"), say("problem")),
    *(
        say("reused"),
        say("damaged"),
        say("asked for a waiver"),
        say("approved a waiver"),
        say("signed"),
        say("assigned"),
    ),
    *(say("commented"), say("When something happens"), say("While something lasts"), say("If something goes wrong")),
    *(
        say("Where something is there"),
        say("Always"),
        say("all"),
        say("stands alone"),
        say("blocked"),
        say("all requests"),
        say("latency"),
        say("throughput"),
        say("error rate"),
    ),
)


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
