"""The image, built and run: what the engines' words mean, and the whole of it with a real engine where one answers."""

import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.engine import Shelf
from runner.errors import NotThere, ProbeError
from runner.evidence.release.compose_file import Compose
from runner.evidence.release.container_engine import usable_engine
from runner.evidence.release.image_build import ImageBuild, instruction_of, not_its_fault
from runner.evidence.release.image_file import ImageFile
from runner.evidence.release.image_port import PORT, needs_given, served_port
from runner.evidence.release.image_sources import asked_programs, scripts_in
from runner.evidence.release.image_words import watch_of
from runner.evidence.suite.health_tests import Watch
from runner.live.containers import LABEL, Engine, find_engine, user_ids
from runner.live.ports import only_on_loopback
from runner.live.scratch import PREFIX
from runner.live.workshop import Workshop
from runner.probe import Probe
from runner.processes.fence import HOST, Fence, Kind
from runner.reading.build_log import FailedStep, error_in, failed_step, not_the_image
from runner.reading.dockerfile import parse


def image(text: str, *scripts: tuple[str, str]) -> ImageFile:
    return ImageFile(path="Dockerfile", instructions=parse(text)[0], scripts=scripts)


# --- what a builder says (as printed by podman 4.3, BuildKit, and docker's older builder)

PODMAN = 'STEP 1/2: FROM scratch\nSTEP 2/2: RUN /bin/false\nError: building at STEP "RUN /bin/false": exit status 1\n'
STAGES = (
    "[1/2] STEP 1/2: FROM a AS b\n[1/2] STEP 2/2: RUN x\n[2/2] STEP 1/3: FROM c\n[2/2] STEP 2/3: COPY n /\nError: n\n"
)
BUILDKIT = (
    "#6 0.1 no such thing\n------\nDockerfile:3\n--------------------\n   2 |     \n   3 | >>> RUN false\n"
    "--------------------\nERROR: failed to solve: exit code: 1\n"
)
CLASSIC = (
    "Step 1/2 : FROM a\n ---> 1\nStep 2/2 : RUN false\nThe command '/bin/sh -c false' returned a non-zero code: 1\n"
)


@pytest.mark.parametrize(
    ("said", "step"),
    [
        (PODMAN, FailedStep(text="RUN /bin/false", stage=0, number=2)),
        (STAGES, FailedStep(text="COPY n /", stage=1, number=2)),
        (BUILDKIT, FailedStep(text="RUN false", line=3)),
        (CLASSIC, FailedStep(text="RUN false", number=2)),
        ("nothing of the kind", FailedStep()),
    ],
)
def test_the_failed_step_is_read(said: str, step: FailedStep) -> None:
    assert failed_step(said) == step


def test_a_step_is_found_in_the_dockerfile() -> None:
    two = image("ARG V=1\nFROM a AS b\nRUN x\n\nFROM c\nCOPY n /\n")
    at = instruction_of(two, failed_step(STAGES))
    assert at
    assert (at.line, at.word) == (6, "COPY")
    assert instruction_of(two, FailedStep(text="RUN x", stage=1, number=2)) is None  # other words than the file has
    assert instruction_of(two, FailedStep(text="RUN x", stage=0, number=9)) is None


def test_the_error_is_said_without_the_frame() -> None:
    assert error_in(PODMAN) == 'Error: building at STEP "RUN /bin/false": exit status 1'
    assert error_in(BUILDKIT).endswith("ERROR: failed to solve: exit code: 1")
    assert error_in("") == "it said nothing"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("pinging container registry x: dial tcp: lookup x: no such host", "the network"),
        ("pull access denied for ours/base", "a registry did not give out"),
        ("error setting rlimit type 7: operation not permitted", "the container engine itself"),
        (PODMAN, ""),
        ("manifest for python:3.99 not found: manifest unknown", ""),
        ("exec: uvicorn: executable file not found in $PATH", ""),
    ],
)
def test_what_the_network_or_the_engine_could_not_is_no_fault_of_the_image(said: str, why: str) -> None:
    assert not_the_image(said).startswith(why)
    assert bool(not_the_image(said)) == bool(why)


def test_the_clients_own_exit_codes_are_told_from_the_services() -> None:
    assert not_its_fault(125, "bad flag") == "the container engine refused"
    assert not_its_fault(126, "error setting rlimits") == "the container engine itself could not do it"
    assert not_its_fault(127, "uvicorn: executable file not found") == ""
    assert not_its_fault(1, "connection refused") == ""  # the service's own words


