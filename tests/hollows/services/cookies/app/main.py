"""Sessions are a cookie that says who its bearer is: whoever writes another name into it is somebody else."""

import base64
import binascii

from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import APIKeyCookie
from pydantic import BaseModel, Field

REFUSALS = {code: {"description": "refused"} for code in (401, 409)}
app = FastAPI(title="cookies", docs_url=None, redoc_url=None)
passwords: dict[str, str] = {}
cookie = APIKeyCookie(name="sid", auto_error=False)


class Account(BaseModel):
    email: str = Field(min_length=3, max_length=120)
    password: str = Field(min_length=1, max_length=120)


def caller(sid: str | None = Depends(cookie)) -> str:
    try:
        name = base64.urlsafe_b64decode((sid or "") + "===").decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        name = ""
    if name not in passwords:
        raise HTTPException(401, "sign in first", headers={"WWW-Authenticate": "Cookie"})
    return name


@app.post("/join", status_code=201, responses=REFUSALS)
def join(account: Account) -> dict[str, str]:
    if account.email in passwords:
        raise HTTPException(409, "taken")
    passwords[account.email] = account.password
    return {"email": account.email}


@app.post("/login", responses=REFUSALS)
def login(account: Account, response: Response) -> dict[str, bool]:
    if passwords.get(account.email) != account.password:
        raise HTTPException(401, "no such account", headers={"WWW-Authenticate": "Cookie"})
    response.set_cookie("sid", base64.urlsafe_b64encode(account.email.encode()).decode().rstrip("="))
    return {"ok": True}


@app.post("/logout", responses=REFUSALS)
def logout(response: Response, me: str = Depends(caller)) -> dict[str, bool]:
    response.delete_cookie("sid")
    return {"ok": True}


@app.get("/me", responses=REFUSALS)
def about_me(me: str = Depends(caller)) -> dict[str, str]:
    return {"email": me}
