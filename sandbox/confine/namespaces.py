"""Namespaces of a fork server's own, and the root it has in them.

It becomes process 1 of a pid namespace, so that whatever it has started ends with it, and sees a file system of a few
folders of the host, read-only, and one small `tmpfs`. There is no network interface, no System V object of the host,
and no process but its own. The host's root takes the rights from itself after it has mounted; a plain user needs a user
namespace for the mounting, which some containers refuse.
"""

from __future__ import annotations

import os
import signal
import struct
from contextlib import suppress
from ctypes import create_string_buffer
from pathlib import Path
from typing import Final

from rlvr.sandbox.confine import syscalls
from rlvr.sandbox.confine.spec import Spec
from rlvr.sandbox.confine.syscalls import mount, prctl, syscall, umount, unshare

SCRATCH: Final = "/w"
"""The only folder in which programs may write; also `/tmp` and `/dev/shm`."""

PACKAGES: Final = "/packages"

LINKS: Final = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}
"""What `/dev` has besides devices: a process's own descriptors, which `/proc/self/fd` shows it in any case."""

KILLED: Final = 137
"""Exit status of the process outside, when something has killed the one inside."""

_USER: Final = 1000
_NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE, _REMOUNT, _RDONLY = 2, 4, 8, 4096, 16384, 1 << 18, 32, 1
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_OTHERS: Final = (
    syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWPID
    | syscalls.CLONE_NEWNET
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWCGROUP
)


class NoNamespacesError(Exception):
    """They cannot be had here; the text says what was refused."""


def enter(spec: Spec, control: int) -> list[str]:
    """Goes into namespaces and the new root; returns in their process 1, while the caller waits for it and ends.

    Args:
        spec: What the root consists of.
        control: A descriptor that only process 1 may keep.

    Returns:
        What of it could not be had, in words.

    Raises:
        NoNamespacesError: Not possible here. The process is of no use any more.
    """
    as_root = os.geteuid() == 0
    try:
        if as_root:
            unshare(_OTHERS)
        else:
            uid, gid = os.geteuid(), os.getegid()
            unshare(_OTHERS | syscalls.CLONE_NEWUSER)
            _map_to_user(uid, gid)
        _become_first(control)
        lacking = _build_root(spec, owner=spec.uid if as_root else None)
        if as_root:
            lacking += _leave_root(spec.uid)
    except OSError as error:
        raise NoNamespacesError(f"{error.strerror or error}") from error
    os.chdir(SCRATCH)
    return lacking


def _map_to_user(uid: int, gid: int) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_USER} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_USER} {gid} 1")


def _become_first(control: int) -> None:
    """Process 1 of the new pid namespace goes on; the one outside lives as long, so that a parent can wait for it."""
    first = os.fork()
    if first:
        os.close(control)
        status = 0
        with suppress(ChildProcessError, KeyboardInterrupt):
            _, status = os.waitpid(first, 0)
        os._exit(KILLED if os.WIFSIGNALED(status) else 0)
    prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)


def _build_root(spec: Spec, owner: int | None) -> list[str]:
    lacking: list[str] = []
    root = spec.root
    mount(None, "/", None, _REC | _PRIVATE)
    mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "size=4m,nr_inodes=2048,mode=755")
    for path in spec.read:
        _show(path, root + path)
    for path in spec.packages:
        _show(path, f"{root}{PACKAGES}/{Path(path).name}")
    (Path(root) / "dev").mkdir(exist_ok=True)
    for device in ("null", "zero", "full", "random", "urandom"):
        Path(f"{root}/dev/{device}").touch()
        mount(f"/dev/{device}", f"{root}/dev/{device}", None, _BIND)
    for name, descriptor in LINKS.items():
        Path(f"{root}/dev/{name}").symlink_to(f"/proc/self/fd{descriptor}")
    Path(root, "proc").mkdir()
    try:
        mount("proc", f"{root}/proc", "proc", _NOSUID | _NODEV | _NOEXEC, "hidepid=2")
    except OSError as error:
        lacking.append(f"/proc is empty ({error.strerror})")  # a container that masks parts of it
    _make_scratch(spec, root, owner)
    Path(root, "etc").mkdir(exist_ok=True)
    Path(root, "etc/passwd").write_text(f"user:x:{_USER}:{_USER}::{SCRATCH}:/bin/sh\n")
    _pivot(root)
    return lacking


def _show(source: str, target: str) -> None:
    """Binds a file or folder of the host, read-only with all that is mounted below it."""
    origin, place = Path(source), Path(target)
    if not origin.exists() or place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_symlink() and not origin.readlink().is_absolute():
        place.symlink_to(origin.readlink())  # /lib, where it is usr/lib
        return
    place.mkdir() if origin.is_dir() else place.touch()
    mount(source, target, None, _BIND | _REC)
    attributes = struct.pack("=QQQQ", _RDONLY | _NOSUID | _NODEV, 0, 0, 0)
    syscall("mount_setattr", _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE, create_string_buffer(attributes, 32), 32)


def _make_scratch(spec: Spec, root: str, owner: int | None) -> None:
    Path(root + SCRATCH).mkdir()
    options = f"size={spec.scratch_mib}m,nr_inodes=4096,mode=700"
    if owner is not None:
        options += f",uid={owner},gid={owner}"
    mount("tmpfs", root + SCRATCH, "tmpfs", _NOSUID | _NODEV, options)
    for link in ("tmp", "dev/shm"):
        Path(root, link).symlink_to(SCRATCH)


def _pivot(root: str) -> None:
    os.chdir(root)
    Path("old").mkdir()
    syscall("pivot_root", b".", b"old")
    os.chdir("/")
    umount("/old")
    Path("/old").rmdir()
    mount(None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def _leave_root(uid: int) -> list[str]:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user forgets it
    prctl(syscalls.PR_SET_DUMPABLE, 1)  # else the files of /proc belong to root
    try:
        unshare(syscalls.CLONE_NEWUSER)
        _map_to_user(uid, uid)
    except OSError as error:
        return [f"no user namespace ({error.strerror})"]
    return []
