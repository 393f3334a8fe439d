"""What does a token say, and is it one of ours?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import uuid4

import jwt
from pydantic import BaseModel, ValidationError

ALGORITHM = "HS256"
ISSUER = "{{cookiecutter.package}}"
AUDIENCE = "{{cookiecutter.package}}"


class Purpose(StrEnum):
    ACCESS = "access"
    REFRESH = "refresh"


class InvalidToken(Exception):
    """Not ours, changed, expired, or made for something else."""


class Claims(BaseModel):
    sub: int
    sid: str
    jti: str
    purpose: Literal["access", "refresh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    key: str
    lifetimes: dict[Purpose, timedelta]

    def issue(
        self, purpose: Purpose, *, user_id: int, session_id: str, token_id: str, now: datetime
    ) -> str:
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": session_id,
            "jti": token_id,
            "purpose": purpose.value,
            "iat": now,
            "exp": now + self.lifetimes[purpose],
        }
        return jwt.encode(claims, self.key, algorithm=ALGORITHM)

    def read(self, token: str, purpose: Purpose) -> Claims:
        try:
            payload = jwt.decode(
                token,
                self.key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "sid", "jti", "purpose"]},
            )
            claims = Claims.model_validate(payload)
        except (jwt.InvalidTokenError, ValidationError, ValueError) as error:
            raise InvalidToken from error
        if claims.purpose != purpose:
            raise InvalidToken
        return claims


def new_id() -> str:
    return str(uuid4())
