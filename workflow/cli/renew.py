"""`update`: what a changed specification or template does to a service, shown before it is written."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from invoke import Exit

from runner import said
from runner.errors import WorkflowError
from runner.said import tell, told
from runner.words import plural
from workflow.called import called_by
from workflow.cli.errors import GO, NO_GO, exit_codes
from workflow.cli.lay import a_page, say
from workflow.report.as_text import padded
from workflow.service import Renewal, renewal, write_renewal
from workflow.service.update.plan import BESIDE, Kind, Move

WIDTH = 11
FEW = 6  # paths that are named one by one
SAID = {
    Kind.ADDED: "",
    Kind.CHANGED: said.say("nobody had edited it here"),
    Kind.MERGED: said.say("edited here and generated otherwise, in different places"),
    Kind.REMOVED: said.say("not generated any more, and nobody had edited it here"),
}
OF_MANY = {
    Kind.CHANGED: said.say("{files}, nobody had edited them here"),
    Kind.REMOVED: said.say("{files}, not generated any more, and nobody had edited them here"),
}


def update_service(service: str, spec: str, *, dry_run: bool, allow_loss: bool) -> None:
    page = a_page(called_by(service))
    with exit_codes("Nothing was written.", service=service):
        found = renewal(_folder(service), spec)
        if found.nothing:
            say(
                page,
                tell(
                    "{name} is as its specification and the templates have it: nothing to update.",
                    name=found.record.name,
                ),
            )
            raise Exit(code=GO)
        for line in _lines(found):
            say(page, line)
        if dry_run:
            say(page, "Nothing was written, since --dry-run was given.")
            raise Exit(code=NO_GO if found.conflicts else GO)
        write_renewal(found, allow_loss=allow_loss)
        for line in _next(found):
            say(page, line)
        raise Exit(code=NO_GO if found.conflicts else GO)


def _folder(service: str) -> Path:
    """It needs no environment of its own: only its files are asked."""
    folder = Path(service or ".").resolve()
    if not folder.is_dir():
        raise WorkflowError(
            said.say(
                "There is no folder {service}. Name that of a service, made by `invoke new NAME`, with --service.",
                service=service,
            )
        )
    return folder


def _lines(found: Renewal) -> Iterator[str]:
    for kind in (Kind.ADDED, Kind.CHANGED, Kind.MERGED, Kind.REMOVED):
        yield from _group(kind, found.of(kind))
    for kind in (Kind.KEPT, Kind.CONFLICT):
        for one in found.of(kind):
            yield _labelled(kind.value, tell("{path}: {why}", path=one.path, why=one.why))
    if found.revision:
        made = found.revision
        yield _labelled(
            "migration", tell("{path}, after {follows}: {does}", path=made.path, follows=made.follows, does=made.does)
        )
        for filled in made.filled:
            yield _labelled(
                "",
                tell("rows that are there get {filled}; write another value into it, if that is wrong", filled=filled),
            )
        yield from (_labelled("", slow) for slow in made.slow)
    for loss in found.losses:
        yield _labelled("loses", loss)


def _group(kind: Kind, moves: Sequence[Move]) -> Iterator[str]:
    if not moves:
        return
    if kind in OF_MANY and len(moves) > FEW:
        yield _labelled(kind.value, tell(OF_MANY[kind], files=plural(len(moves), "file")))
        return
    for number, one in enumerate(moves):
        text = tell("{path}: {what}", path=one.path, what=SAID[kind]) if SAID[kind] else one.path
        yield _labelled("" if number else kind.value, text)


def _labelled(label: str, text: str) -> str:
    return f"  {padded(told(label), WIDTH)}{told(text)}"


def _next(found: Renewal) -> Iterator[str]:
    root = found.root
    here = Path.cwd()
    shown = shlex.quote(str(root.relative_to(here) if root.is_relative_to(here) else root))
    if found.conflicts:
        yield (
            tell(
                "{files} to decide on. Where both say something, yours stayed; FILE{beside} beside "
                "it has both, between <<<<<<< and >>>>>>>. Carry over what you want and delete it. "
                "Next:",
                files=plural(len(found.conflicts), "file"),
                beside=BESIDE,
            )
        )
        yield from (f"  {shown}/{one.path}{BESIDE}" for one in found.conflicts)
    else:
        yield tell("Everything is written, and nothing is committed. Next:")
    yield f"  git -C {shown} diff"
    lock = any(one.path.endswith(".lock") for one in found.moves)
    if lock:
        yield f"  {shown}/.venv/bin/python -m pip install --require-hashes -r {shown}/requirements-dev.lock"
    yield "  invoke stage.db" if found.revision else "  invoke stage.tests"
    yield tell("To take it back: git -C {shown} restore . && git -C {shown} clean -d --force -- .", shown=shown)
