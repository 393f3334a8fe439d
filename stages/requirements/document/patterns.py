"""A pattern that is compiled when it is first used: most commands read no document, and large ones take long."""

import re
from collections.abc import Callable, Iterator
from functools import cached_property

Source = str | Callable[[], str]


class Pattern:
    """What `re.compile` returns, later. The source may be a function, which is asked at the same moment."""

    def __init__(self, source: Source, flags: re.RegexFlag = re.NOFLAG) -> None:
        self._source = source
        self._flags = flags

    @property
    def pattern(self) -> str:
        return self._source if isinstance(self._source, str) else self._source()

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self._flags)

    def search(self, text: str, begin: int = 0) -> re.Match[str] | None:
        return self.compiled.search(text, begin)

    def match(self, text: str, begin: int = 0) -> re.Match[str] | None:
        return self.compiled.match(text, begin)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self.compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self.compiled.finditer(text)

    def findall(self, text: str) -> list[str]:
        return self.compiled.findall(text)

    def split(self, text: str) -> list[str]:
        return [part or "" for part in self.compiled.split(text)]

    def sub(self, instead: str | Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        return self.compiled.sub(instead, text, count)
