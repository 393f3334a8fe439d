"""A page of the app without a browser: the real views behind it, and what it would start written down."""

from dataclasses import dataclass, field

from streamlit.testing.v1 import AppTest

from runner.errors import WorkflowError
from workflow.called import Called
from workflow.ledger import Asking, Decision, Known, Only, Run, Standing, Verified
from workflow.service import Actor, Kind, Overview, Proposal, SpecificationText
from workflow.web.gateway import ServiceGateway


@dataclass
class RecordingGateway:
    """The real views; what would start or end a process is written down instead."""

    real: ServiceGateway
    started: list[str] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    problem: str = ""

    @property
    def called(self) -> Called:
        return self.real.called

    def overview(self) -> Overview:
        return self.real.overview()

    def run(self, id: int) -> Run:
        return self.real.run(id)

    def runs(self, limit: int, only: Only = Only.ALL) -> tuple[Run, ...]:
        return self.real.runs(limit, only)

    def last_go(self, before: int | None = None) -> Run | None:
        return self.real.last_go(before)

    def outcomes(self, check: str) -> tuple[Asking, ...]:
        return self.real.outcomes(check)

    def content(self, sha256: str) -> bytes:
        return self.real.content(sha256)

    def log_tail(self, id: int) -> str:
        return self.real.log_tail(id)

    def services(self) -> tuple[Known, ...]:
        return self.real.services()

    def fleet(self) -> tuple[Standing, ...]:
        return self.real.fleet()

    def specification(self) -> SpecificationText:
        return self.real.specification()

    def specify(self, proposal: Proposal) -> None:
        self.real.specify(proposal)

    def start(self, task: str) -> int:
        if self.problem:
            raise WorkflowError(self.problem)
        self.started.append(task)
        return 1

    def cancel(self, run: Run) -> None:
        self.cancelled.append(run.id)

    def decisions(self) -> tuple[Decision, ...]:
        return self.real.decisions()

    def verify(self) -> Verified:
        return self.real.verify()

    @property
    def actor(self) -> Actor:
        return self.real.actor

    def decide(self, kind: Kind, about: str, **words: str) -> None:
        self.real.decide(kind, about, **words)


def open_page(gateway: RecordingGateway, page: str, **choices: str) -> AppTest:
    """One page of the app, by its path, drawn from the gateway's own views."""

    def script(gateway: object, page: str) -> None:
        from workflow.web.app import frame  # noqa: PLC0415 - Streamlit runs this text elsewhere

        frame(gateway.overview(), gateway, gateway.services(), None, first=page)  # type: ignore[attr-defined, arg-type]

    test = AppTest.from_function(script, kwargs={"gateway": gateway, "page": page}, default_timeout=20)
    for name, value in choices.items():
        test.query_params[name] = value
    return test.run()
