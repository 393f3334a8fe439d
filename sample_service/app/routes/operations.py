"""Is the service alive, can it work, and what does it count?"""

import logging

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from app.database import answers
from app.problems import problems
from app.schemas import Health, Readiness

router = APIRouter(tags=["operations"])
log = logging.getLogger("app.ready")


@router.get("/health", summary="Is the process alive?")
async def health() -> Health:
    # async and without a part: it answers while every thread and connection is taken
    return Health()


@router.get("/ready", summary="Can it serve requests?", responses=problems(503))
async def ready(request: Request) -> Readiness:
    """Asks the database, but not for long. Without Redis the service is slower, yet ready."""
    state = request.app.state
    try:
        with anyio.fail_after(state.settings.ready_timeout_seconds):
            await run_sync(answers, state.engine, abandon_on_cancel=True)
            cache = await run_sync(state.redis.state, abandon_on_cancel=True)
    except (SQLAlchemyError, TimeoutError) as error:
        log.warning("not ready: %s", type(error).__name__)
        raise HTTPException(503, "The database does not answer.") from None
    return Readiness(cache=cache)


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
