"""Deployment: does the image run as an ordinary user, from a known base, with nothing in it that should not be?"""

import re
import shlex
from collections.abc import Iterator

from runner.evidence.code.lock_file import LockFile
from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.image_programs import can_run, missing_in
from runner.evidence.release.image_sources import sources_of
from runner.evidence.release.image_words import (
    KNOWN_USERS,
    commands_of,
    drops_root,
    filled_in,
    is_root,
    pairs_of,
    root_by_another_name,
    run_script,
    start_words,
    user_of,
    variables,
    watch_of,
)
from runner.evidence.suite.health_tests import Watch
from runner.model import Place, Share, Verdict, check, every, failed, in_file, not_applicable, passed, share, unknown
from runner.reading.dockerfile import Instruction
from runner.reading.shell import SHELLS, Command, script_of
from runner.said import say, together
from runner.vocabulary.secrets import is_secret
from runner.words import listed, plural
from stages.deployment.fronts import fronts
from stages.deployment.installs import exported, ignores_lock, installs_packages

BUILD_TOOLS = re.compile(
    r"gcc|g\+\+|gcc-\d+|clang|build-essential|build-base|rustc|rust|cargo|python3?-dev|libpq-dev|musl-dev|make"
)
DEVELOPMENT = re.compile(
    r"requirements-dev|dev-requirements|--extra[= ]dev|\[dev\]|--group[= ]dev|--all-groups|--all-extras"
)
PACKAGERS = frozenset(("apt", "apt-get", "apk", "yum", "dnf", "microdnf", "zypper"))
BRINGS_COMPILERS = frozenset(("python", "pypy", "buildpack-deps", "gcc", "rust", "golang"))
VIRTUAL = frozenset(("-t", "--virtual"))
SHOWS_USER = "docker build -q . | xargs docker run --rm --entrypoint id  # uid=0 is root"
AT_ONCE = re.compile(r"timeout-graceful-shutdown[\"',=\s]+0\b|--graceful-timeout[\"',=\s]+0\b")
TEST_TOOLS = re.compile(
    r"pytest(-[\w-]+)?|coverage|tox|nox|mypy|ruff|black|flake8|isort|pylint|pre-commit|debugpy|ipdb"
)
FULL = re.compile(r"\d+\.\d+\.\d+")


@check("DP010", step="7.1")
def the_container_does_not_run_as_root(image: ImageFile) -> Verdict:
    """The container runs as an ordinary user.

    Whoever gets a shell through the service as root may write anywhere in the container, and is one kernel hole away
    from the machine.
    Fix: end the Dockerfile with `RUN useradd --uid 10001 app` and `USER 10001`.
    """
    if image.unreadable:
        return _unreadable(image)
    user, one = user_of(image)
    if "$" in user:
        return unknown(
            say("USER is `{one}`, and what that is the build decides: give it a default", one=one.text if one else user)
        )
    return _ordinary(image, user) if user and not is_root(user) else _root(image, user, one)


def _root(image: ImageFile, user: str, one: Instruction | None) -> Verdict:
    """It starts as root, as far as is seen: does it stay so?"""
    if dropped := _dropped_in(image):
        return passed(say("starts as root and drops it in {dropped}", dropped=dropped), _dockerfile(image))
    base = image.final
    if not user and base and "nonroot" in base.tag:
        if KNOWN_USERS.search(base.name):
            return passed(say("the base image, {name}, is a nonroot one", name=base.name[:60]), _dockerfile(image))
        return unknown(
            say("no USER, and which one `{name}` has is not known here: name it in the Dockerfile", name=base.name[:60])
        )
    note = say("USER is root") if user else say("no USER, so it is root")
    return failed(
        say("it runs as root: {note}", note=note), at=[in_file(image.path, _line(image, one), note)], again=[SHOWS_USER]
    )


