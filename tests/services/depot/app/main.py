"""What a service does right that takes files, and payments that are sent again, and lists by cursor: the quiet side of what gonogo names."""

import itertools
import secrets
import threading
import time
from uuid import uuid4

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response, UploadFile
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Receive, Scope, Send

LARGEST = 1 << 20
PNG = b"\x89PNG\r\n\x1a\n"
REFUSALS = {code: {"description": "refused"} for code in (401, 404, 409, 413, 415, 422)}
app = FastAPI(title="depot", docs_url=None, redoc_url=None)
accounts: dict[str, str] = {}
sessions: dict[str, str] = {}
files: dict[str, tuple[str, bytes]] = {}
payments: dict[str, "Payment"] = {}
done: dict[tuple[str, str], tuple[int, str]] = {}
entries: dict[int, tuple[str, str]] = {}
asked: dict[str, list[float]] = {}
numbers = itertools.count(1)
lock = threading.Lock()
bearer = HTTPBearer(auto_error=False)


class Account(BaseModel):
    email: str = Field(min_length=3, max_length=120)
    password: str = Field(min_length=12, max_length=120)


class Token(BaseModel):
    access_token: str


class Kept(BaseModel):
    id: str


class Entry(BaseModel):
    id: int
    text: str


class NewEntry(BaseModel):
    text: str = Field(min_length=1, max_length=80)


class Entries(BaseModel):
    items: list[Entry]
    next_cursor: str | None


class Payment(BaseModel):
    id: str
    amount: int


class NewPayment(BaseModel):
    amount: int = Field(ge=1, le=1000)


class BodyLimit:
    """What does not say how long it is, or is too long, is not read."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            length = dict(scope["headers"]).get(b"content-length", b"")
            if not length.isdigit() or int(length) > LARGEST:
                await JSONResponse({"detail": "too large"}, 413)(scope, receive, send)
                return
        await self.inner(scope, receive, send)


app.add_middleware(BodyLimit)


def caller(sent: HTTPAuthorizationCredentials | None = Depends(bearer)) -> str:
    if sent is None or sent.credentials not in sessions:
        raise HTTPException(401, "sign in first", headers={"WWW-Authenticate": "Bearer"})
    return sessions[sent.credentials]


@app.post("/accounts", status_code=201, responses=REFUSALS)
def sign_up(account: Account) -> Kept:
    if account.email in accounts:
        raise HTTPException(409, "taken")
    accounts[account.email] = account.password
    return Kept(id=account.email)


@app.post("/sessions", responses=REFUSALS)
def sign_in(account: Account) -> Token:
    if accounts.get(account.email) != account.password:
        raise HTTPException(401, "no such account", headers={"WWW-Authenticate": "Bearer"})
    token = secrets.token_hex(16)
    sessions[token] = account.email
    return Token(access_token=token)


@app.post("/pictures", status_code=201, responses=REFUSALS)
def keep(file: UploadFile, me: str = Depends(caller)) -> Kept:
    content = file.file.read(LARGEST)
    if not content.startswith(PNG):
        raise HTTPException(415, "only PNG")
    id = uuid4().hex
    files[id] = me, content
    return Kept(id=id)


@app.get("/pictures/{picture_id}", response_class=Response, responses={**REFUSALS, 200: {"content": {"image/png": {}}}})
def show(picture_id: str, me: str = Depends(caller)) -> Response:
    owner, content = files.get(picture_id, ("", b""))
    if owner != me:
        raise HTTPException(404, "no such picture")
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": "attachment"}
    return Response(content, media_type="image/png", headers=headers)


@app.post("/notes", status_code=201, responses=REFUSALS)
def keep_note(file: UploadFile, _: str = Depends(caller)) -> Kept:
    """Takes whatever is text, and shows none of it."""
    try:
        file.file.read(LARGEST).decode()
    except UnicodeDecodeError:
        raise HTTPException(415, "only text") from None
    return Kept(id=uuid4().hex)


@app.post("/payments", status_code=201, responses=REFUSALS)
def pay(
    body: NewPayment, me: str = Depends(caller), idempotency_key: str = Header(min_length=8, max_length=64)
) -> Payment:
    with lock:
        amount, id = done.setdefault((me, idempotency_key), (body.amount, uuid4().hex))
    if amount != body.amount:
        raise HTTPException(422, "the key was used for another payment")
    return payments.setdefault(id, Payment(id=id, amount=amount))


@app.post("/entries", status_code=201, responses=REFUSALS)
def write(body: NewEntry, me: str = Depends(caller)) -> Entry:
    id = next(numbers)
    entries[id] = me, body.text
    return Entry(id=id, text=body.text)


@app.delete("/entries/{entry_id}", status_code=204, responses=REFUSALS)
def remove(entry_id: int, me: str = Depends(caller)) -> None:
    if entries.get(entry_id, ("", ""))[0] != me:
        raise HTTPException(404, "no such entry")
    del entries[entry_id]


@app.get("/entries", responses=REFUSALS)
def listed(
    me: str = Depends(caller), limit: int = Query(20, ge=1, le=100), cursor: str = Query("", pattern=r"^([0-9]{1,18})?$")
) -> Entries:
    """Newest first; the cursor is the id of the last one, which may be gone."""
    before = int(cursor) if cursor else 1 << 60
    found = sorted((id for id, (owner, _) in entries.items() if owner == me and id < before), reverse=True)
    items = [Entry(id=id, text=entries[id][1]) for id in found[:limit]]
    return Entries(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)


@app.get("/quota", responses={**REFUSALS, 429: {"description": "too many"}})
def quota(response: Response, me: str = Depends(caller)) -> Kept:
    now = time.monotonic()
    asked[me] = [*(moment for moment in asked.get(me, []) if now - moment < 60), now]
    if len(asked[me]) > 20:
        raise HTTPException(429, "too many", headers={"Retry-After": "60"})
    response.headers["RateLimit-Limit"] = "20"
    return Kept(id=me)
