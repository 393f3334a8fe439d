"""Guest: Landlock and seccomp by their system calls: which paths are written, which TCP ports are connected to."""

import ctypes
import os
import platform
import struct

CREATE, ADD, RESTRICT = 444, 445, 446  # the same numbers on every architecture
VERSION_FLAG = 1
PATH_BENEATH, NET_PORT = 1, 2
CONNECT_TCP = 2
ABSTRACT_SOCKETS = 1
WRITE_FILE, TRUNCATE = 1 << 1, 1 << 14
WRITES = sum(1 << bit for bit in range(4, 13)) | WRITE_FILE | 1 << 13 | TRUNCATE  # make, remove, rename, truncate
KNOWS_SCOPES = 6
NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # REFUSE: EPERM
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, AND, RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
NUMBER, ARCH, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32  # offsets in seccomp_data, little endian
SOCKET = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # AUDIT_ARCH, number of socket(2)
IO_URING_SETUP = 425
FOREIGN_ABI = 0x40000000  # x32
INET, INET6, NETLINK, STREAM, TYPE_MASK = 2, 10, 16, 1, 0xF
TCP = 6
libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """The version of Landlock's interface here; 0 where there is none."""
    if platform.system() != "Linux" or platform.machine() not in SOCKET:
        return 0
    return max(0, int(libc.syscall(CREATE, None, ctypes.c_size_t(0), VERSION_FLAG)))


def restrict(ports: "list[int]", writable: "list[str]", *, sockets: bool) -> None:
    """From now on this process and its children write below `writable` and connect to these TCP ports alone.

    Without `sockets` they open no other kind of socket: UDP and socket files know no Landlock rule. Raises `OSError`.
    """
    version = landlock_version()
    scoped = ABSTRACT_SOCKETS if version >= KNOWS_SCOPES else 0
    attributes = struct.pack("QQQ", WRITES, CONNECT_TCP, scoped)[: 24 if version >= KNOWS_SCOPES else 16]
    rules = done(libc.syscall(CREATE, attributes, ctypes.c_size_t(len(attributes)), 0))
    for path in writable:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        done(libc.syscall(ADD, rules, PATH_BENEATH, struct.pack("=Qi", WRITES, opened), 0))
        os.close(opened)
    for port in ports:
        done(libc.syscall(ADD, rules, NET_PORT, struct.pack("QQ", CONNECT_TCP, port), 0))
    done(libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0))
    done(libc.syscall(RESTRICT, rules, 0))
    os.close(rules)
    if not sockets:
        only_tcp()


def only_tcp() -> None:
    """Of sockets only TCP and netlink; io_uring, which would go around this, not at all."""
    arch, number = SOCKET[platform.machine()]
    program = [
        step(LOAD, ARCH),
        step(JUMP_EQUAL, arch, 0, 15),
        step(LOAD, NUMBER),
        step(JUMP_AT_LEAST, FOREIGN_ABI, 13, 0),
        step(JUMP_EQUAL, IO_URING_SETUP, 12, 0),
        step(JUMP_EQUAL, number, 0, 10),
        step(LOAD, FIRST),
        step(JUMP_EQUAL, NETLINK, 8, 0),
        step(JUMP_EQUAL, INET, 1, 0),
        step(JUMP_EQUAL, INET6, 0, 7),
        step(LOAD, SECOND),
        step(AND, TYPE_MASK),
        step(JUMP_EQUAL, STREAM, 0, 4),
        step(LOAD, THIRD),
        step(JUMP_EQUAL, 0, 1, 0),
        step(JUMP_EQUAL, TCP, 0, 1),
        step(RETURN, ALLOW),
        step(RETURN, REFUSE),
    ]
    text = b"".join(program)
    kept = ctypes.create_string_buffer(text, len(text))
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(kept))
    done(libc.prctl(SET_SECCOMP, FILTER, head, 0, 0))


def step(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    """One instruction of classic BPF; the jumps count the instructions that are left out."""
    return struct.pack("HBBI", code, true, false, value)


def done(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
