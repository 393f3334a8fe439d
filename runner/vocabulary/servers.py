"""Which programs serve an ASGI app, by the name that is typed?"""

import re

SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian", "daphne")
# `fastapi run` and `fastapi dev` start uvicorn.
STARTERS = (*SERVERS, "fastapi")
A_SERVER = re.compile(rf"\b(?:{'|'.join(STARTERS)})\b")


def is_server(word: str) -> bool:
    """Is a word of a command one of them, by its name or by its path? `/opt/venv/bin/uvicorn`."""
    return word.rpartition("/")[2] in STARTERS