def _ordinary(image: ImageFile, user: str) -> Verdict:
    """A user with another name than root: also with another number?"""
    if made := root_by_another_name(image, user):
        note = say("`{user}` is made as user 0", user=user)
        return failed(
            say("it runs as root: {note}", note=note), at=[in_file(image.path, made.line, note)], again=[SHOWS_USER]
        )
    if start_words(image)[:1] == ["sudo"]:
        note = say("its command starts with sudo")
        return failed(
            say("it runs as root: {note}", note=note),
            at=[in_file(image.path, _line(image, None), note)],
            again=[SHOWS_USER],
        )
    return passed(say("USER {user}", user=user), _dockerfile(image))


def _dropped_in(image: ImageFile) -> str:
    """The script, or the command, that hands over to an ordinary user."""
    script = next((path for path, text in image.scripts if drops_root(script_of(text))), "")
    words = start_words(image)
    direct = drops_root(script_of(words[2] if words[1:2] == ["-c"] and len(words) > 2 else shlex.join(words)))  # noqa: PLR2004
    return script or (say("its command") if direct else "")


@check("DP011", step="7.1")
def the_image_has_a_health_check(image: ImageFile) -> Verdict:
    """The image says how to see that it is healthy.

    Without a health check a process that hangs looks like one that works, and nobody restarts it. One whose command is
    not in the image (slim and distroless ones have neither curl nor wget) calls every container unhealthy for ever.
    Fix: HEALTHCHECK CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"
    """
    if image.unreadable:
        return _unreadable(image)
    if (composed := image.composed) and (lost := can_run(image, composed.command).problem):
        note = say("health check of {path}: {lost}", path=composed.path, lost=lost)
        at = [in_file(composed.path, composed.line, note)]
        return failed(
            say("what is healthy counts as unhealthy: {note}", note=note),
            at=at,
            again=[f"docker compose -f {composed.path} ps"],
        )
    check = image.effective("HEALTHCHECK")
    watch = watch_of(image, check) if check else Watch(problem=say("no HEALTHCHECK"))
    if check and watch == Watch():
        watch = missing_in(image, check)
    if check and watch == Watch():
        return passed(say("HEALTHCHECK in line {line}", line=check.line), _dockerfile(image))
    if image.probes:
        return passed(say("{probes} watches its health", probes=image.probes), _dockerfile(image))
    if watch.unsure:
        return unknown(say("whether its HEALTHCHECK sees anything is not known: {unsure}", unsure=watch.unsure))
    at = [
        in_file(
            image.path,
            _line(image, check),
            say("HEALTHCHECK: {problem}", problem=watch.problem) if check else watch.problem,
        )
    ]
    again = ["docker build -q . | xargs docker inspect --format '{{.Config.Healthcheck}}'"]
    return failed(say("nobody can see whether it is healthy: {problem}", problem=watch.problem), at=at, again=again)


@check("DP012", step="7.1")
def every_base_image_is_pinned(image: ImageFile) -> Verdict:
    """Every base image is pinned to a full version or a digest.

    `python:3.12-slim` is another image next week: a release that nobody changed breaks, and nothing can be rebuilt as
    it was.
    Fix: FROM python:3.12.12-slim-trixie@sha256:… (`docker buildx imagetools inspect` shows the digest).
    """
    if image.unreadable:
        return _unreadable(image)
    if not image.outside:
        looked = say("the {bases} FROM of {path}", bases=len(image.bases), path=image.path)
        scratch = not_applicable("built from scratch alone", looked=looked)
        return scratch if image.bases else unknown(say("{path} has no FROM that could be read", path=image.path))
    if open_ones := [base for base in image.outside if "$" in base.name]:
        names = together(say("`{name}` (line {line})", name=base.name, line=base.line) for base in open_ones)
        return unknown(
            say("which image {names} is, the build decides: give the argument a pinned default", names=names)
        )
    loose = [base for base in image.outside if not base.digest and not _exact(base.image, base.tag)]
    if loose:
        places = [
            in_file(image.path, b.line, say("`{name}` moves: no digest, no full version", name=b.name)) for b in loose
        ]
        again = [f"docker buildx imagetools inspect {b.name}  # today's digest" for b in loose]
        names = together(b.name for b in loose)
        return failed(
            say("{loose} of {outside} bases move: {names}", loose=len(loose), outside=len(image.outside), names=names),
            at=places,
            again=again,
        )
    how = ["digest" if base.digest else say("full version") for base in image.outside]
    return passed(
        say("pinned by {fromkeys}", fromkeys=together(dict.fromkeys(how), " and ")), every(len(how), "base image")
    )


