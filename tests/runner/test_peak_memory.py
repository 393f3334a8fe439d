"""What a server's processes have held is seen, also of a child's, and forgotten when a new look begins."""

import subprocess
import sys
from pathlib import Path

import pytest

from runner.live.peak_memory import forget_peak, peak_memory

CHILD = """
import sys
for line in sys.stdin:
    b"x" * int(line)
    print("done", flush=True)
"""
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
MANY = 60 << 20


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells")
def test_what_a_child_held_for_a_moment_is_seen_each_time() -> None:
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for size in (1, MANY, MANY):
            above, before = forget_peak(process.pid), peak_memory(process.pid)
            process.stdin.write(f"{size}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
            after = peak_memory(process.pid)
            assert None not in (above, before, after)
            if size == MANY:
                assert (above or 0) < MANY // 4
                assert (after or 0) - (before or 0) > MANY // 2


def test_of_a_process_that_is_not_there_nothing_is_known() -> None:
    assert (forget_peak(2**22 + 1), peak_memory(2**22 + 1)) == (None, None)
