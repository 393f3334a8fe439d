"""Where does a run take place? A workshop behind the fence that the environment asks for."""

from runner.errors import unknown_name
from runner.live.workshop import Workshop
from runner.said import say
from workflow.settings import read_settings

FENCES = ("namespaces", "landlock", "none")
RESTS = (15.0, 45.0)  # seconds: a machine that is held back after minutes of work has recovered a little, or much


def new_workshop(*, trusted: bool = False) -> Workshop:
    """An open workshop; the caller closes it. Raises `WorkflowError` for a fence that there is not."""
    settings = read_settings()
    if settings.fence and settings.fence not in FENCES:
        raise unknown_name(say("fence (GONOGO_FENCE)"), settings.fence, FENCES)
    return Workshop(settings.fence, trusted=trusted or settings.trusted, rests=RESTS)