@check("DP013", step="7.1")
def the_image_installs_the_lock(image: ImageFile, lock: LockFile) -> Verdict:
    """The image installs from the lock. (Whether that names hashes, DP001 judges.)

    An image that resolves dependencies anew runs other versions than the ones that were tested.
    Fix: COPY requirements.lock . and RUN pip install --require-hashes -r requirements.lock
    """
    if image.unreadable:
        return _unreadable(image)
    found = [(one, command) for stage in _stages(image) for one, command in commands_of(image, stage)]
    installs = [(one, command) for one, command in found if installs_packages(command)]
    dark = [one for one in image.of("RUN") if run_script(image, one).problem or _runs_own_script(image, one)]
    if not installs:
        return _no_install(image, dark)
    if lock.path is None:
        return unknown("there is no lock to install from, which DP001 judges")
    made = exported(found)
    wrong = [(one, why) for one, command in installs if (why := ignores_lock(command, lock, made))]
    if wrong:
        places = [in_file(image.path, one.line, why) for one, why in wrong]
        again = [f"sed -n {one.line}p {image.path}" for one, _ in wrong]
        return failed(together(dict.fromkeys(why for _, why in wrong), "; "), at=places, again=again)
    judged = share(len(installs), len(installs) + len(dark), "installing command")
    return passed(say("installs from {path} in line {line}", path=lock.path, line=installs[0][0].line), judged)


def _no_install(image: ImageFile, dark: list[Instruction]) -> Verdict:
    if dark:
        return unknown(
            say(
                "what line {line} of {path} installs is not known: `{text}`",
                line=dark[0].line,
                path=image.path,
                text=dark[0].text.strip()[:50],
            )
        )
    looked = say("the {of} RUN of {path}", of=len(image.of("RUN")), path=image.path)
    return not_applicable("the Dockerfile installs no Python packages", looked=looked)


def _runs_own_script(image: ImageFile, one: Instruction) -> bool:
    """A script of the folder, or make: what it installs stands elsewhere."""
    return any(
        command.name in {"make", "just", "invoke"}
        or (command.name in SHELLS and len(command.words) > 1)
        or (command.words and re.search(r"^\./|\.sh$", command.argv[0]) and not command.name.startswith("pip"))
        for command in run_script(image, one).commands
    )


@check("DP014", step="7.1")
def no_secret_is_baked_in(image: ImageFile) -> Verdict:
    """No secret and no local file gets into the image.

    Whoever can pull an image can read every layer of it, also what a later layer deletes.
    Fix: give secrets when the container starts (or `RUN --mount=type=secret`), and list .env, .git and .venv in
    .dockerignore.
    """
    if image.unreadable:
        return _unreadable(image)
    places = [
        in_file(image.path, one.line, say("{name} is set in the image", name=name)) for one, name in _baked(image)
    ]
    whole = [one for one in image.of("COPY", "ADD") if "--from=" not in one.text and _copies_everything(image, one)]
    if whole and image.ignored is None:
        places.append(in_file(image.path, whole[0].line, "copies the whole folder, and there is no .dockerignore"))
    elif whole:
        wanted = dict.fromkeys((".env", ".git", *image.local))
        let_in = [name for name in wanted if not ignores(image.ignored or (), name)]
        places += [
            in_file(image.path, whole[0].line, say(".dockerignore lets {name} in", name=name)) for name in let_in
        ]
    for one in image.of("COPY", "ADD"):
        names = [word.rpartition("/")[2] for word in sources_of(one)]
        places += [
            in_file(image.path, one.line, say("copies {name}", name=name))
            for name in names
            if name in {".env", *image.local}
        ]
    if places:
        return failed(
            say("{places} ways in: {places2}", places=len(places), places2=together((p.note for p in places), "; ")),
            at=places,
        )
    return passed("no secret is set, and nothing local is copied", _read(image))


