"""Does `./inv` set itself up from a lock, once, and mend what was interrupted? On a small checkout alike."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

CLI = "import sys\ndef main():\n    import six\n    print('invoke', six.__version__, *sys.argv[1:])\n"


def locked(name: str) -> str:
    """A package's entry in our own lock: pinned, with its hashes."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith(f"{name}=="))
    last = next(n for n in range(first, len(lines)) if not lines[n].endswith("\\"))
    return "\n".join(lines[first : last + 1]) + "\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small checkout that was set up once."""
    root = tmp_path_factory.mktemp("checkout with a space")
    shutil.copy(ROOT / "inv", root / "inv")
    (root / "workflow").mkdir()
    (root / "workflow" / "cli.py").write_text(CLI)
    (root / "sample_service").mkdir()
    (root / "requirements.lock").write_text(locked("six") + locked("uv"))
    (root / "sample_service" / "requirements-dev.lock").write_text(locked("six"))
    code, out, err = inv(root, "stage.db", "--only", "a b")
    assert (code, out) == (0, "invoke 1.17.0 stage.db --only a b\n"), err
    assert "inv: setting up with Python 3." in err
    assert err.endswith("inv: ready\n")
    return root


# Without this mark there is something to set up; the environment with the installer is kept, so that takes a second.
UNBUILT = "sample_service/.venv/.built-from"


def environment() -> dict[str, str]:
    return os.environ | {"GONOGO_PYTHON": getattr(sys, "_base_executable", sys.executable)}


