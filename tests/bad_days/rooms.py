"""Rooms in which the machine lacks something: a mount namespace of its own, which goes away with its command."""

import os
import subprocess

import pytest

UNSHARE = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")


def can_mount() -> bool:
    try:
        return subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False).returncode == 0
    except OSError:
        return False


needs_mounts = pytest.mark.skipif(not can_mount(), reason="this machine lets nobody mount (unshare -m)")


def room(script: str) -> tuple[str, ...]:
    """Words before a command: a shell in a room of its own runs `script`, in which "$@" is the command."""
    return (*UNSHARE, "sh", "-c", script, "sh")
