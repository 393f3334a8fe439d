"""Takes traces on loopback as an OpenTelemetry collector does over HTTP, and keeps each body as it came."""

import gzip
import io
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socket import socket
from typing import Any, Self

from runner.live.listener import Listener
from runner.processes.fence import HOST, Fence

GRPC = b"PRI * HTTP/2"  # how a client that speaks gRPC begins
PATH = "/v1/traces"
QUIET = 5  # seconds without a word, after which a connection is closed


@dataclass(frozen=True, slots=True)
class Sent:
    """One body: of JSON, else of Protocol Buffers."""

    is_json: bool
    body: bytes


class SpanSink:
    """To be used in a `with`."""

    def __init__(self, fence: Fence = HOST) -> None:
        self.taken: list[Sent] = []
        self.grpc = False  # whether somebody came with gRPC, which is not read
        self._listener = Listener("span sink", self._talk, fence)
        self.url = f"http://127.0.0.1:{self._listener.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _talk(self, caller: socket) -> None:
        caller.settimeout(QUIET)
        sink = self

        class Taker(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            raw_requestline: bytes

            def parse_request(self) -> bool:
                sink.grpc = sink.grpc or self.raw_requestline.startswith(GRPC)
                return not sink.grpc and super().parse_request()

            def do_POST(self) -> None:
                kind = self.headers.get("content-type", "")
                body = self._body()
                if self.path.split("?")[0].rstrip("/").endswith("traces"):
                    sink.taken.append(Sent("json" in kind, body))
                said = b"{}" if "json" in kind else b""
                self.send_response(200)
                self.send_header("content-type", kind or "application/x-protobuf")
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def _body(self) -> bytes:
                whole = io.BytesIO()
                if self.headers.get("transfer-encoding", "").lower() == "chunked":
                    while size := int(self.rfile.readline().partition(b";")[0], 16):
                        whole.write(self.rfile.read(size))
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    whole.write(self.rfile.read(int(self.headers.get("content-length", 0))))
                packed = self.headers.get("content-encoding", "") == "gzip"
                return gzip.decompress(whole.getvalue()) if packed else whole.getvalue()

            def log_message(self, *_: Any) -> None:
                """To nobody."""

        try:
            Taker(caller, ("127.0.0.1", 0), None)  # type: ignore[arg-type]
        except (OSError, ValueError, EOFError):
            return
        finally:
            caller.close()