# --- what the Dockerfile says


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ('FROM a\nCMD ["uvicorn", "m:a", "--port", "8080"]', 8080),
        ("FROM a\nEXPOSE 9000\nCMD gunicorn m:a -b 0.0.0.0:8001", 8001),
        ("FROM a\nEXPOSE 9000/tcp\nCMD uvicorn m:a", 9000),
        ("FROM a\nCMD uvicorn m:a --port ${PORT:-8000}", PORT),
        ("FROM a\nCMD fastapi run m.py", 8000),
        ('FROM a\nCMD ["python", "-m", "m"]', None),
    ],
)
def test_the_served_port_is_read(text: str, port: int | None) -> None:
    assert served_port(image(text)) == port


def test_the_served_port_is_read_from_the_entry_script() -> None:
    text = 'FROM a\nENTRYPOINT ["/entry.sh"]'
    assert served_port(image(text, ("ops/entry.sh", "exec uvicorn m:a --port=7000"))) == 7000
    assert served_port(image(text, ("ops/other.sh", "exec uvicorn m:a --port=7000"))) is None


def test_what_only_the_teams_build_brings_is_named() -> None:
    asked = image("FROM a\nARG TOKEN\nARG V=1\nRUN --mount=type=secret,id=x pip i\nRUN get $TOKEN\nRUN get $V")
    assert [needs_given(asked, one) for one in asked.of("RUN")] == ["a build secret", "the build argument TOKEN", ""]


# --- what the machine says


def test_an_engine_that_does_not_answer_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\necho cannot connect to the daemon >&2\nexit 1\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotThere, match="docker says: cannot connect to the daemon, podman is not installed"):
        find_engine()


@pytest.mark.parametrize(
    ("kind", "there", "asked", "said"),
    [
        (Kind.NAMESPACES, "docker", "", "docker can't run a container in the run's own network (podman can, as root)"),
        (Kind.NAMESPACES, "docker podman", "podman", ""),
        (Kind.LANDLOCK, "docker podman", "", "docker and podman can't run a container in the run's own network"),
        (Kind.TRUSTED, "docker podman", "docker", ""),
    ],
)
def test_a_daemon_that_the_fence_keeps_out_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, there: str, asked: str, said: str
) -> None:
    for name in there.split():
        client = tmp_path / name
        client.write_text(f"#!/bin/sh\necho {name} >>{tmp_path}/asked\necho {socket.gethostname()} rootful\n")
        client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        engine, why = usable_engine(Fence(kind=kind, run_folder=tmp_path)).name, ""
    except NotThere as none:
        engine, why = "", str(none)
    took = tmp_path / "asked"
    assert (engine, took.read_text().split() if took.exists() else []) == (asked, [asked] if asked else [])
    assert said in why
    assert bool(why) is not bool(asked)


def test_an_engine_on_another_machine_is_said() -> None:
    far = Engine(name="docker", program="docker", about="docker-desktop [name=seccomp]")
    assert far.elsewhere() == "docker's containers run on `docker-desktop`, not on this machine"


