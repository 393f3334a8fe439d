"""Everything is refused to everybody, strangers and owners alike, and what exports and imports is in no contract."""

import secrets

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

REFUSALS = {code: {"description": "refused"} for code in (401, 403, 404, 409)}
CHALLENGE = {"WWW-Authenticate": "Bearer"}
app = FastAPI(title="closed", docs_url=None, redoc_url=None)
accounts: dict[str, str] = {}
sessions: dict[str, str] = {}
bearer = HTTPBearer(auto_error=False)


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Account(Body):
    email: str = Field(min_length=3, max_length=120)
    password: str = Field(min_length=12, max_length=120)


class Task(Body):
    title: str = Field(min_length=1, max_length=80)


class StoredTask(Task):
    id: int


class Token(BaseModel):
    access_token: str


def nobody(sent: HTTPAuthorizationCredentials | None = Depends(bearer)) -> str:
    raise HTTPException(403, "closed for maintenance")


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@app.post("/accounts", status_code=201, responses=REFUSALS)
def sign_up(account: Account) -> dict[str, str]:
    if account.email in accounts:
        raise HTTPException(409, "taken")
    accounts[account.email] = account.password
    return {"email": account.email}


@app.post("/sessions", responses=REFUSALS)
def sign_in(account: Account) -> Token:
    if accounts.get(account.email) != account.password:
        raise HTTPException(401, "no such account", headers=CHALLENGE)
    token = secrets.token_hex(16)
    sessions[token] = account.email
    return Token(access_token=token)


@app.get("/tasks", responses=REFUSALS)
def tasks(me: str = Depends(nobody)) -> list[StoredTask]:
    return []


@app.post("/tasks", status_code=201, responses=REFUSALS)
def add(task: Task, me: str = Depends(nobody)) -> StoredTask:
    return StoredTask(id=1, title=task.title)


@app.get("/tasks/{task_id}", responses=REFUSALS)
def read(task_id: int, me: str = Depends(nobody)) -> StoredTask:
    return StoredTask(id=task_id, title="secret")


@app.delete("/tasks/{task_id}", status_code=204, responses=REFUSALS)
def remove(task_id: int, me: str = Depends(nobody)) -> None:
    return None


@app.put("/tasks/{task_id}", responses=REFUSALS)
def change(task_id: int, task: Task, me: str = Depends(nobody)) -> StoredTask:
    return StoredTask(id=task_id, title=task.title)


@app.get("/admin/export", include_in_schema=False)
def export() -> list[str]:
    return list(accounts)


@app.post("/admin/import", include_in_schema=False)
def bring(names: list[str]) -> int:
    return len(names)


@app.delete("/admin/accounts", include_in_schema=False)
def clear() -> None:
    accounts.clear()
