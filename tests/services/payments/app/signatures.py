"""Who called? By the signature over the raw body, or by a word that both know."""

import hashlib
import hmac
import time
from typing import Annotated

from fastapi import Header, HTTPException, Request
from pydantic_settings import BaseSettings, SettingsConfigDict

TOLERANCE = 300  # seconds


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PAY_")
    webhook_secret: str = ""


settings = Settings()


def digest(message: bytes) -> str:
    return hmac.new(settings.webhook_secret.encode(), message, hashlib.sha256).hexdigest()


def refuse_unless(right: bool) -> None:
    if not (right and settings.webhook_secret):
        raise HTTPException(401, "The signature is not good.")


async def dated(request: Request) -> None:
    """`t=1700000000,v1=…` over the time and the body."""
    sent = request.headers.get("Pay-Signature", "")
    given = dict(part.split("=", 1) for part in sent.split(",") if "=" in part)
    stamp = given.get("t", "0")
    expected = digest(stamp.encode() + b"." + await request.body())
    fresh = stamp.isdigit() and abs(time.time() - int(stamp)) < TOLERANCE
    refuse_unless(fresh and hmac.compare_digest(expected, given.get("v1", "")))


async def plain(request: Request) -> None:
    """`sha256=…` over the body."""
    expected = "sha256=" + digest(await request.body())
    refuse_unless(hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")))


def shared(x_hook_token: Annotated[str, Header()] = "") -> None:
    refuse_unless(hmac.compare_digest(settings.webhook_secret, x_hook_token))
