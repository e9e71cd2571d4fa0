"""System calls that Python does not wrap: their numbers on x86_64 and aarch64, and how to make them.

The numbers are the kernel's `asm/unistd_64.h` and, for aarch64, `asm-generic/unistd.h`; from 424 on both agree. A
filter (`rlvr.sandbox.confine.seccomp`) needs them as numbers, so a library that knew names only would not do.
"""

from __future__ import annotations

import ctypes
import errno
import os
from typing import Any, Final

_COMMON: Final = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_open": 434, "clone3": 435,
    "close_range": 436, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443,
    "landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446, "memfd_secret": 447,
    "process_mrelease": 448, "set_mempolicy_home_node": 450, "statmount": 457, "listmount": 458,
    "lsm_set_self_attr": 460,
}  # fmt: skip

_X86_64: Final = {
    "ioctl": 16, "shmget": 29, "shmat": 30, "shmctl": 31, "socket": 41, "connect": 42, "accept": 43, "bind": 49,
    "listen": 50, "socketpair": 53, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "semget": 64,
    "semop": 65, "semctl": 66, "shmdt": 67, "msgget": 68, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "fcntl": 72,
    "ptrace": 101, "syslog": 103, "setuid": 105, "setgid": 106, "setpgid": 109, "setsid": 112, "setreuid": 113,
    "setregid": 114, "setgroups": 116, "setresuid": 117, "setresgid": 119, "setfsuid": 122, "setfsgid": 123,
    "capget": 125, "capset": 126,
    "rt_sigqueueinfo": 129, "uselib": 134, "personality": 135, "setpriority": 141, "sched_setparam": 142,
    "sched_setscheduler": 144, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155, "_sysctl": 156, "prctl": 157,
    "adjtimex": 159, "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167,
    "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173,
    "init_module": 175, "delete_module": 176, "quotactl": 179, "nfsservctl": 180, "tkill": 200,
    "sched_setaffinity": 203, "lookup_dcookie": 212, "semtimedop": 220, "clock_settime": 227, "tgkill": 234,
    "mbind": 237, "set_mempolicy": 238, "mq_open": 240, "mq_unlink": 241, "mq_timedsend": 242, "mq_timedreceive": 243,
    "mq_notify": 244, "mq_getsetattr": 245, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
    "ioprio_set": 251, "inotify_init": 253, "migrate_pages": 256, "unshare": 272, "vmsplice": 278, "move_pages": 279,
    "accept4": 288, "inotify_init1": 294, "rt_tgsigqueueinfo": 297, "perf_event_open": 298, "fanotify_init": 300,
    "prlimit64": 302, "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "sched_setattr": 314,
    "seccomp": 317, "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323,
}  # fmt: skip

_AARCH64: Final = {
    "lookup_dcookie": 18, "fcntl": 25, "inotify_init1": 26, "ioctl": 29, "ioprio_set": 30, "umount2": 39, "mount": 40,
    "pivot_root": 41, "nfsservctl": 42, "chroot": 51, "vhangup": 58, "quotactl": 60, "vmsplice": 75, "acct": 89,
    "capget": 90, "capset": 91, "personality": 92, "unshare": 97, "kexec_load": 104, "init_module": 105,
    "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117, "sched_setparam": 118,
    "sched_setscheduler": 119, "sched_setaffinity": 122, "kill": 129, "tkill": 130, "tgkill": 131,
    "rt_sigqueueinfo": 138, "setpriority": 140, "reboot": 142, "setregid": 143, "setgid": 144, "setreuid": 145,
    "setuid": 146, "setresuid": 147, "setresgid": 149, "setfsuid": 151, "setfsgid": 152, "setpgid": 154, "setsid": 157,
    "setgroups": 159,
    "sethostname": 161, "setdomainname": 162, "prctl": 167, "settimeofday": 170, "adjtimex": 171, "mq_open": 180,
    "mq_unlink": 181, "mq_timedsend": 182, "mq_timedreceive": 183, "mq_notify": 184, "mq_getsetattr": 185,
    "msgget": 186, "msgctl": 187, "msgrcv": 188, "msgsnd": 189, "semget": 190, "semctl": 191, "semtimedop": 192,
    "semop": 193, "shmget": 194, "shmctl": 195, "shmat": 196, "shmdt": 197, "socket": 198, "socketpair": 199,
    "bind": 200, "listen": 201, "accept": 202, "connect": 203, "add_key": 217, "request_key": 218, "keyctl": 219,
    "clone": 220, "execve": 221, "swapon": 224, "swapoff": 225, "mbind": 235, "set_mempolicy": 237,
    "migrate_pages": 238, "move_pages": 239, "rt_tgsigqueueinfo": 240, "perf_event_open": 241, "accept4": 242,
    "prlimit64": 261, "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265, "clock_adjtime": 266,
    "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273,
    "sched_setattr": 274, "seccomp": 277, "memfd_create": 279, "bpf": 280, "execveat": 281, "userfaultfd": 282,
    "kexec_file_load": 294,
}  # fmt: skip

