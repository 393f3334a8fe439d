"""The word lists of a language, each as one pattern."""

import re
import tomllib
from functools import cache
from pathlib import Path


@cache
def listed(language: str) -> dict[str, list[str]]:
    """Name of a list → its alternatives, of `english.toml` or `chinese.toml`."""
    found = tomllib.loads(Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8"))
    return {name: [str(one) for one in words] for name, words in found.items()}


@cache
def either(language: str, *names: str, less: str = "") -> str:
    """The alternatives of some lists without those of another, the longest first."""
    lists = listed(language)
    left = set(lists[less]) if less else set()
    words = {word for name in names for word in lists[name]} - left
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


@cache
def english(*names: str, less: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){either('english', *names, less=less)}(?![\w-])", re.IGNORECASE)


@cache
def chinese(*names: str, less: str = "") -> re.Pattern[str]:
    return re.compile(either("chinese", *names, less=less), re.IGNORECASE)
