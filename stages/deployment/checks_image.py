"""Deployment: does the image run as an ordinary user, from a known base, with nothing in it that should not be?"""

import re

from runner.evidence.image_file import ImageFile, Instruction
from runner.evidence.lock_file import LockFile
from runner.model import Verdict, check, failed, in_file, not_applicable, passed
from runner.words import plural

SECRET = re.compile(r"(password|passwd|secret|token|api_?key|private_?key|credential)", re.IGNORECASE)
NO_SECRET = re.compile(r"(_FILE|_PATH|_SECONDS|_MINUTES|_TTL|_URL|_ALGORITHM|_NAME)$", re.IGNORECASE)
DROPS = re.compile(r"\b(gosu|su-exec|setpriv|runuser|su\s+-|sudo\s+-u|chpst)\b")
SERVER = re.compile(r"^(?:[\w./$\"{}-]*/)?(?:python3?\s+-m\s+)?(uvicorn|gunicorn|granian|hypercorn|fastapi)\b")
BUILD_TOOLS = re.compile(r"\b(gcc|g\+\+|build-essential|build-base|rustc|cargo|python3?-dev|libpq-dev|musl-dev)\b")
INSTALLS = re.compile(
    r"\b(pip3?|uv\s+pip)\s+(install|sync)\b|\buv\s+sync\b|\b(poetry|pdm)\s+(install|sync)\b|\bpipenv\s+(install|sync)\b"
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
    user = image.effective("USER")
    name = user.text.split(":")[0].strip("\"' ") if user else ""
    if name not in {"", "root", "0"}:
        return passed(f"USER {name}")
    dropping = next((path for path, text in image.scripts if DROPS.search(text)), None)
    if dropping or any(DROPS.search(one.text) for one in image.of("ENTRYPOINT", "CMD", stage=image.last)):
        return passed(f"starts as root and drops it in {dropping or 'its command'}")
    if not user and any("nonroot" in base.name for base in image.bases):
        return passed("the base image is a nonroot one")
    note = "USER is root" if user else "no USER, so it is root"
    again = ["docker build -q . | xargs docker run --rm --entrypoint id  # uid=0 is root"]
    return failed(f"it runs as root: {note}", at=[in_file(image.path, _line(image, user), note)], again=again)


@check("DP011", step="7.1")
def the_image_has_a_health_check(image: ImageFile) -> Verdict:
    """The image says how to see that it is healthy.

    Without a health check a process that hangs looks like one that works, and nobody restarts it.
    Fix: HEALTHCHECK CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health', timeout=2)"
    """
    if image.unreadable:
        return _unreadable(image)
    check = image.effective("HEALTHCHECK")
    if check and check.text.strip().upper() != "NONE":
        return passed(f"HEALTHCHECK in line {check.line}")
    if image.probes:
        return passed(f"{image.probes} watches its health")
    note = "HEALTHCHECK NONE" if check else "no HEALTHCHECK"
    at = [in_file(image.path, _line(image, check), note)]
    again = ["docker build -q . | xargs docker inspect --format '{{.Config.Healthcheck}}'"]
    return failed(f"nobody can see whether it is healthy: {note}", at=at, again=again)


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
        return passed("built from scratch")
    loose = [base for base in image.outside if not base.digest and not _exact(base.image, base.tag)]
    if loose:
        places = [in_file(image.path, b.line, f"`{b.name}` moves: no digest, no full version") for b in loose]
        again = [f"docker buildx imagetools inspect {b.name}  # today's digest" for b in loose]
        names = ", ".join(b.name for b in loose)
        return failed(f"{len(loose)} of {len(image.outside)} bases move: {names}", at=places, again=again)
    how = ["digest" if base.digest else "full version" for base in image.outside]
    return passed(f"{plural(len(how), 'base')} pinned by {' and '.join(dict.fromkeys(how))}")


@check("DP013", step="7.1")
def the_image_installs_the_lock(image: ImageFile, lock: LockFile) -> Verdict:
    """The image installs from the lock, with hashes.

    An image that resolves dependencies anew runs other versions than the ones that were tested.
    Fix: COPY requirements.lock . and RUN pip install --require-hashes -r requirements.lock
    """
    if image.unreadable:
        return _unreadable(image)
    installs = [one for one in image.of("RUN") if INSTALLS.search(one.text)]
    if not installs:
        return not_applicable("the Dockerfile installs no Python packages")
    if lock.path is None:
        return not_applicable("there is no lock to install from, which DP001 judges")
    made = _exported(image)
    wrong = [(one, why) for one in installs if (why := _ignores_lock(one, lock, made))]
    if wrong:
        places = [in_file(image.path, one.line, why) for one, why in wrong]
        again = [f"sed -n {one.line}p {image.path}" for one, _ in wrong]
        return failed("; ".join(why for _, why in wrong), at=places, again=again)
    return passed(f"installs from {lock.path} in line {installs[0].line}")


@check("DP014", step="7.1")
def no_secret_is_baked_in(image: ImageFile) -> Verdict:
    """No secret and no local file gets into the image.

    Whoever can pull an image can read every layer of it, also what a later layer deletes.
    Fix: give secrets when the container starts (or `RUN --mount=type=secret`), and list .env, .git and .venv in
    .dockerignore.
    """
    if image.unreadable:
        return _unreadable(image)
    places = [in_file(image.path, one.line, f"{name} is set in the image") for one, name in _baked(image)]
    whole = [one for one in image.of("COPY", "ADD") if "--from=" not in one.text and _copies_everything(one)]
    if whole and image.ignored is None:
        places.append(in_file(image.path, whole[0].line, "copies the whole folder, and there is no .dockerignore"))
    elif whole:
        open_doors = [name for name in (".env", ".git") if not ignores(image.ignored or (), name)]
        places += [in_file(image.path, whole[0].line, f".dockerignore lets {name} in") for name in open_doors]
    for one in image.of("COPY", "ADD"):
        if re.search(r"(^|[\s/\"])\.env(\s|\"|$)", one.text):
            places.append(in_file(image.path, one.line, "copies .env"))
    if places:
        return failed(f"{len(places)} ways in: {'; '.join(p.note for p in places)}", at=places)
    return passed("no secret in ENV or ARG, and nothing local is copied")


@check("DP015", step="7.1")
def the_final_stage_is_lean(image: ImageFile) -> Verdict:
    """The final stage holds no compiler and no test tools.

    A compiler in production helps only whoever breaks in, and every package more is one more to patch.
    Fix: install in a first stage (`FROM python:… AS build`) and COPY --from=build the finished environment.
    """
    if image.unreadable:
        return _unreadable(image)
    places = []
    for stage in image.lineage():
        for one in image.of("RUN", stage=stage):
            tool = BUILD_TOOLS.search(one.text)
            removed = re.search(r"(apt-get|apt)\s+(-y\s+)?(purge|autoremove|remove)|apk\s+del", one.text)
            if tool and not removed:
                places.append(in_file(image.path, one.line, f"`{tool[0]}` stays in the image"))
            if re.search(
                r"requirements-dev|dev-requirements|--extra[= ]dev|\[dev\]|--group[= ]dev|--all-groups", one.text
            ):
                places.append(in_file(image.path, one.line, "test tools are installed into the image"))
    if places:
        return failed("; ".join(p.note for p in places), at=places)
    return passed(f"{image.last + 1} stages; the last one has neither")


@check("DP016", step="7.1")
def the_image_can_be_built(image: ImageFile) -> Verdict:
    """The Dockerfile is valid and everything that it copies is there.

    A Dockerfile that breaks is found on the day of the release; and no tool finds anything in one that it can't read.
    Fix: correct the named line; keep what COPY names in the repository.
    """
    if image.unreadable:
        return _unreadable(image)
    places = [in_file(image.path, line, f"`{source}` is not in the service's folder") for source, line in image.absent]
    places += [in_file(image.path, o.line, f"{o.code} {o.message}") for o in image.objections if o.level == "error"]
    if places:
        return failed(
            f"{plural(len(places), 'problem')}: {'; '.join(p.note for p in places[:3])}",
            at=places,
            again=[f"hadolint {image.path}"],
        )
    return passed(f"{plural(len(image.instructions), 'instruction')}; everything that is copied is there")


@check("DP017", step="7.1")
def sigterm_reaches_the_server(image: ImageFile) -> Verdict:
    """The server gets the container's SIGTERM and has time to obey it.

    Where a shell stays in front of the server it swallows SIGTERM: after ten seconds every open request is cut.
    Fix: end the entrypoint script with `exec uvicorn …` (or `exec "$@"`), and write CMD as a JSON list.
    """
    if image.unreadable:
        return _unreadable(image)
    places = []
    for path, text in image.scripts:
        last = _last_command(text)
        if last and SERVER.match(last[1]):
            places.append(in_file(path, last[0], "the shell stays in front of the server: no `exec`"))
    for one in image.of("CMD", "ENTRYPOINT", stage=image.last):
        if re.search(r"timeout-graceful-shutdown[\"',=\s]+0\b|--graceful-timeout[\"',=\s]+0\b", one.text):
            places.append(in_file(image.path, one.line, "gives open requests 0 seconds to end"))
        if "--reload" in one.text:
            places.append(in_file(image.path, one.line, "--reload is for development: a supervisor stays in front"))
    signal = image.effective("STOPSIGNAL")
    if signal and signal.text.strip().upper() in {"SIGKILL", "KILL", "9"}:
        places.append(in_file(image.path, signal.line, "STOPSIGNAL cuts every open request"))
    if places:
        return failed("; ".join(p.note for p in places), at=places)
    return passed("nothing stands between SIGTERM and the server")


def _unreadable(image: ImageFile) -> Verdict:
    note = f"not a valid Dockerfile: {image.unreadable}"
    return failed(f"{image.path} is {note}", at=[in_file(image.path, image.unreadable_line, note)])


def _line(image: ImageFile, one: Instruction | None) -> int | None:
    """Of the instruction, else of the last FROM."""
    return one.line if one else next((base.line for base in reversed(image.bases)), None)


def _exact(image: str, tag: str) -> bool:
    """A tag that names a patch release. PostgreSQL and distributions have two numbers, not three."""
    two = image.rpartition("/")[2] in {"postgres", "debian", "ubuntu", "alpine", "distroless"}
    return bool(FULL.match(tag) or (two and re.match(r"\d+\.\d+", tag)))


def _exported(image: ImageFile) -> dict[str, bool]:
    """Requirement files that the image makes from its lock, and whether their hashes come along."""
    found = {}
    for one in image.of("RUN"):
        for words in re.findall(r"\b(?:uv|poetry|pdm)\s+export\b([^&;|]*)", one.text):
            to = re.search(r"(?:-o|--output|--output-file|>)[\s=]*(\S+)", words)
            if to:
                found[to[1].rpartition("/")[2]] = not re.search(r"--no-hashes|--without-hashes", words)
    return found


def _ignores_lock(one: Instruction, lock: LockFile, made: dict[str, bool]) -> str:
    """Why an installing RUN does not take the lock; empty when it does."""
    name = (lock.path or "").rpartition("/")[2]
    text = one.text
    if re.search(r"\buv\s+sync\b", text):
        return "" if re.search(r"--frozen|--locked", text) else "`uv sync` without --frozen may resolve anew"
    if re.search(r"\b(poetry|pdm|pipenv)\b", text):
        return ""
    if (
        re.search(
            r"install\s+(--\S+\s+)*(-U\s+|--upgrade\s+)*(pip|uv|poetry|setuptools|wheel)[\s=]*[\d.]*\s*($|&&)", text
        )
        and "-r" not in text
    ):
        return ""
    wanted = re.findall(r"(?:-r|--requirement|sync)[\s=]+(?:--\S+\s+)*([^\s&;]+)", text)
    files = [found.strip("\"'").rpartition("/")[2] for found in wanted]
    if not files:
        bare = re.search(r"--no-deps|--no-index|\s\.(\s|$|\[)", text)
        return "" if bare and "--no-deps" in text else "installs packages that no lock names"
    return _other_file(files, name, made, hashed="--require-hashes" in text or any(pin.hashed for pin in lock.pins))


def _other_file(files: list[str], name: str, made: dict[str, bool], *, hashed: bool) -> str:
    """Why these requirement files are not the lock; empty when they are, or were exported from it."""
    unhashed = [f for f in files if made.get(f) is False]
    if unhashed:
        return f"installs from {', '.join(unhashed)}, which was exported from {name} without its hashes"
    other = [f for f in files if f != name and f not in made]
    if other:
        return f"installs from {', '.join(other)}, not from {name}"
    return "" if hashed else f"{name} has no hashes to install by"


def _baked(image: ImageFile) -> list[tuple[Instruction, str]]:
    found = []
    for one in image.of("ENV", "ARG"):
        pairs = re.findall(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S*)", one.text) or [(*one.text.split(None, 1), "")]
        for name, value, *_ in pairs:
            given = value.strip("\"'")
            if SECRET.search(name) and not NO_SECRET.search(name) and given and not given.startswith("$"):
                found.append((one, name))
    return found


def _copies_everything(one: Instruction) -> bool:
    words = [word for word in one.argv if not word.startswith("--")]
    return any(word in {".", "./", "/"} for word in words[:-1])


def ignores(patterns: tuple[str, ...], name: str) -> bool:
    """Does a .dockerignore keep this file of the top folder out? Later patterns win; `!` lets in again."""
    out = False
    for pattern in patterns:
        bare = pattern.removeprefix("!").removeprefix("**/").strip("/").removeprefix("./")
        shape = re.escape(bare).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", ".")
        if re.fullmatch(shape, name):
            out = not pattern.startswith("!")
    return out


def _last_command(script: str) -> tuple[int, str] | None:
    lines = [(n, line.strip()) for n, line in enumerate(script.splitlines(), start=1)]
    code = [
        (n, line) for n, line in lines if line and not line.startswith("#") and line not in {"fi", "done", "esac", "}"}
    ]
    start = next((n for n, line in reversed(code) if SERVER.match(line)), None)
    return next(((n, line) for n, line in code if n == start), None)
