"""Why does an account not get in, or nobody at all, and what is to be done about that?"""

import httpx

from runner.errors import ProbeError
from runner.http.identities import said
from runner.http.sign_ups import CROWDED, TOO_MANY
from runner.said import say

NAME_IT = say(
    'name the operation in gonogo.toml, [identities] register = "POST /…", what its body needs in [identities] fields, '
    "or accounts that are there in [identities.accounts]"
)


class SignInRefused(ProbeError):
    """The service knows the account, and does not let it in. `status`: of its answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def nobody_gets_in(refused: str, answer: httpx.Response | None) -> str:
    """Why there is no account, and what to do about that."""
    why = refused or say("no operation signs people up")
    if answer is None:
        return say("{why}, and no table was found to put an account into: {name_it}", why=why, name_it=NAME_IT)
    seen = say("{method} {path}: {said}", method=answer.request.method, path=answer.request.url.path, said=said(answer))
    if answer.status_code == TOO_MANY:
        return say(
            "{why}, and an account put into the database could not sign in, {seen}; {crowded}",
            why=why,
            seen=seen,
            crowded=CROWDED,
        )
    return say(
        "{why}, and an account put into the database could not sign in ({seen}): {name_it}",
        why=why,
        seen=seen,
        name_it=NAME_IT,
    )
