"""`ledger.backup` and `ledger.restore`: the whole memory in a file, and back."""

from functools import partial
from pathlib import Path

from invoke import Exit

from runner import said
from runner.said import tell
from runner.words import plural
from workflow.called import called_by
from workflow.cli.errors import NO_GO, exit_codes
from workflow.cli.lay import a_page, say
from workflow.service import back_up_ledger_of, choose_service, restore_ledger_of


def back_up_ledger(file: str, service: str) -> None:
    with exit_codes("Nothing was written.", service=service):
        page = a_page(called_by(service))
        found = back_up_ledger_of(partial(choose_service, service or None), Path(file))
        if found.altered:
            first = said.say(
                "{file}: a copy of a ledger that is not as it was written. First: {first}.",
                file=file,
                first=found.altered[0],
            )
            raise Exit(first, NO_GO)
        say(
            page,
            tell(
                "{file}: {links}, and each row is as it was written. The newest: {head}",
                file=file,
                links=plural(found.links, "link"),
                head=found.head,
            ),
        )


def restore_ledger(file: str, service: str) -> None:
    with exit_codes("Nothing was restored.", service=service):
        page = a_page(called_by(service))
        found = restore_ledger_of(partial(choose_service, service or None), Path(file))
        say(
            page,
            tell(
                "{links} restored, and each row is as it was written. The newest: {head}",
                links=plural(found.links, "link"),
                head=found.head,
            ),
        )
