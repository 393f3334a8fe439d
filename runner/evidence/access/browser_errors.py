"""What does a page of a permitted origin get when an operation breaks? Without the CORS header: nothing at all."""

from dataclasses import dataclass
from typing import Self

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.contract.served_app import ServedApp
from runner.model import Evidence
from runner.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserAnswer:
    """An answer to a page of the origin: its status, and whom Access-Control-Allow-Origin lets read it."""

    status: int
    allowed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserErrors(Evidence):
    """Two routes are added to the app in a process of its own, under production settings: one works, one raises."""

    app: str
    origins: tuple[str, ...]  # that the app permits
    origin: str  # that asked
    well: BrowserAnswer | None  # of the route that works
    broken: BrowserAnswer | None  # of the route that raises

    @classmethod
    def collect(cls, probe: Probe, served: ServedApp) -> Self:
        if not served.routes and not served.documents:
            raise NotThere("the app serves nothing", looked="the routes of the app", absent=Thing.OPERATIONS)
        words = [served.app, *([probe.target.path] if probe.target.path else [])]
        answer = probe.ask("browser_errors", *words, env=probe.environment.of(production=True))
        if not answer["origins"]:
            looked = "the middleware of the app under production settings"
            raise NotThere("no origin of a browser is permitted by CORSMiddleware", looked=looked)
        well, broken = _answer(answer["well"]), _answer(answer["broken"])
        if well is None and broken is None:
            raise ProbeError("neither of two routes that were added to the app was answered")
        return cls(app=served.app, origins=tuple(answer["origins"]), origin=answer["origin"], well=well, broken=broken)


def _answer(told: dict[str, object] | None) -> BrowserAnswer | None:
    return BrowserAnswer(status=int(str(told["status"])), allowed=str(told["allowed"])) if told else None