@check("DP015", step="7.1")
def the_final_stage_is_lean(image: ImageFile) -> Verdict:
    """The final stage holds no compiler and no test tools.

    A compiler in production helps only whoever breaks in, and every package more is one more to patch.
    Fix: install in a first stage (`FROM python:… AS build`) and COPY --from=build the finished environment.
    """
    if image.unreadable:
        return _unreadable(image)
    places = [place for stage in image.lineage() for place in _heavy(image, stage)]
    base = image.final
    if base and base.image in BRINGS_COMPILERS and not re.search(r"slim|alpine|distroless", base.tag):
        if "$" in base.name or not base.tag:
            return unknown(
                say("what `{name}` brings is not known here: name a -slim one with its version", name=base.name[:60])
            )
        places.append(
            in_file(
                image.path,
                base.line,
                say("`{image}:{tag}` brings compilers: take its -slim one", image=base.image, tag=base.tag),
            )
        )
    if places:
        return failed(together((p.note for p in places), "; "), at=places)
    final = [one for one in image.instructions if one.stage in image.lineage()]
    runs = [one for one in final if one.word == "RUN"]
    read = [one for one in runs if not run_script(image, one).problem]
    judged = [every(len(final), "instruction of the final stage")]
    judged += [share(len(read), len(runs), "RUN of it")] if len(read) < len(runs) else []
    return passed(
        say("no compiler and no test tools in the last of {stages}", stages=plural(image.last + 1, "stage")), *judged
    )


def _heavy(image: ImageFile, stage: int) -> Iterator[Place]:
    """Compilers and test tools that a layer of this stage keeps. What a later layer removes is still there."""
    for one in image.of("RUN", stage=stage):
        commands = [command for command in run_script(image, one).commands if command.runs is not False]
        gone = {word for command in commands for word in _packages(command, {"purge", "remove", "del", "autoremove"})}
        virtual = {
            words[n + 1] for c in commands for words in [c.argv] for n, w in enumerate(words[:-1]) if w in VIRTUAL
        }
        for command in commands:
            kept = [] if virtual & gone else _packages(command, {"install", "add", "groupinstall"})
            tools = [word for word in kept if BUILD_TOOLS.fullmatch(re.split(r"[=:]", word)[0]) and word not in gone]
            yield from (
                in_file(image.path, one.line, say("`{split}` stays in the image", split=re.split("[=:]", tool)[0]))
                for tool in tools
            )
            if installs_packages(command) and _for_tests(command):
                yield in_file(image.path, one.line, "test tools are installed into the image")


def _for_tests(command: Command) -> bool:
    """By the file, the extra or the group that it takes, or by the name of a package."""
    names = [re.split(r"[\[=<>~!]", word)[0] for word in command.argv[1:]]
    return bool(DEVELOPMENT.search(" ".join(command.argv))) or any(TEST_TOOLS.fullmatch(name) for name in names)


def _packages(command: Command, verbs: set[str]) -> list[str]:
    """What a call of a system's package manager with one of these verbs names."""
    if command.name not in PACKAGERS or not verbs & set(command.argv):
        return []
    return [word for word in command.argv[1:] if not word.startswith("-") and word not in verbs]


@check("DP016", step="7.1")
def the_image_can_be_built(image: ImageFile) -> Verdict:
    """The Dockerfile is valid and everything that it copies is there.

    A Dockerfile that breaks is found on the day of the release; and no tool finds anything in one that it can't read.
    Fix: correct the named line; keep what COPY names in the repository.
    """
    if image.unreadable:
        return _unreadable(image)
    places = [
        in_file(image.path, line, say("`{source}` is not in the service's folder", source=source))
        for source, line in image.absent
    ]
    places += [
        in_file(image.path, o.line, say("{code} {message}", code=o.code, message=o.message))
        for o in image.objections
        if o.level == "error"
    ]
    if places:
        return failed(
            say(
                "{problems}: {places}",
                problems=plural(len(places), "problem"),
                places=listed((p.note for p in places), 3, "; "),
            ),
            at=places,
            again=[f"hadolint {image.path}"],
        )
    copied = [share(image.sources, image.sources, "copied name")] if image.sources else []
    return passed("everything that is copied is there", every(len(image.instructions), "instruction"), *copied)