def test_the_user_is_that_of_the_processes_that_do_the_work(tmp_path: Path) -> None:
    for pid, parent, uid in ((10, 1, 100000), (11, 10, 110001), (12, 11, 110001), (13, 1, 0)):
        process = tmp_path / str(pid)
        process.mkdir()
        (process / "stat").write_text(f"{pid} (a) b) S {parent} 1")
        (process / "status").write_text(f"Name:\tx\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
        (process / "uid_map").write_text("0 100000 65536\n")
    assert user_ids(10, tmp_path) == {10001}
    assert user_ids(13, tmp_path) == frozenset()  # outside of the namespace


def test_what_listens_on_loopback_alone_is_seen(tmp_path: Path) -> None:
    table = tmp_path / "tcp"
    head = "  sl  local_address rem_address   st\n"
    table.write_text(f"{head}   0: 0100007F:1F40 00000000:0000 0A 0\n   1: 00000000:1F41 00000000:0000 0A 0\n")
    assert only_on_loopback(8000, [table])
    assert not only_on_loopback(8001, [table])
    assert not only_on_loopback(8002, [table])


# --- for real. The image is busybox alone, so that no registry is needed.

SERVES = 'CMD ["/bin/busybox", "sh", "-c", "trap \'exit 0\' TERM; /bin/busybox httpd -f -p $PORT -h /www & wait"]'
GOOD = f"FROM scratch\nCOPY busybox /bin/busybox\nCOPY www /www\nUSER 10001\n{SERVES}\n"


@pytest.fixture(scope="module")
def engine() -> Engine:
    if not Path("/bin/busybox").is_file():
        pytest.skip("there is no busybox to make a small image of: apt install busybox-static")
    try:
        return usable_engine(HOST)
    except NotThere as none:
        pytest.skip(str(none))


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop() as shared:
        yield shared


def built(folder: Path, workshop: Workshop, dockerfile: str) -> ImageBuild:
    (folder / "www").mkdir()
    (folder / "www" / "health").write_text("well")
    shutil.copy("/bin/busybox", folder / "busybox")
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "gonogo.toml").write_text(
        '[service]\npython = "/usr/bin/python3"\n[health]\nlive = "/health"\n[env]\nA_SECRET = "{secret}"\n'
    )
    target = find_target(folder)
    found = Shelf(target, workshop).need(ImageBuild)
    assert isinstance(found, ImageBuild)
    return found


def left(engine: Engine) -> list[str]:
    """Containers and images of ours that are still there."""
    filters = ("--filter", f"label={LABEL}")
    return [*engine.quick("ps", "-aq", *filters).out.split(), *engine.quick("images", "-q", *filters).out.split()]


def test_an_image_is_built_run_and_cleared_away(engine: Engine, workshop: Workshop, tmp_path: Path) -> None:
    found = built(tmp_path, workshop, GOOD)
    assert (found.build_error, found.ended, found.silent, found.status) == ("", None, "", 200)
    assert (found.live, found.users, found.exit_code) == ("/health", frozenset({10001}), 0)
    assert found.size > 100_000
    assert left(engine) == []


@pytest.mark.parametrize(
    ("dockerfile", "line", "step"),
    [
        (GOOD.replace("USER 10001", 'RUN ["/bin/busybox", "false"]'), 4, "RUN"),
        (GOOD.replace("COPY www", "COPY nothing"), 3, "COPY"),
    ],
)
def test_the_line_that_does_not_build_is_found(
    engine: Engine, workshop: Workshop, tmp_path: Path, dockerfile: str, line: int, step: str
) -> None:
    found = built(tmp_path, workshop, dockerfile)
    assert (found.line, found.step.split()[0]) == (line, step)
    assert found.build_error
    assert left(engine) == []


def test_a_container_that_ends_is_found_with_its_last_words(engine: Engine, workshop: Workshop, tmp_path: Path) -> None:
    ends = 'EXPOSE 18431\nCMD ["/bin/busybox", "sh", "-c", "echo no such app >&2; exit 3"]'
    found = built(tmp_path, workshop, GOOD.replace(SERVES, ends))
    assert (found.ended, found.last_words) == (3, "no such app")
    assert left(engine) == []


def test_a_missing_program_is_the_images_fault(engine: Engine, workshop: Workshop, tmp_path: Path) -> None:
    found = built(tmp_path, workshop, GOOD.replace(SERVES, 'EXPOSE 18431\nCMD ["/bin/uvicorn"]'))
    assert found.ended in {126, 127}
    assert "uvicorn" in found.last_words
    assert left(engine) == []


def test_root_loopback_and_a_deaf_server_are_found(engine: Engine, workshop: Workshop, tmp_path: Path) -> None:
    deaf = 'EXPOSE 18432\nCMD ["/bin/busybox", "httpd", "-f", "-p", "127.0.0.1:18432", "-h", "/www"]'
    found = built(tmp_path, workshop, GOOD.replace(SERVES, deaf).replace("USER 10001\n", ""))
    assert "127.0.0.1:18432 alone" in found.silent
    assert (found.users, found.exit_code) == (frozenset({0}), 137)
    assert left(engine) == []


def test_a_base_that_no_registry_gives_out_is_not_known(engine: Engine, workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"Dockerfile could not be built, .*registry") as problem:
        built(tmp_path, workshop, GOOD.replace("scratch", "127.0.0.1:1/nobody/nothing:1"))
    assert not isinstance(problem.value, NotThere)
    assert left(engine) == []


