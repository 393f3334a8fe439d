"""`uvicorn --factory bookshop.api.server:build` serves it."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bookshop import config
from bookshop.tables import Book, Purchase

books = APIRouter(prefix="/api/books", tags=["books"])
purchases = APIRouter(prefix="/api/purchases", tags=["purchases"])
inside = APIRouter(prefix="/internal")
key_header = APIKeyHeader(name="X-Staff-Key")


async def session(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as one:
        yield one


def staff(request: Request, key: Annotated[str, Depends(key_header)]) -> None:
    if not hmac.compare_digest(key.encode(), request.app.state.config.staff_key.encode()):
        raise HTTPException(403, "not the staff's key")


Db = Annotated[AsyncSession, Depends(session)]


class BookIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    isbn: str = Field(pattern=r"^\d{13}$")
    title: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    price: Decimal = Field(ge=0, max_digits=8, decimal_places=2)
    stock: int = Field(0, ge=0, le=100_000)


class BookOut(BookIn):
    model_config = ConfigDict(from_attributes=True)


class PurchaseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    isbn: str = Field(pattern=r"^\d{13}$")
    copies: int = Field(ge=1, le=100)


class PurchaseOut(PurchaseIn):
    model_config = ConfigDict(from_attributes=True)
    id: int


@books.get("")
async def find(db: Db, after: Annotated[str, Query(pattern=r"^\d{0,13}$")] = "") -> list[BookOut]:
    found = await db.scalars(select(Book).where(Book.isbn > after).order_by(Book.isbn).limit(50))
    return [BookOut.model_validate(book) for book in found]


@books.put("/{isbn}", dependencies=[Depends(staff)], responses={403: {"description": "not the staff's key"}})
async def keep(isbn: str, book: BookIn, db: Db) -> BookOut:
    if isbn != book.isbn:
        raise HTTPException(422, "two different books")
    await db.merge(Book(**book.model_dump()))
    await db.commit()
    return BookOut(**book.model_dump())


@purchases.post("", status_code=201, responses={409: {"description": "not enough copies"}})
async def buy(wanted: PurchaseIn, db: Db) -> PurchaseOut:
    taken = await db.execute(
        update(Book)
        .where(Book.isbn == wanted.isbn, Book.stock >= wanted.copies)
        .values(stock=Book.stock - wanted.copies)
    )
    if not taken.rowcount:
        raise HTTPException(409, "not enough copies")
    made = Purchase(**wanted.model_dump())
    db.add(made)
    await db.commit()
    return PurchaseOut.model_validate(made)


@inside.get("/alive", include_in_schema=False)
async def alive() -> Response:
    return Response(status_code=204)


@inside.get("/healthz", include_in_schema=False)
async def healthz(db: Db) -> dict[str, bool]:
    return {"database": await db.scalar(text("select 1")) == 1}


def build():
    settings = config.read()
    engine = create_async_engine(settings.address, pool_size=5, pool_pre_ping=True)

    @asynccontextmanager
    async def life(app):
        yield
        await engine.dispose()

    app = FastAPI(title="Bookshop", lifespan=life, docs_url=None if settings.production else "/docs")
    app.state.config = settings
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    for router in (books, purchases, inside):
        app.include_router(router)
    return app
