"""What do a Dockerfile's instructions come to, once its variables are filled in and its shell is read? Pure."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping

from runner.evidence.release.image_file import ImageFile
from runner.evidence.suite.health_tests import Watch, too_late, watches
from runner.reading.dockerfile import Instruction, filled
from runner.reading.shell import Command, Script, script_of
from runner.said import say

DROPS = frozenset(("gosu", "su-exec", "setpriv", "runuser", "su", "sudo", "chpst", "setuidgid"))
KNOWN_USERS = re.compile(r"(^|/)(gcr\.io/)?distroless/|(^|/)chainguard/|^dhi\.io/")  # bases whose own user is known


# --- variables


def variables(image: ImageFile, until: Instruction | None = None) -> dict[str, str]:
    """ENV and ARG of the stages that become the image, as they stand at an instruction, or in the end."""
    known: dict[str, str] = {}
    for stage in reversed(image.lineage(until.stage if until else None)):
        globals_ = {name: value for one in image.of("ARG", stage=-1) for name, value in pairs_of(one)}
        for one in image.of("ENV", "ARG", stage=stage):
            if until is not None and one.line > until.line and one.stage == until.stage:
                continue
            for name, value in pairs_of(one):
                if one.word == "ENV" or name not in known:
                    known[name] = filled_in(value, known)
            for name in bare_names(one):
                known.setdefault(name, globals_.get(name, f"${name}"))
    return known


def build_values(image: ImageFile, one: Instruction | None = None) -> dict[str, str]:
    """What a condition of the build may lean on: an argument is its default, or nothing where it has none.

    Not one that CI or the compose file gives: that builds the image another way.
    """
    known = {name: "" if value == f"${name}" else value for name, value in variables(image, one).items()}
    return {name: value for name, value in known.items() if "$" not in value and name not in image.given}


def pairs_of(one: Instruction) -> list[tuple[str, str]]:
    """`A=1 B="two"`, and `A 1` of old: names and values."""
    if one.word == "ENV" and "=" not in one.text.partition(" ")[0]:
        name, _, value = one.text.partition(" ")
        return [(name, value.strip())]
    try:
        words = shlex.split(one.text)
    except ValueError:
        words = one.text.split()
    return [(name, value) for name, equals, value in (word.partition("=") for word in words) if equals]


def bare_names(one: Instruction) -> list[str]:
    """Arguments without a default."""
    return [word for word in one.text.split() if "=" not in word] if one.word == "ARG" else []


def filled_in(text: str, known: Mapping[str, str]) -> str:
    """With every known variable in its place; what is not known stays as `$NAME`."""
    names = set(re.findall(r"\$\{?(\w+)", text))
    unset = {name: f"${name}" for name in names if not re.search(rf"\$\{{{name}:[-+]", text)}
    return filled(re.sub(r"\$\{(\w+):\+[^}]*\}", r"$\1", text), {**unset, **known})


# --- users


def user_of(image: ImageFile) -> tuple[str, Instruction | None]:
    """The user at the end, without its group; "" where nobody names one, with `$` in it where it is not known."""
    one = image.effective("USER")
    if one is None:
        return "", None
    return filled_in(one.text.strip().strip("\"'"), variables(image, one)).split(":")[0].strip(), one


def is_root(user: str) -> bool:
    return user.lower() == "root" or bool(re.fullmatch(r"[+]?0+", user))


def root_by_another_name(image: ImageFile, user: str) -> Instruction | None:
    """The instruction that makes this user number 0."""
    for stage in image.lineage():
        for one, command in commands_of(image, stage):
            words = command.argv
            number = next((words[n + 1] for n, w in enumerate(words[:-1]) if w in {"-u", "--uid", "--user"}), "")
            number = number or next((w.partition("=")[2] for w in words if w.startswith("--uid=")), "")
            if command.name in {"useradd", "adduser", "usermod"} and user in words and is_root(number or "1"):
                return one
            if "/etc/passwd" in f"{command.text} {command.redirected}" and re.search(
                rf"\b{re.escape(user)}:[^:]*:0:", command.text
            ):
                return one
    return None


def drops_root(script: Script) -> bool:
    """Does it hand over to an ordinary user in the end?"""
    for command in script.commands:
        words = list(command.argv)[1:] if command.argv[:1] == ("exec",) else list(command.argv)
        if words and words[0].rpartition("/")[2] in DROPS and command.runs is not False and _to_whom(words):
            return True
    return False


def _to_whom(words: list[str]) -> bool:
    """`gosu app …`, `su - app`, `setpriv --reuid=app`: an ordinary user is named, and it is not root."""
    rest = [word.rpartition("=")[2] for word in words[1:] if word not in {"-", "-u", "--user", "--reuid", "-l", "-s"}]
    named = next((word for word in rest if not word.startswith("-")), "")
    return bool(named) and not is_root(named.split(":")[0])


# --- RUN


def commands_of(image: ImageFile, stage: int) -> Iterator[tuple[Instruction, Command]]:
    """What a stage's RUNs execute, with the variables of the file filled in."""
    for one in image.of("RUN", stage=stage):
        for command in run_script(image, one).commands:
            yield one, command


