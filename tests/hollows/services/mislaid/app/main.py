"""Served from here, while gonogo.toml names another folder as its source."""

import time
from typing import Annotated

from fastapi import FastAPI, Query

app = FastAPI()


@app.get("/posts")
async def some(limit: Annotated[int, Query(le=100)] = 20) -> list[str]:
    time.sleep(0.001)  # noqa: ASYNC251
    return ["a"][:limit]
