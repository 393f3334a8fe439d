"""A sign-in answers a ticket, a word that nobody else uses; `/export` forgot its guard, and `/backup` takes any token."""

import secrets

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

REFUSALS = {code: {"description": "refused"} for code in (401, 409)}
CHALLENGE = {"WWW-Authenticate": "Bearer"}
app = FastAPI(title="tickets", docs_url=None, redoc_url=None)
accounts: dict[str, str] = {}
sessions: dict[str, str] = {}
bearer = HTTPBearer(auto_error=False)


class Account(BaseModel):
    email: str = Field(min_length=3, max_length=120)
    password: str = Field(min_length=12, max_length=120)


def some_token(sent: HTTPAuthorizationCredentials | None = Depends(bearer)) -> str:
    if sent is None:
        raise HTTPException(401, "sign in first", headers=CHALLENGE)
    return sent.credentials


def caller(token: str = Depends(some_token)) -> str:
    if token not in sessions:
        raise HTTPException(401, "sign in first", headers=CHALLENGE)
    return sessions[token]


@app.post("/accounts", status_code=201, responses=REFUSALS)
def sign_up(account: Account) -> dict[str, str]:
    if account.email in accounts:
        raise HTTPException(409, "taken")
    accounts[account.email] = account.password
    return {"email": account.email}


@app.post("/sessions", responses=REFUSALS)
def sign_in(account: Account) -> dict[str, str]:
    if accounts.get(account.email) != account.password:
        raise HTTPException(401, "no such account", headers=CHALLENGE)
    ticket = secrets.token_hex(16)
    sessions[ticket] = account.email
    return {"ticket": ticket}


@app.get("/notes", responses=REFUSALS)
def notes(me: str = Depends(caller)) -> list[str]:
    return [me]


@app.get("/export")
def export() -> list[str]:
    return list(accounts)


@app.get("/backup", responses=REFUSALS)
def backup(token: str = Depends(some_token)) -> list[str]:
    return list(accounts)
