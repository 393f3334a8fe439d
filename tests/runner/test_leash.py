"""Does everything that we start end with us, however we end? Real processes, really killed."""

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.errors import ProbeError
from runner.live.candidates import Candidate, candidates
from runner.live.origin import VARIABLE, Origin
from runner.live.postgres import start_postgres
from runner.live.scratch import OWNER, make_scratch, sweep
from runner.live.workshop import Workshop
from runner.processes.process import Runner, clean_environment

ROOT = Path(__file__).parents[2]
OWNER_PROGRAM = """
import os, sys, time
from pathlib import Path
from runner.live.postgres import start_postgres
from runner.live.workshop import Workshop

workshop = Workshop()
workshop.postgres(), workshop.redis()
child = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
start = f"subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)"
daemon = f"import subprocess, sys, time; {start}; time.sleep(600)"
workshop.runner.start([sys.executable, "-c", daemon], cwd=Path("/"), env={"MARK": os.environ["TMPDIR"]})
print(workshop.run_folder, flush=True)
time.sleep(600)
"""


def asked() -> dict[str, str]:
    """Whose servers these tests are run with; a clean environment does not carry it."""
    return {name: os.environ[name] for name in (VARIABLE,) if name in os.environ}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def soon(true: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def processes_with(word: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in environment or word.encode() in command:
            found.append(f"{folder.name} {command!r}")
    return found


def leftovers(temp: Path) -> list[str]:
    """What still runs with this temp folder, and what still lies in it."""
    return processes_with(str(temp)) + [str(path) for path in temp.iterdir()]


@contextmanager
def killed(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()
        process.communicate(timeout=10)


def open_temp(tmp_path: Path) -> Path:
    """A temp folder that nobody can reach too, as /tmp can."""
    temp = make_scratch("test-")
    temp.chmod(0o777)
    (tmp_path / "temp").symlink_to(temp)
    return temp


@pytest.mark.servers
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_leaves_no_process_and_no_data_behind(number: signal.Signals, tmp_path: Path) -> None:
    temp = open_temp(tmp_path)
    (temp / OWNER).unlink()
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER_PROGRAM],
        cwd=ROOT,
        env=clean_environment({"TMPDIR": str(temp), "PYTHONPATH": str(ROOT)}) | asked(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with killed(owner):
        assert owner.stdout
        run_folder = Path(owner.stdout.readline().strip())
        assert run_folder.is_dir()
        assert soon(lambda: len(processes_with(str(temp))) >= 7), processes_with(str(temp))
        owner.send_signal(number)
        owner.wait(10)
    assert soon(lambda: not processes_with(str(temp))), processes_with(str(temp))
    assert soon(lambda: leftovers(temp) == [str(run_folder)]), "only its folder is left for the next run to sweep"
    assert sweep(temp) == [run_folder]
    assert leftovers(temp) == []
    temp.rmdir()


@pytest.mark.servers
@pytest.mark.parametrize("candidate", candidates(Origin.ANY), ids=lambda one: one.label)
def test_every_postgresql_of_this_machine_works(candidate: Candidate, runner: Runner) -> None:
    server = start_postgres(runner, [candidate])
    try:
        database = server.create("one")
        database.rows("CREATE TABLE t AS SELECT generate_series(1, 10) AS n")
        copy = server.create("two", template="one")
        assert copy.rows("SELECT count(*) AS n, current_setting('TimeZone') AS tz FROM t") == [{"n": 10, "tz": "UTC"}]
        server.drop(copy)
        folder = Path(str(database.rows("SHOW data_directory")[0]["data_directory"])).parent
    finally:
        runner.close()
    assert not folder.exists()


def python_for_all() -> str | None:
    """An interpreter of our version that a user without rights can run."""
    named = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix)
    is_open = all(place.stat().st_mode & 0o001 for place in (base, *base.parents))
    return sys.executable if is_open else named if Path(named).exists() else None


@pytest.mark.servers
@pytest.mark.skipif(os.geteuid() != 0 or python_for_all() is None, reason="leaves root for a user who can run Python")
def test_postgresql_starts_for_somebody_who_is_not_root(tmp_path: Path) -> None:
    program = (
        "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "from runner.live.candidates import candidates\n"
        "from runner.live.postgres import start_postgres\n"
        "from runner.live.workshop import Workshop\n"
        "with Workshop() as w: print(*[start_postgres(w.runner, [one]).version for one in candidates()])\n"
        "with Workshop() as w: print(w.redis().version)"
    )
    temp = open_temp(tmp_path)
    packages = sysconfig.get_path("purelib")
    done = subprocess.run(
        [str(python_for_all()), "-c", program],
        cwd=ROOT,
        env=clean_environment({"TMPDIR": str(temp), "PYTHONPATH": f"{ROOT}:{packages}", "HOME": str(temp)}) | asked(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == len(candidates()) + 1
    assert [path.name for path in temp.iterdir()] == [OWNER]


def test_a_command_that_ignores_sigterm_ends_nevertheless(runner: Runner, tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    process = runner.start([sys.executable, "-c", stubborn], cwd=tmp_path, env=clean_environment())
    assert soon(lambda: process.tail() == "deaf")
    began = time.monotonic()
    assert process.stop(0.2) == 128 + signal.SIGKILL
    assert time.monotonic() - began < 3
    assert not processes_with(stubborn)


def test_a_command_that_takes_too_long_is_ended_and_says_so(runner: Runner, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path.name}"
    sleeper = [sys.executable, "-c", "import time; print('busy', flush=True); time.sleep(600)", mark]
    with pytest.raises(ProbeError, match="did not end within 0 s"):
        runner.run(sleeper, cwd=tmp_path, env=clean_environment(), timeout=0.4)
    assert not processes_with(mark)


def test_a_daemon_in_a_session_of_its_own_ends_with_its_command(runner: Runner, tmp_path: Path) -> None:
    mark = f"mark-{tmp_path.name}"
    daemon = f"import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True, env={{'MARK': {mark!r}}})"
    runner.run([sys.executable, "-c", daemon], cwd=tmp_path, env=clean_environment(), timeout=20)
    assert not processes_with(mark)


def test_a_missing_program_is_told_from_one_that_fails(runner: Runner, tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="`no-such-program` could not be started"):
        runner.run(["no-such-program"], cwd=tmp_path, env=clean_environment(), timeout=5)
    failed = runner.run(["/bin/sh", "-c", "echo told >&2; exit 3"], cwd=tmp_path, env=clean_environment(), timeout=5)
    assert (failed.code, failed.last_words) == (3, "told")


def test_sweeping_spares_the_folders_of_the_living(tmp_path: Path) -> None:
    with Workshop() as workshop:
        mine = make_scratch(parent=tmp_path)
        (tmp_path / "gonogo-young").mkdir()
        old = tmp_path / "gonogo-old"
        old.mkdir()
        os.utime(old, (0, 0))
        (tmp_path / "gonogo-dead").mkdir()
        (tmp_path / "gonogo-dead" / OWNER).touch()
        (tmp_path / "gonogo-link").symlink_to(workshop.run_folder)
        assert {path.name for path in sweep(tmp_path)} == {"gonogo-old", "gonogo-dead"}
        assert mine.is_dir()
        assert workshop.run_folder.is_dir()
