"""Which operations take a file that no contract names? Those whose code reads the body, or a form, by hand; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from runner.evidence.code.hand_read import Taken
from runner.http.files import SPOKEN
from runner.http.openapi import FORM_TYPES, Operation, Parameter
from runner.vocabulary.names import words_of

ANY = "*/*"
TEXT = {"type": "string"}
FILE = {"type": "string", "format": "binary"}
FILES = frozenset().union(*SPOKEN.values(), {"file", "files", "upload", "uploads", "blob", "media", "data", "content"})


def unnamed_uploads(operations: Iterable[Operation], taken: Iterable[Taken]) -> Iterator[Operation]:
    """These operations with the body and the parameters that their code was seen to read, and no contract names."""
    by_hand = {one.endpoint: one for one in taken}
    for operation in operations:
        read = by_hand.get(operation.endpoint)
        if read is not None and operation.changes and not operation.body and _speaks_of_files(operation, read):
            yield _told(operation, read)


def _speaks_of_files(operation: Operation, read: Taken) -> bool:
    """Else its body may be anything: the event of a webhook, a document in JSON."""
    words = {word for name in (operation.path, *read.fields) for word in words_of(name)}
    return read.stores or bool(FILES & (words | {word.removesuffix("s") for word in words}))


def _told(operation: Operation, read: Taken) -> Operation:
    media = FORM_TYPES[1] if read.form else ANY
    body = {"type": "object", "properties": dict(_fields(read)), "required": list(read.fields)} if read.form else None
    known = {one.key for one in operation.parameters}
    more = [Parameter(name=name, place="query", required=False, schema=TEXT) for name in read.query]
    more += [Parameter(name=name, place="header", required=False, schema=TEXT) for name in read.headers]
    return replace(
        operation,
        body=body,
        body_media=media,
        parameters=(*operation.parameters, *(one for one in more if one.key not in known)),
    )


def _fields(read: Taken) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Of a form: those that are called like a file are files, or all where none is."""
    named = {name for name in read.fields if FILES & set(words_of(name))} or set(read.fields)
    yield from ((name, FILE if name in named else TEXT) for name in read.fields)
