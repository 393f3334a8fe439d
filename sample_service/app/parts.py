"""Which long-lived parts may an endpoint ask for? Made once in `main.create_app`.

These only look something up, so they are `async`: a `def` would cost a hop to a thread each.
"""

from typing import Annotated

from fastapi import Depends, Request

from app.cache import Cache
from app.passwords import Passwords
from app.settings import Settings
from app.throttle import Throttle
from app.tokens import Tokens


async def settings(request: Request) -> Settings:
    return request.app.state.settings  # type: ignore[no-any-return]


async def cache(request: Request) -> Cache:
    return request.app.state.cache  # type: ignore[no-any-return]


async def passwords(request: Request) -> Passwords:
    return request.app.state.passwords  # type: ignore[no-any-return]


async def tokens(request: Request) -> Tokens:
    return request.app.state.tokens  # type: ignore[no-any-return]


async def throttle(request: Request) -> Throttle:
    return request.app.state.throttle  # type: ignore[no-any-return]


SettingsPart = Annotated[Settings, Depends(settings)]
CachePart = Annotated[Cache, Depends(cache)]
PasswordsPart = Annotated[Passwords, Depends(passwords)]
TokensPart = Annotated[Tokens, Depends(tokens)]
ThrottlePart = Annotated[Throttle, Depends(throttle)]
