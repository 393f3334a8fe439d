"""Deployment: does the image run only what was looked at, and start as it is meant for others?"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.image_words import commands_of, run_script, start_words, variables
from runner.evidence.release.own_server import UNSEEN
from runner.model import Place, Verdict, check, every, failed, in_file, passed, share, unknown
from runner.reading.dockerfile import Instruction
from runner.reading.shell import SHELLS, Command, script_of, variables_in
from runner.said import say, together
from runner.vocabulary.servers import A_SERVER, DEBUG, OPTIONS, YES

FETCHES = frozenset(("curl", "wget"))
RUNS = SHELLS | {"python", "python3", "perl", "ruby", "node", "eval", "source", "."}
VERIFIES = re.compile(r"(?:sha\d+sum|shasum|b2sum|gpgv?|cosign|minisign|rsign)$")
SUBSTITUTED = re.compile(r"(?:\$\(|<\(|`)\s*(?:curl|wget)\b")
SAYS = frozenset({"echo", "printf"})  # `echo "without --reload"` starts nothing
ANYBODY = frozenset({"*", "0.0.0.0/0", "::/0"})


@check("DP050", step="7.1")
def nothing_is_run_straight_from_the_network(image: ImageFile) -> Verdict:
    """Nothing that is fetched while the image is built runs before it was compared with a known checksum.

    `curl … | sh` runs whatever that address answers on the day of the build: a domain that was sold, or a server that
    was broken into, is in the image and in production.
    Fix: take a package with its version or `COPY --from` a pinned image; else fetch to a file and check it:
    `echo "<sha256>  install.sh" | sha256sum -c && sh install.sh`.
    """
    if image.unreadable:
        return unknown(
            say("{path} is not a valid Dockerfile: {unreadable}", path=image.path, unreadable=image.unreadable)
        )
    runs = image.of("RUN")
    places = [place for stage in range(image.last + 1) for place in _unseen(image, stage)]
    if places:
        again = [f"sed -n {place.line}p {place.path}" for place in places[:3]]
        return failed(places[0].note, at=places, again=again)
    read = [one for one in runs if not run_script(image, one).problem]
    judged = share(len(read), len(runs), "RUN") if runs else every(len(image.instructions), "instruction")
    return passed("what is fetched is not run unseen", judged)


def _unseen(image: ImageFile, stage: int) -> Iterator[Place]:
    """Each command of a stage that runs what was fetched, with nothing in between that compares it."""
    fetched = {_added(one) for one in image.of("ADD", stage=stage)} - {""}
    piped = False
    for one, command in commands_of(image, stage):
        into, piped = piped, False
        if VERIFIES.match(command.name):
            fetched = set()
        elif command.name in FETCHES:
            fetched |= _written(command)
            piped = not _written(command)
        elif SUBSTITUTED.search(command.text) and (command.name in RUNS or SUBSTITUTED.match(command.argv[0])):
            yield in_file(image.path, one.line, say("`{text}` runs what it fetches", text=command.text.strip()[:70]))
        elif (ran := _run_by(command, fetched)) or (into and _reads_input(command)):
            note = say(
                "`{text}` runs what was fetched, and nothing compares {ran} before",
                text=command.text.strip()[:60],
                ran=ran or "it",
            )
            yield in_file(image.path, one.line, note)


def _added(one: Instruction) -> str:
    """What `ADD https://…/install.sh /tmp/` puts there, without a checksum."""
    words = [word for word in one.argv if not word.startswith("--")]
    if "--checksum=" in one.text or not words or "://" not in words[0]:
        return ""
    return words[-1].rpartition("/")[2] or words[0].rpartition("/")[2]


def _written(command: Command) -> set[str]:
    """Names of the files that a fetching command writes."""
    words = command.argv
    letter = "O" if command.name == "wget" else "o"
    named = [word.partition("=")[2] for word in words if word.startswith(("--output=", "--output-document="))]
    for number, word in enumerate(words):
        if found := re.fullmatch(rf"-\w*?{letter}(.*)|--output(?:-document)?", word):
            named.append(found[1] or (words[number + 1] if number + 1 < len(words) else ""))
    named += re.findall(r">+\s*(\S+)", command.redirected)
    by_itself = command.name == "wget" or any(re.fullmatch(r"-\w*O\w*|--remote-name", word) for word in words[1:])
    named += [word for word in words[1:] if "://" in word] if by_itself and not named else []
    return {name.strip("\"'").rpartition("/")[2] for name in named} - {"", "-"}


def _run_by(command: Command, fetched: set[str]) -> str:
    """The fetched file that a command runs: `sh install.sh`, `./install.sh`."""
    if command.name in fetched:
        return command.name
    given = [word.rpartition("/")[2] for word in command.argv[1:]] if command.name in RUNS else []
    return next((name for name in given if name in fetched), "")


def _reads_input(command: Command) -> bool:
    """`sh`, `bash -s -- -y`, `python3 -`: its program comes through a pipe."""
    plain = [word for word in command.argv[1:] if not word.startswith("-")]
    return command.name in RUNS and ("-s" in command.argv or not plain)


@check("DP051", step="7.1")
def the_image_starts_as_for_others(image: ImageFile) -> Verdict:
    """The image starts its service as it is meant for others: no reloader, no debugger, no schema made up on the way.

    A reloader watches files that never change and runs a second process; debug pages show strangers the code and the
    settings; a migration that is generated where it runs was read by nobody, and is lost with the container; one that
    runs while the image is built changes whichever database the builder reaches, and never the one it is started with.
    Fix: `uvicorn app.main:app` or `fastapi run`, without `--reload`; leave DEBUG out; commit every revision, and apply
    it as a step of the release.
    """
    if image.unreadable:
        return unknown(
            say("{path} is not a valid Dockerfile: {unreadable}", path=image.path, unreadable=image.unreadable)
        )
    places = [in_file(path, line, note) for path, line, text in _started(image) for note in _for_development(text)]
    places += [
        in_file(path, line, say("{name}={value} is set in the image", name=name, value=value))
        for path, line, name, value in _given(image)
        if (DEBUG.search(name) and value.lower() in YES) or (name in OPTIONS and "--reload" in value.split())
    ]
    places += [
        in_file(
            image.path, one.line, say("a migration runs while the image is built: `{text}`", text=command.text[:60])
        )
        for stage in image.lineage()
        for one, command in commands_of(image, stage)
        if command.runs is not False and command.name not in SAYS and _migrates(command.argv)
    ]
    if places:
        return failed(together(dict.fromkeys(place.note for place in places), "; "), at=places)
    if dark := _dark(image, "reload"):
        return unknown(dark)
    return passed("it starts without reloader, debugger and generated migrations", every(1, "start command"))


def _migrates(argv: tuple[str, ...]) -> bool:
    """`alembic upgrade head`, also by `python -m`, `uv run` or flask; not where SQL is only written down."""
    words = [PurePosixPath(word).name for word in argv]
    tools = [n for n, word in enumerate(words) if word in {"alembic", "flask", "aerich", "yoyo"}]
    return "--sql" not in argv and any({"upgrade", "apply"} & set(words[n + 1 :]) for n in tools)


def _started(image: ImageFile) -> Iterator[tuple[str, int | None, str]]:
    """(file, line, what it runs) of the command that the image starts, and of the scripts that it hands over to."""
    yield image.path, _line_of(image, "CMD", "") or _line_of(image, "ENTRYPOINT", ""), " ".join(start_words(image))
    for path, text in image.scripts:
        commands = (one for one in script_of(text).commands if one.name not in SAYS and one.runs is not False)
        yield from ((path, command.line, command.text) for command in commands)
    yield from image.own_servers


def _given(image: ImageFile) -> Iterator[tuple[str, int | None, str, str]]:
    """(file, line, name, value) of the variables that the server finds: the image's, and those that its scripts set."""
    for name, value in variables(image).items():
        yield image.path, _line_of(image, "ENV", name), name, value
    for path, text in image.scripts:
        yield from ((path, line, name, value) for line, name, value in variables_in(text))


