"""Runs a text as another user, and where it is asked for as a container would have it.

The second argument says which: `docker` is without CAP_SYS_ADMIN and with docker's refusal of namespaces, emulated by a
filter; `no-user-namespaces` is the kernel's own refusal, from inside a user namespace that may make no other.
"""

import os
import struct
import sys
from ctypes import create_string_buffer
from pathlib import Path

from rlvr.sandbox.confine import seccomp, syscalls

DOCKERS = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}


def forbid_user_namespaces():
    uid, gid = os.geteuid(), os.getegid()
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)  # else its files in /proc belong to root
    syscalls.unshare(syscalls.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid or 1000} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid or 1000} {gid} 1")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    for capability in range(41):
        syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
    header = create_string_buffer(struct.pack("=Ii", 0x20080522, 0), 8)
    syscalls.syscall("capset", header, create_string_buffer(24))


def main(uid, container, text):
    if container == "docker":
        for capability in set(range(41)) - DOCKERS:
            syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
        low = sum(1 << one for one in DOCKERS)
        header = create_string_buffer(struct.pack("=Ii", 0x20080522, 0), 8)
        syscalls.syscall("capset", header, create_string_buffer(struct.pack("=IIIIII", low, low, 0, 0, 0, 0), 24))
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    if container == "no-user-namespaces":
        forbid_user_namespaces()
    if container == "docker":
        made = seccomp._Program(None)
        made.add(0x20, 0)
        for name in ("unshare", "mount", "setns", "pivot_root", "umount2", "mount_setattr"):
            made.refuse(name)
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        seccomp.install(made.assemble())
    exec(text, {"__name__": "__main__"})


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