TABLES: Final = {"x86_64": _X86_64 | _COMMON, "aarch64": _AARCH64 | _COMMON}
"""Numbers by machine and name."""

NEWEST: Final = 462
"""The last number the tables were read up to; what came later no filter here has thought about."""

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_CAPBSET_DROP: Final = 24
PR_SET_NO_NEW_PRIVS: Final = 38

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


_Fork = ctypes.PyDLL(None).fork


def fork() -> int:
    """`fork(2)` without what Python does after it: `os.fork` seeds generators anew and puts threads right.

    Only for a process without other threads, whose child is to be as its parent is. A third of the memory pages that a
    small program would touch are touched by those.

    Raises:
        OSError: No more processes.
    """
    return _checked(_Fork(), "fork")


def numbers(machine: str | None = None) -> dict[str, int]:
    """The numbers of this machine's system calls, by name.

    Args:
        machine: As `uname -m` says it; this one by default.

    Raises:
        OSError: Nobody has written down the numbers of this machine.

    >>> numbers("x86_64")["ptrace"], numbers("aarch64")["ptrace"]
    (101, 117)
    """
    machine = machine or os.uname().machine  # `platform` would bring subprocess into every program's memory
    if machine not in TABLES:
        raise OSError(errno.ENOSYS, f"the system calls of {machine} are not known here, only x86_64 and aarch64")
    return TABLES[machine]


def syscall(name: str, *arguments: int | bytes | ctypes.Array[Any]) -> int:
    """Makes a system call.

    Raises:
        OSError: The kernel refused.

    >>> try: syscall("pidfd_open", 0, 0)
    ... except OSError as error: print(error.errno == errno.EINVAL)
    True
    """
    taken = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(_libc.syscall(ctypes.c_long(numbers()[name]), *taken), name)


def prctl(option: int, first: int = 0) -> int:
    """`prctl(2)` with one argument.

    Raises:
        OSError: The kernel refused.
    """
    zero = ctypes.c_ulong(0)
    return _checked(_libc.prctl(ctypes.c_int(option), ctypes.c_ulong(first), zero, zero, zero), f"prctl({option})")


def unshare(flags: int) -> None:
    """Leaves namespaces for new ones.

    Raises:
        OSError: Not allowed here: a container without CAP_SYS_ADMIN, or no user namespaces for users.
    """
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int = 0, options: str | None = None) -> None:
    """`mount(2)`.

    Raises:
        OSError: The kernel refused; the text names the target.
    """
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    done = _libc.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])
    _checked(done, f"mount of {source or kind} on {target}")


def umount(target: str) -> None:
    """Takes a mount away at once, whoever still uses it.

    Raises:
        OSError: The kernel refused.
    """
    _checked(_libc.umount2(os.fsencode(target), ctypes.c_int(2)), f"umount of {target}")


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