def test_what_a_dead_run_left_is_swept(engine: Engine, workshop: Workshop, tmp_path: Path) -> None:
    shutil.copy("/bin/busybox", tmp_path / "busybox")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY busybox /bin/busybox\n")
    dead, alive = tmp_path / f"{PREFIX}gone", workshop.run_folder
    for name, run_folder in (("gonogo-test-dead", dead), ("gonogo-test-alive", alive)):
        engine.quick("build", "-t", name, "--label", f"{LABEL}={run_folder}", "--label", f"n={name}", str(tmp_path))
        words = ("--name", name, "--label", f"{LABEL}={run_folder}", name, "/bin/busybox", "sleep", "60")
        engine.quick("run", "-d", "--network", "host", *words)
    try:
        assert len(left(engine)) == 4
        assert len(engine.sweep()) == 2
        assert len(left(engine)) == 2
        assert engine.quick("inspect", "--format", "{{.State.Running}}", "gonogo-test-alive").out.strip() == "true"
        assert engine.quick("image", "inspect", "gonogo-test-dead").code
    finally:
        engine.remove("gonogo-test-alive", "gonogo-test-alive", alive)
    assert left(engine) == []


@pytest.mark.parametrize(
    ("copy", "start"),
    [
        ("COPY --chmod=0755 ops/start.sh /usr/local/bin/start", '["start"]'),
        ("COPY ops/start.sh /usr/local/bin/start", '["/usr/local/bin/start"]'),
        ("COPY ./ops/serve /usr/local/bin/", '["serve"]'),
        ("COPY ops/serve /usr/local/bin", '["serve"]'),
        ("COPY ops/a.sh ops/serve /usr/local/bin/", '["serve"]'),
    ],
)
def test_a_script_is_known_by_the_name_that_it_is_copied_under(tmp_path: Path, copy: str, start: str) -> None:
    (tmp_path / "ops").mkdir()
    text = "#!/bin/sh\nset -eu\nexec uvicorn app:app --port 8123\n"
    for name in ("start.sh", "serve", "a.sh"):
        (tmp_path / "ops" / name).write_text(text)
    docker = f"FROM python:3.13-slim\n{copy}\nENTRYPOINT {start}\n"
    scripts = scripts_in(tmp_path, parse(docker)[0])
    assert [given for _, given in scripts] == [text]
    assert served_port(image(docker, *scripts)) == 8123


def test_what_is_copied_and_is_no_shell_script_of_the_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "serve").write_text("#!/usr/bin/env python\n")
    (tmp_path.parent / "above").write_text("#!/bin/sh\n")
    (tmp_path / "big").write_bytes(b"#!/bin/sh\n" + bytes(21_000_000))
    for copy in (
        "COPY big /usr/local/bin/serve",
        "COPY serve /usr/local/bin/",
        "COPY ../above /usr/local/bin/serve",
        "COPY gone /usr/local/bin/serve",
    ):
        instructions = parse(f'FROM scratch\n{copy}\nENTRYPOINT ["serve"]\nHEALTHCHECK CMD ["serve"]\n')[0]
        assert scripts_in(tmp_path, instructions) == []


PROBE = (
    "import sys\nimport urllib.request\n\ntry:\n    urllib.request.urlopen('http://x/health')\nexcept OSError:\n    "
)


def test_a_big_program_is_no_reason_to_look_at_nothing(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"#!/bin/sh\n" + bytes(21_000_000))
    docker = 'FROM scratch\nCOPY big /usr/local/bin/serve\nHEALTHCHECK CMD ["serve"]\n'
    assert asked_programs(tmp_path, parse(docker)[0]) == ()


def health(root: Path, check: str, name: str, text: str) -> Watch:
    (root / name).parent.mkdir(parents=True)
    (root / name).write_text(text)
    docker = f"FROM python:3.13\nCOPY ops/healthy.py /usr/local/bin/healthy\nHEALTHCHECK --timeout=3s {check}\n"
    instructions = parse(docker)[0]
    made = ImageFile(path="Dockerfile", instructions=instructions, asked=asked_programs(root, instructions))
    return watch_of(made, instructions[-1])


