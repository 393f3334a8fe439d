"""May this client try a password now? The throttle, bound to one request's address."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from {{cookiecutter.package}}.parts import ThrottlePart
from {{cookiecutter.package}}.throttle import Throttle, Throttled


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsFrom:
    throttle: Throttle
    address: str

    def begin(self, email: str) -> None:
        try:
            self.throttle.attempt(email, self.address)
        except Throttled as throttled:
            raise HTTPException(
                429,
                "Too many failed attempts.",
                headers={"Retry-After": str(throttled.retry_after)},
            ) from None

    def succeeded(self, email: str) -> None:
        self.throttle.succeeded(email, self.address)


async def attempts(request: Request, throttle: ThrottlePart) -> AttemptsFrom:
    address = request.client.host if request.client else "unknown"
    return AttemptsFrom(throttle=throttle, address=address)


Attempts = Annotated[AttemptsFrom, Depends(attempts)]
