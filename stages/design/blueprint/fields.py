"""How is one field written: as a column, in what goes in and out, in a migration, as an example?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zlib import crc32

from runner.said import together
from runner.specification import FieldKind
from stages.design.blueprint.patterns import template_of

EMAIL_LENGTH = 254
SMALL, LARGE = 2**31, 2**63
MOST_MONEY = 10**15
RULES = {"refuse": "RESTRICT", "remove": "CASCADE", "clear": "SET NULL"}
ROOM = 8  # characters that a number takes at the end of a text
FIRST_DAY, LAST_DAY = "1900-01-01", "2100-01-01"
DATES = f"Between {FIRST_DAY} and {LAST_DAY}."
PYTHON = {"text": "str", "email": "str", "boolean": "bool", "date": "date", "datetime": "datetime"}


def in_list(values: Iterable[str]) -> str:
    """As SQL lists texts."""
    return "(" + ", ".join(f"'{one}'" for one in values) + ")"


def camel(name: str) -> str:
    return together((part.capitalize() for part in name.split("_")), "")


@dataclass(frozen=True)
class Field:
    """A field of a resource, with the words and the code that follow from its kind."""

    name: str
    kind: FieldKind
    owner: str  # the class of its resource
    table: str  # that a reference leads to
    target: str  # the class that it leads to

    @property
    def column(self) -> str:
        return f"{self.name}_id" if self.type == "reference" else self.name

    @property
    def type(self) -> str:
        return self.kind.type

    @property
    def optional(self) -> bool:
        return self.kind.optional

    @property
    def words(self) -> str:
        return self.name.replace("_", " ")

    @property
    def enum(self) -> str:
        return f"{self.owner}{camel(self.name)}"

    @property
    def constant(self) -> str:
        return f"{self.owner_snake}_{self.name}".upper()

    @property
    def owner_snake(self) -> str:
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in self.owner).removeprefix("_")

    @property
    def values(self) -> tuple[str, ...]:
        return self.kind.of

    @cached_property
    def bounds(self) -> tuple[int, int]:
        """The smallest and the largest: of the number, or of the number of characters."""
        low, high = self.kind.min, self.kind.max
        if self.type == "money":
            return 0 if low is None else low, MOST_MONEY if high is None else high
        if self.type == "integer":
            return -SMALL if low is None else low, SMALL - 1 if high is None else high
        return 1 if low is None else low, high or EMAIL_LENGTH

    @property
    def is_large(self) -> bool:
        low, high = self.bounds
        return self.type == "money" or low < -SMALL or high >= SMALL

    @property
    def lock(self) -> int:
        """The number of the lock under which it is changed, where it names another row of its own table."""
        return crc32(f"{self.table}.{self.column}".encode())

    @property
    def rule(self) -> str:
        return RULES[self.kind.on_delete]

    @property
    def python(self) -> str:
        if self.type == "choice":
            return self.enum
        return PYTHON.get(self.type, "int")

    @property
    def model(self) -> str:
        """Its line in the model."""
        typed = f"{self.python} | None" if self.optional else self.python
        words = ["default=None"] if self.optional else []
        words += self._model_words()
        words += ["unique=True"] if self.kind.unique else []
        return f"{self.column}: {typed}" + (f" = Field({', '.join(words)})" if words else "")

    def _model_words(self) -> list[str]:
        match self.type:
            case "text":
                return [f"max_length={self.bounds[1]}"]
            case "email":
                return ["max_length=EMAIL_LENGTH"]
            case "datetime":
                return ["sa_type=UtcDateTime"]
            case "choice":
                return [f"sa_type={self.constant}"]
            case "reference":
                return [f'foreign_key="{self.table}.id"', f'ondelete="{self.rule}"', "sa_type=BigId"]
        return ["sa_type=BigInteger"] if self.type in {"integer", "money"} and self.is_large else []

    @property
    def migrated(self) -> str:
        """Its type in the migration."""
        match self.type:
            case "text":
                return f"sa.String({self.bounds[1]})"
            case "email":
                return f"sa.String({EMAIL_LENGTH})"
            case "choice":
                return f"sa.String({max(map(len, self.values))})"
        plain = {"boolean": "sa.Boolean()", "date": "sa.Date()", "datetime": "MOMENT", "reference": "BIG_ID"}
        return plain.get(self.type, "sa.BigInteger()" if self.is_large else "sa.Integer()")

    @property
    def check(self) -> tuple[str, str] | None:
        """What the database itself refuses: the name of the constraint, and its SQL."""
        low, high = self.bounds
        match self.type:
            case "text":
                return f"{self.column}_length", f"length({self.column}) BETWEEN {low} AND {high}"
            case "email":
                return f"{self.column}_length", f"length({self.column}) BETWEEN 3 AND {EMAIL_LENGTH}"
            case "choice":
                return self.column, f"{self.column} IN {in_list(self.values)}"
            case "integer" | "money" if (low, high) != (-SMALL, SMALL - 1):
                return f"{self.column}_range", f"{self.column} BETWEEN {low} AND {high}"
        return None

    @property
    def schema(self) -> str:
        """The name of its type in what a client sends."""
        named = {"email": "Email", "boolean": "StrictBool", "choice": self.enum, "reference": "Reference"}
        return named.get(self.type, f"{self.owner}{camel(self.name)}Value")

    @property
    def alias_pattern(self) -> str:
        """The pattern that it has of its own, for the whole of it."""
        return f"^{_grouped(self.kind.pattern)}$" if self.kind.pattern else ""

    @property
    def alias(self) -> str:
        """The definition of that type; empty where it has none of its own."""
        low, high = self.bounds
        match self.type:
            case "text":
                shape = _raw(self.alias_pattern) if self.kind.pattern else "VISIBLE" if low else "NO_NUL"
                return f"Annotated[str, Field(min_length={low}, max_length={high}, pattern={shape})]"
            case "integer" | "money":
                return f"Annotated[int, Field(ge={low}, le={high}, strict=True)]"
            case "date":
                return "Day"
            case "datetime":
                return "Moment"
        return ""

    @property
    def filtered(self) -> str:
        """The type by which a list is narrowed: a query is text, so numbers are not strict there."""
        low, high = self.bounds
        loose = {"reference": "Id", "boolean": "bool", "email": "Email", "choice": self.enum}
        if self.type in {"integer", "money"}:
            return f"Annotated[int, Field(ge={low}, le={high})]"
        return loose.get(self.type, self.schema)

    @cached_property
    def capacity(self) -> int:
        """How many examples differ."""
        if self.type == "text":
            return self._text[1]
        low, high = self.bounds
        few = {"boolean": 2, "choice": len(self.values), "date": 10_000, "reference": 1}
        return high - low + 1 if self.type in {"integer", "money"} else few.get(self.type, 10**9)

    @cached_property
    def _text(self) -> tuple[str, int]:
        low, high = self.bounds
        if self.kind.pattern:
            return template_of(self.kind.pattern, high)
        label = self.words.capitalize()
        if len(label) + 1 + ROOM <= high and low <= len(label) + 2:
            return f"{label} {{number}}", 10**ROOM
        width = min(max(low, 1), high)
        digits = min(high, 9)
        return f"{{number % {10**digits}:0{max(width, min(low, high))}}}", 10**digits

    @property
    def example(self) -> str:
        """Python for a good value; another one for each `number`."""
        if self.type == "text":
            return f'f"{self._text[0]}"' if "{number" in self._text[0] else f'"{self._text[0]}"'
        if self.type in {"integer", "money"}:
            start, span = self._counted
            return f"{start} + number % {span}" if start else f"number % {span}"
        plain = {
            "email": f'f"{self.words.replace(" ", "-")}-{{number}}@example.com"',
            "boolean": "number % 2 == 0",
            "date": "FIRST_DAY + timedelta(days=number % 10_000)",
            "datetime": "FIRST_MOMENT + timedelta(hours=2 * (number % 200_000))",
            "choice": f"tuple({self.enum})[number % {max(1, len(self.values))}]",
        }
        return plain.get(self.type, "1")

    @property
    def _counted(self) -> tuple[int, int]:
        """The first example of a number, and how many follow before it comes again."""
        low, high = self.bounds
        start = low if low > -SMALL else min(1, high)
        return start, min(high - start + 1, 10**6)

    @property
    def json_example(self) -> Any:
        """A good value as a client sends it, for the number 1."""
        match self.type:
            case "text":
                return text_for_one(self._text[0])
            case "email":
                return f"{self.name.replace('_', '-')}-1@example.com"
            case "integer" | "money":
                return self._counted[0] + 1 % self._counted[1]
            case "choice":
                return self.values[0]
        fixed = {"boolean": True, "date": "2031-02-03", "datetime": "2031-02-03T04:05:06Z"}
        return fixed.get(self.type, 1)

    @property
    def wrong(self) -> Iterator[str]:
        """Python for values that are refused."""
        low, high = self.bounds
        if not self.optional:
            yield "None"
        match self.type:
            case "text":
                yield from ['""'] if low else []
                yield f'"x" * {high + 1}'
                yield '"nul\\0"'
            case "integer" | "money":
                yield from (str(low - 1), str(high + 1), '"many"')
        named = {
            "email": '"nobody"',
            "boolean": '"maybe"',
            "date": '"2031-02-30"',
            "datetime": '"2031-02-03T04:05:06"',
            "choice": '"no such value"',
            "reference": "0",
        }
        yield from [named[self.type]] if self.type in named else []


def _raw(text: str) -> str:
    return f'r"{text}"' if '"' not in text and not text.endswith("\\") else repr(text)


def _grouped(pattern: str) -> str:
    """Alternatives hold for the whole text, not for its start and its end."""
    inner = pattern.removeprefix("^").removesuffix("$")
    return f"(?:{inner})" if "|" in inner else inner


def text_for_one(template: str) -> str:
    """What the inside of an f-string says for the number 1: a width and a count are all that stands in it."""
    start = template.find("{number")
    if start < 0:
        return template.replace("{{", "{").replace("}}", "}")
    end = template.index("}", start)
    _, _, width = template[start:end].partition(":0")
    one = "1".zfill(int(width)) if width else "1"
    return (template[:start] + "\0" + template[end + 1 :]).replace("{{", "{").replace("}}", "}").replace("\0", one)
