"""A canary in each place where a service keeps a secret, a service that tells them all, and every byte of the runs."""

import json
from pathlib import Path

from runner.processes.process import clean_environment
from tests.bad_days.days import MIGRATED, Place, assert_a_good_end, every_byte

ENVIRON = "cnry-environ-5f1d"  # in gonogo's own environment
SETTING = "cnry-settings-77ab"  # in gonogo.toml, [env]
PRODUCTION = "cnry-production-0c3e"  # in gonogo.toml, [production]
IN_URL = "cnry-dbpass-91fe"  # the password in a URL
DOTENV = "cnry-dotenv-e402"  # in the service's .env
TOKEN = "cnry-token-6b8d"  # what a sign-in gives
CANARIES = (ENVIRON, SETTING, PRODUCTION, IN_URL, DOTENV, TOKEN)
SETTINGS = (
    MIGRATED["gonogo.toml"]
    + f"""PAYMENT_KEY = "{SETTING}"
BROKER_URL = "amqp://shop:{IN_URL}@127.0.0.1:1/shop"
SECRET_KEY = "{{secret}}"
[production]
MAIL_TOKEN = "{PRODUCTION}"
"""
)
APP = f"""\
import os
import sys
from pathlib import Path

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel

told = f"I know {{dict(os.environ)}} and {{Path('.env').read_text()}}"
print(told, flush=True)
print(told, file=sys.stderr, flush=True)
app = FastAPI(title=told, version="1")
bearer = OAuth2PasswordBearer(tokenUrl="login")


class Account(BaseModel):
    username: str
    password: str


class Renewal(BaseModel):
    refresh_token: str


@app.post("/register", status_code=201)
def register(account: Account) -> Account:
    return account


@app.post("/login")
def login(form: OAuth2PasswordRequestForm = Depends()) -> dict[str, str]:
    token = "{TOKEN}"
    return {{"access_token": token, "refresh_token": token + "-again", "token_type": "bearer"}}


@app.post("/refresh")
def refresh(renewal: Renewal) -> dict[str, str]:
    raise HTTPException(400, f"not good: {{renewal.refresh_token}}, {{told}}")


@app.get("/secret")
def secret(token: str = Depends(bearer)) -> dict[str, str]:
    return {{"token": token, "told": told}}
"""
TESTS = """\
import main


def test_it():
    assert main.told == "nothing"
"""


def found_in(place: Place, *texts: str) -> list[str]:
    """Which canary lies where; the service's own files, in which they were planted, left out."""
    planted = {place.root / name for name in ("gonogo.toml", ".env", "main.py")}
    everything = [*every_byte(place.root.parent, place.temp), *((Path("said"), text.encode()) for text in texts)]
    return [
        f"{canary} in {path}"
        for path, content in everything
        for canary in CANARIES
        if path not in planted and canary.encode() in content
    ]


def test_no_secret_reaches_what_a_run_leaves_or_says(place: Place) -> None:
    dotenv = f"SMTP_PASSWORD={DOTENV}\n"
    place.write({**MIGRATED, "gonogo.toml": SETTINGS, "main.py": APP, ".env": dotenv, "tests/test_it.py": TESTS})
    reports = place.root.parent / "reports"
    reports.mkdir()
    said = []
    asked = {"design": "", "security": "SC011,SC014,SC015,SC027,SC041,SC045", "tests": "TS001,TS008"}
    for stage, only in asked.items():
        words = [
            word for kind in ("json", "junit", "markdown") for word in (f"--{kind}", str(reports / f"{stage}.{kind}"))
        ]
        narrowed = ["--only", only] if only else []
        day = place.gonogo(f"stage.{stage}", *narrowed, *words, env={"CLOUD_SECRET": ENVIRON})
        assert_a_good_end(place, day)
        said += [day.out, day.err]
    assert found_in(place, *said) == []
    contract = next((place.root / ".gonogo" / "artifacts").rglob("contract.json"))
    assert "'PAYMENT_KEY': '…'" in json.loads(contract.read_text())["info"]["title"]
    assert "SMTP_PASSWORD=…" in contract.read_text()
    tested = json.loads((reports / "security.json").read_text())
    assert "not good: …" in json.dumps(tested, ensure_ascii=False)
    assert "CLOUD_SECRET" not in clean_environment()


def test_a_ledgers_password_is_told_to_nobody(place: Place) -> None:
    place.write(MIGRATED)
    url = f"postgresql://shop:{IN_URL}@127.0.0.1:1/ledger?connect_timeout=2"
    day = place.gonogo("stage.design", env={"GONOGO_LEDGER": url})
    assert day.code == 2
    assert "can't be opened" in day.err
    assert found_in(place, day.said) == []
