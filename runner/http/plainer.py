"""Which value does a field take, where the contract does not say? What a refusal asks for; else ever plainer ones."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from inflection import underscore

from runner.http.merging import united
from runner.http.references import Schema
from runner.http.refusals import Demand, demands
from runner.http.sentences import form_of
from runner.http.siblings import REFERS, Path, Relation
from runner.reading.shown_requests import Shown, fits
from runner.vocabulary.secrets import is_password
from runner.words import ones

# {n}: letters and digits, {l}: letters alone, {d}: digits alone; each different at each call.
SHAPES = ("sample{n}", "Sample{l}", "{d}")
PASSWORDS = ("Orchard{n}58!", "Oc58!{n}", "Orchard{n}58")
INVALID = (400, 422)
REFUSED = frozenset({400, 404, 409, 412, 415, 422})  # answers that may tell what a request lacks
SHOWN = 2  # bodies of tests that are tried
MOST = 12  # demands that one operation's refusals may add: what asks for ever more is not understood


@dataclass(slots=True, eq=False)
class Asked:
    """What one operation's refusals asked for so far."""

    fields: dict[Path, Schema] = field(default_factory=dict)  # also those that are only to be sent
    left_out: set[Path] = field(default_factory=set)
    relations: list[Relation] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    shown: int = 0  # bodies of the service's own tests that were taken
    full: bool | None = None  # is all that is optional sent? None: that was not tried

    @property
    def state(self) -> tuple[int, int, bool | None]:
        """The same as long as nothing new was asked for."""
        return len(self.heard), self.shown, self.full

    def take(self, demand: Demand | Relation) -> bool:
        """Is it new, and can another request be made for it?"""
        if repr(demand) in self.heard or len(self.heard) >= MOST:
            return False
        self.heard.add(repr(demand))
        if isinstance(demand, Relation):
            self.relations.append(demand)
        elif demand.sent:
            before = self.fields.get(demand.path)
            self.fields[demand.path] = united([before or {}, demand.asks])
            return before is None or bool(demand.asks)
        else:
            self.left_out.add(demand.path)
        return True


NOTHING = Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a column of the database takes, or behind which one of its table it must lie."""

    table: str
    column: str
    asks: Schema = field(default_factory=dict)
    behind: str = ""


class Learned:
    """What refusals taught of values. One for each run, shared by all who make requests."""

    def __init__(
        self, tested: Callable[[], Sequence[Shown]] = tuple, stored: Callable[[], Sequence[Stored]] = tuple
    ) -> None:
        """`tested`: which requests the service's own tests send; `stored`: what its database takes.

        Both are read when nothing else helps.
        """
        self._tested, self._stored = cache(tested), cache(stored)
        self._asked: dict[str, Asked] = {}  # by endpoint
        self._tried: set[str] = set()  # endpoints
        self._steps: dict[str, int] = {}
        self._hopeless: set[str] = set()  # refused in every shape, so for another reason than its shape

    def asked(self, endpoint: str) -> Asked:
        return self._asked.get(endpoint, NOTHING)

    def from_answer(self, endpoint: str, status: int, text: str, fields: Iterable[Path], sent: Container[str]) -> bool:
        """Take what a refusal asks of these fields, of which some were `sent`. False: nothing that was not known."""
        if status not in REFUSED:
            return False
        asked = self._asked.setdefault(endpoint, Asked())
        new = [one for one in demands(text, fields) if not _is_known(one, sent)]
        return sum(asked.take(one) for one in new) > 0

    def from_database(self, endpoint: str, fields: Iterable[Path]) -> bool:
        """Take what the columns by the names of these fields take: of the table that the path names, else of any.

        False: nothing that was not known.
        """
        parts = [part for part in endpoint.partition(" ")[2].split("/") if part and not part.startswith("{")]
        named = {one for part in parts for one in ones(part)}
        near = [one for one in self._stored() if named & set(ones(one.table.rpartition(".")[2]))]
        asked, new = self._asked.setdefault(endpoint, Asked()), 0
        for path in fields:
            columns = [one for one in near or self._stored() if one.column == underscore(path[-1])]
            for one in columns[:2]:
                other = (*path[:-1], one.behind)
                told = (
                    Relation(first=path, how="after", second=other) if one.behind else Demand(path=path, asks=one.asks)
                )
                new += asked.take(told)
        return new > 0

    def from_tests(self, endpoint: str) -> bool:
        """Take the values of the next body that a test of the service's own sends there. False: there is none left."""
        method, _, path = endpoint.partition(" ")
        asked = self._asked.setdefault(endpoint, Asked())
        bodies = [one.body for one in self._tested() if one.method == method and fits(one.path, path)]
        left = bodies[asked.shown : SHOWN]
        asked.shown += 1
        if left:
            asked.fields |= dict(_shown(left[0], ()))
        return bool(left)

    def in_full(self, endpoint: str) -> bool:
        """Send all that is optional from now on. False: that was tried before."""
        asked = self._asked.setdefault(endpoint, Asked())
        new, asked.full = asked.full is None, asked.full is not False
        return new

    def never_in_full(self, endpoint: str) -> None:
        self._asked.setdefault(endpoint, Asked()).full = False

    def first_time(self, endpoint: str) -> bool:
        """Was this operation never tried before? From now on it was."""
        new = endpoint not in self._tried
        self._tried.add(endpoint)
        return new

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


def _shown(body: Mapping[str, Any], at: Path) -> Iterator[tuple[Path, Schema]]:
    """What the values of a body that works ask of each field: the value, or the form of one that tells things apart."""
    for name, value in body.items():
        held = value[0] if isinstance(value, list) and value else value
        path = (*at, name)
        if name.endswith(REFERS) or is_password(name) or "mail" in name.lower():
            yield path, {}
        elif isinstance(held, Mapping):
            yield path, ({"minItems": 1} if isinstance(value, list) else {})
            yield from _shown(held, path)
        elif isinstance(value, str) and any(map(str.isdigit, value)) and not value[:4].isdigit():
            yield path, {"pattern": form_of(value)}
        elif isinstance(value, str) and (not value or " " in value or not value.isupper() | value.islower()):
            yield path, {}
        else:
            yield path, {"enum": [value]}


def _is_known(demand: Demand | Relation, sent: Container[str]) -> bool:
    """Does it only ask for a field that was sent, or for a password of a form that has its own shapes?"""
    if isinstance(demand, Relation):
        return False
    name = demand.path[-1]
    return is_password(name) or (demand.sent and not demand.asks and name in sent)


def shapes_of(name: str) -> tuple[str, ...]:
    return PASSWORDS if is_password(name) else SHAPES


def filled(shape: str, mark: str) -> str:
    """A shape with a mark of letters a to f and digits put in."""
    letters = mark.translate(str.maketrans("0123456789", "ghijklmnop"))
    return shape.format(n=mark, l=letters, d=int(mark, 16))
