"""How is a message kept, so that everybody reads it in their own language?

As a template and what stands in it: `say("{bare} of {keys} without an index", bare=2, keys=9)` is an English text
like any other, and knows how it was made. `told(text)` is the same in the reader's language. A plain text is looked
up as it is.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any, Self, SupportsIndex

Arg = str | int | float | bool | None

ENGLISH, CHINESE = "en", "zh_CN"
LANGUAGES = {ENGLISH: "English", CHINESE: "简体中文"}
LOCALES = Path(__file__).parent / "locale"
HEAD = re.compile(r"[a-z]+")
_reader: ContextVar[str] = ContextVar("language", default=ENGLISH)


class Said(str):
    """An English text that knows its template and what stands in it, or the pieces that it is joined of."""

    template: str
    args: Mapping[str, Arg]
    several: str  # the template of several, where `{number}` chooses the form; else empty
    pieces: tuple[str, ...] | None  # of a text that is joined; `template` is what stands between them
    after: tuple[Callable[[str], str], ...]  # what is done to it for a reader; not kept

    def __new__(
        cls, text: str, template: str, args: Mapping[str, Arg], several: str = "", pieces: tuple[str, ...] | None = None
    ) -> "Said":
        self = super().__new__(cls, text)
        self.template, self.args, self.several, self.pieces, self.after = template, args, several, pieces, ()
        return self

    def __str__(self) -> str:
        """Itself: the reason of an exception stays what it is."""
        return self

    def __format__(self, spec: str) -> str:
        return str.__format__(self, spec) if spec else self

    def __copy__(self) -> Self:
        made = type(self)(str.__str__(self), self.template, self.args, self.several, self.pieces)
        made.after = self.after
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return Said, (str.__str__(self), self.template, self.args, self.several, self.pieces)

    def __add__(self, other: str) -> str:
        return together((self, other), "") if other else self

    def __radd__(self, other: str) -> str:
        return together((other, self), "") if other else self

    def then(self, change: Callable[[str], str]) -> "Said":
        """The same, changed for its reader: in whichever language it is told."""
        made = Said(change(str.__str__(self)), self.template, self.args, self.several, self.pieces)
        made.after = (*self.after, change)
        return made

    def with_each(self, change: Callable[[str], str]) -> str:
        """With each text that stands in it changed; a plain text where something is to be changed outside of them."""
        args = {name: _each(value, change) for name, value in self.args.items()}
        pieces = None if self.pieces is None else tuple(str(_each(one, change)) for one in self.pieces)
        made = _made(self.template, args, self.several, pieces)
        whole = change(str.__str__(made))
        return made if whole == made else whole


def say(template: str, /, **args: object) -> str:
    """A message. Braces are doubled only where there are arguments; what is no number or text becomes its text."""
    return _made(template, {name: _plain(value) for name, value in args.items()})


def counted(template: str, several: str, number: int) -> str:
    """A message whose form hangs on `{number}`: `template` of one, `several` of others."""
    return _made(template, {"number": number}, several)


def together(pieces: Iterable[object], between: str = ", ") -> str:
    """What `between.join(pieces)` is, with all that its pieces know. What stands between is told in words, too."""
    found = tuple(str(_plain(piece)) for piece in pieces)
    return found[0] if len(found) == 1 else _made(between, {}, "", found)


def told(text: str, language: str = "") -> str:
    """A text as its reader reads it: in `language`, else in the one that `speaking` has set."""
    language = language or _reader.get()
    if language == ENGLISH or not text:
        return str.__str__(text)
    return str(_told(text, language))


def tell(template: str, /, **args: object) -> str:
    """A face's own text, told at once; also a message that is there already: `tell(finding.claim)`."""
    return told(say(template, **args) if args else template)


def reader() -> str:
    """The language of whoever reads now."""
    return _reader.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """All that is told inside is in this language, one of `LANGUAGES`."""
    token = _reader.set(language)
    try:
        yield
    finally:
        _reader.reset(token)


def speak(language: str) -> None:
    """From here on, in this thread and what it awaits."""
    _reader.set(language)


def language_of(tag: str) -> str:
    """The one of `LANGUAGES` that a locale asks for (`zh_CN.UTF-8`, `zh-Hans`, `zh`), else English."""
    found = HEAD.match(tag.strip().lower())
    return next((one for one in LANGUAGES if found and one.partition("_")[0] == found[0]), ENGLISH)


def as_told(value: Arg) -> Any:
    """A text for JSON: its template and arguments where it knows them."""
    if not isinstance(value, Said):
        return value
    if value.pieces is not None:
        return {"pieces": [as_told(one) for one in value.pieces], "between": value.template}
    told = {"say": value.template, "args": {name: as_told(one) for name, one in value.args.items()}}
    return told | ({"several": value.several} if value.several else {})


def from_told(value: Any) -> Arg:
    """What `as_told` has made of a text. Raises `ValueError` for anything else."""
    if value is None or isinstance(value, str | int | float):
        return value
    try:
        if "pieces" in value:
            return _made(str(value["between"]), {}, "", tuple(str(from_told(one)) for one in value["pieces"]))
        args = {str(name): from_told(one) for name, one in value["args"].items()}
        return _made(str(value["say"]), args, str(value.get("several", "")))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError("it is no message") from error


def _made(template: str, args: Mapping[str, Arg], several: str = "", pieces: tuple[str, ...] | None = None) -> Said:
    if pieces is not None:
        return Said(template.join(pieces), template, args, several, pieces)
    form = several if several and args.get("number") != 1 else template
    return Said(form.format_map(args) if args else form, template, args, several)


def _plain(value: object) -> Arg:
    if value is None or isinstance(value, Said | int | float) or type(value) is str:
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return together(value)
    return str(value)


def _each(value: Arg, change: Callable[[str], str]) -> Arg:
    if isinstance(value, Said):
        return value.with_each(change)
    return change(value) if isinstance(value, str) else value


def _told(text: Arg, language: str) -> Any:
    if not isinstance(text, str) or not text:
        return text
    words = _catalogue(language)
    if not isinstance(text, Said):
        return words.gettext(text)
    found = _read(text, words, language)
    for change in text.after:
        found = change(found)
    return found


def _read(said: Said, words: NullTranslations, language: str) -> str:
    if said.pieces is not None:
        between = words.gettext(said.template) if said.template else ""
        return between.join(_told(one, language) for one in said.pieces)
    number = said.args.get("number")
    form = words.gettext(said.template)
    if said.several and isinstance(number, int):
        form = words.ngettext(said.template, said.template, number)
        if form == said.template:  # nobody has translated it
            return str.__str__(said)
    if not said.args:
        return form
    try:
        return form.format_map({name: _told(one, language) for name, one in said.args.items()})
    except (KeyError, ValueError, IndexError):
        return str.__str__(said)


@cache
def _catalogue(language: str) -> NullTranslations:
    """What translators wrote for a language; what is open or in doubt reads in English."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - an English reader needs none of it
    from babel.messages.pofile import read_po  # noqa: PLC0415

    file, made = LOCALES / language / "LC_MESSAGES" / "gonogo.po", io.BytesIO()
    if not file.is_file():
        return NullTranslations()
    with file.open("rb") as opened:
        write_mo(made, read_po(opened, locale=language))
    made.seek(0)
    return GNUTranslations(made)