@pytest.mark.parametrize(
    ("check", "name", "text"),
    [
        ('CMD ["python", "-m", "app.health"]', "app/health.py", f"{PROBE}sys.exit(1)\n"),
        ("CMD python -m app.health || exit 1", "src/app/health/__main__.py", f"{PROBE}raise\n"),
        ('CMD ["python", "/srv/ops/health.py"]', "ops/health.py", f"{PROBE}sys.exit(1)\n"),
        ('CMD ["/usr/local/bin/healthy"]', "ops/healthy.py", f"#!/usr/bin/env python\n{PROBE}sys.exit(1)\n"),
        ('CMD ["healthy"]', "ops/healthy.py", f"#!/usr/bin/env python\n{PROBE}sys.exit(1)\n"),
        ('CMD ["/srv/ops/health.sh"]', "ops/health.sh", "#!/bin/sh\nset -e\ncurl -f http://x/health\n"),
    ],
)
def test_a_program_that_the_health_check_runs_is_read(tmp_path: Path, check: str, name: str, text: str) -> None:
    assert health(tmp_path, check, name, text) == Watch()


@pytest.mark.parametrize(
    ("check", "name", "text"),
    [
        ('CMD ["/srv/ops/health.sh"]', "ops/health.sh", "#!/bin/sh\ncurl -f http://x/health || true\n"),
        ('CMD ["/srv/ops/health.sh"]', "ops/health.sh", "#!/bin/sh\nexit 0\n"),
        ('CMD ["python", "-m", "app.health"]', "app/health.py", f"{PROBE}pass\n"),
        ('CMD ["python", "-m", "app.health"]', "app/health.py", f"{PROBE}sys.stderr.write('no')\n"),
        ('CMD ["python", "-m", "app.health"]', "app/health.py", "print('well')\n"),
        ('CMD ["python", "-m", "app.health"]', "app/other.py", f"{PROBE}sys.exit(1)\n"),
    ],
)
def test_one_that_can_not_fail_or_asks_nobody_proves_nothing(tmp_path: Path, check: str, name: str, text: str) -> None:
    assert health(tmp_path, check, name, text) != Watch()


@pytest.mark.parametrize("end", ["pass\n", "print('not yet')\n", "sys.stderr.write('no')\n"])
def test_one_that_takes_each_error_for_well_can_not_fail(tmp_path: Path, end: str) -> None:
    seen = health(tmp_path, 'CMD ["python", "-m", "app.health"]', "app/health.py", f"{PROBE}{end}")
    assert "takes each error for well" in seen.problem


@pytest.mark.parametrize(
    "end",
    [
        "well = False\nsys.exit(not well)\n",
        "pass\nraise SystemExit(3)\n",
        "pass\nurllib.request.urlopen('http://x/ready')\n",
        "well = False\nassert well\n",
    ],
)
def test_one_whose_error_may_be_told_later_is_not_called_blind(tmp_path: Path, end: str) -> None:
    seen = health(tmp_path, 'CMD ["python", "-m", "app.health"]', "app/health.py", f"{PROBE}{end}")
    assert seen.problem == ""


@pytest.mark.parametrize(("end", "well"), [("sys.exit(1)\n", True), ("pass\n", False)])
def test_a_program_that_the_compose_file_runs_is_read_too(
    tmp_path: Path, workshop: Workshop, end: str, *, well: bool
) -> None:
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "healthy.py").write_text(f"#!/usr/bin/env python\n{PROBE}{end}")
    (tmp_path / "Dockerfile").write_text("FROM python:3.13\nCOPY ops/healthy.py /usr/local/bin/healthy\n")
    test = 'services:\n  api:\n    build: .\n    healthcheck: {test: ["CMD", "healthy"]}\n'
    (tmp_path / "compose.yaml").write_text(test)
    (tmp_path / "gonogo.toml").write_text(f'[service]\npython = "{sys.executable}"\n')
    probe = Probe(find_target(tmp_path), workshop)
    (part,) = Compose.collect(probe).parts
    assert (part.health, part.unsure, bool(part.blind)) == (well, "", not well)
    composed = ImageFile.collect(probe).composed
    assert composed is not None
    assert composed.watches is well


@pytest.mark.parametrize("kind", ["urllib.error.HTTPError", "ConnectionError", "TimeoutError"])
def test_a_handler_that_a_refused_connection_goes_by_leaves_it_to_fail(tmp_path: Path, kind: str) -> None:
    text = f"{PROBE}pass\n".replace("except OSError", f"except {kind}")
    assert health(tmp_path, 'CMD ["python", "-m", "app.health"]', "app/health.py", text).problem == ""
