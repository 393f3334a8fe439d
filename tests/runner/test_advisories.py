"""Is a source of advisories really asked, and is one that knows nothing told from one that finds nothing?"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.errors import ProbeError
from runner.evidence.release.advisories import CANARY, Advisories
from runner.live.workshop import Workshop

KNOWN = {("jinja2", "3.0.0"): "GHSA-test-0001", CANARY: "GHSA-test-0002"}


def advisory(id: str, name: str, mended: str) -> dict[str, object]:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": mended}]}]
    affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}]
    return {
        "id": id,
        "summary": "a hole",
        "details": "a hole in it",
        "affected": affected,
        "published": "2020-01-01T00:00:00Z",
    }


@contextmanager
def source(known: dict[tuple[str, str], str]) -> Iterator[str]:
    """An OSV query service on loopback that knows just these."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            pair = asked["package"]["name"].lower(), asked["version"]
            vulns = [advisory(known[pair], pair[0], "9.9")] if pair in known else []
            body = json.dumps({"vulns": vulns} if vulns else {}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def look(root: Path, workshop: Workshop, lock: str, advisories: str) -> Advisories:
    (root / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n', encoding="utf-8")
    (root / "requirements.lock").write_text(lock, encoding="utf-8")
    service = f'[service]\npython = "{sys.executable}"\nlock = "requirements.lock"\n'
    toml = f'{service}[deployment]\nadvisories = "{advisories}"\n'
    (root / "gonogo.toml").write_text(toml, encoding="utf-8")
    target = find_target(root)
    return Shelf(target, workshop).need(Advisories)


def test_the_package_its_line_and_the_version_that_mends_it_are_named(tmp_path: Path, workshop: Workshop) -> None:
    with source(KNOWN) as address:
        found = look(tmp_path, workshop, "idna==3.10\nJinja2==3.0.0\n", address)
    assert found.asked == 2
    assert [(one.package.lower(), one.version, one.id, one.mended) for one in found.found] == [
        ("jinja2", "3.0.0", "GHSA-test-0001", ("9.9",))
    ]
    assert (found.found[0].path, found.found[0].line) == ("requirements.lock", 2)


def test_every_version_is_asked_where_a_lock_has_several_of_one_package(tmp_path: Path, workshop: Workshop) -> None:
    with source(KNOWN) as address:
        lock = 'jinja2==3.1.6 ; python_version >= "3.12"\njinja2==3.0.0 ; python_version < "3.12"\n'
        found = look(tmp_path, workshop, lock, address)
    assert [one.version for one in found.found] == ["3.0.0"]


def test_a_version_with_leading_zeros_is_the_same_version(tmp_path: Path, workshop: Workshop) -> None:
    known = {("certifi", "2022.6.15"): "GHSA-test-0003", ("certifi", "2022.06.15"): "GHSA-test-0003"}
    with source(known) as address:
        found = look(tmp_path, workshop, "certifi==2022.06.15\n", address)
    assert [(one.package, one.line) for one in found.found] == [("certifi", 1)]


def test_nothing_known_is_believed_of_a_source_that_knows_the_canary(tmp_path: Path, workshop: Workshop) -> None:
    with source(KNOWN) as address:
        assert look(tmp_path, workshop, "idna==3.10\n", address).found == ()


def test_a_source_that_knows_nothing_at_all_is_no_source(tmp_path: Path, workshop: Workshop) -> None:
    with source({}) as address, pytest.raises(ProbeError, match=r"knows no advisory for pyyaml 5\.3"):
        look(tmp_path, workshop, "idna==3.10\n", address)


def test_a_source_that_does_not_answer_is_said_with_what_else_to_do(tmp_path: Path, workshop: Workshop) -> None:
    with pytest.raises(ProbeError, match=r"did not answer \(.*\).*advisories = \"ci\""):
        look(tmp_path, workshop, "idna==3.10\n", "http://127.0.0.1:9/v1/query")


def test_what_is_not_pinned_is_locked_and_not_asked_about(tmp_path: Path, workshop: Workshop) -> None:
    with source(KNOWN) as address:
        found = look(tmp_path, workshop, "idna==3.10\nrequests>=2\n", address)
    assert (found.asked, found.locked, found.open) == (1, 2, (("requests", "requirements.lock", 2),))


def test_a_lock_that_pins_nothing_leaves_nothing_to_ask_about(tmp_path: Path, workshop: Workshop) -> None:
    with pytest.raises(ProbeError, match=r"requirements\.lock pins no version of 2"):
        look(tmp_path, workshop, "idna\nrequests>=2\n", "http://127.0.0.1:9/v1/query")
