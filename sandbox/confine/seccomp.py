"""Filters of system calls: classic BPF, assembled here.

libseccomp would bring a C library that no wheel carries; what is needed of it is a list of comparisons. Two filters
stack, and the stricter answer counts:

* `lane_filter` holds for the fork server and, inherited for free, for every program: what no judged program needs.
* `program_filter` is installed once more in each program: no process but its own, no signal to others. It is short,
  since the kernel runs each filter over all numbers when it is installed.

Refused calls fail with an errno, they do not kill: a library that only asks whether something is there goes on without.
A foreign architecture (`int 0x80` on x86_64) is the exception, since there the numbers mean other calls.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Final

from rlvr.sandbox.confine.syscalls import NEWEST, numbers, syscall

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
_AUDIT: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32: Final = 0x40000000
_NAMESPACES: Final = 0x7E020080
_THREAD: Final = 0x00010000
_AF_UNIX: Final = 1
_SET_MODE_FILTER: Final = 1
_GAP: Final = 0x0BADBEEF
_WORD: Final = struct.Struct("=I")

REFUSED: Final = (
    # other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "pidfd_send_signal", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "tkill", "kcmp", "process_madvise", "process_mrelease", "move_pages", "migrate_pages",
    # the network; socketpair has a rule of its own
    "socket", "connect", "bind", "listen", "accept", "accept4",
    # namespaces and mounts
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "statmount", "listmount",
    # doors into the kernel
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl",
    "add_key", "request_key", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "modify_ldt", "uselib", "_sysctl", "nfsservctl", "lookup_dcookie", "vmsplice", "personality", "syslog",
    # what outlives a process
    "shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv",
    "msgctl", "mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr",
    # the machine
    "reboot", "swapon", "swapoff", "acct", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "quotactl",
    "quotactl_fd", "sethostname", "setdomainname", "iopl", "ioperm", "vhangup",
    # files past the paths, and events on files of others
    "name_to_handle_at", "open_by_handle_at", "fanotify_init", "inotify_init", "inotify_init1", "memfd_secret",
    # who one is, and what share of the machine a process of the same user gets
    "setuid", "setgid", "setreuid", "setregid", "setgroups", "setresuid", "setresgid", "setfsuid", "setfsgid", "capset",
    "lsm_set_self_attr", "setpriority", "ioprio_set", "sched_setparam", "sched_setscheduler", "sched_setattr", "mbind",
    "set_mempolicy", "set_mempolicy_home_node",
)  # fmt: skip
"""What no program gets; `lane_filter` adds what depends on arguments."""


class _Program:
    def __init__(self, machine: str | None) -> None:
        self.machine = machine or os.uname().machine
        self.numbers = numbers(self.machine)
        self.code: list[tuple[int, int, int, int]] = []

    def add(self, operation: int, value: int, hit: int = 0, miss: int = 0) -> None:
        self.code.append((operation, hit, miss, value))

    def check_architecture(self) -> None:
        self.add(_LOAD, _ARCHITECTURE)
        self.add(_EQUAL, _AUDIT[self.machine], hit=1)
        self.add(_RETURN, _KILL)
        self.add(_LOAD, _NUMBER)
        self.add(_AT_LEAST, _X32, miss=1)
        self.add(_RETURN, _KILL)
        self.add(_AT_LEAST, NEWEST + 1, miss=1)
        self.add(_RETURN, _ERRNO | errno.ENOSYS)

    def refuse(self, name: str, reason: int = errno.EPERM) -> None:
        if name in self.numbers:
            self.add(_EQUAL, self.numbers[name], miss=1)
            self.add(_RETURN, _ERRNO | reason)

    def only(self, name: str, argument: int, *allowed: int) -> None:
        """Refuses `name` unless the low half of an argument is among `allowed`."""
        self.add(_EQUAL, self.numbers[name], miss=len(allowed) + 3)
        self.add(_LOAD, _ARGUMENT + 8 * argument)
        for i, value in enumerate(allowed):
            self.add(_EQUAL, value, hit=len(allowed) - i)
        self.add(_RETURN, _ERRNO | errno.EPERM)
        self.add(_RETURN, _ALLOW)

    def never(self, name: str, argument: int, *refused: int) -> None:
        """Refuses `name` where the low half of an argument is among `refused`."""
        self.add(_EQUAL, self.numbers[name], miss=len(refused) + 3)
        self.add(_LOAD, _ARGUMENT + 8 * argument)
        for i, value in enumerate(refused):
            self.add(_EQUAL, value, hit=len(refused) - i)
        self.add(_RETURN, _ALLOW)
        self.add(_RETURN, _ERRNO | errno.EPERM)

    def clone(self, *, processes: bool) -> None:
        """Threads, and where `processes` also forks, but never into namespaces."""
        self.add(_EQUAL, self.numbers["clone"], miss=5 if processes else 6)
        self.add(_LOAD, _ARGUMENT)
        self.add(_ANY_BIT, _NAMESPACES, miss=1)
        self.add(_RETURN, _ERRNO | errno.EPERM)
        if processes:
            self.add(_RETURN, _ALLOW)
            self.add(_RETURN, _ALLOW)
        else:
            self.add(_ANY_BIT, _THREAD, miss=1)
            self.add(_RETURN, _ALLOW)
            self.add(_RETURN, _ERRNO | errno.EAGAIN)

    def assemble(self) -> bytes:
        self.add(_RETURN, _ALLOW)
        return b"".join(struct.pack("=HBBI", operation, hit, miss, value) for operation, hit, miss, value in self.code)


def lane_filter(*, execute: bool = False, machine: str | None = None) -> bytes:
    """What holds for a fork server and all it forks.

    Args:
        execute: Let programs execute files: for languages that are compiled or have an interpreter of their own.
        machine: As `uname -m` says it; this one by default.

    >>> len(lane_filter()) % 8
    0
    """
    made = _Program(machine)
    made.check_architecture()
    for name in REFUSED:
        made.refuse(name)
    made.refuse("clone3", errno.ENOSYS)  # its flags lie in memory, where no filter sees them; libc goes on with clone
    made.refuse("memfd_create", errno.ENOSYS)  # memory that no limit of a process counts
    if not execute:
        made.refuse("execve")
        made.refuse("execveat")
    made.only("socketpair", 0, _AF_UNIX)  # event loops wake themselves through one
    # Limits, scheduling and signals of file descriptors reach other processes of the same user: only one's own.
    made.only("prlimit64", 0, 0)
    made.only("sched_setaffinity", 0, 0)
    made.never("fcntl", 1, 8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX
    made.never("ioctl", 1, 0x5412, 0x541C, 0x8901, 0x8902)  # TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP
    return made.assemble()


def program_filter(own: int, *, processes: bool = False, execute: bool = True, machine: str | None = None) -> bytes:
    """What holds for one program besides.

    Args:
        own: Its process id, the only one it may signal.
        processes: Whether it may start processes; then it may signal them too.
        execute: Whether it may execute files, where the lane's filter lets it.
        machine: As `uname -m` says it; this one by default.

    >>> len(program_filter(7)) < len(lane_filter()) / 4
    True
    """
    made = _Program(machine)
    made.add(_LOAD, _NUMBER)
    made.clone(processes=processes)
    made.refuse("pidfd_open")
    if not execute:
        made.refuse("execve")
        made.refuse("execveat")
    if not processes:
        made.refuse("fork", errno.EAGAIN)
        made.refuse("vfork", errno.EAGAIN)
        made.refuse("setsid")  # it stays in the group that is ended with the lane
        made.refuse("setpgid")
        made.only("kill", 0, own)
        made.only("tgkill", 0, own)
    return made.assemble()


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


class Prepared:
    """A program filter with a gap for the process id, so that a child has nothing to assemble.

    Args:
        processes: See `program_filter`.
        execute: See there.
    """

    def __init__(self, *, processes: bool, execute: bool = True) -> None:
        code = program_filter(_GAP, processes=processes, execute=execute)
        mark = struct.pack("=I", _GAP)
        self._gaps = [place + 4 for place in range(0, len(code), 8) if code[place + 4 : place + 8] == mark]
        self._code = ctypes.create_string_buffer(code, len(code))
        self._given = _FilterProgram(len(code) // 8, ctypes.addressof(self._code))
        self._place = ctypes.addressof(self._given)

    def install(self) -> None:
        """Puts this process under the filter for good.

        Raises:
            OSError: The kernel refused.
        """
        own = os.getpid()
        for gap in self._gaps:
            _WORD.pack_into(self._code, gap, own)
        syscall("seccomp", _SET_MODE_FILTER, 0, self._place)


def install(program: bytes) -> None:
    """Puts this thread, and what it will start, under a filter for good. Needs no-new-privileges.

    Raises:
        OSError: The kernel has no seccomp, or refused the filter.
    """
    code = ctypes.create_string_buffer(program, len(program))
    given = _FilterProgram(len(program) // 8, ctypes.addressof(code))
    syscall("seccomp", _SET_MODE_FILTER, 0, ctypes.addressof(given))
