"""Projects of companies, with their tasks: each company sees its own, or, where MANNER is careless, everybody's."""

import os
import secrets
from typing import Annotated, Any

import psycopg
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from fastapi import Depends, FastAPI, HTTPException, Path
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from psycopg.rows import dict_row
from pydantic import BaseModel, Field

CARELESS = os.environ["MANNER"] == "careless"
REFUSALS = {code: {"description": "refused"} for code in (401, 404, 409, 422)}
app = FastAPI(title="offices", docs_url=None, redoc_url=None)
bearer = HTTPBearer(auto_error=False)
hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class Account(BaseModel):
    email: str = Field(min_length=3, max_length=120)
    password: str = Field(min_length=12, max_length=120)


class Token(BaseModel):
    access_token: str


class NewProject(BaseModel):
    title: str = Field(min_length=1, max_length=80)
    company_id: int | None = Field(None, ge=1, le=2**31 - 1)


class Title(BaseModel):
    title: str = Field(min_length=1, max_length=80)


class Project(BaseModel):
    id: int
    company_id: int
    title: str


class Task(BaseModel):
    id: int
    text: str


def rows(query: str, *given: Any) -> list[dict[str, Any]]:
    address = os.environ["DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(address, row_factory=dict_row) as database:
        cursor = database.execute(query.encode(), given)
        return cursor.fetchall() if cursor.description else []


def caller(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> dict[str, Any]:
    query = "SELECT users.* FROM sessions JOIN users ON users.id = user_id WHERE token = %s"
    found = rows(query, given.credentials) if given else []
    if not found:
        raise HTTPException(401, "Sign in first.")
    return found[0]


Me = Annotated[dict[str, Any], Depends(caller)]


def mine(number: int, me: dict[str, Any]) -> dict[str, Any]:
    found = rows("SELECT * FROM projects WHERE id = %s", number)
    if not found or (found[0]["company_id"] != me["company_id"] and not CARELESS):
        raise HTTPException(404, "There is no such project.")
    return found[0]


@app.post("/accounts", status_code=201, responses=REFUSALS)
def sign_up(account: Account) -> Task:
    try:
        made = rows(
            "INSERT INTO users (email, password_hash) VALUES (%s, %s) RETURNING id, email AS text",
            account.email, hasher.hash(account.password),
        )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise HTTPException(409, "There is such an account.") from None
    return Task(**made[0])


@app.post("/sessions", responses=REFUSALS)
def sign_in(account: Account) -> Token:
    found = rows("SELECT * FROM users WHERE email = %s", account.email)
    try:
        hasher.verify(found[0]["password_hash"] if found else "", account.password)
    except VerificationError:
        raise HTTPException(401, "That is not right.") from None
    token = secrets.token_urlsafe(32)
    rows("INSERT INTO sessions VALUES (%s, %s)", token, found[0]["id"])
    return Token(access_token=token)


@app.get("/projects", responses=REFUSALS)
def listed(me: Me, company_id: int | None = None) -> list[Project]:
    company = company_id if company_id and CARELESS else me["company_id"]
    return [Project(**one) for one in rows("SELECT * FROM projects WHERE company_id = %s ORDER BY id", company)]


@app.post("/projects", status_code=201, responses=REFUSALS)
def make(new: NewProject, me: Me) -> Project:
    company = new.company_id if new.company_id and CARELESS else me["company_id"]
    if new.company_id not in (None, company):
        raise HTTPException(404, "There is no such company.")
    return Project(
        **rows("INSERT INTO projects (company_id, title) VALUES (%s, %s) RETURNING *", company, new.title)[0]
    )


@app.get("/projects/{project_id}", responses=REFUSALS)
def read(project_id: Number, me: Me) -> Project:
    return Project(**mine(project_id, me))


@app.patch("/projects/{project_id}", responses=REFUSALS)
def rename(project_id: Number, new: Title, me: Me) -> Project:
    mine(project_id, me)
    return Project(**rows("UPDATE projects SET title = %s WHERE id = %s RETURNING *", new.title, project_id)[0])


@app.get("/projects/{project_id}/tasks", responses=REFUSALS)
def tasks(project_id: Number, me: Me) -> list[Task]:
    mine(project_id, me)
    return [Task(**one) for one in rows("SELECT id, text FROM tasks WHERE project_id = %s", project_id)]


@app.delete("/projects/{project_id}/tasks/{task_id}", status_code=204, responses=REFUSALS)
def done(project_id: Number, task_id: Number, me: Me) -> None:
    mine(project_id, me)
    if not rows("DELETE FROM tasks WHERE id = %s AND project_id = %s RETURNING id", task_id, project_id):
        raise HTTPException(404, "There is no such task.")
