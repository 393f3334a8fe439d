"""What stands between the container's first process and the server: does a shell stay in front of it? Pure."""

import re

from runner.evidence.release.image_file import ImageFile
from runner.model import Place, in_file
from runner.reading.shell import SHELLS, Script, script_of
from runner.said import say
from runner.vocabulary.servers import is_server

INIT = frozenset(("tini", "dumb-init", "catatonit", "docker-init", "s6-svscan"))


def fronts(image: ImageFile, words: list[str]) -> tuple[list[Place], str]:
    """What stands before the server: shells that stay. And what of it is not known."""
    while words and words[0].rpartition("/")[2] in INIT:
        words = [word for word in words[1:] if not word.startswith("-")]
    shell = words[:1] and words[0].rpartition("/")[2] in SHELLS
    at = image.effective("CMD") or image.effective("ENTRYPOINT")
    if shell and len(words) > 2 and re.fullmatch(r"-\w*c", words[1]):  # noqa: PLR2004
        return _stays(image.path, script_of(words[2]), at.line - 1 if at else 0, whole=True)
    named = next((word for word in words[: 2 if shell else 1] if word.endswith(".sh")), "")
    told = [_stays(path, script_of(text), 0, whole=False) for path, text in image.scripts]
    places = [place for found, _ in told for place in found]
    if places or (image.scripts and not named):
        return places, next((unsure for _, unsure in told if unsure), "")
    if not named:
        return [], _stranger(words)
    if named.rpartition("/")[2] not in {path.rpartition("/")[2] for path, _ in image.scripts}:
        return [], say(
            "`{named}` starts it, and is not in the folder: whether it hands over with `exec` is not known", named=named
        )
    return [], next((unsure for _, unsure in told if unsure), "")


def _stranger(words: list[str]) -> str:
    """A program that is neither Python nor a server that is known here."""
    if not words:
        return ""
    known = any(is_server(word) for word in words[:4])
    known = known or re.fullmatch(r"python[\d.]*|uv|poetry|pdm|pipenv", words[0].rpartition("/")[2]) is not None
    return "" if known else say("whether `{word}` hands SIGTERM on is not known here", word=words[0][:60])


def _stays(path: str, script: Script, before: int, *, whole: bool) -> tuple[list[Place], str]:
    """A shell hands over where the last command that it runs is an `exec`, or is all that it was started for."""
    commands = [command for command in script.commands if command.runs is not False]
    if not commands:
        return [], say("what {path} starts is not known", path=path)
    last = commands[-1]
    server = next((c for c in commands if any(is_server(w) for w in c.argv[:4])), last)
    if "exec" in last.argv[:1] or (whole and len(commands) == 1 and not last.lost):
        return [], ""
    if whole and server is last and not last.lost:
        return [], say(
            "the shell of line {before} may stay before its last command or leave: write `exec`", before=before + 1
        )
    line = before + (1 if whole else server.line)
    return [in_file(path, line, "the shell stays in front of the server: no `exec`")], ""