def inv(root: Path, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    ran = subprocess.run(
        [str(root / "inv"), *words],
        cwd=cwd,
        env=environment() | dict(env or {}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_the_second_time_it_is_quiet_from_any_folder(built: Path, tmp_path: Path) -> None:
    assert inv(built, "status", cwd=tmp_path) == (0, "invoke 1.17.0 status\n", "")


def test_it_installed_into_two_environments_that_do_not_mix(built: Path) -> None:
    names = [p.name for p in (built / "sample_service/.venv").glob("lib/python3*/site-packages/*")]
    assert "six.py" in names
    assert "uv" not in names


@pytest.mark.parametrize("which", [".", "sample_service"])
def test_a_changed_lock_is_noticed(built: Path, which: str) -> None:
    lock = next((built / which).glob("requirements*.lock"))
    lock.write_text(lock.read_text() + "# changed\n")
    code, _, err = inv(built, "status")
    assert code == 0
    assert "setting up" in err
    assert inv(built, "status")[2] == ""


def test_a_half_built_environment_mends_itself(built: Path) -> None:
    shutil.rmtree(built / "sample_service/.venv/lib")
    (built / "sample_service/.venv/.built-from").unlink()
    (built / ".venv/.built-from").unlink()
    (built / ".venv/bin/python").unlink()
    code, out, err = inv(built, "status")
    assert (code, out) == (0, "invoke 1.17.0 status\n")
    assert "setting up" in err


def test_a_killed_set_up_is_taken_over(built: Path) -> None:
    (built / ".venv/.built-from").unlink()
    process = subprocess.Popen([str(built / "inv"), "status"], env=environment(), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (built / ".inv-lock/pid").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    code, out, _ = inv(built, "status")
    assert (code, out) == (0, "invoke 1.17.0 status\n")
    assert not (built / ".inv-lock").exists()


def counted_waits(folder: Path) -> tuple[dict[str, str], Path]:
    """An environment in which every `sleep` of inv leaves a line in a file, and sleeps."""
    folder.mkdir(parents=True)
    (folder / "sleep").write_text(f'#!/bin/sh\necho "$@" >>"{folder}/waits"\nexec {shutil.which("sleep")} "$@"\n')
    (folder / "sleep").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}, folder / "waits"


def a_dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def born(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


@pytest.mark.parametrize(
    "kind", ["dead", "dead, as it was written before", "number of another process", "another program's", "zombie"]
)
def test_a_lock_of_a_dead_set_up_is_taken_over_without_a_wait(built: Path, tmp_path: Path, kind: str) -> None:
    zombie = subprocess.Popen(["true"])
    wait_until(lambda: ") Z" in Path(f"/proc/{zombie.pid}/stat").read_text())
    left = {
        "dead": f"{a_dead_pid()} 123456\n",
        "dead, as it was written before": f"{a_dead_pid()}\n",
        "number of another process": f"{os.getpid()} {int(born(os.getpid())) + 1}\n",
        "another program's": f"{os.getpid()}\n",
        "zombie": f"{zombie.pid} {born(zombie.pid)}\n",
    }
    (built / UNBUILT).unlink()
    (built / ".inv-lock").mkdir()
    (built / ".inv-lock/pid").write_text(left[kind])
    env, waits = counted_waits(tmp_path / "bin")
    code, out, err = inv(built, "status", env=env)
    zombie.wait()
    assert (code, out) == (0, "invoke 1.17.0 status\n")
    assert "another set-up is at work" not in err
    assert not waits.exists()
    assert not (built / ".inv-lock").exists()


@pytest.mark.parametrize("left", ["nothing", "an empty file", "no number"])
def test_a_lock_that_names_nobody_is_taken_over_after_two_waits(built: Path, tmp_path: Path, left: str) -> None:
    (built / UNBUILT).unlink()
    (built / ".inv-lock").mkdir()
    if left != "nothing":
        (built / ".inv-lock/pid").write_text("" if left == "an empty file" else "somebody\n")
    env, waits = counted_waits(tmp_path / "bin")
    code, out, _ = inv(built, "status", env=env)
    assert (code, out) == (0, "invoke 1.17.0 status\n")
    assert waits.read_text() == "1\n1\n"
    assert not (built / ".inv-lock").exists()


def test_a_lock_of_a_living_set_up_is_waited_for(built: Path, tmp_path: Path) -> None:
    (built / UNBUILT).unlink()
    (built / ".inv-lock").mkdir()
    (built / ".inv-lock/pid").write_text(f"{os.getpid()} {born(os.getpid())}\n")
    env, waits = counted_waits(tmp_path / "bin")
    waiting = subprocess.Popen([str(built / "inv"), "status"], env=environment() | env, stderr=subprocess.PIPE)
    wait_until(lambda: waits.exists() and waits.read_text().count("1") >= 3)
    assert not (built / UNBUILT).exists()
    shutil.rmtree(built / ".inv-lock")
    assert b"another set-up is at work; waiting" in waiting.communicate(timeout=300)[1]
    assert waiting.returncode == 0
    assert (built / UNBUILT).exists()


def test_several_that_find_a_dead_lock_do_not_trample_each_other(built: Path) -> None:
    (built / ".venv/.built-from").unlink()
    (built / ".inv-lock").mkdir()
    (built / ".inv-lock/pid").write_text(f"{a_dead_pid()} 1\n")
    many = [
        subprocess.Popen([str(built / "inv"), "x"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    told = [process.communicate(timeout=300) for process in many]
    assert [process.returncode for process in many] == [0] * 4, told
    assert sum(b"setting up with" in err for _, err in told) == 1
    assert not (built / ".inv-lock").exists()


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_two_set_ups_at_once_wait_for_each_other(built: Path) -> None:
    (built / UNBUILT).unlink()
    both = [
        subprocess.Popen([str(built / "inv"), "x"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    outs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outs == [b"invoke 1.17.0 x\n"] * 2


def test_an_untrue_hash_is_refused(built: Path) -> None:
    lock = built / "sample_service" / "requirements-dev.lock"
    whole = lock.read_text()
    lock.write_text(f"{locked('six').splitlines()[0]}\n    --hash=sha256:{'0' * 64}\n")
    (built / "sample_service/.venv/.built-from").unlink()
    code, out, err = inv(built, "status")
    assert (code, out) == (1, "")
    assert "hash" in err.lower()
    assert "mend what pip says, then run " in err
    assert re.search(r"inv'? again", err)
    lock.write_text(whole)
    assert inv(built, "status")[0] == 0


def test_without_a_python_it_says_what_to_do(tmp_path: Path) -> None:
    shutil.copy(ROOT / "inv", tmp_path / "inv")
    env = {"PATH": "/usr/bin:/bin", "GONOGO_PYTHON": "/nowhere/python"}
    ran = subprocess.run(["/bin/sh", str(tmp_path / "inv")], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "found no Python 3.11, 3.12, 3.13 or 3.14" in ran.stderr
