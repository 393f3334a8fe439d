"""Whose servers may be started: the machine's, the ones that gonogo's own lock brings, or either?"""

import os
from enum import StrEnum

from runner.errors import ProbeError
from runner.said import say, together

VARIABLE = "GONOGO_SERVERS"


class Origin(StrEnum):
    ANY = "any"  # the machine's first
    EMBEDDED = "embedded"  # from gonogo's own lock alone, whatever the machine has
    SYSTEM = "system"  # the machine's alone

    def allows(self, *, embedded: bool) -> bool:
        return self is Origin.ANY or embedded == (self is Origin.EMBEDDED)

    @property
    def limit(self) -> str:
        """What a message about a missing server must add; empty where nothing was left out."""
        which = {
            Origin.EMBEDDED: say("gonogo's own alone are looked at"),
            Origin.SYSTEM: say("the machine's alone are looked at"),
        }
        return (
            say(" ({name}={value}: {which})", name=VARIABLE, value=self.value, which=which[self])
            if self in which
            else ""
        )


def origin_asked_for() -> Origin:
    """What `GONOGO_SERVERS` says; `any` where it is not set. Raises `ProbeError` for any other word."""
    said = os.environ.get(VARIABLE) or Origin.ANY  # noqa: TID251 - the one place that reads it
    if said not in set(Origin):
        raise ProbeError(
            say("{variable} is `{said}`; it can be {origin}", variable=VARIABLE, said=said, origin=together(Origin))
        )
    return Origin(said)
