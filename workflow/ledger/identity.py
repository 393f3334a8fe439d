"""Which service is it? A name that stays its own when its folder is moved or renamed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, ColumnElement, or_
from sqlmodel import col

from workflow.ledger.tables import OLD, ServiceRow

OWN = "own"  # the service in whose folder the ledger lies
FOLDER = ".gonogo"  # in a service's folder: its ledger, logs of runs, copies of the latest documents


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A service's `key` in a ledger, and the other keys that its runs may have been kept under before.

    `alone`: the ledger lies in the service's own folder, so whatever was kept there by path is this service's.
    """

    key: str
    before: tuple[str, ...] = ()
    alone: bool = False

    @property
    def known(self) -> tuple[str, ...]:
        """All its keys, the best first."""
        return (self.key, *self.before)

    def owns(self, key: str) -> bool:
        return key in self.known or (self.alone and key.startswith(OLD))

    @property
    def rows(self) -> ColumnElement[bool]:
        """The condition on `ServiceRow` for what it owns."""
        by_name = col(ServiceRow.key).in_(self.known)
        return or_(by_name, col(ServiceRow.key).startswith(OLD, autoescape=True)) if self.alone else by_name


Identify = Callable[[str], Identity]  # from the absolute path of a service's folder


def by_path(root: str, machine: str = "") -> Identity:
    """Where nothing better is known: moved, it is another service. `/workspace` of two machines is two."""
    return Identity(key=f"path:{machine}:{root}" if machine else f"path:{root}", before=(f"{OLD}{root}",))


def home_of(url: URL) -> Path | None:
    """The service's folder that a ledger lies in; None for one that several share."""
    path = Path(url.database or "")
    local = url.get_backend_name() == "sqlite" and path.parent.name == FOLDER
    return path.parent.parent if local else None


def same_folder(one: str | Path, other: str | Path) -> bool:
    """Also by another path to it; False where one of them is gone."""
    if str(one) == str(other):
        return True
    try:
        return Path(one).samefile(other)
    except OSError:
        return False
