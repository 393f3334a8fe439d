"""Payments that other services report: signed in three ways, done once; and what goes wrong with it, by the name of it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert
from sqlalchemy.exc import IntegrityError

from app.signatures import dated, digest, plain, shared

engine = create_engine(os.environ["DATABASE_URL"])
tables = MetaData()
payments = Table(
    "payments", tables, Column("id", Integer, primary_key=True), Column("event", String(80), unique=True)
)
credits = Table("credits", tables, Column("id", Integer, primary_key=True), Column("event", String(80)))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    tables.create_all(engine)
    yield


app = FastAPI(title="payments", docs_url=None, redoc_url=None, lifespan=lifespan)


def once(event: str) -> dict[str, str]:
    try:
        with engine.begin() as connection:
            connection.execute(insert(payments).values(event=event))
    except IntegrityError:
        return {"status": "known"}
    return {"status": "done"}


def every_time(event: str) -> dict[str, str]:
    with engine.begin() as connection:
        connection.execute(insert(credits).values(event=event))
    return {"status": "done"}


@app.post("/webhooks/dated", dependencies=[Depends(dated)], include_in_schema=False)
async def of_the_bank(request: Request) -> dict[str, str]:
    return once("dated " + (await request.json())["id"])


@app.post("/webhooks/plain", dependencies=[Depends(plain)])
async def of_the_forge(request: Request) -> dict[str, str]:
    return once("plain " + (await request.json())["id"])


@app.post("/webhooks/shared", dependencies=[Depends(shared)])
async def of_the_shop(request: Request) -> dict[str, str]:
    return once("shared " + (await request.json())["id"])


@app.post("/webhooks/open")
async def of_anybody(request: Request) -> dict[str, str]:
    return every_time((await request.json())["id"])


@app.post("/webhooks/present")
async def of_who_brings_any(request: Request) -> dict[str, str]:
    if not request.headers.get("X-Pay-Signature"):
        raise HTTPException(401, "Sign the call.")
    return every_time((await request.json())["id"])


@app.post("/webhooks/twice", dependencies=[Depends(plain)])
async def of_the_forge_again(request: Request) -> dict[str, str]:
    return every_time((await request.json())["id"])


@app.post("/webhooks/slow")
async def of_who_measures(request: Request) -> dict[str, str]:
    if request.headers.get("X-Pay-Signature") != digest(await request.body()):
        raise HTTPException(401, "The signature is not good.")
    return once("slow " + (await request.json())["id"])
