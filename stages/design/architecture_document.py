"""The architecture document as a file of the service: made parts, and room for what only people know."""

from collections.abc import Callable

from runner.evidence.agreed.decisions import Decisions
from runner.evidence.contract.routes import Routes
from runner.evidence.release.layout import Layout
from runner.said import ENGLISH, speaking
from stages.design.architecture_parts import parts_of
from stages.design.regions import Renewed, renew, whole

HEADINGS = {
    "context": "Context",
    "containers": "Containers",
    "components": "Components",
    "data-flow": "Data flow",
    "deployment": "Deployment",
    "decisions": "Decisions",
}


def architecture_document(
    layout: Layout, decisions: Decisions, routes: Routes, there: str | None, clean: Callable[[str], str]
) -> Renewed:
    """The document anew; `there`: as it stands now, of which people's parts stay. `clean`: blanks what is secret."""
    with speaking(ENGLISH):  # it is kept in the service's repository, and compared there: whoever renews it
        parts = {name: clean(text) for name, text in parts_of(layout, decisions, routes).items()}
    if there is not None:
        return renew(there, parts)
    summary = layout.spec.service.summary if layout.spec else f"{layout.name}, as its files and its contract show it."
    return Renewed(text=whole(layout.name, summary, parts, HEADINGS), renewed=tuple(parts))
