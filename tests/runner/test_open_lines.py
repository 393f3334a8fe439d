"""How did a connection end that stayed open: by a close frame, by the end of the answer, or cut?"""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from websockets.sync.server import ServerConnection, serve

from runner.evidence.accounts.stream_lines import Attempt, Lines, Stream, look
from runner.evidence.accounts.visit import Visit
from runner.http.identities import NOBODY, Identity
from runner.http.objects import CannotMake
from runner.live.client import Wandering, moved
from runner.live.open_lines import Address, Ending, Events, Line, Socket
from runner.live.ports import LOOPBACK
from runner.processes.fence import HOST

SHORT = 0.1  # seconds until a line of the tests has settled


@contextmanager
def sockets(handler: Callable[[ServerConnection], None]) -> Iterator[Any]:
    """A websocket server, as `Server` tells of it."""
    with serve(handler, LOOPBACK, 0) as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield SimpleNamespace(port=served.socket.getsockname()[1], fence=HOST)
        served.shutdown()


def opened(server: Any, path: str = "/ws", **query: str) -> Line:
    return Socket(server, Address(path=path, query=query, headers={"Cookie": "session=1"}))


def chat(connection: ServerConnection) -> None:
    """Lets in by cookie and by the token in the address, and greets."""
    assert connection.request is not None
    asked = connection.request.path
    if "token=good" not in asked:
        connection.close(4401, "who?")
        return
    for message in connection:
        connection.send(f"{connection.request.headers['Cookie']} said {len(message)} letters")


def test_a_socket_tells_who_is_let_in_who_is_refused_and_what_is_answered() -> None:
    with sockets(chat) as server:
        good, bad = opened(server, token="good"), opened(server, token="bad")
        seen, refused = look(good, "good", SHORT), look(bad, "", SHORT)
        assert (seen.got_in, seen.open, seen.pieces, seen.shut_out) == (True, True, 1, False)
        assert good.pieces[0][1].startswith("session=1 said")
        assert (refused.shut_out, refused.got_in, refused.said) == (True, False, "closed with 4401")
        good.close()
        assert good.ending is Ending.CUT, "who shuts a line down hears no close frame"


def test_a_socket_that_breaks_down_or_is_silent_is_neither_refused_nor_let_in() -> None:
    def breaks(connection: ServerConnection) -> None:
        connection.recv()
        connection.socket.shutdown(socket.SHUT_RDWR)

    with sockets(breaks) as server:
        broken = look(opened(server), "", SHORT)
    assert (broken.broke, broken.shut_out, broken.got_in) == (True, False, False)

    def silent(connection: ServerConnection) -> None:
        for _ in connection:
            pass

    with sockets(silent) as server:
        line = opened(server)
        quiet = look(line, "", SHORT)
        line.close()
    assert (quiet.open, quiet.shut_out, quiet.got_in) == (True, False, False)


@pytest.mark.parametrize(
    ("answer", "ending", "text"),
    [
        ("4\r\na\n\nb\r\n0\r\n\r\n", Ending.CLOSED, "a\n\nb"),
        ("4\r\na\n\nb\r\n", Ending.CUT, "a\n\nb"),
    ],
)
def test_an_answer_that_goes_on_is_ended_or_cut(answer: str, ending: Ending, text: str) -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_server((LOOPBACK, 0)) as listening:
        port = listening.getsockname()[1]

        def once() -> None:
            with listening.accept()[0] as one:
                one.recv(9000)
                one.sendall((head + answer).encode())

        threading.Thread(target=once, daemon=True).start()
        server: Any = SimpleNamespace(client=lambda seconds: Wandering(HOST, f"http://{LOOPBACK}:{port}", seconds))
        line = Events(server, Address(path="/events", query={}, headers={}))
        assert line.begun()
        assert line.over(5)
    assert (line.ending, line.kind, "".join(piece for _, piece in line.pieces)) == (ending, "text/event-stream", text)


def test_no_two_looks_come_from_one_address_once_they_moved() -> None:
    """A limit that is kept in a Redis has counted what an earlier look asked."""
    sources: list[str] = []

    def connect(host: str, port: int, timeout: float | None, source: str) -> socket.socket:
        sources.append(source)
        raise OSError(f"{host}:{port} {timeout}")

    for _ in range(3):
        client = Wandering(cast(Any, SimpleNamespace(connect=connect)), "http://127.0.0.1:1", 1)
        assert moved(client)
        with pytest.raises(httpx.ConnectError):
            client.get("/")
    assert len(set(sources)) == 3
    assert all(re.fullmatch(r"127\.0\.\d+\.\d+", one) for one in sources)


def test_a_refusal_in_words_and_one_before_it_began_are_refusals() -> None:
    assert Attempt(status=403).shut_out
    assert Attempt(status=101, open=True, pieces=1, refusal=True).shut_out
    assert not Attempt(status=503).got_in
    assert not Attempt().shut_out, "no answer is no refusal"


class Listened(Lines):
    """Opens the socket of a test's own server, whoever asks."""

    def open(self, *_: object) -> Line:
        return opened(self.here.server)


@pytest.mark.parametrize("told", [True, False])
def test_what_a_stranger_writes_reaches_others_or_its_writer_alone(told: bool) -> None:  # noqa: FBT001
    there: list[ServerConnection] = []

    def room(connection: ServerConnection) -> None:
        there.append(connection)
        for message in connection:
            for one in there if told else [connection]:
                one.send(f"somebody said {message!r}")

    with sockets(room) as server:
        here = SimpleNamespace(server=server, database=SimpleNamespace(is_asked=False))
        lines = Listened(here=cast("Visit", here))
        assert lines.takes(Stream(endpoint="WS /ws"), NOBODY) is told


def test_a_stream_is_opened_by_the_first_role_that_can_have_one() -> None:
    """Readers may not write the post that its stream is about: authors can."""

    class Posts(Lines):
        def attempt(
            self,
            stream: Stream,  # noqa: ARG002
            owner: Identity,
            sender: Identity | None = None,
            token: str | None = None,
        ) -> Attempt:
            if owner.role == "reader":
                raise CannotMake(f"{owner.role} could not POST /posts: 403")
            return Attempt(status=200, open=sender is None and token is None, pieces=1)

    people = {role: Identity(role=role) for role in ("reader", "author", "admin")}
    here: Any = SimpleNamespace(present=tuple(people), caller=people.__getitem__, specification=None)
    owner, good = Posts(here=here).owner(Stream(endpoint="GET /posts/{post_id}/stream"))
    assert (owner.role, good.got_in) == ("author", True)
