"""Which long-lived parts may an endpoint ask for? Made once in `main.create_app`.

These only look something up, so they are `async`: a `def` would cost a hop to a thread each.
"""

from typing import Annotated

from fastapi import Depends, Request

from {{cookiecutter.package}}.passwords import Passwords
from {{cookiecutter.package}}.settings import Settings
from {{cookiecutter.package}}.throttle import Throttle
from {{cookiecutter.package}}.tokens import Tokens


async def settings(request: Request) -> Settings:
    return request.app.state.settings  # type: ignore[no-any-return]


async def passwords(request: Request) -> Passwords:
    return request.app.state.passwords  # type: ignore[no-any-return]


async def tokens(request: Request) -> Tokens:
    return request.app.state.tokens  # type: ignore[no-any-return]


async def throttle(request: Request) -> Throttle:
    return request.app.state.throttle  # type: ignore[no-any-return]


SettingsPart = Annotated[Settings, Depends(settings)]
PasswordsPart = Annotated[Passwords, Depends(passwords)]
TokensPart = Annotated[Tokens, Depends(tokens)]
ThrottlePart = Annotated[Throttle, Depends(throttle)]