@check("DP017", step="7.1")
def sigterm_reaches_the_server(image: ImageFile) -> Verdict:
    """The server gets the container's SIGTERM and has time to obey it.

    Where a shell stays in front of the server it swallows SIGTERM: after ten seconds every open request is cut.
    Fix: end the entrypoint script with `exec uvicorn …` (or `exec "$@"`), and write CMD as a JSON list.
    """
    if image.unreadable:
        return _unreadable(image)
    words = start_words(image)
    places, unsure = fronts(image, words)
    told = [(image.path, one.line, one.text) for one in image.of("CMD", "ENTRYPOINT", stage=image.last)]
    told += [(path, one.line, one.text) for path, text in image.scripts for one in script_of(text).commands]
    places += [
        in_file(path, line, "gives open requests 0 seconds to end") for path, line, text in told if AT_ONCE.search(text)
    ]
    signal = image.effective("STOPSIGNAL")
    if signal and filled_in(signal.text.strip(), variables(image)).upper() in {"SIGKILL", "KILL", "9"}:
        places.append(in_file(image.path, signal.line, "STOPSIGNAL cuts every open request"))
    if places:
        return failed(together((p.note for p in places), "; "), at=places)
    if unsure or not words:
        return unknown(unsure or say("{path} does not say what it starts: its base decides. Add CMD", path=image.path))
    return passed("nothing stands between SIGTERM and the server", every(1, "start command"))


def _dockerfile(image: ImageFile) -> Share:
    """Of the Dockerfiles that there are one is judged: the one that gonogo.toml names, or the first."""
    return share(int(bool(image.bases)), max(image.files, int(bool(image.bases))), "Dockerfile")


def _read(image: ImageFile) -> Share:
    return every(len(image.instructions), "instruction")


def _stages(image: ImageFile) -> range:
    return range(image.last + 1)


def _unreadable(image: ImageFile) -> Verdict:
    note = say("not a valid Dockerfile: {unreadable}", unreadable=image.unreadable)
    return failed(
        say("{path} is {note}", path=image.path, note=note), at=[in_file(image.path, image.unreadable_line, note)]
    )


def _line(image: ImageFile, one: Instruction | None) -> int | None:
    """Of the instruction, else of the last FROM."""
    return one.line if one else next((base.line for base in reversed(image.bases)), None)


def _exact(image: str, tag: str) -> bool:
    """A tag that names a patch release. PostgreSQL and distributions have two numbers, not three."""
    two = image.rpartition("/")[2] in {"postgres", "debian", "ubuntu", "alpine", "distroless"}
    return bool(FULL.match(tag) or (two and re.match(r"\d+\.\d+", tag)))


def _baked(image: ImageFile) -> list[tuple[Instruction, str]]:
    """Secrets with a value: of ENV, ARG and LABEL, and those that a RUN writes or exports."""
    found = [(one, name, value) for one in image.of("ENV", "ARG", "LABEL") for name, value in pairs_of(one)]
    for stage in _stages(image):
        for one, command in commands_of(image, stage):
            if command.name in {"echo", "printf"} and command.redirected:
                found += [(one, *pair) for pair in re.findall(r"(\w+)=([^\s\"']+)", " ".join(command.argv[1:]))]
    known = variables(image)
    return [
        (one, name) for one, name, value in found if is_secret(name) and value and "$" not in filled_in(value, known)
    ]


def _copies_everything(image: ImageFile, one: Instruction) -> bool:
    words = [filled_in(word, variables(image, one)) for word in one.argv if not word.startswith("--")]
    return any(word in {".", "./", "/", "*", "./*"} for word in words[:-1])


def ignores(patterns: tuple[str, ...], name: str) -> bool:
    """Does a .dockerignore keep this file of the top folder out? Later patterns win; `!` lets in again."""
    out = False
    for pattern in patterns:
        bare = pattern.removeprefix("!").removeprefix("**/").strip("/").removeprefix("./")
        shape = re.escape(bare).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", ".")
        if re.fullmatch(shape, name):
            out = not pattern.startswith("!")
    return out
