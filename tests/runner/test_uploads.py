"""What becomes of a file? Services by hand, each with one way to keep, name, open or serve what it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from runner.evidence.behaviour import uploads as look
from runner.evidence.behaviour.served_files import is_active
from runner.evidence.behaviour.uploads import UNSEEN, WELL, Seen
from runner.http.files import File, small
from runner.http.openapi import operations_of
from runner.http.requests import Requests
from runner.live.marked_files import Marked

ROOT = Path("/srv/app")
CONTRACT = {
    "paths": {
        "/files": {"post": {"responses": {"201": {"description": "kept"}}}},
        "/files/{file_id}": {"get": {"responses": {"200": {"content": {"*/*": {}}, "description": "it"}}}},
    }
}


@dataclass
class Store:
    """Files by their path."""

    kept: dict[Path, bytes] = field(default_factory=dict)
    temporary: Path = Path("/tmp")
    can_look: bool = True

    def find(self, mark: str) -> tuple[Marked, ...]:
        return tuple(Marked(path, len(text)) for path, text in self.kept.items() if mark in path.name)

    def remove(self, mark: str) -> None:
        self.kept = {path: text for path, text in self.kept.items() if mark not in path.name}


class Service:
    """Takes files by `take`, which answers a status, and shows what it took under the id 1 by `show`."""

    def __init__(
        self, take: Callable[["Service", File], int], show: Callable[[File], httpx.Response] | None = None
    ) -> None:
        self.stored, self.take, self.show, self.curl = Store(), take, show, "curl"
        self.last: File | None = None
        self.number, self.told = 0, {"id": 1}
        self.operation = operations_of(CONTRACT)[0]
        self.sender = SimpleNamespace(here=SimpleNamespace(requests=Requests(CONTRACT)))

    def mark(self) -> str:
        self.number += 1
        return f"gonogo-{self.number}"

    def send(self, file: File) -> tuple[Any, httpx.Response]:
        self.last = file
        status = self.take(self, file)
        answer = httpx.Response(status, json=self.told, request=httpx.Request("POST", "http://here/files"))
        return self.sender.here.requests.example(self.operation), answer

    def answer(self, file: File) -> httpx.Response:
        return self.send(file)[1]

    def large(self, file: File, size: int) -> httpx.Response:
        return self.answer(File(name=file.name, content=bytes(size), media=file.media))

    def read(self, path: str) -> httpx.Response | None:
        if self.show is None or self.last is None or path != "/files/1":
            return httpx.Response(404)
        return self.show(self.last)


def keep(path: Callable[[str], Path]) -> Callable[[Service, File], int]:
    def take(service: Service, file: File) -> int:
        service.stored.kept[
            Path(str(path(file.name)).replace("/uploads/../../", "/../").replace("/uploads/../", "/"))
        ] = file.content
        return 201

    return take


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        (lambda name: ROOT / "uploads" / name, Seen(fault="writes a file called ../sample to /srv/app")),
        (
            lambda name: ROOT / "uploads" / name.replace("../", ""),
            Seen(fault="writes a file called /tmp/sample to /tmp"),
        ),
        (
            lambda name: ROOT / "uploads" / name.replace("../", "").lstrip("/"),
            Seen(fault="writes a file called ....//sample to /srv/app"),
        ),
        (
            lambda name: ROOT / "uploads" / (Path(name).name if name.startswith(("..", "/")) else name),
            Seen(fault="writes a file called ./../sample to /srv/app"),
        ),
        (lambda name: ROOT / "uploads" / Path(name).name, WELL),
        (lambda name: ROOT / "uploads" / str(len(name)) / Path(name).name, WELL),
        (lambda _: ROOT / "uploads" / "8f14e45f", WELL),
    ],
)
def test_a_name_that_leads_out_is_found_where_it_led(path: Callable[[str], Path], seen: Seen) -> None:
    assert look.names(Service(keep(path)), small("txt")) == seen  # type: ignore[arg-type]


def test_a_name_that_breaks_the_service_is_a_fault_and_one_that_is_refused_is_none() -> None:
    def breaks(_: Service, file: File) -> int:
        return 500 if ".." in file.name else 201

    def refuses(_: Service, file: File) -> int:
        return 422 if "/" in file.name else 201

    assert look.names(Service(breaks), small("txt")).fault == "answers 500 to a file called ../sample"  # type: ignore[arg-type]
    assert look.names(Service(refuses), small("txt")) == WELL  # type: ignore[arg-type]


def test_an_archive_that_leads_out_is_found_too() -> None:
    def unpacks(service: Service, file: File) -> int:
        member = file.content[30 : 30 + file.content[26]].decode()
        out = "../" in member
        service.stored.kept[ROOT / Path(member).name if out else ROOT / "uploads" / Path(file.name).name] = b""
        return 201

    assert look.names(Service(unpacks), small("zip")) == Seen(  # type: ignore[arg-type]
        fault="writes a file called ../sample in an archive to /srv/app"
    )


def as_told(file: File) -> httpx.Response:
    return httpx.Response(200, content=file.content, headers={"content-type": file.media})


def by_name(file: File) -> httpx.Response:
    media = {"html": "text/html; charset=utf-8", "svg": "image/svg+xml"}.get(file.ending, "text/plain")
    return httpx.Response(200, content=file.content, headers={"content-type": media})


def saved(file: File) -> httpx.Response:
    return httpx.Response(
        200, content=file.content, headers={"content-type": file.media, "content-disposition": "attachment"}
    )


def takes(*media: str) -> Callable[[Service, File], int]:
    return lambda _, file: 201 if not media or file.media in media else 415


@pytest.mark.parametrize(
    ("take", "show", "fault"),
    [
        (takes(), as_told, "takes sample.html as text/html, and GET /files/1 shows it as text/html"),
        (
            takes("image/png", "image/svg+xml"),
            as_told,
            "takes sample.svg as image/svg+xml, and GET /files/1 shows it as image/svg+xml",
        ),
        (
            takes("image/png"),
            by_name,
            "takes sample.html as image/png, and GET /files/1 shows it as text/html; charset=utf-8",
        ),
        (takes("image/png"), as_told, ""),
        (takes(), saved, ""),
    ],
)
def test_what_is_shown_as_a_page_is_a_fault(take: Any, show: Any, fault: str) -> None:
    assert look.served(Service(take, show), small("png")) == (Seen(fault=fault) if fault else WELL)  # type: ignore[arg-type]


@pytest.mark.parametrize(("status", "seen"), [(404, WELL), (403, UNSEEN), (500, UNSEEN)])
def test_what_nobody_may_read_was_not_seen(status: int, seen: Seen) -> None:
    assert look.served(Service(takes(), lambda _: httpx.Response(status)), small("png")) == seen  # type: ignore[arg-type]


def test_a_read_of_files_that_nobody_knows_the_id_of_was_not_seen() -> None:
    service = Service(takes())
    service.told = {}
    assert look.served(service, small("png")) == UNSEEN  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "active"),
    [
        ({"content-type": "text/html"}, True),
        ({"content-type": "image/svg+xml", "content-security-policy": "default-src 'self' 'unsafe-inline'"}, True),
        ({"content-type": "text/html", "content-security-policy": "frame-ancestors 'none'"}, True),
        ({"content-type": "text/html", "content-security-policy": "sandbox allow-scripts"}, True),
        ({}, True),
        ({"x-content-type-options": "nosniff"}, False),
        ({"content-type": "image/svg+xml", "content-security-policy": "default-src 'none'; style-src 'self'"}, False),
        ({"content-type": "text/html", "content-security-policy": "sandbox"}, False),
        ({"content-type": "text/html", "content-disposition": 'attachment; filename="a.html"'}, False),
        ({"content-type": "text/plain"}, False),
        ({"content-type": "image/png"}, False),
    ],
)
def test_what_a_browser_runs(headers: dict[str, str], active: bool) -> None:  # noqa: FBT001
    assert is_active(httpx.Response(200, content=b"<script>", headers=headers)) is active


def test_the_word_of_a_client_is_believed_where_only_an_honest_page_is_refused() -> None:
    def looks(_: Service, file: File) -> int:
        return 201 if file.content.startswith(b"\x89PNG") else 415

    believed = look.types(Service(takes("image/png")), small("png"))  # type: ignore[arg-type]
    assert believed.fault == "takes a web page that calls itself image/png, and refuses one as such"
    assert look.types(Service(looks), small("png")) == WELL  # type: ignore[arg-type]
    assert look.types(Service(takes()), small("png")) == WELL  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "small_one", "seen"),
    [
        (201, 201, Seen(fault="takes a txt of 128 MiB")),
        (500, 201, Seen(fault="answers 500 to a txt of 128 MiB")),
        (413, 413, WELL),
        (400, 201, WELL),
        (422, 422, UNSEEN),
        (401, 201, UNSEEN),
    ],
)
def test_a_refusal_speaks_of_the_size_only_where_a_smaller_one_is_taken(
    status: int, small_one: int, seen: Seen
) -> None:
    sizes = {look.LARGE: status, look.SMALL: small_one}
    service = Service(lambda _, file: sizes[len(file.content)])
    assert look.size(service, small("txt")) == seen  # type: ignore[arg-type]
