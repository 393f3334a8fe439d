"""A first specification from what the service really serves: look, propose, write, over no file unasked."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from runner.discovery.secrecy import Secrecy
from runner.discovery.target import Target
from runner.engine import Shelf
from runner.errors import ProbeError, WorkflowError
from runner.evidence.access.seen_access import SeenAccess
from runner.evidence.contract.contract import Contract
from runner.evidence.database.models import Models
from runner.evidence.database.schema import Schema
from runner.live.workshop import Workshop
from runner.model import Evidence
from runner.said import say
from runner.specification import Specification
from runner.specification_text import parse
from stages.requirements.proposal import as_yaml, propose, unnameable
from stages.requirements.proposed_questions import Looked
from workflow.called import NEUTRAL, Called
from workflow.service.people import Actor, local_actor, may_run
from workflow.service.rooms import new_workshop

E = TypeVar("E", bound=Evidence)
NOBODY_SAID = ".gonogo/no-specification.yaml"  # never written: what is observed must not be coloured by what is agreed


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What was written, and where."""

    path: Path
    proposal: Specification


def adopt(
    target: Target, listen: Callable[[str], None], output: str = "", *,
    force: bool = False, called: Called = NEUTRAL, actor: Actor | None = None,
) -> Adopted:  # fmt: skip
    """Look at the service and write the proposal. Raises `WorkflowError` where there is nothing to look at.

    `actor`: who asks, by default who is at this machine.
    """
    may_run(actor or local_actor(target), say("propose a specification"), target)
    path = _free(target, output, force=force)
    listen(say("Looking at {name}: its contract, its tables, and who gets in …", name=target.name))
    with new_workshop() as workshop:
        secrecy = Secrecy(target, workshop.secrets)
        try:
            proposal = propose(look(target, workshop))
        except WorkflowError as error:
            raise WorkflowError(secrecy.text(str(error))) from error
        text = called.text(secrecy.text(as_yaml(proposal)))
    problems, _ = parse(path.name, text)
    if problems:
        raise AssertionError(f"the proposal is not a valid specification: {problems[0].note}")
    _write(path, text)
    return Adopted(path=path, proposal=proposal)


def look(target: Target, workshop: Workshop) -> Looked:
    """What the service serves, who gets in, which tables it has; for each that could not be seen, why."""
    service = target.config.service.model_copy(update={"spec": NOBODY_SAID})
    blank = replace(target, config=target.config.model_copy(update={"service": service}))
    shelf = Shelf(blank, workshop)
    contract = _contract(target, shelf)
    access, access_problem = _seen(shelf, SeenAccess)
    tables, tables_problem = _tables(shelf)
    return Looked(
        name=target.name,
        contract=contract,
        access=access or SeenAccess(cells=(), roles=()),
        tables=tables,
        access_problem=access_problem,
        tables_problem=tables_problem,
        left_out=unnameable(contract.operations),
    )


def _contract(target: Target, shelf: Shelf) -> Contract:
    contract, problem = _seen(shelf, Contract)
    if contract is None:
        raise WorkflowError(
            say(
                "No specification can be proposed for {name}, its contract can't be asked: "
                "{problem}. See that the app can be imported by its own interpreter (invoke "
                "stage.design says more), then adopt again.",
                name=target.name,
                problem=problem,
            )
        )
    if len(contract.operations) == len(unnameable(contract.operations)):
        raise WorkflowError(
            say(
                "No specification can be proposed for {name}: the contract of {app} has no "
                "operation. Routes that are hidden (include_in_schema=False) or not included in this "
                "app are not in it; is another app meant? Name it in gonogo.toml: [service] app = "
                '"module:attribute"',
                name=target.name,
                app=contract.app,
            )
        )
    return contract


def _tables(shelf: Shelf) -> tuple[tuple[str, ...], str]:
    """Names of the tables: as migrated, else as the models declare them."""
    schema, problem = _seen(shelf, Schema)
    if schema is not None:
        return tuple(table.name for table in schema.tables), ""
    models, _ = _seen(shelf, Models)
    return (tuple(table.name for table in models.tables), "") if models else ((), problem)


def _seen(shelf: Shelf, kind: type[E]) -> tuple[E | None, str]:
    """The evidence, or why there is none. A bug of ours stays one."""
    kept = shelf.get(kind)
    if isinstance(kept.problem, ProbeError):
        return None, str(kept.problem).rstrip(".")
    if kept.problem is not None:
        raise kept.problem
    assert isinstance(kept.evidence, kind)
    return kept.evidence, ""


def _free(target: Target, output: str, *, force: bool) -> Path:
    """Where to write. Raises before anything is started when something is there."""
    path = Path(output).absolute() if output else target.root / target.spec
    if not output and not path.resolve().is_relative_to(target.root.resolve()):
        raise WorkflowError(
            say(
                "gonogo.toml puts the specification outside of the service ({spec}), where nothing "
                "is written by itself. Name the file: --output FILE",
                spec=target.spec,
            )
        )
    if path.is_dir():
        raise WorkflowError(
            say("{path} is a folder; name a file: --output {path2}", path=path, path2=path / "spec.yaml")
        )
    if path.exists() and not force:
        raise WorkflowError(
            say(
                "{path} is there already; it is left alone. Write beside it with --output FILE, or "
                "replace it with --force.",
                path=path,
            )
        )
    return path


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a file beside it, then one rename."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=".adopt-", encoding="utf-8", delete=False
        ) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        os.replace(file.name, path)  # noqa: PTH105 - atomic
    except OSError as error:
        raise WorkflowError(
            say("The proposal can't be written to {path}: {strerror}.", path=path, strerror=error.strerror)
        ) from error
