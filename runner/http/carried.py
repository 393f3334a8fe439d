"""Where does a caller carry the token: in a header, or in a cookie?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runner.http.identities import Identity

LetsIn = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True, slots=True)
class Carrier:
    """The name of a cookie; empty: the header that the identity knows."""

    cookie: str = ""

    def token(self, caller: Identity) -> str:
        return cookies_of(caller).get(self.cookie, "") if self.cookie else caller.access_token

    def headers(self, caller: Identity, token: str) -> dict[str, str]:
        """What the caller sends, with another token in place of its own."""
        if not self.cookie:
            return caller.bearing(token)
        cookies = {**cookies_of(caller), self.cookie: token}
        return {**caller.headers, "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


def carrier_of(caller: Identity, lets_in: LetsIn) -> Carrier | None:
    """The header where it is enough alone, else the cookie without which nobody is let in; None: neither tells."""
    if caller.access_token and lets_in(caller.bearing(caller.access_token)):
        return Carrier()
    for name in cookies_of(caller):
        carrier = Carrier(name)
        if not lets_in(carrier.headers(caller, "")):
            return carrier
    return None


def cookies_of(caller: Identity) -> dict[str, str]:
    """The caller's cookies, by name."""
    pairs = (pair.partition("=") for pair in caller.headers.get("Cookie", "").split("; ") if pair)
    return {name: value for name, _, value in pairs}
