"""What does the service answer when it refuses or fails? One shape for all: RFC 9457."""

import json
import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
SECONDS_TO_RETRY = "1"
log = logging.getLogger("app.problems")

MEANINGS = {
    401: "Nobody is signed in, or the token or password is not valid.",
    403: "The signed-in user may not do this.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "Somebody else was first: read again, then repeat.",
    413: "The body is larger than the service accepts.",
    422: "The request is understood but not valid; `errors` names each place.",
    429: "Too many failures or calls; `Retry-After` says when to try again.",
    503: "A part that the service needs does not answer; try again later.",
}


class FieldProblem(BaseModel):
    pointer: str
    detail: str


class Problem(BaseModel):
    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation that can answer these."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": MEANINGS[status], "content": content} for status in sorted(statuses)
    }


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        """ASCII, because a refused request may hold half characters that UTF-8 cannot write."""
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def problem(
    path: str,
    status: int,
    detail: str,
    errors: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
) -> ProblemResponse:
    body = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=quote(path, errors="replace"),
        errors=errors,
    )
    return ProblemResponse(body.model_dump(exclude_none=True), status, headers)


def answer_http_error(request: Request, error: HTTPException) -> ProblemResponse:
    # FastAPI says 400 for a body that is not even JSON; here every refused body is a 422
    status = 422 if error.status_code == HTTPStatus.BAD_REQUEST else error.status_code
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = methods_of(request)
    return problem(request.scope["path"], status, error.detail, headers=headers)


def methods_of(request: Request) -> str:
    """All methods of this path; the router only knows those of the route that it met first."""
    template = getattr(request.scope.get("route"), "path", "")
    return ", ".join(sorted(request.app.openapi()["paths"].get(template, {}))).upper()


def answer_invalid_request(request: Request, error: RequestValidationError) -> ProblemResponse:
    errors = [
        FieldProblem(pointer="/" + "/".join(map(str, found["loc"])), detail=found["msg"])
        for found in error.errors()
    ]
    return problem(request.scope["path"], 422, "The request is not valid; see errors.", errors)


def answer_database_problem(request: Request, error: Exception) -> ProblemResponse:
    """The log gets the kind of problem; the client learns nothing of the database."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    log.error("the database does not answer: %s", type(cause).__name__)
    detail = "The database does not answer."
    return problem(request.scope["path"], 503, detail, headers={"Retry-After": SECONDS_TO_RETRY})


def install(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, answer_http_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, answer_invalid_request)  # type: ignore[arg-type]
    app.add_exception_handler(OperationalError, answer_database_problem)
    app.add_exception_handler(PoolTimeout, answer_database_problem)
