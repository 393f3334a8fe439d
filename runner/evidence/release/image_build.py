"""The image, built and run for real by a container engine, on a database of ours, with the production settings."""

import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, Self

import httpx

from runner.errors import ProbeError
from runner.evidence.contract.served_app import ServedApp, live_paths, told_apart
from runner.evidence.release.answers import find_health
from runner.evidence.release.container_engine import ContainerEngine, usable_engine
from runner.evidence.release.image_file import ImageFile, context_of
from runner.evidence.release.image_port import PORT, needs_given, served_port
from runner.live.client import Inside
from runner.live.containers import LABEL, Engine, user_ids
from runner.live.ports import LOOPBACK, accepts, free_port, listeners, lowest_open_port, only_on_loopback
from runner.live.waiting import until
from runner.migrator import Migrator
from runner.model import Evidence, Looked
from runner.probe import Probe
from runner.processes.fence import Fence, Kind
from runner.processes.process import Background, Reach, engine_environment
from runner.processes.ran import Ran
from runner.reading.build_log import FailedStep, error_in, failed_step, not_the_image
from runner.reading.dockerfile import Instruction
from runner.said import say

BUILDS_WITHIN = 600  # seconds
LISTENS_WITHIN, HEALTHY_WITHIN, STOPS_WITHIN = 60, 30, 10
PAUSE = 0.1
ABSENT = frozenset((404, 405, None))  # no health path: asked for in vain


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBuild(Evidence):
    """The image, built and run."""

    exclusive: ClassVar[bool] = True

    path: str
    engine: str
    build_seconds: float = field(default=0.0, compare=False)
    size: int = 0  # bytes
    build_error: str = ""  # why it does not build
    step: str = ""  # … and the step that failed
    line: int | None = None
    port: int | None = None
    start_seconds: float = field(default=0.0, compare=False)
    ended: int | None = None  # exit code, when it ended by itself
    silent: str = ""  # why nobody can talk to it
    last_words: str = ""
    live: str | None = None  # its health path; None: it has none
    status: int | None = None  # that it answered there, or at /
    users: frozenset[int] = frozenset()  # user ids inside of it, of the processes that do the work
    exit_code: int | None = None  # after it was told to stop

    @classmethod
    def collect(cls, probe: Probe, image: ImageFile, here: ContainerEngine, served: Looked[ServedApp]) -> Self:
        assert here.name
        engine = usable_engine(probe.workshop.fence)
        engine.sweep()
        tag = f"{probe.workshop.run_folder.name}-{probe.workshop.number()}".lower().replace("_", "-")
        try:
            built = _build(probe, image, engine, tag, cls(path=image.path, engine=engine.name))
            found = built if built.build_error else _run(probe, image, served.evidence, engine, tag, built)
            assert isinstance(found, cls)
            return found
        finally:
            engine.remove(tag, tag, probe.workshop.run_folder)


def network(fence: Fence) -> str:
    """The network of the run, as podman's `--network` takes it."""
    return f"ns:/proc/{fence.pid}/ns/net" if fence.kind is Kind.NAMESPACES else "host"


def _build(probe: Probe, image: ImageFile, engine: Engine, tag: str, known: ImageBuild) -> ImageBuild:
    """Built from the Dockerfile and the folder that it copies from. Raises `ProbeError` when that proves nothing."""
    file = (probe.root / image.path).resolve()
    context, _ = context_of(probe, image.path, image.instructions)
    label = f"{LABEL}={probe.workshop.run_folder}"
    argv = [engine.program, "build", "--tag", tag, "--label", label, "--file", str(file), str(context)]
    said = f"{engine.name} build --file {image.path} {'.' if context == probe.root else context.name}"
    ran = probe.run(argv, env=engine_environment(), cwd=context, timeout=BUILDS_WITHIN, said=said, reach=Reach.WORLD)
    if ran.code == 0:
        size = engine.quick("image", "inspect", "--format", "{{.Size}}", tag).out.strip()
        return replace(known, build_seconds=ran.seconds, size=int(size) if size.isdigit() else 0)
    return _not_built(image, ran, known)


