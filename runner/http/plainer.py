"""Which value does a field take, where the contract does not say? Plainer ones, one after the other, while refused."""

import re
from collections.abc import Mapping
from typing import Any

from runner.vocabulary.secrets import is_password

# {n}: letters and digits, {l}: letters alone, {d}: digits alone; each different at each call.
SHAPES = ("sample{n}", "Sample{l}", "{d}")
PASSWORDS = ("Orchard{n}58!", "Oc58!{n}", "Orchard{n}58")
INVALID = (400, 422)


class Learned:
    """Field → the shape that its values are made in from now on. One for each run, shared by all who make requests."""

    def __init__(self) -> None:
        self._steps: dict[str, int] = {}
        self._hopeless: set[str] = set()  # refused in every shape, so for another reason than its shape

    def shape(self, name: str) -> str | None:
        step = self._steps.get(name)
        return None if step is None else shapes_of(name)[min(step, len(SHAPES) - 1)]

    def from_refusal(self, status: int, text: str, fields: Mapping[str, Any]) -> bool:
        """Take the next plainer shape for the texts that a refusal names. False: there is nothing else to try."""
        if status not in INVALID:
            return False
        texts = [name for name, value in fields.items() if isinstance(value, str) and "mail" not in name.lower()]
        named = [name for name in texts if re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)]
        left = [name for name in named if name not in self._hopeless]
        for name in left:
            self._steps[name] = self._steps.get(name, -1) + 1
            if self._steps[name] == len(SHAPES):
                self._hopeless.add(name)
                del self._steps[name]
        return any(name in self._steps for name in left)


def shapes_of(name: str) -> tuple[str, ...]:
    return PASSWORDS if is_password(name) else SHAPES


def filled(shape: str, mark: str) -> str:
    """A shape with a mark of letters a to f and digits put in."""
    letters = mark.translate(str.maketrans("0123456789", "ghijklmnop"))
    return shape.format(n=mark, l=letters, d=int(mark, 16))
