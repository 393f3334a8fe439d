"""Which parts of a request are files, and what would a well-meaning client send there? Small ones of each kind."""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from runner.http.openapi import FORM_TYPES, Operation, choose, is_json, properties_of
from runner.http.references import Document, Schema
from runner.said import say
from runner.vocabulary.names import set_of, words_of

BLOCK = 1 << 18
WHOLE = ""  # the name of the field where the file is the whole body
TEXTS = ("application/xml", "application/graphql", "application/yaml")
# The kinds, each with the words of names and media types that speak of it.
SPOKEN = {
    "png": set_of("avatar avatars image images photo photos picture pictures logo icon cover thumbnail banner png"),
    "jpg": set_of("jpeg jpg scan"),
    "pdf": set_of("pdf document documents resume cv invoice contract report attachment attachments"),
    "csv": set_of("csv sheet spreadsheet table import imports rows"),
    "zip": set_of("zip archive archives bundle package packages backup"),
    "gif": set_of("gif animation"),
    "json": set_of("json config"),
}
MEDIA = {
    "txt": "text/plain",
    "png": "image/png",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "zip": "application/zip",
    "gif": "image/gif",
    "json": "application/json",
    "html": "text/html",
    "svg": "image/svg+xml",
}
SIGNED = frozenset({"png", "jpg", "pdf", "zip", "gif"})  # whose first bytes say what they are
JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////"
    "////////////////////wAALCAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as a form sends it. What it is called and what it says of its type are the client's own words."""

    name: str
    content: bytes
    media: str

    def called(self, name: str) -> "File":
        return replace(self, name=name)

    @property
    def ending(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class FileField:
    """Where an operation takes a file."""

    name: str  # of the form's field; `WHOLE` where the file is the body
    many: bool = False  # a list of files

    def __str__(self) -> str:
        return self.name or say("its body")


def file_field(document: Document, operation: Operation) -> FileField | None:
    """The first file that an operation takes, in a form or as its whole body; None where it takes none."""
    if not operation.changes or not operation.body_media:
        return None
    if operation.body_media == FORM_TYPES[1]:
        return next(file_fields(document, operation), None)
    return FileField(WHOLE) if _is_raw(operation.body_media) else None


def file_fields(document: Document, operation: Operation) -> Iterator[FileField]:
    """The fields of its form that are files."""
    if operation.body_media != FORM_TYPES[1]:
        return
    for name, schema in properties_of(document, operation.body).items():
        if is_file(schema):
            yield FileField(name)
        elif schema.get("type") == "array" and is_file(choose(document, schema.get("items", {}))):
            yield FileField(name, many=True)


def is_file(schema: Schema) -> bool:
    """As OpenAPI 3.0 (`format: binary`) and 3.1 (`contentMediaType`) say it."""
    text = schema.get("type", "string") == "string"
    return text and (schema.get("format") == "binary" or "contentMediaType" in schema)


def _is_raw(media: str) -> bool:
    media = media.partition(";")[0].strip().lower()
    return not (is_json(media) or media in FORM_TYPES or media.startswith("text/") or media in TEXTS)


def usual_files(operation: Operation, field: FileField) -> tuple[File, ...]:
    """A small file of each kind, those first that the names of the field and the operation speak of."""
    field_says, path_says = words_of(f"{operation.body_media} {field.name}"), words_of(operation.path)

    def order(kind: str) -> tuple[bool, bool]:
        spoken = SPOKEN.get(kind, frozenset())
        return not spoken & set(field_says), not spoken & set(path_says)

    return tuple(small(kind) for kind in sorted(("txt", *SPOKEN), key=order))


@cache
def small(kind: str) -> File:
    """The smallest file of a kind that a program that opens it takes."""
    made: dict[str, Callable[[], bytes]] = {
        "txt": lambda: b"sample\n",
        "png": lambda: png(2, 2),
        "jpg": lambda: base64.b64decode(JPEG),
        "pdf": lambda: PDF,
        "csv": lambda: b"name,amount\nsample,1\n",
        "zip": lambda: zipped({"sample.txt": b"sample\n"}),
        "gif": lambda: GIF,
        "json": lambda: b"{}\n",
    }
    return File(name=f"sample.{kind}", content=made[kind](), media=MEDIA[kind])


def png(width: int, height: int) -> bytes:
    """A black picture of one bit a pixel: large ones take a few kilobytes until somebody opens them."""
    packer, row = zlib.compressobj(9), bytes((width + 7) // 8 + 1)
    data = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def padded(file: File, size: int) -> Iterator[bytes]:
    """The same file, so large that it has this size, as far as its kind allows: what opens it takes it all the same."""
    fill = {"json": b" ", "txt": b"sample\n", "csv": b"sample,1\n"}.get(file.ending, b"\0")
    start, end = file.content, b"\n%%EOF\n" if file.ending == "pdf" else b""
    if file.ending == "zip":  # the list of what an archive holds stands at its end
        start, end = end, start
    yield start
    block, left = fill * (BLOCK // len(fill)), size - len(start) - len(end)
    while left > 0:
        part = block if left >= len(block) else fill * (left // len(fill) + 1)
        yield part
        left -= len(part)
    yield end


def zipped(members: dict[str, bytes]) -> bytes:
    """An archive of these files by name."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return whole.getvalue()


def zipped_zeros(name: str, size: int) -> bytes:
    """An archive with one file of so many zero bytes, made without holding them."""
    whole, left, block = io.BytesIO(), size, bytes(1 << 20)
    with (
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open(name, "w") as member,
    ):
        while left > 0:
            left -= member.write(block[:left])
    return whole.getvalue()
