"""`new` and `adopt`: what makes files that from then on belong to the team."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from runner.words import plural
from workflow.cli.errors import exit_codes
from workflow.cli.write import spoken
from workflow.service import adopt, choose_service, new_service


def adopt_service(service: str, output: str, *, force: bool) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with exit_codes("Nothing was written."):
        target = choose_service(service or None)
        adopted = adopt(target, console.print, output, force=force)
        found = adopted.proposal
        console.print(
            f"{adopted.path}: {plural(len(found.resources), 'resource')}, "
            f"{plural(len(found.requirements), 'requirement')}, {plural(len(found.roles), 'role')}, "
            f"{plural(len(found.permissions), 'permission')} as seen, {plural(len(found.questions), 'open question')}."
        )
        console.print("It is a proposal: every line of it wants a person's yes, and its head says how.")
        console.print(spoken("Next: invoke stage.requirements"))


def make_service(name: str, output: str, package: str) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    with exit_codes("Nothing was written."):
        folder = new_service(name, output, package, datetime.now(UTC).date())
        here = Path.cwd()
        shown = folder.relative_to(here) if folder.is_relative_to(here) else folder
        console.print(f"{shown}: a service with sign-in, one resource, migrations, tests and a specification. Next:")
        console.print(f"  python3 -m venv {shown}/.venv")
        console.print(f"  {shown}/.venv/bin/python -m pip install --require-hashes -r {shown}/requirements-dev.lock")
        console.print(spoken(f"  invoke pipeline --service {shown}"))
        console.print(f"Then write over {shown}/spec.yaml what is wanted; {shown}/README.md says how to go on.")
