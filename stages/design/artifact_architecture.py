"""The architecture document: context, containers, components, data flow, deployment, versions, decisions."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from runner.evidence.agreed.decisions import Decisions
from runner.evidence.agreed.specification import Spec
from runner.evidence.code.interpreter import Interpreter, normal
from runner.evidence.code.lock_file import LockFile
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.routes import Routes
from runner.evidence.release.layout import Layout
from runner.markdown import below, cell, heads
from runner.model import artifact
from runner.said import tell
from runner.words import plural
from stages.design.architecture_parts import parts_of
from stages.design.artifacts import by_resource


@artifact("architecture.md", step="1.2")
def architecture(
    spec: Spec,
    decisions: Decisions,
    lock: LockFile,
    interpreter: Interpreter,
    contract: Contract,
    routes: Routes,
    layout: Layout,
) -> str:
    """Architecture."""
    pins = {normal(pin.name): pin.version or "?" for pin in lock.pins}
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
    )
    environment.globals |= {"tell": tell, "heads": heads, "plural": plural}
    return environment.get_template("architecture.md.j2").render(
        spec=spec.content,
        decisions=decisions,
        interpreter=interpreter,
        lock=lock,
        choices=list(_choices(decisions, pins, interpreter)),
        parts=parts_of(layout, decisions, routes),
        resources=by_resource(contract),
        operations=len(contract.operations),
        cell=cell,
        below=below,
    )


def _choices(decisions: Decisions, pins: dict[str, str], interpreter: Interpreter) -> Iterator[tuple[str, ...]]:
    """(choice, decided, locked, installed, decision) of every accepted decision."""
    for record in decisions.accepted:
        for choice, wanted in record.decides.items():
            name = normal(choice.partition("[")[0])
            installed = interpreter.python if name == "python" else interpreter.installed.get(name, "·")
            yield choice, wanted or tell("any"), pins.get(name, "·"), installed, record.id
