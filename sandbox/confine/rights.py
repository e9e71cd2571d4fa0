"""What a fork server gives up for itself and all it will fork, once, before it sees a program."""

from __future__ import annotations

import ctypes
import os
import struct
from contextlib import suppress
from ctypes import create_string_buffer
from pathlib import Path
from typing import Final

from rlvr.sandbox.confine import landlock, seccomp, syscalls
from rlvr.sandbox.confine.namespaces import PACKAGES, SCRATCH
from rlvr.sandbox.confine.spec import Spec

_CAPABILITIES_3: Final = 0x20080522
_LAST_CAPABILITY: Final = 40
_THREAD_STACK: Final = 8 << 20


def confine(spec: Spec, *, namespaces: bool) -> dict[str, str]:
    """No new privileges, no capabilities, not to be looked into, Landlock, and the filter of system calls.

    Returns:
        Each layer with what it amounts to, or with `no: ` and what was refused.
    """
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    found = {"no new privileges": "set", "capabilities": _drop_capabilities()}
    # Refused where the fork server does not confine itself, children would be able to stop it.
    try:
        found["landlock"] = f"ABI {_landlock(spec, namespaces=namespaces)}" if spec.landlock else "no: switched off"
    except OSError as error:
        found["landlock"] = f"no: {error.strerror}"
    try:
        program = seccomp.lane_filter(execute=spec.execute)
        seccomp.install(program)
        found["seccomp"] = f"{len(seccomp.REFUSED)} system calls refused and six narrowed"
    except OSError as error:
        found["seccomp"] = f"no: {error.strerror}"
    return found


def _landlock(spec: Spec, *, namespaces: bool) -> int:
    if namespaces:
        return landlock.restrict(["/"], [SCRATCH, "/dev/null"])
    folders = sorted({str(Path(path).parent) for path in spec.packages})
    devices = ["/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]
    return landlock.restrict([*spec.read, *spec.packages, *devices], [spec.scratch, "/dev/null"], folders)


def _drop_capabilities() -> str:
    for number in range(_LAST_CAPABILITY + 1):
        with suppress(OSError):  # one that this kernel does not have, or no right to drop any
            syscalls.prctl(syscalls.PR_CAPBSET_DROP, number)
    header = create_string_buffer(struct.pack("=Ii", _CAPABILITIES_3, 0), 8)
    syscalls.syscall("capset", header, create_string_buffer(24))
    return "none left"


def become_spare_user(spec: Spec) -> str:
    """Without namespaces: from root to a user that nobody is.

    Returns:
        What it amounts to, or `no: ` and why not.

    Raises:
        PermissionError: That user could not read the interpreter's own library.
    """
    if os.geteuid() != 0:
        return f"no: it stays user {os.geteuid()}, as its caller is"
    try:
        os.chown(spec.scratch, spec.uid, spec.uid)
        os.setgroups([])
        os.setresgid(spec.uid, spec.uid, spec.uid)
        os.setresuid(spec.uid, spec.uid, spec.uid)
    except OSError as error:
        return f"no: {error.strerror}"
    if not os.access(os.__file__, os.R_OK):
        raise PermissionError(f"user {spec.uid} cannot read {os.__file__}")
    return f"user {spec.uid}"


def package_paths(spec: Spec, *, namespaces: bool) -> list[str]:
    """What `sys.path` gets for the declared packages."""
    if not spec.packages:
        return []
    return [PACKAGES] if namespaces else sorted({str(Path(path).parent) for path in spec.packages})


def set_thread_stack() -> None:
    """Threads of 8 MiB: libc takes the main thread's limit for theirs, which is larger here than memory is."""
    attributes = ctypes.create_string_buffer(128)
    libc = ctypes.CDLL(None)
    libc.pthread_attr_init(attributes)
    libc.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_THREAD_STACK))
    libc.pthread_setattr_default_np(attributes)