def _not_built(image: ImageFile, ran: Ran, known: ImageBuild) -> ImageBuild:
    output = f"{ran.out}\n{ran.err}"
    step = failed_step(output)
    at = instruction_of(image, step)
    where = say("line {line}, {word}", line=at.line, word=at.word) if at else say("its first step")
    if why := not_the_image(output):
        raise ProbeError(
            say(
                "{path} could not be built, {where}: {why}: {error_in}",
                path=image.path,
                where=where,
                why=why,
                error_in=error_in(output),
            )
        )
    if at and (wanted := needs_given(image, at)):
        raise ProbeError(
            say(
                "{path} could not be built, {where}: it needs {wanted}, which gonogo has not",
                path=image.path,
                where=where,
                wanted=wanted,
            )
        )
    line = at.line if at else step.line
    return replace(known, build_seconds=ran.seconds, build_error=error_in(output), step=step.text, line=line)


def instruction_of(image: ImageFile, step: FailedStep) -> Instruction | None:
    """The instruction of the Dockerfile that a step is; None when the engine's words fit none."""
    if step.line is not None:
        return next((one for one in reversed(image.instructions) if one.line <= step.line), None)
    if step.number is None:
        return None
    of = [one for one in image.instructions if step.stage in (None, one.stage)]
    found = of[step.number - 1] if step.number <= len(of) else None
    return found if found and step.text.upper().startswith(found.word) else None


def _run(
    probe: Probe, image: ImageFile, served: ServedApp | None, engine: Engine, tag: str, built: ImageBuild
) -> ImageBuild:
    port, env = _place(image, probe.workshop.fence), _settings(probe)
    given = {**env, "PORT": str(port)}
    label = f"{LABEL}={probe.workshop.run_folder}"
    argv = [engine.program, "run", "--rm", "--name", tag, "--label", label, "--network", network(probe.workshop.fence)]
    argv += [word for name in given for word in ("--env", name)]  # the values stay off the command line
    probe.note(f"{engine.name} run --rm --network host {' '.join(f'--env {name}' for name in given)} IMAGE")
    # A PATH of the service would be the client's too, which is therefore started by its full path.
    process = probe.workshop.runner.start(
        [*argv, tag], cwd=probe.root, env=engine_environment() | given, reach=Reach.WORLD
    )
    try:
        met = _meet(probe, served, engine, tag, process, replace(built, port=port))
        if met.ended is None:
            probe.note(f"{engine.name} stop --time {STOPS_WITHIN} CONTAINER")
            engine.quick("stop", "-t", str(STOPS_WITHIN), tag, timeout=STOPS_WITHIN + 20)
            met = replace(met, exit_code=process.wait(5), last_words=met.last_words or process.tail(3))
        return met
    finally:
        process.stop(STOPS_WITHIN)
        probe.workshop.runner.forget(process)


def _place(image: ImageFile, fence: Fence) -> int:
    """The port that the image will take. Raises `ProbeError` when it is not known or not to be had."""
    port = served_port(image)
    if port is None:
        raise ProbeError(
            say("{path} was built, but which port it serves is not known: add EXPOSE to it", path=image.path)
        )
    if port == PORT:
        return free_port(fence)
    if port < (lowest := lowest_open_port()):
        raise ProbeError(
            say(
                "{path} was built, but it serves port {port}, and this machine keeps ports below "
                "{lowest} for root: serve a higher one, or sysctl "
                "net.ipv4.ip_unprivileged_port_start={port}",
                path=image.path,
                port=port,
                lowest=lowest,
            )
        )
    if accepts(port, fence):
        raise ProbeError(
            say(
                "{path} was built, but port {port}, which it serves, is taken here: end what has it",
                path=image.path,
                port=port,
            )
        )
    return port


