"""Which port does an image serve, and what must be given to build it? Read from its instructions; pure."""

import re

from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.image_sources import copied_names
from runner.reading.dockerfile import Instruction
from runner.said import say
from runner.vocabulary.servers import SERVERS

PORT = 0  # the one that the variable PORT names
ASKS_FOR_PORT = re.compile(r"\$\{?PORT\b")
FLAG = re.compile(r"(?:^|\s)(?:--port|-p)[=\s]\s*[\"']?(\d+)(?![\d.])")
BIND = re.compile(r"(?:^|\s)(?:--bind|-b|-w|--http)[=\s]\s*[\"']?[\w.\[\]:*-]*:(\d+)\b")
STARTS_SERVER = re.compile(rf"\b(?:{'|'.join(SERVERS)}|fastapi\s+run)\b")
USUAL = 8000  # where each of these servers listens when it is told nothing


def served_port(image: ImageFile) -> int | None:
    """The port that its command names, else EXPOSE, else the server's own; `PORT` for a variable; None: not known."""
    command = _command(image)
    if ASKS_FOR_PORT.search(command):
        return PORT
    named = [int(found[1]) for pattern in (FLAG, BIND) if (found := pattern.search(command))]
    exposed = [one for stage in image.lineage() for one in image.of("EXPOSE", stage=stage)]
    if not named and exposed:
        numbers = re.findall(r"\b(\d+)(?:/tcp)?\b", exposed[0].text)
        named = [int(numbers[0])] if numbers else []
    usual = [USUAL] if STARTS_SERVER.search(command) else []
    return next(iter([*named, *usual]), None)


def _command(image: ImageFile) -> str:
    """What starts it, in one text: the scripts that it names too, and what ENV tells uvicorn or gunicorn."""
    words = [word for kind in ("ENTRYPOINT", "CMD") if (one := image.effective(kind)) for word in one.argv]
    started = " ".join(words)
    copied = copied_names(image.instructions)
    named = {copied.get(word) for word in words}
    scripts = [text for path, text in image.scripts if path in named or path.rpartition("/")[2] in started]
    return "\n".join([started, *scripts])


def needs_given(image: ImageFile, step: Instruction) -> str:
    """What only the team's own build brings to this step: a secret, an SSH agent, an argument without a default."""
    if found := re.search(r"--mount=\S*type=(secret|ssh)", step.text):
        return say("a build secret") if found[1] == "secret" else say("an SSH agent")
    used = set(re.findall(r"\$\{?(\w+)", step.text))
    open_ones = [one.text.strip() for one in image.of("ARG") if "=" not in one.text and one.line < step.line]
    lost = [name for name in open_ones if name in used and not name.startswith(("TARGET", "BUILD"))]
    return say("the build argument {lost}", lost=lost[0]) if lost else ""
