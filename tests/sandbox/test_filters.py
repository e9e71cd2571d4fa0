"""The filters, run by a small machine of our own: so both architectures are tested on one."""

import errno
import re
import struct
from pathlib import Path

import pytest

from rlvr.sandbox.confine import seccomp, syscalls

ALLOW, KILL = 0x7FFF0000, 0x80000000
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def answer(program, number, *arguments, machine="x86_64", architecture=None):
    """What a filter says of a call: an errno, `allow` or `kill`."""
    data = struct.pack("=iIQ6Q", number, architecture or MACHINES[machine], 0, *arguments, *[0] * (6 - len(arguments)))
    code = [struct.unpack_from("=HBBI", program, place) for place in range(0, len(program), 8)]
    held, place = 0, 0
    while True:
        operation, hit, miss, value = code[place]
        place += 1
        if operation == 0x20:
            (held,) = struct.unpack_from("=I", data, value)
        elif operation == 0x06:
            return {ALLOW: "allow", KILL: "kill"}.get(value, value & 0xFFFF)
        else:
            truth = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[operation]
            place += hit if truth else miss


@pytest.mark.parametrize("machine", MACHINES)
def test_numbers_are_the_kernels(machine):
    if not HEADERS[machine].exists():
        pytest.skip(f"{HEADERS[machine]} is not here")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[machine].read_text())
    real = {name: int(number) for name, number in found}
    ours = syscalls.TABLES[machine]
    assert {name: number for name, number in ours.items() if real.get(name, number) != number} == {}
    assert len(ours.keys() & real.keys()) > 90


@pytest.mark.parametrize("machine", MACHINES)
def test_the_lane_filter_refuses_what_it_says(machine):
    numbers, program = syscalls.TABLES[machine], seccomp.lane_filter(machine=machine)

    def said(name, *arguments):
        return answer(program, numbers[name], *arguments, machine=machine)

    for name in set(seccomp.REFUSED) & numbers.keys():
        assert said(name) == errno.EPERM, name
    assert said("execve") == said("execveat") == errno.EPERM
    assert said("clone3") == said("memfd_create") == errno.ENOSYS
    assert said("clone") == said("kill") == said("landlock_restrict_self") == "allow"
    assert said("socketpair", 1) == "allow"
    assert said("socketpair", 2) == errno.EPERM
    assert said("prlimit64", 0) == "allow"
    assert said("prlimit64", 1) == errno.EPERM
    assert said("sched_setaffinity", 0) == "allow"
    assert said("sched_setaffinity", 1) == errno.EPERM
    assert said("fcntl", 3, 8) == said("fcntl", 3, 10) == errno.EPERM
    assert said("fcntl", 3, 1) == "allow"
    assert said("ioctl", 0, 0x5412) == errno.EPERM
    assert said("ioctl", 0, 0x5401) == "allow"
    for harmless in (300_000, 463, 9999):
        assert answer(program, harmless, machine=machine) == errno.ENOSYS


def test_other_architectures_are_ended():
    program = seccomp.lane_filter(machine="x86_64")
    assert answer(program, 1, architecture=0x40000003) == "kill"  # int 0x80
    assert answer(program, 0x40000001) == "kill"  # x32


def test_programs_that_may_execute_files_may():
    program = seccomp.lane_filter(execute=True, machine="x86_64")
    assert answer(program, syscalls.TABLES["x86_64"]["execve"]) == "allow"


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("processes", [False, True])
def test_the_program_filter_lets_threads_be_and_signals_only_home(machine, processes):
    numbers = syscalls.TABLES[machine]
    program = seccomp.program_filter(77, processes=processes, machine=machine)

    def said(name, *arguments):
        return answer(program, numbers[name], *arguments, machine=machine)

    assert said("clone", 0x3D0F00) == "allow"
    assert said("clone", 0x01200011) == ("allow" if processes else errno.EAGAIN)
    assert said("clone", 0x10000000) == said("clone", 0x10010000) == errno.EPERM
    assert said("pidfd_open") == errno.EPERM
    assert said("tgkill", 77) == "allow"
    assert said("kill", 77) == "allow"
    if not processes:
        for target in (1, 0, 2**32 - 1, 76):
            assert said("kill", target) == said("tgkill", target) == errno.EPERM
        assert said("setsid") == errno.EPERM
