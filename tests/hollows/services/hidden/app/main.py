"""Everything is served, and the contract tells nothing of it: hidden routers, a plain route, a mounted application."""

from fastapi import APIRouter, FastAPI, Request
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

router = APIRouter(prefix="/posts")


@router.get("")
def all_posts() -> list[dict[str, object]]:
    return []


@router.post("")
async def write(request: Request) -> dict[str, object]:
    return dict(await request.json())


async def purge(request: Request) -> JSONResponse:
    return JSONResponse({"purged": str(request.url)})


app = FastAPI(openapi_url=None)
app.include_router(router, include_in_schema=False)
app.add_route("/purge", purge, methods=["DELETE"])
app.mount("/admin", Starlette(routes=[Route("/users", purge, methods=["GET", "POST"])]))
