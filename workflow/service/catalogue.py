"""Which checks are asked of this service? gonogo's, those of installed packages, and those of its own files."""

import json
from functools import lru_cache
from pathlib import Path

import stages
from runner.discovery.target import Target
from runner.model import Check
from runner.reuse.pieces import Piece, seal
from runner.reuse.state import digest_of_code
from runner.team.files import CheckFile, describe, files_of
from runner.team.packages import packaged
from stages import catalogue, outline
from stages.catalogue import Catalogue
from workflow.ledger import Ledger
from workflow.service.rooms import new_workshop

REMEMBERED = 32  # services whose files were described in this process
JUDGES = Path(stages.__file__).parent
KIND = "outline"  # the kind under which the catalogue's words are kept, beside those of evidence


def catalogue_of(target: Target | None, *, trusted: bool = False, ledger: Ledger | None = None) -> Catalogue:
    """The catalogue for a service, or without one. Raises `WorkflowError` that names the file or package with a fault.

    The service's files are described behind a fence; `trusted`: also where there is none. `ledger`: it may have an
    outline of this very code, so that gonogo's own checks are not loaded before one of them is needed.
    """
    files = files_of(target) if target else ()
    own = (*packaged(), *(_described(files, trusted=trusted) if files else ()))
    built_in = (_from_outline(target, ledger) if target and ledger else None) or catalogue.BUILT_IN
    return built_in.with_checks(own) if own else built_in


def keep_outline(target: Target, ledger: Ledger, run: int) -> None:
    """Keep the words of gonogo's own catalogue for the next command, unless they are there."""
    kept = ledger.kept(str(target.root))
    newest = kept.newest(KIND)
    if newest is None or not _is_whole(newest):
        form, content = _form(), outline.outlined().encode()
        kept.keep(KIND, run, Piece(trace=form, content=content, seal=seal(form, content)))


def _from_outline(target: Target, ledger: Ledger) -> Catalogue | None:
    piece = ledger.kept(str(target.root)).newest(KIND)
    return outline.read(piece.content.decode()) if piece and _is_whole(piece) else None


def _is_whole(piece: Piece) -> bool:
    """Is it of this code, and as it was written?"""
    return piece.trace == _form() and piece.seal == seal(piece.trace, piece.content)


def _form() -> str:
    return json.dumps({"kept": KIND, "format": 1, "code": digest_of_code(JUDGES)})


@lru_cache(maxsize=REMEMBERED)
def _described(files: tuple[CheckFile, ...], *, trusted: bool) -> tuple[Check[...], ...]:
    with new_workshop(trusted=trusted) as workshop:
        return tuple(check for file in files for check in describe(file, workshop))
