"""Which status is meant where a service answers everything with 200, and says in the body that it refused?"""

from collections.abc import Callable

import httpx

from runner.http.identities import REFUSED, SUCCESS, status_of
from runner.said import say

BROKE = range(500, 1000)
SAID = "gonogo.status"  # extension of an answer: the status that it came with


def as_meant(client: httpx.Client, note: Callable[[str], None]) -> None:
    """From now on each answer has the status that it means: `{"code": 401, "msg": …}` with 200 is a 401.

    What means an error of the server's is a refusal: such services say 500 of a wrong password. `note` is told once.
    """
    noted: list[int] = []

    def meant(answer: httpx.Response) -> None:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()
        if answer.status_code not in SUCCESS or not kind.endswith(("/json", "+json")):
            return
        answer.read()
        status = status_of(answer)
        if status == answer.status_code:
            return
        answer.extensions[SAID] = answer.status_code
        answer.status_code = REFUSED if status in BROKE else status
        if not noted:
            noted.append(status)
            note(
                say(
                    "{path} answers {said}, and {status} in its body: that counts, there and wherever it answers so",
                    path=answer.request.url.path,
                    said=answer.extensions[SAID],
                    status=status,
                )
            )

    hooks = client.event_hooks
    client.event_hooks = {**hooks, "response": [*hooks.get("response", ()), meant]}


def is_said_in_body(answer: httpx.Response) -> bool:
    """Did it come with another status than the one that it means?"""
    return SAID in answer.extensions
