"""A document of which some parts are made and the rest is written by people: what may be renewed? Pure.

A made part stands between `<!-- gonogo:NAME DIGEST -->` and `<!-- /gonogo:NAME -->`. It is renewed only while its text
has the digest, so while nobody has edited it; a part that people took out stays out.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

REGION = re.compile(
    r"<!-- gonogo:(?P<name>[a-z-]+) (?P<digest>\w+) -->\n(?P<text>.*?)\n<!-- /gonogo:(?P=name) -->", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """The whole document, and what became of each part."""

    text: str
    renewed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()  # by people: left alone
    absent: tuple[str, ...] = ()  # taken out, or never there


def region(name: str, text: str) -> str:
    """A made part, with its marks."""
    return f"<!-- gonogo:{name} {digest(text)} -->\n{text}\n<!-- /gonogo:{name} -->"


def digest(text: str) -> str:
    plain = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def renew(document: str, parts: Mapping[str, str]) -> Renewed:
    """The same document, with the parts that nobody edited made anew."""
    renewed: list[str] = []
    edited: list[str] = []
    seen: set[str] = set()

    def anew(found: re.Match[str]) -> str:
        name = found["name"]
        seen.add(name)
        if digest(found["text"]) != found["digest"]:
            edited.append(name)
            return found[0]
        if name not in parts:
            return found[0]
        made = region(name, parts[name])
        if made != found[0]:
            renewed.append(name)
        return made

    text = REGION.sub(anew, document)
    absent = tuple(name for name in parts if name not in seen)
    return Renewed(text=text, renewed=tuple(renewed), edited=tuple(edited), absent=absent)


def whole(title: str, summary: str, parts: Mapping[str, str], headings: Mapping[str, str]) -> str:
    """A new document: each part below its heading."""
    said = [f"# Architecture: {title}", summary, NOTE]
    for name, text in parts.items():
        said += [f"## {headings[name]}", region(name, text)]
    return "\n\n".join(said) + "\n"


NOTE = (
    "What stands between `gonogo:` marks is made by `invoke decide` and renewed by it, as long as nobody edits it. "
    "Everything else is yours."
)
