"""What does a container engine's output say: which step failed, why, and was it the image's fault? Pure."""

import re
from dataclasses import dataclass

from runner.said import say

# The engine, or the network, could not: that says nothing about the image.
NO_NETWORK = re.compile(
    r"no such host|dial tcp|i/o timeout|TLS handshake|connection refused|network is unreachable|toomanyrequests"
    r"|name resolution|could not resolve|temporary failure|failed to do request|failed to establish a new connection"
    r"|x509: |certificate verify failed|pinging container registry",
    re.IGNORECASE,
)
NO_ACCESS = re.compile(
    r"pull access denied|unauthorized|authentication required|did not resolve to an alias", re.IGNORECASE
)
ENGINE = re.compile(
    r"rlimit|cgroup|seccomp|apparmor|setns|unshare|user namespace|no space left|cannot connect to the docker daemon"
    r"|mount proc|error mounting|storage driver|invalid container name|OOM",
)
PODMAN_STEP = re.compile(r"^(?:\[(\d+)/\d+\] )?STEP (\d+)/\d+: (.*)$", re.MULTILINE)
CLASSIC_STEP = re.compile(r"^Step (\d+)/\d+ : (.*)$", re.MULTILINE)
BUILDKIT_LINE = re.compile(r"^\S+:(\d+)\n-{10,}\n", re.MULTILINE)
BUILDKIT_STEP = re.compile(r"^\s*\d+ \| >>> (.*)$", re.MULTILINE)
NOISE = re.compile(r"^(?:time=\"|-->|-{5,}|WARN|#\d+ (?:DONE|CACHED|\.\.\.)|\s*\d+ \|)")
SAID = 300  # letters of an error that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedStep:
    """Where a build ended. `stage` is 0-based; `number` counts its instructions, or the file's, from 1.

    `line` stands where the engine itself names it.
    """

    text: str = ""
    stage: int | None = None
    number: int | None = None
    line: int | None = None


def failed_step(said: str) -> FailedStep:
    """The step that a failed build ended with, as podman, buildah, BuildKit or the older docker builder tell it."""
    if found := BUILDKIT_LINE.search(said):
        step = BUILDKIT_STEP.search(said)
        return FailedStep(text=step[1].strip() if step else "", line=int(found[1]))
    if steps := PODMAN_STEP.findall(said):
        stage, number, text = steps[-1]
        return FailedStep(text=text.strip(), stage=int(stage or 1) - 1, number=int(number))
    if steps := CLASSIC_STEP.findall(said):
        number, text = steps[-1]
        return FailedStep(text=text.strip(), number=int(number))
    return FailedStep()


def error_in(said: str) -> str:
    """What went wrong, in one line: the step's own last words and the engine's."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not NOISE.match(line)]
    kept = [line for line in lines if not PODMAN_STEP.match(line) and not CLASSIC_STEP.match(line)]
    whole = " | ".join(kept[-2:])
    return (whole if len(whole) <= SAID else f"…{whole[-SAID:]}") or say("it said nothing")


def not_the_image(said: str) -> str:
    """Why this failure tells nothing about the image: the network or the engine; empty when it is the image's own."""
    words = "\n".join(said.strip().splitlines()[-30:])
    if NO_NETWORK.search(words):
        return say("the network, or a registry, did not answer")
    if NO_ACCESS.search(words):
        return say("a registry did not give out an image; sign in to it, or pull it, and type the command again")
    if ENGINE.search(words):
        return say("the container engine itself could not do it")
    return ""
