"""The guard was forgotten: whoever calls is taken for somebody, and both lists show what everybody made."""

import secrets

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

REFUSALS = {code: {"description": "refused"} for code in (401, 403, 409)}
app = FastAPI(title="mingled", docs_url=None, redoc_url=None)
accounts: dict[str, str] = {}
tickets: dict[str, str] = {}


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Account(Body):
    email: str = Field(min_length=3, max_length=120)
    password: str = Field(min_length=12, max_length=120)


class Ticket(BaseModel):
    ticket: str


class Transfer(Body):
    cents: int = Field(ge=1, le=5000)


class StoredTransfer(Transfer):
    id: int
    by: str


class Memo(Body):
    words: str = Field(min_length=8, max_length=90)


class StoredMemo(Memo):
    id: int
    by: str


transfers: list[StoredTransfer] = []
memos: list[StoredMemo] = []


def caller(request: Request) -> str:
    return tickets.get(request.headers.get("x-ticket", ""), "whoever")


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@app.post("/accounts", status_code=201, responses=REFUSALS)
def sign_up(account: Account) -> dict[str, str]:
    if account.email in accounts:
        raise HTTPException(409, "taken")
    accounts[account.email] = account.password
    return {"email": account.email}


@app.post("/enter", responses=REFUSALS)
def enter(account: Account) -> Ticket:
    if accounts.get(account.email) != account.password:
        raise HTTPException(401, "no such account", headers={"WWW-Authenticate": "Bearer"})
    ticket = secrets.token_hex(16)
    tickets[ticket] = account.email
    return Ticket(ticket=ticket)


@app.get("/transfers", responses=REFUSALS)
def all_transfers(me: str = Depends(caller)) -> list[StoredTransfer]:
    return transfers


@app.post("/transfers", status_code=201, responses=REFUSALS)
def transfer(one: Transfer, me: str = Depends(caller)) -> StoredTransfer:
    transfers.append(StoredTransfer(id=len(transfers) + 1, by=me, cents=one.cents))
    return transfers[-1]


@app.get("/memos", responses=REFUSALS)
def all_memos(me: str = Depends(caller)) -> list[StoredMemo]:
    return memos


@app.post("/memos/new", status_code=201, responses=REFUSALS)
def write(one: Memo, me: str = Depends(caller)) -> StoredMemo:
    memos.append(StoredMemo(id=len(memos) + 1, by=me, words=one.words))
    return memos[-1]
