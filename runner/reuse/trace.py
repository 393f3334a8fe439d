"""What did one piece of kept evidence depend on?"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from runner.kept import table_of, with_table
from runner.reuse.functions import Part

FORMAT = 2  # of what is kept; others are not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What one piece of evidence depended on when it was collected: names that people know → digests."""

    kind: str
    run: int
    at: str  # ISO 8601, UTC
    until: str | None  # when it is looked at again all the same; None: as long as nothing changed
    base: Mapping[str, str]
    files: Mapping[str, str]  # from the repository's top, else absolute
    parts: Mapping[str, Part] = field(default_factory=dict)  # of files that were imported: what of them counted
    names: str  # of every path in the repository
    everything: str = ""  # of every file's content, where a program may have read any of them …
    reader: str = ""  # … this one
    git: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)  # kinds of evidence → digest of their content
    content: str  # digest of this evidence's own
    seconds: float = 0.0
    commands: tuple[str, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)  # how the messages among them are said
    format: int = FORMAT

    def text(self) -> str:
        return json.dumps(asdict(self) | {"said": table_of(self.commands)}, sort_keys=True)

    @classmethod
    def read(cls, text: str) -> "Trace | None":
        """None for what is no trace, or another format's."""
        try:
            told = json.loads(text)
            if told["format"] != FORMAT:
                return None
            commands = with_table(tuple(told["commands"]), told.get("said", {}))
            parts = {path: Part(**one | {"names": tuple(one["names"])}) for path, one in told["parts"].items()}
            return cls(**told | {"commands": commands, "parts": parts})
        except (ValueError, KeyError, TypeError):
            return None