def _settings(probe: Probe) -> dict[str, str]:
    """The variables that a deployment sets, on a migrated database: nothing of this machine's own environment."""
    database = Migrator(probe).usable_database()
    given = {*probe.environment.named(), *probe.target.config.production}
    names = {*given, "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"}
    known = probe.environment.of(database, production=True)
    return {name: known[name] for name in sorted(names) if name in known}


def _meet(
    probe: Probe, served: ServedApp | None, engine: Engine, tag: str, process: Background, built: ImageBuild
) -> ImageBuild:
    """Wait until it listens, ask for its health, and see as whom it runs."""
    port, began = built.port or 0, time.monotonic()
    fence = probe.workshop.fence
    if not _listens(process, port, fence):
        return _did_not_listen(process, built)
    met = replace(built, start_seconds=time.monotonic() - began, users=_users(engine, tag))
    if only_on_loopback(port, listeners(fence)):
        return replace(
            met,
            silent=say(
                "it listens on {loopback}:{port} alone, which nobody outside of the container reaches",
                loopback=LOOPBACK,
                port=port,
            ),
        )
    transport = Inside(fence, httpx.Limits())
    with httpx.Client(base_url=f"http://{LOOPBACK}:{port}", timeout=5, trust_env=False, transport=transport) as client:
        live, status = _health(probe, served, client, process)
    code = None if process.running() else process.wait(0)
    probe.note(f"curl -i http://{LOOPBACK}:{port}{live or '/'}")
    return replace(met, live=live, status=status, ended=code, last_words=process.tail(5) if code is not None else "")


def _listens(process: Background, port: int, fence: Fence) -> bool:
    until(lambda: accepts(port, fence) or not process.running(), LISTENS_WITHIN, pause=PAUSE)
    return process.running() and accepts(port, fence)


def _did_not_listen(process: Background, built: ImageBuild) -> ImageBuild:
    words = process.tail(5)
    if process.running():
        silent = say(
            "it does not listen on port {port} within {listens_within} s",
            port=built.port,
            listens_within=LISTENS_WITHIN,
        )
        return replace(built, silent=silent, last_words=words)
    code = process.wait(0)
    if why := not_its_fault(code, words):
        raise ProbeError(
            say("{path} was built, but it could not be run: {why}: {words}", path=built.path, why=why, words=words)
        )
    return replace(built, ended=code, last_words=words)


def not_its_fault(code: int | None, words: str) -> str:
    """Why a container that did not run says nothing about its image; empty when it does.

    125 is the client's own code; it says 126 and 127 for a command that is missing in the image as well.
    """
    why = not_the_image(words) if code in {125, 126, 127} else ""
    return why or (say("the container engine refused") if code == 125 else "")  # noqa: PLR2004


def _health(
    probe: Probe, served: ServedApp | None, client: httpx.Client, process: Background
) -> tuple[str | None, int | None]:
    """Its health path and what it answers there in the end; (None, status of /) when it has none."""

    def asked() -> tuple[str | None, int | None]:
        live = probe.target.config.health.live or find_health(probe, served, client)[0] or _ill(served, client)
        return live, _status(client, live or "/")

    def settled(said: tuple[str | None, int | None]) -> bool:
        live, status = said
        well = status is not None and (status < 300 if live else status < 500)  # noqa: PLR2004
        return well or not process.running()

    return until(asked, HEALTHY_WITHIN, enough=settled, pause=PAUSE * 5)


def _ill(served: ServedApp | None, client: httpx.Client) -> str | None:
    """A health path that is there, and answers that something is wrong."""
    paths = told_apart(served, live_paths(served), partial(_status, client))
    return next((path for path in paths if _status(client, path) not in ABSENT | {401, 403}), None)


def _status(client: httpx.Client, path: str) -> int | None:
    try:
        with client.stream("GET", path) as answer:
            return answer.status_code
    except httpx.HTTPError:
        return None


def _users(engine: Engine, tag: str) -> frozenset[int]:
    pid = engine.quick("inspect", "--format", "{{.State.Pid}}", tag).out.strip()
    return user_ids(int(pid)) if pid.isdigit() and int(pid) else frozenset()
