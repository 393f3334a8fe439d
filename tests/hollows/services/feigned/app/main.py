"""The contract promises what no route does: closed bodies, 201, models, and an operation that is not served."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict


class New(BaseModel):
    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})
    title: str


class Post(BaseModel):
    id: int
    title: str


app = FastAPI()


@app.get("/posts/{post_id}", response_model=Post)
def one(post_id: int) -> Any:
    return JSONResponse({"id": post_id, "title": "x", "password_hash": "…"})


@app.post("/posts", responses={201: {"model": Post}})
def write(new: New) -> Post:
    return Post(id=1, title=new.title)


def promised() -> dict[str, Any]:
    document = get_openapi(title="feigned", version="1", routes=app.routes)
    document["paths"]["/reports"] = {"get": {"operationId": "reports", "responses": {"200": {"description": "…"}}}}
    return document


app.openapi = promised  # type: ignore[method-assign]
