"""An HTTP client whose answers end: a service may stream for ever, or send more than anybody can hold."""

import time
from collections.abc import Iterator

import httpx

MOST = 32 * 1024 * 1024  # bytes of one answer


class Bounded(httpx.BaseTransport):
    """Cuts an answer off after `seconds`, or after `MOST` bytes: what came until then is the answer."""

    def __init__(self, inner: httpx.BaseTransport, seconds: float) -> None:
        self._inner, self._seconds = inner, seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        assert isinstance(answer.stream, httpx.SyncByteStream)
        body = _Cut(answer.stream, time.monotonic() + self._seconds)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        self._inner.close()


class _Cut(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._inner:
            yield chunk
            size += len(chunk)
            if size > MOST or time.monotonic() > self._deadline:
                return

    def close(self) -> None:
        self._inner.close()