def _dark(image: ImageFile, option: str) -> str:
    """Why it is not known what its server is given for this; empty where a known server is started by its name."""
    texts = [text for _, _, text in _started(image)]
    for path, line, text in image.own_servers:
        if {f"{UNSEEN}{option}", UNSEEN} & set(text.split()):
            return say(
                "{path}:{line} takes `{option}` from elsewhere: write it there, or start uvicorn by its name",
                path=path,
                line=line,
                option=option,
            )
    if any(A_SERVER.search(text) for text in texts):
        return ""
    words = together(start_words(image), " ")[:60]
    own = say(
        "what `{words}` gives its server is not read: start uvicorn, gunicorn or fastapi by its name", words=words
    )
    return own if words else say("{path} does not say what it starts: its base decides. Add CMD", path=image.path)


def _configured(image: ImageFile) -> str:
    """The file that gunicorn or hypercorn takes its settings from."""
    found = (
        re.search(r"\b(?:gunicorn|hypercorn)\b.*\s(?:-c|--config)[\s=]+(\S+)", text) for _, _, text in _started(image)
    )
    named = next((one[1] for one in found if one), "")
    return say("which proxies {named} names is not read", named=named) if named else ""


def _line_of(image: ImageFile, word: str, text: str) -> int | None:
    return next((one.line for one in image.of(word) if text in one.text), None)


