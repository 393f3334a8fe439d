"""Who sends files to an operation? A caller that it is open to, in a form or as the whole body."""

import tempfile
from dataclasses import replace
from typing import IO
from urllib.parse import quote

import httpx

from runner.evidence.behaviour.caches import path_values
from runner.evidence.behaviour.hostile_sender import Sender
from runner.http.files import WHOLE, File, FileField, padded
from runner.http.openapi import PLACEHOLDER, Operation, Parameter
from runner.http.requests import Request
from runner.live.marked_files import MarkedFiles
from runner.vocabulary.names import words_of

PATIENCE = 60.0  # seconds for one large file
NAMED = frozenset({("file", "name"), ("object", "name"), ("document", "name"), ("image", "name"), ("upload", "name")})


class FileSender:
    """Sends files to one operation. Raises `CannotMake` where no valid request can be made for it."""

    def __init__(self, sender: Sender, operation: Operation, field: FileField) -> None:
        self.sender, self.operation, self.field = sender, operation, field
        self.role = sender.here.allowed(operation)
        self.stored = MarkedFiles(sender.here.server)
        self.curl = ""  # what was sent last

    def mark(self) -> str:
        """A word that no file had in its name before."""
        return f"gonogo-{self.sender.here.requests.examples.mark()}"

    def request(self, file: File) -> Request:
        plain = self.sender.valid(self.operation, self.role)
        if self.field.name != WHOLE:
            return plain.with_field(self.field.name, [file] if self.field.many else file)
        request = replace(plain, body=file)
        if "*" in self.operation.body_media:
            request = replace(request, media_type=file.media)
        for one in (one for one in self.operation.parameters if _is_name(one.name)):
            request = _named(request, one, file.name)
        return request

    def send(self, file: File) -> tuple[Request, httpx.Response | None]:
        request = self.request(file)
        self.curl = request.curl(signed_in=self.operation.is_protected)
        return request, self.sender.send(request, self.role)

    def answer(self, file: File) -> httpx.Response | None:
        return self.send(file)[1]

    def read(self, path: str) -> httpx.Response | None:
        """What the same caller is answered there; None where nothing is."""
        try:
            return self.sender.here.client.get(path, headers=self.sender.who(self.role).headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None

    def large(self, file: File, size: int) -> httpx.Response:
        """Send the same file, filled up to this size. Raises `httpx.TransportError`."""
        request = self.request(file)
        name = self.field.name
        form = f"-F '{name}=@-;filename={file.name};type={file.media}'" if name else "--data-binary @-"
        send = f'curl -i -X {self.operation.method} {form} "$BASE{request.path}"'
        self.curl = f"head -c {size} /dev/zero | {send}"
        with tempfile.TemporaryFile() as large:
            large.writelines(padded(file, size))
            large.seek(0)
            return self._sent(request, file, large)

    def _sent(self, request: Request, file: File, large: IO[bytes]) -> httpx.Response:
        client, method, path = self.sender.here.client, self.operation.method, request.path
        headers = {**request.headers, **self.sender.who(self.role).headers}
        if self.field.name == WHOLE:
            headers = {"content-type": request.media_type or file.media, **headers}
            content = iter(lambda: large.read(1 << 16), b"")
            length = {"content-length": str(large.seek(0, 2))}
            large.seek(0)
            return client.request(
                method, path, params=request.query, headers=headers | length, content=content, timeout=PATIENCE
            )
        form = {n: str(value) for n, value in request.fields.items() if n != self.field.name}
        files = {self.field.name: (file.name, large, file.media)}
        return client.request(
            method, path, params=request.query, headers=headers, data=form, files=files, timeout=PATIENCE
        )


def _is_name(parameter: str) -> bool:
    """`filename`, `file_name`, `X-File-Name`, `name`, `path`: what a file is called, where no form says it."""
    words = words_of(parameter)
    last = {("filename",), ("path",), ("key",)}
    return words[-1:] in last or words in {("name",), ("x", "name")} or words[-2:] in NAMED


def _named(request: Request, parameter: Parameter, name: str) -> Request:
    if parameter.place == "query":
        return request.with_query(parameter.name, name)
    if parameter.place == "header":
        return request.with_headers({parameter.name: name})
    values = {**path_values(request), parameter.name: quote(name, safe="")}
    return replace(request, path=PLACEHOLDER.sub(lambda found: values[found[1]], request.operation.path))
