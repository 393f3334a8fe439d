"""What would a well-meaning client send? A valid value for any JSON schema, different at each call where it must be."""

import itertools
import math
import re
import secrets
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import uuid4

from runner.http.merging import united
from runner.http.openapi import choose, properties_of
from runner.http.plainer import NOTHING, Asked, Learned, filled
from runner.http.references import Document, Schema
from runner.http.siblings import REFERS, Path, Relation, in_order
from runner.http.unicode_tables import unicode_tables
from runner.vocabulary.roles import KIND, least
from runner.vocabulary.secrets import is_password

PASSWORD = "Orchard-{}-lantern-58!"  # noqa: S105 - long, mixed and in no list of common ones
FIXED = {
    "date": "2031-03-14",
    "date-time": "2031-03-14T09:30:00Z",
    "time": "09:30:00",
    "duration": "P1D",
    "ipv4": "192.0.2.10",
    "ipv6": "2001:db8::10",
    "byte": "c2FtcGxl",
    "binary": "sample",
    "hostname": "www.example.com",
}
LATER = {"date": "2031-03-16", "date-time": "2031-03-16T18:00:00Z", "time": "18:00:00"}
# Texts whose form only their name tells: `published_date: str`, which the code then takes apart.
MOMENTS = (
    (re.compile(r"(?:^|_)(?:date|birthday|dob)$|^date_of_|(?:^|_)date_", re.IGNORECASE), "date"),
    (re.compile(r"(?:^|_)(?:datetime|timestamp)$|_at$", re.IGNORECASE), "date-time"),
    (re.compile(r"_time$|^time$", re.IGNORECASE), "time"),
)
NAMED = {
    "phone": "+1202555{d4}",  # often unique
    "currency": "EUR",
    "country": "DE",
    "language": "en",
    "locale": "en",
    "timezone": "Europe/Berlin",
    "zip": "10115",
    "postal": "10115",
    "isbn": "978{ean9}",
    "gtin": "400{ean9}",
    "barcode": "400{ean9}",
    "iban": "{iban}",
    "color": "#336699",
}
DRAWS = 100
DEEPEST = 6  # a schema that holds itself ends somewhere
SHAPES = (
    "sample{n}",
    "Sample{n}",
    "SAMPLE{n}",
    "sample-{n}",
    "sample_{n}",
    "{d}",
    "Sample{l}",
    "+1202555{{d4}}",
    "10:30",
    "1.0.0",
)
PAST = "2020-03-14"
TRUE_NAMES = ("publish", "public", "visible", "accept", "agree", "terms", "active", "enabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a body a value stands, what refusals of its operation asked for, and which references there are."""

    at: Path = ()
    asked: Asked = NOTHING
    given: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0

    def deeper(self, *name: str) -> "Place":
        return replace(self, at=(*self.at, *name), depth=self.depth + 1)

    @property
    def asks(self) -> Schema:
        return self.asked.fields.get(self.at, {})

    @property
    def wanted(self) -> Iterator[str]:
        """Fields of the object at this place that are to be sent."""
        deep = len(self.at)
        return (path[deep] for path in self.asked.fields if len(path) > deep and path[:deep] == self.at)

    def without(self, name: str) -> bool:
        return (*self.at, name) in self.asked.left_out

    @property
    def relations(self) -> list[Relation]:
        return [one for one in self.asked.relations if one.first[:-1] == self.at]


HERE = Place()


class Examples:
    """Makes values. Strings hold a number of their own, so that two objects never collide on a unique column."""

    def __init__(self, document: Document, learned: Learned | None = None) -> None:
        self._document = document
        self.learned = learned or Learned()
        self._drawn: set[str] = set()  # from patterns
        self._start = secrets.token_hex(2)
        self._count = itertools.count(0x100)  # of one length: no mark begins another one

    def mark(self) -> str:
        """A short string that no other call has had: letters a-f and digits."""
        return f"{self._start}{next(self._count):x}"

    def email(self) -> str:
        return f"user.{self.mark()}@example.com"

    def password(self) -> str:
        return PASSWORD.format(self.mark())

    def value(self, schema: Schema, name: str = "", *, place: Place = HERE) -> Any:
        """A value that the schema accepts, and what refusals asked for. Optional fields are left out, lists short."""
        schema = choose(self._document, schema)
        if asks := place.asks:
            schema = united([{**schema, "type": asks.get("type", schema.get("type", ""))}, asks])
        fixed = [schema["const"]] if "const" in schema else schema.get("enum")
        if fixed:
            return _one_of(fixed, name)
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, place)
        if kind == "array":
            return self._list(schema, name, place)
        if kind in {"integer", "number"}:
            return number(schema, whole=kind == "integer")
        if kind == "boolean":
            return any(word in name.lower() for word in TRUE_NAMES)
        return None if kind == "null" else self._string(schema, name)

    def _list(self, schema: Schema, name: str, place: Place) -> list[Any]:
        items = schema.get("items", {})
        fewest = int(schema.get("minItems", 0))
        if not fewest and place.at and properties_of(self._document, items):  # an order of no items is no order
            fewest = 1
        return [self.value(items, name, place=place.deeper()) for _ in range(fewest if place.depth <= DEEPEST else 0)]

    def _object(self, schema: Schema, place: Place) -> dict[str, Any]:
        if place.depth > DEEPEST:
            return {}
        fields = schema.get("properties", {})
        optional = [one for one in fields if not one.endswith(REFERS)] if place.asked.full else []
        names = [name for name in (*schema.get("required", []), *place.wanted, *optional) if not place.without(name)]
        made = {
            name: place.given[name]
            if place.at and name in place.given
            else self.value(fields.get(name, {}), name, place=place.deeper(name))
            for name in dict.fromkeys(names)
        }
        schemas = {name: choose(self._document, fields.get(name, {})) for name in made}
        return in_order(made, schemas, place.relations)

    def _string(self, schema: Schema, name: str) -> str:
        fits = [text for text in self._candidates(schema, name) if accepts(schema, text)]
        return fits[0] if fits else self._from_pattern(schema)

    def _candidates(self, schema: Schema, name: str) -> Iterator[str]:
        if shape := self.learned.shape(name):
            yield filled(shape, self.mark())
        secret, form, name = is_password(name), str(schema.get("format", "")), name.lower()
        if schema.get("x-when") == "past":
            yield f"{PAST}T09:30:00Z" if form == "date-time" or name.endswith("_at") else PAST
        if secret or form == "password":
            yield self.password()
        if form in {"email", "idn-email"} or "email" in name:
            yield self.email()
        if form == "uuid":
            yield str(uuid4())
        if form in {"uri", "url", "iri", "http-url"} or (not form and name.endswith(("url", "uri", "link"))):
            yield f"https://www.example.com/{self.mark()}"
        if form in FIXED:
            yield _moment(form, name)
        yield from (_moment(kind, name) for spelt, kind in MOMENTS if not form and spelt.search(name))
        yield from (self._numbered(value) for word, value in NAMED.items() if word in name and not form)
        yield self._words(schema)
        mark = self.mark()
        digits = str(int(mark, 16))
        for shape in SHAPES:
            yield filled(shape, mark).replace("{d4}", digits[-4:].zfill(4))
        yield from map(str, schema.get("examples", [])[:3])

    def _numbered(self, text: str) -> str:
        """With a number of its own in it, and the check digits that belong to that: such columns are often unique."""
        if "{" not in text:
            return text
        digits = str(int(self.mark(), 16))
        account = digits[-10:].zfill(10)
        filled_in = text.replace("{d4}", digits[-4:].zfill(4)).replace("{ean9}", digits[-9:].zfill(9))
        if "{ean9}" in text:
            return filled_in + ean_check(filled_in)
        return filled_in.replace("{iban}", iban("DE", f"37040044{account}"))

    def _words(self, schema: Schema) -> str:
        shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
        text = f"Sample {self.mark()}"
        text = text if len(text) >= shortest else text + "x" * (shortest - len(text))
        return text[-int(longest) :].strip() if longest and len(text) > int(longest) else text

    def _from_pattern(self, schema: Schema) -> str:
        """The slow way, for a pattern that no usual shape fits. The words themselves where even that finds nothing."""
        from hypothesis import HealthCheck, Phase, find, settings, strategies  # noqa: PLC0415 - slow to load, rarely needed
        from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415
        from hypothesis.errors import HypothesisException  # noqa: PLC0415

        set_hypothesis_home_dir(unicode_tables())
        drawn = settings(  # the first that fits: to look for the smallest one takes minutes
            database=None, max_examples=DRAWS, deadline=None, phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        plain = strategies.characters(min_codepoint=0x20, max_codepoint=0x7E)
        for alphabet, others in ((plain, self._drawn), (plain, frozenset()), (None, frozenset())):
            try:
                texts = strategies.from_regex(_sized(schema), fullmatch=alphabet is not None, alphabet=alphabet)
                text = find(texts, partial(_fits, schema, others), settings=drawn)
            except (KeyError, ValueError, re.error, HypothesisException):
                continue
            self._drawn.add(text)
            return text
        return self._words(schema)


def ean_check(digits: str) -> str:
    """The thirteenth digit of twelve, as ISO 2108 (ISBN) and GS1 (EAN, GTIN) have it."""
    return str(-sum(int(one) * (3 if n % 2 else 1) for n, one in enumerate(digits)) % 10)


def iban(country: str, account: str) -> str:
    """With its check digits, as ISO 13616 has them. `account`: digits alone."""
    letters = "".join(str(ord(one) - ord("A") + 10) for one in country)
    return f"{country}{98 - int(f'{account}{letters}00') % 97:02d}{account}"


def _one_of(fixed: Sequence[Any], name: str) -> Any:
    """The first that is not null; of roles the least powerful, as the first is an administrator's as often as not."""
    roles = [one for one in fixed if isinstance(one, str)] if KIND.fullmatch(name) else []
    return least(roles) or next((option for option in fixed if option is not None), None)


def _kind(schema: Schema) -> str:
    return str(schema.get("type") or ("object" if "properties" in schema else "string"))


def _moment(form: str, name: str) -> str:
    if "birth" in name and form == "date":
        return "1990-05-17"
    late = any(word in name for word in ("end", "until", "expire", "finish", "check_out", "due"))
    return LATER.get(form, FIXED[form]) if late else FIXED[form]


def _sized(schema: Schema) -> str:
    """Its pattern; of one kind of characters, so many of them as the bounds ask for: few draws would hit them."""
    alike = re.fullmatch(r"\^?(\[[^\]]+\]|\\[dw])[+*]\$?", str(schema["pattern"]))
    if alike is None or not {"minLength", "maxLength"} & set(schema):
        return str(schema["pattern"])
    least = int(schema.get("minLength", 1))
    return f"^{alike[1]}{{{least},{min(int(schema.get('maxLength', least + 12)), least + 12)}}}$"


def _fits(schema: Schema, others: Container[str], text: str) -> bool:
    return text not in others and accepts(schema, text)


def accepts(schema: Schema, text: str) -> bool:
    """Does a string schema accept this text, as far as length and pattern go?"""
    if not int(schema.get("minLength", 0)) <= len(text) <= int(schema.get("maxLength", len(text))):
        return False
    try:
        return re.search(str(schema.get("pattern", "")), text) is not None
    except re.error:
        return True


def number(schema: Schema, *, whole: bool) -> int | float:
    """The number nearest to 1 that the schema accepts."""
    step = schema.get("multipleOf") or (1 if whole else 0.01)
    low = schema.get("minimum", -math.inf)
    if "exclusiveMinimum" in schema:
        low = max(low, schema["exclusiveMinimum"] + step)
    high = schema.get("maximum", math.inf)
    if "exclusiveMaximum" in schema:
        high = min(high, schema["exclusiveMaximum"] - step)
    wanted = min(max(1, low), high)
    if schema.get("multipleOf"):
        wanted = math.ceil(wanted / step) * step
    return int(wanted) if whole else float(wanted)
