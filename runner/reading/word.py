"""What does a Word document (.docx) say? Its headings, paragraphs, lists and tables, as Markdown."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from runner.reading.documents import NotReadable
from runner.said import say

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LIMIT = 20_000_000  # bytes of its text, unpacked
HEADING = re.compile(r"(?:heading|überschrift|标题)?\s*(\d)$", re.IGNORECASE)


def read_word(file: Path) -> str:
    """Its text as Markdown. Raises `NotReadable` for what is no Word document."""
    try:
        with zipfile.ZipFile(file) as packed:
            info = packed.getinfo("word/document.xml")
            if info.file_size > LIMIT:
                raise NotReadable(
                    say(
                        "its text has {file_size} bytes, more than {limit}",
                        file_size=f"{info.file_size:,}",
                        limit=f"{LIMIT:,}",
                    )
                )
            body = fromstring(packed.read(info), forbid_dtd=True).find(f"{W}body")
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise NotReadable("it is no Word document (.docx)") from error
    except (ParseError, DefusedXmlException) as error:
        raise NotReadable(say("its XML can't be read: {error}", error=error)) from error
    if body is None:
        raise NotReadable("it has no text")
    return "\n".join(_blocks(body)) + "\n"


def _blocks(body: Element) -> Iterator[str]:
    bullets = False
    for one in body:
        if one.tag == f"{W}tbl":
            yield from ("", *_table(one), "")
        elif one.tag == f"{W}p" and (text := _text(one).strip()):
            bullet = one.find(f"{W}pPr/{W}numPr") is not None or _style(one).lower().startswith("list")
            if not (bullet and bullets):
                yield ""
            level = _level(one)
            yield (f"{'#' * level} {text}" if level else f"- {text}" if bullet else text)
            bullets = bullet and not level
        elif one.tag == f"{W}sdt" and (inner := one.find(f"{W}sdtContent")) is not None:
            yield from _blocks(inner)


def _style(paragraph: Element) -> str:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return style.get(f"{W}val", "") if style is not None else ""


def _level(paragraph: Element) -> int:
    """Of a heading, from 1; 0 for any other paragraph."""
    outline = paragraph.find(f"{W}pPr/{W}outlineLvl")
    if outline is not None and (value := outline.get(f"{W}val", "")).isdigit():
        return min(int(value) + 1, 6)
    style = _style(paragraph)
    if style.lower() == "title":
        return 1
    found = HEADING.fullmatch(style)
    return min(int(found[1]), 6) if found and found[1] != "0" else 0


def _table(table: Element) -> Iterator[str]:
    rows = [
        [" ".join(_text(cell).split()).replace("|", "\\|") for cell in row.findall(f"{W}tc")]
        for row in table.findall(f"{W}tr")
    ]
    for number, cells in enumerate(rows):
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            yield f"|{' --- |' * len(cells)}"


def _text(node: Element) -> str:
    """What is read there: runs, tabs and breaks; deleted text is not."""
    parts = []
    for one in node.iter():
        if one.tag == f"{W}t":
            parts.append(one.text or "")
        elif one.tag in {f"{W}tab", f"{W}br", f"{W}cr"} or (one.tag == f"{W}p" and parts):
            parts.append(" ")
    return "".join(parts)
