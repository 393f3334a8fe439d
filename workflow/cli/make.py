"""`new`, `adopt` and `decide`: what makes files that from then on belong to the team."""

import shlex
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from runner.said import tell, together
from runner.words import plural
from workflow.called import called_by
from workflow.cli.errors import exit_codes
from workflow.cli.lay import a_page, say
from workflow.service import Decided, adopt, choose_service, new_service, write_decisions

TO_WRITE = "tests/integration/test_to_write.py"


def adopt_service(service: str, output: str, *, force: bool) -> None:
    page = a_page(called_by(service))
    with exit_codes("Nothing was written.", service=service):
        target = choose_service(service or None)
        adopted = adopt(target, partial(say, page), output, force=force, called=page.called)
        found = adopted.proposal
        say(
            page,
            tell(
                "{path}: {resources}, {requirements}, {roles}, {permissions} as seen, {questions}.",
                path=adopted.path,
                resources=plural(len(found.resources), "resource"),
                requirements=plural(len(found.requirements), "requirement"),
                roles=plural(len(found.roles), "role"),
                permissions=plural(len(found.permissions), "permission"),
                questions=plural(len(found.questions), "open question"),
            ),
        )
        say(page, "It is a proposal: every line of it wants a person's yes, and its head says how.")
        say(page, "Next: invoke stage.requirements")


def make_service(name: str, output: str, package: str, spec: str, into: str) -> None:
    page = a_page(called_by())
    with exit_codes("Nothing was written."):
        folder = new_service(name, output, package, datetime.now(UTC).date(), spec, into)
        here = Path.cwd()
        shown = shlex.quote(str(folder.relative_to(here) if folder.is_relative_to(here) else folder))
        say(
            page,
            tell(
                "{shown}: a service with sign-in, its resources, migrations, tests and a specification. Next:",
                shown=shown,
            ),
        )
        python = "python3" if shutil.which("python3") else f"python3.{sys.version_info.minor}"
        say(page, f"  {python} -m venv {shown}/.venv")
        say(page, f"  {shown}/.venv/bin/python -m pip install --require-hashes -r {shown}/requirements-dev.lock")
        say(page, f"  invoke pipeline --service {shown}")
        if not spec:
            say(page, "Then write down what is wanted, as docs/examples do, and make it anew with --spec.")
        if (folder / TO_WRITE).is_file():
            say(
                page,
                tell(
                    "{shown}/{to_write} has a failing test for each criterion that has no example: write them.",
                    shown=shown,
                    to_write=TO_WRITE,
                ),
            )


def decide_service(service: str) -> None:
    page = a_page(called_by(service))
    with exit_codes("Nothing more was written.", service=service):
        target = choose_service(service or None)
        found = write_decisions(target, partial(say, page), datetime.now(UTC).date())
        for one in found.records:
            say(page, f"  {found.folder}/{one.name}  {one.status}: {one.title}")
        if not found.records:
            say(
                page,
                tell(
                    "{folder}: nothing to add, {records} decide what is used.",
                    folder=found.folder,
                    records=plural(found.kept, "record"),
                ),
            )
        for line in _documented(found):
            say(page, line)
        open_ones = [one for one in found.records if one.status == "proposed"]
        if open_ones:
            say(
                page,
                tell(
                    "Read {proposals}, write why, set `status: accepted`; they are yours.",
                    proposals=plural(len(open_ones), "proposal"),
                ),
            )
        say(page, "Next: invoke stage.design")


def _documented(found: Decided) -> Iterator[str]:
    if found.problem:
        yield tell("{document}: not written, {problem}", document=found.document, problem=found.problem)
    elif found.own:
        yield tell(
            "{document}: your own, left alone. Its drawings are held against what is used (RQ024).",
            document=found.document,
        )
    elif found.renewed:
        yield tell("{document}: made {renewed}.", document=found.document, renewed=together(found.renewed))
    else:
        yield tell("{document}: as it was.", document=found.document)
    if found.edited:
        yield tell("  left alone, since somebody edited it: {edited}", edited=together(found.edited))
