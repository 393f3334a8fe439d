"""What happens to every request, whatever its route? Plain ASGI: no answer is buffered."""

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from {{cookiecutter.package}} import metrics
from {{cookiecutter.package}}.problems import problem

GOOD_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
DRAINED_AT_MOST = 32 * 1024 * 1024
log = logging.getLogger("{{cookiecutter.package}}.requests")
RawHeaders = list[tuple[bytes, bytes]]  # as ASGI has them: names in lower case

SECURITY_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"geolocation=(), camera=(), microphone=()",
    b"cache-control": b"no-store",
}
POLICY_FOR_DATA = b"default-src 'none'; frame-ancestors 'none'"
POLICY_FOR_PAGES = b"frame-ancestors 'none'"
ONE_YEAR = b"max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """What an endpoint says itself stands."""

    def __init__(self, app: ASGIApp, *, https_only: bool) -> None:
        self._app = app
        self._headers = SECURITY_HEADERS | (
            {b"strict-transport-security": ONE_YEAR} if https_only else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._with_ours(dict(message["headers"]), message["headers"])
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _with_ours(self, said: dict[bytes, bytes], headers: RawHeaders) -> RawHeaders:
        is_page = said.get(b"content-type", b"").startswith(b"text/html")
        policy = POLICY_FOR_PAGES if is_page else POLICY_FOR_DATA
        ours = self._headers | {b"content-security-policy": policy}
        return [*headers, *((name, value) for name, value in ours.items() if name not in said)]


class Observe:
    """Names, times, counts and logs each request, and answers when everything else failed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = request_id_of(scope)
        status = 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                took = f"app;dur={(time.perf_counter() - began) * 1000:.1f}"
                named = [(b"x-request-id", request_id.encode()), (b"server-timing", took.encode())]
                message["headers"] = [*message["headers"], *named]
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except Exception:
            log.exception("a request failed", extra={"request_id": request_id})
            if status:
                raise
            answer = problem(scope["path"], 500, "Something went wrong on our side.")
            await answer(scope, receive, send_named)
        finally:
            record(scope, request_id, status or 499, time.perf_counter() - began)


def request_id_of(scope: Scope) -> str:
    offered = Headers(scope=scope).get("x-request-id", "")
    return offered if GOOD_REQUEST_ID.fullmatch(offered) else uuid4().hex


def record(scope: Scope, request_id: str, status: int, seconds: float) -> None:
    """By route template, never by path: a path would make labels without end."""
    route = getattr(scope.get("route"), "path", "unmatched")
    metrics.count_request(scope["method"], route, status, seconds)
    fields = {
        "request_id": request_id,
        "method": scope["method"],
        "route": route,
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
    }
    log.info("request", extra=fields)


class BodyLimit:
    """Counts what arrives, since a client may leave out or understate Content-Length."""

    def __init__(self, app: ASGIApp, *, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._detail = f"A body may have {most_bytes} bytes at most."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if declared_bytes(scope) > self._most_bytes:
            await drain(receive, {"more_body": True})
            await problem(scope["path"], 413, self._detail)(scope, receive, send)
            return
        arrived = 0

        async def receive_limited() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > self._most_bytes:
                await drain(receive, message)
                raise HTTPException(413, self._detail)
            return message

        await self._app(scope, receive_limited, send)


def declared_bytes(scope: Scope) -> int:
    if scope["type"] != "http" or scope["method"] not in WITH_BODY:
        return 0
    declared = Headers(scope=scope).get("content-length", "")
    return int(declared) if declared.isdecimal() else 0


async def drain(receive: Receive, message: Message) -> None:
    """Reads on for a while: a client that is still sending would miss the answer."""
    drained = 0
    while message.get("more_body") and drained < DRAINED_AT_MOST:
        message = await receive()
        drained += len(message.get("body", b""))
