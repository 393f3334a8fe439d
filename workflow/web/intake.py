"""What does the server answer beside pages? Whether it lives, and what becomes of a run that is sent to it."""

import hmac
from collections.abc import Callable
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from runner.discovery.target import find_target
from runner.errors import WorkflowError
from runner.said import say
from workflow.ledger import Ledger
from workflow.service import ledger_of
from workflow.service.reporting import LARGEST, LEAST, ROUTE, Refused, as_told, receive

Opens = Callable[[], Ledger]


def routes(base: str, opens: Opens, token: str) -> list[Route]:
    """`/healthz` and the route of runs below a base path. `opens`: the ledger, asked for with each request."""
    start = f"/{base.strip('/')}".rstrip("/")

    def health(_: Request) -> JSONResponse:
        try:
            problem = opens().problem()
        except WorkflowError:
            problem = say("The ledger can't be opened.")
        return JSONResponse({"status": problem or "ok"}, 503 if problem else 200)

    async def take(request: Request) -> JSONResponse:
        try:
            _let_in(request, token)
            body = await _body(request)
            answer = await run_in_threadpool(lambda: receive(body, opens()))
        except ClientDisconnect:  # it sends it again
            return JSONResponse({"error": say("The run did not arrive whole.")}, 400)
        except Refused as error:
            return JSONResponse({"error": str(error)}, error.status)
        except WorkflowError:  # of the ledger: it is not the sender's to know where that lies
            return JSONResponse({"error": say("The ledger can't be used now.")}, 503)
        return JSONResponse(as_told(answer), 201 if answer.new else 200)

    return [Route(f"{start}/healthz", health), Route(f"{start}/{ROUTE}", take, methods=["POST"])]


def opener(root: str) -> Opens:
    """The ledger of the service in a folder, opened once it is asked for."""

    @cache
    def opened() -> Ledger:
        return ledger_of(find_target(Path(root)))

    return opened


def _let_in(request: Request, token: str) -> None:
    """Raises `Refused` for who does not bring the token."""
    if len(token) < LEAST:
        raise Refused(403, say("This server takes no runs: it was started without a token."))
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise Refused(401, say("The token is not this server's."))


async def _body(request: Request) -> bytes:
    """What is sent, and never more than is taken."""
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > LARGEST:
        raise Refused(413, say("The run is refused: it is larger than {largest} bytes.", largest=f"{LARGEST:,}"))
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > LARGEST:
            raise Refused(413, say("The run is refused: it is larger than {largest} bytes.", largest=f"{LARGEST:,}"))
    return bytes(found)
