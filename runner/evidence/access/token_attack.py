"""One thing that must not be taken for a token, and what the service answered."""

from dataclasses import dataclass

SIGNATURE, EXPIRY, PURPOSE, REVOKED, REUSE, RUBBISH = "signature", "expiry", "purpose", "revoked", "reuse", "rubbish"
RESET, CLAIMED = "reset", "claimed"
SUCCESS = range(200, 300)
TOO_MANY, SERVER_ERROR = 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One thing that must not work, and what the service answered."""

    kind: str
    what: str
    endpoint: str
    status: int
    curl: str = ""
    told: bool = False  # what is good was let in by the same operation, at the same time

    @property
    def worked(self) -> bool:
        return self.status in SUCCESS

    @property
    def crashed(self) -> bool:
        return self.status >= SERVER_ERROR

    @property
    def proved(self) -> bool:
        """It was refused for what it is: what is good was not, and nobody was merely told to wait."""
        return self.told and not self.worked and not self.crashed and self.status != TOO_MANY
