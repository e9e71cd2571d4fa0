"""Landlock: which files a process and its children may open, whatever their owner's rights are.

Kernels tell a version of it (ABI); each adds something: 3 truncation, 4 TCP, 5 device ioctls, 6 signals and abstract
Unix sockets. It says nothing of UDP, which is why the network is also refused by the filter.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Sequence
from ctypes import create_string_buffer
from typing import Final

from rlvr.sandbox.confine.syscalls import syscall

_EXECUTE, _WRITE, _READ, _READ_DIR = 1, 2, 4, 8
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR, _MAKE_REG, _MAKE_SOCK = 16, 32, 64, 128, 256, 512
_MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM, _REFER, _TRUNCATE, _IOCTL_DEV = 1024, 2048, 4096, 8192, 16384, 32768
_OF_FILES: Final = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL_DEV
_READING: Final = _EXECUTE | _READ | _READ_DIR
_WRITING: Final = (
    _READING | _WRITE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_FIFO | _MAKE_SYM | _REFER | _TRUNCATE
)
_VERSION: Final = 1
_BENEATH: Final = 1


def version() -> int:
    """The kernel's Landlock ABI, 0 where it has none or it is switched off.

    >>> version() >= 0
    True
    """
    try:
        return syscall("landlock_create_ruleset", 0, 0, _VERSION)
    except OSError:
        return 0


def restrict(read: Sequence[str], write: Sequence[str], list_only: Sequence[str] = ()) -> int:
    """Confines this process, for good, to these files; paths that do not exist are passed over.

    Args:
        read: What may be read and executed, with all below it.
        write: What may be written as well.
        list_only: Folders whose names may be listed.

    Returns:
        The ABI in force.

    Raises:
        OSError: There is no Landlock here, or it refused.
    """
    known = version()
    if not known:
        raise OSError(errno.ENOSYS, "the kernel has no Landlock, or it is switched off")
    handled = (_REFER - 1) | (_REFER if known >= 2 else 0)
    handled |= (_TRUNCATE if known >= 3 else 0) | (_IOCTL_DEV if known >= 5 else 0)
    attributes = struct.pack("=Q", handled)
    attributes += struct.pack("=Q", 3) if known >= 4 else b""  # TCP, binding and connecting
    attributes += struct.pack("=Q", 3) if known >= 6 else b""  # abstract sockets and signals
    rules = syscall("landlock_create_ruleset", create_string_buffer(attributes, len(attributes)), len(attributes), 0)
    try:
        for paths, rights in ((read, _READING), (write, _WRITING), (list_only, _READ_DIR)):
            for path in paths:
                _allow(rules, path, rights & handled)
        syscall("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)
    return known


def execute_only(paths: Sequence[str]) -> None:
    """Confines this process, for good, to executing these files, whatever else it may read; others are passed over.

    Raises:
        OSError: There is no Landlock here, or it refused.
    """
    rules = syscall("landlock_create_ruleset", create_string_buffer(struct.pack("=Q", _EXECUTE), 8), 8, 0)
    try:
        for path in filter(None, paths):
            _allow(rules, path, _EXECUTE)
        syscall("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= _OF_FILES
        syscall("landlock_add_rule", rules, _BENEATH, create_string_buffer(struct.pack("=Qi", rights, beneath), 12), 0)
    finally:
        os.close(beneath)
