"""Which servers did the service's processes turn to that the run did not start, and which settings lead there?"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.said import say, together

REFUSED = re.compile(
    r"connect|refused|resolve|Operational|no server of this run|not permitted|unreachable", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An address, and the settings that hold a part of it with the placeholders to put there instead."""

    host: str
    port: str
    database: str
    settings: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.host}:{self.port}{f'/{self.database}' if self.database else ''}"


def strangers_in(report: Path) -> list[Stranger]:
    """What the guard wrote down, each address once."""
    return list(dict.fromkeys(_read(report)))


def _read(report: Path) -> Iterator[Stranger]:
    text = report.read_text(encoding="utf-8", errors="replace") if report.is_file() else ""
    for line in text.splitlines():
        try:
            said = json.loads(line)
            settings = tuple(sorted(said["settings"].items()))
            yield Stranger(host=said["host"], port=said["port"], database=said["database"], settings=settings)
        except (ValueError, KeyError, TypeError, AttributeError):  # written by the service's own process
            continue


def told(strangers: list[Stranger]) -> str:
    """The reason why nothing could be looked at, and what to write into gonogo.toml."""
    first = strangers[0]
    if first.settings:
        lines = together(say('{name} = "{meant}"', name=name, meant=meant) for name, meant in first.settings)
        mend = say("name what leads there in gonogo.toml: [env] {lines}", lines=lines)
    else:
        mend = say(
            "no setting was seen to hold this address: let the service read it from one, and name that in gonogo.toml, "
            'as [env] DATABASE_URL = "{database_url}"'
        )
    return say(
        "the service turns to {first}, a database server that this run did not start; {mend}", first=first, mend=mend
    )