def run_script(image: ImageFile, one: Instruction) -> Script:
    """The shell of a RUN: without its flags, or from its JSON list, or from its heredoc."""
    text = re.sub(r"^(?:--\w+(?:=\S+)?\s+)+", "", one.text)
    if text.startswith("["):
        return script_of(shlex.join(one.argv)) if one.argv else Script(problem=say("no list"))
    if here := re.match(r"<<-?\s*[\"']?(\w+)[\"']?\s*\n(.*?)\n?\s*\1\s*$", text, re.DOTALL):
        return script_of(here[2], errexit=True, values=build_values(image, one))
    sure = {name: value for name, value in variables(image, one).items() if name not in image.given}
    known = {name: value for name, value in sure.items() if "$" not in value}
    return script_of(_replaced(text, known), errexit=True, values=build_values(image, one))


def _replaced(text: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        plain = value.replace("\\", r"\\")
        text = re.sub(rf"\$\{{{re.escape(name)}\}}|\${re.escape(name)}\b", plain, text)
    return text


# --- what is started


def start_words(image: ImageFile) -> list[str]:
    """ENTRYPOINT and CMD in one; the shell form is what `/bin/sh -c` is given."""
    words: list[str] = []
    entry, command = image.effective("ENTRYPOINT"), image.effective("CMD")
    for one in (entry, command):
        if one is not None and not (one is command and entry is not None and not entry.text.startswith("[")):
            words += _form(one)
    return [filled_in(word, variables(image)) for word in words]


def _form(one: Instruction) -> list[str]:
    if one.text.startswith("["):
        return list(one.argv)
    return ["/bin/sh", "-c", one.text]


# --- health


def watch_of(image: ImageFile, one: Instruction) -> Watch:
    """A HEALTHCHECK."""
    found = re.match(r"((?:--[\w-]+=\S+\s+)*)CMD\s+(.*)$", one.text.strip(), re.DOTALL | re.IGNORECASE)
    if found is None:
        return Watch(problem=say("HEALTHCHECK {text}", text=one.text.strip()[:30]))
    options = dict(re.findall(r"--([\w-]+)=(\S+)", found[1]))
    if problem := too_late(options.get("interval"), options.get("retries"), options.get("start-period")):
        return Watch(problem=problem)
    text = found[2].strip()
    try:
        words = json.loads(text) if text.startswith("[") else None
    except json.JSONDecodeError:
        words = None
    known = {name: value for name, value in variables(image).items() if "$" not in value}
    test = [str(word) for word in words] if isinstance(words, list) else _replaced(text, known)
    return watches(test, dict(image.asked))
