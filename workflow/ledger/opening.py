"""How is a ledger opened, read where nothing may be written, copied whole, and filled from a copy?"""

from pathlib import Path

from runner.errors import WorkflowError
from runner.said import say
from workflow.ledger.archive import telling
from workflow.ledger.chain import Verified
from workflow.ledger.copying import copy_all
from workflow.ledger.engine import address_of, engine_for
from workflow.ledger.identity import home_of
from workflow.ledger.reading import reader_for
from workflow.ledger.schema import HEAD, ensure_schema
from workflow.ledger.store import Ledger


def open_ledger(url: str) -> Ledger:
    """The ledger at an SQLAlchemy URL, migrated. Raises `WorkflowError` when it can't be opened."""
    engine = engine_for(url)
    with telling(engine.url):
        try:
            before = ensure_schema(engine)
        except BaseException:
            engine.dispose()
            raise
    ledger = Ledger(engine)
    ledger.migrated = (
        say("The ledger was migrated from schema {before} to {head}.", before=before, head=HEAD) if before else ""
    )
    return ledger


def read_ledger(url: str) -> Ledger:
    """The ledger as it is, also where nothing can be written; without a run where there is none yet.

    In a file: nothing is made or changed there. Raises `WorkflowError` when it can't be read.
    """
    address = address_of(url)
    if address.get_backend_name() != "sqlite":
        return open_ledger(url)
    with telling(address):
        ledger = Ledger(reader_for(address))
    ledger.home = home_of(address)  # what is read may be a copy
    return ledger


def back_up(url: str, file: Path) -> Verified:
    """The whole ledger in a new file, a ledger of its own, also where it lies on PostgreSQL. See `copy_all`."""
    if file.exists():
        raise WorkflowError(say("{file} is there already; nothing was written. Name another file.", file=file))
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    source = read_ledger(url)
    try:
        found = _filled(source, f"sqlite:///{part.absolute()}")
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(file)
    return found


def restore(file: Path, url: str) -> Verified:
    """Fill an empty ledger with what a backup holds. Raises `WorkflowError` for a backup that was altered."""
    if not file.is_file():
        raise WorkflowError(say("There is no file {file}.", file=file))
    source = read_ledger(f"sqlite:///{file.absolute()}")
    altered = source.verify().altered
    if altered:
        raise WorkflowError(
            say("{file} is not as it was written: {altered}. Nothing was restored.", file=file, altered=altered[0])
        )
    return _filled(source, url)


def _filled(source: Ledger, url: str) -> Verified:
    copy = open_ledger(url)
    try:
        with source.told(), copy.told():
            return copy_all(source.engine, copy.engine)
    finally:
        copy.close()
        source.close()
