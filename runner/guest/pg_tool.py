"""Guest: a program of PostgreSQL's as a service's script calls it, led to the run's own database whatever it names.

argv: PROGRAM ADDRESS and what the script gave. Host, port, user and database are taken out, all else stays.
And `docker exec … pg_dump …`, with `docker` for PROGRAM: what would run in a container is run here.
"""

import os
import sys
from pathlib import Path

# Short options of pg_dump, pg_dumpall, pg_restore and psql that a value follows, and those of an address.
VALUES = set("dfFjnNtTEShpUZlLcvPoR")
PLACES = {"-h", "-p", "-U", "-d", "-l", "--host", "--port", "--username", "--dbname", "--database"}
FLAGS = {"-w", "-W", "--no-password", "--password"}
TAKES_FILE = {"pg_restore"}  # what stands alone is a file there, and a database elsewhere
DOCKER_VALUES = {"-e", "--env", "-u", "--user", "-w", "--workdir", "--index", "-f", "--file", "-p", "--project-name"}


def kept(words, program):
    """The words without an address."""
    waiting, found = list(words), []
    while waiting:
        word = waiting.pop(0)
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        alone = word in (name, name + "=")
        if name in FLAGS and len(word) == len(name):
            continue
        if name in PLACES:
            if alone and waiting:
                waiting.pop(0)
        elif word.startswith("--"):
            found.append(word)
        elif word.startswith("-") and len(word) > 1:
            found.append(word)
            if not word[2:] and word[1] in VALUES and waiting and takes_value(word[1], program):
                found.append(waiting.pop(0))
        elif program in TAKES_FILE or (found and long_value(found[-1])):
            found.append(word)
    return found


def takes_value(letter, program):
    """`-c` cleans in pg_dump and is a command in psql; `-v` talks in pg_dump and sets a variable in psql."""
    return letter not in "cvoRlL" if program != "psql" else letter not in "nESL"


def long_value(word):
    return word in {
        "--file", "--format", "--jobs", "--schema", "--table", "--exclude-table", "--exclude-schema", "--compress",
        "--exclude-table-data", "--encoding", "--role", "--superuser", "--section", "--command", "--set", "--variable",
    }  # fmt: skip


def inside(words):
    """`exec -T db pg_dump …`, `compose -f x exec db …`, `run --rm db …`: the command that the container would get.

    `cp db:/tmp/x ./x` copies here. Anything else that is asked of containers does nothing, and well.
    """
    waiting = list(words)
    while waiting and waiting[0] not in ("exec", "run", "cp"):
        gone = waiting.pop(0)
        if gone in DOCKER_VALUES and waiting:
            waiting.pop(0)
    if waiting[:1] == ["cp"]:
        return ["cp", "-r", *(word.rpartition(":")[2] for word in waiting[1:])]
    waiting = waiting[1:]
    while waiting and waiting[0].startswith("-"):
        gone = waiting.pop(0)
        if gone in DOCKER_VALUES and waiting:
            waiting.pop(0)
    return waiting[1:] or ["true"]


def main():
    program, address, *words = sys.argv[1:]
    name = Path(program).name
    if name in ("docker", "docker-compose", "podman"):
        command = inside(words)
        os.execvp(command[0], command)  # noqa: S606
    os.execv(program, [program, "-d", address, *kept(words, name)])  # noqa: S606


main()
