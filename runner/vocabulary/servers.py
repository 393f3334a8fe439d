"""Which programs serve an ASGI app, by the name that is typed?"""

import re

SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian", "daphne")
# `fastapi run` and `fastapi dev` start uvicorn.
STARTERS = (*SERVERS, "fastapi")
A_SERVER = re.compile(rf"\b(?:{'|'.join(STARTERS)})\b")

# Variables that switch a server, or an app, to how it is developed; and those with more words for the command of one.
DEBUG = re.compile(r"(?:^|_)(?:DEBUG|RELOAD)$")
RELOADS = re.compile(r"^(?:UVICORN|GRANIAN|HYPERCORN|GUNICORN|FASTAPI|WEB)_RELOAD$|^RELOAD$")
OPTIONS = frozenset({"GUNICORN_CMD_ARGS"})
YES = frozenset({"1", "true", "yes", "on"})


def is_server(word: str) -> bool:
    """Is a word of a command one of them, by its name or by its path? `/opt/venv/bin/uvicorn`."""
    return word.rpartition("/")[2] in STARTERS