def _for_development(text: str) -> Iterator[str]:
    if re.search(r"(?<![\w-])--reload(?![\w-])", text):
        yield say("--reload is for development")
    if re.search(r"\bfastapi\s+dev\b", text):
        yield say("`fastapi dev` is for development: `fastapi run`")
    if re.search(r"\b(?:flask|uvicorn|hypercorn|python[\d.]*)\b.*(?<![\w-])--debug(?![\w-])", text):
        yield say("--debug is for development")
    if re.search(r"\balembic\b.*\brevision\b.*--autogenerate|\bflask\s+db\s+migrate\b", text):
        yield say("a migration is generated where it runs")


@check("DP052", step="7.1")
def not_everybody_is_a_trusted_proxy(image: ImageFile) -> Verdict:
    """The server believes the addresses that its own proxies tell, and nobody else's.

    With `--forwarded-allow-ips='*'` every caller says in `X-Forwarded-For` who it is: limits of tries count made-up
    addresses, and logs accuse strangers.
    Fix: name the proxy's address or network: `--forwarded-allow-ips=10.0.0.0/8`; FORWARDED_ALLOW_IPS is the same.
    """
    if image.unreadable:
        return unknown(
            say("{path} is not a valid Dockerfile: {unreadable}", path=image.path, unreadable=image.unreadable)
        )
    told = [(path, line, found) for path, line, text in _started(image) if (found := _trusted(text))]
    told += [
        (path, line, value) for path, line, name, value in _given(image) if name == "FORWARDED_ALLOW_IPS" and value
    ]
    places = [
        in_file(path, line, say("every caller is a trusted proxy: `{named}`", named=found))
        for path, line, found in told
        if _anybody(found)
    ]
    if places:
        return failed(places[0].note, at=places)
    if dark := _dark(image, "forwarded_allow_ips") or _configured(image):
        return unknown(dark)
    said = (
        say("it trusts {told}", told=told[0][2])
        if told
        else say("it names no proxies, so its own machine alone is trusted")
    )
    return passed(said, every(1, "start command"))


def _trusted(text: str) -> str:
    """What `--forwarded-allow-ips` names."""
    found = re.search(r"--forwarded-allow-ips[\s=]+(\"[^\"]*\"|'[^']*'|\S+)", text)
    return found[1].strip("\"'") if found else ""


def _anybody(named: str) -> bool:
    return any(one.strip() in ANYBODY for one in named.split(","))
