"""What is an account that was put into the database, beside the service's own operations?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInto:
    """An account that was put into the database."""

    table: str
    password: str = field(repr=False)
    called: Mapping[str, Any] = field(default_factory=dict)  # its names by column, and to what it belongs: `org_id`


PutIn = Callable[[str], Iterator[PutInto]]  # by its name; once for each form that its password is stored in
