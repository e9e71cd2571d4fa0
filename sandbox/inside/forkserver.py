"""The process that programs are forked from, one at a time. `rlvr.sandbox.lane` is its parent's handle.

It is started as a fresh interpreter, so it has nothing of its parent's memory, descriptors or environment; enters its
namespaces, gives up its rights, and then answers jobs on a socket of packets:

    {"kind", "limits"} with descriptors  ->  {"status", "why", "cpu", "wall", "memory", "dirty", ...}

Programs, inputs, tests and outputs are memory files that pass through as descriptors. It never reads them: what one
program brings must not lie in memory that the next one inherits, and expected values must be in no ancestor of one.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from rlvr.sandbox.confine import cgroups, namespaces, rights, seccomp
from rlvr.sandbox.confine.limits import prepared
from rlvr.sandbox.confine.spec import Spec
from rlvr.sandbox.confine.syscalls import fork
from rlvr.sandbox.inside import answering, calls, execution, handing, program, scratch, spawning, warmth
from rlvr.sandbox.inside.children import Children
from rlvr.sandbox.inside.execution import Command
from rlvr.sandbox.inside.output import Output
from rlvr.sandbox.inside.program import Bounds

PROGRAM: Final = "program"
CALLS: Final = "calls"
ASSERTS: Final = "asserts"
EXECUTE: Final = "execute"
BUILD: Final = "build"

_LOOK_EVERY: Final = 0.02
_KNOWN: Final = 64
_PATIENT: Final = 2.0
_SCALES: Final = {PROGRAM: (1.0,), CALLS: (1.0,), ASSERTS: (1.0, _PATIENT)}
"""For each kind of job the children that can have been forked ahead for it, by the scale of their limits."""


class TestsSide(Protocol):
    """What the process does that holds tests, beside a program; it is handed in, for nothing of it belongs in here."""

    def hold(self, tests: bytes, channel: int, report: int) -> NoReturn:
        """Runs tests against the program at the other end of a socket, and reports."""
        ...

    def converse(self, channel: int, answer: Callable[[], None]) -> None:
        """Small tests, to warm up; `answer` has the program's end answer one message."""

    def read_pytest(self) -> Callable[[], None]:
        """Reads what needs pytest while our files can be read; what is returned loads it once pytest is importable."""
        ...


class ForkServer:
    """Serves jobs until the other end of `control` closes.

    Args:
        control: Socket of packets to the parent.
        baseline: Bytes of address space it has itself.
        tests_side: What the process does that holds tests.
        first: Whether it is process 1 of a pid namespace, and may so end everything else in it.
        execute: Whether it also executes files; its programs in Python never do.
    """

    def __init__(
        self, control: socket.socket, baseline: int, tests_side: TestsSide, *, first: bool, execute: bool = False
    ) -> None:
        self._control, self._baseline, self._first = control, baseline, first
        self._tests_side, self._scratch = tests_side, scratch.Scratch(".")
        self._trouble, self._said = os.pipe2(os.O_NONBLOCK)
        self._nothing = os.open("/dev/null", os.O_RDWR)
        self._filters = {some: seccomp.Prepared(processes=some, execute=not execute) for some in (False, True)}
        self._executed = {some: seccomp.Prepared(processes=some) for some in (False, True)} if execute else {}
        self._known: dict[tuple[Any, ...], Bounds] = {}
        parts = {"p": self._be_program, "c": self._be_called, "a": self._be_asked, "t": self._be_tests}
        self._children = Children(parts, self._said)
        self._answers: dict[str, Callable[[dict[str, Any], list[int]], dict[str, Any]]] = {
            PROGRAM: self._run, CALLS: self._call, ASSERTS: self._judge, EXECUTE: self._execute, BUILD: self._build,
        }  # fmt: skip
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})

    def serve(self) -> NoReturn:
        """Answers jobs; never returns."""
        while True:
            message, descriptors, *_ = socket.recv_fds(self._control, 1 << 16, 16)
            if not message:
                os._exit(0)
            job = json.loads(message)
            try:
                reply = self._answer(job, descriptors)
            except OSError as error:  # no process could be had, or no socket
                reply: dict[str, Any] = {"trouble": f"{type(error).__name__}: {error}"}
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
            self._children.end_waiting(())  # of a job that failed before it had its child
            self._end_stragglers()
            reply["dirty"] = not self._scratch.empty()
            if trouble := self._read_trouble():
                reply["trouble"] = trouble
            self._control.send(json.dumps(reply).encode())
            self._children.fork_ahead()

    def _answer(self, job: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        answer = self._answers[job["kind"]]
        self._children.begin([self._bounds(job["limits"], scale=scale) for scale in _SCALES.get(job["kind"], ())])
        if "files" not in job:
            return answer(job, descriptors)
        *given, bundle, fetched = descriptors
        handing.place_files(bundle, job["files"])
        reply = answer(job, given)
        self._end_stragglers()  # nothing may change them any more
        most = job["limits"]["output"] << 20
        return reply | {"files": handing.collect_files(job["wanted"], fetched, most)}

    def _run(self, job: dict[str, Any], given: list[int]) -> dict[str, Any]:
        stdin, stdout, stderr, source = given
        with Output(stdout, job["limits"]) as output:
            pid = self._children.start("p", self._bounds(job["limits"]), (stdin, output.end, stderr, source))
            return self._await_output(pid, job["limits"], output)

    def _be_program(self) -> NoReturn:
        source = program.take(3)
        spawning.prepare_spawning(source)
        program.run(source)

    def _call(self, job: dict[str, Any], given: list[int]) -> dict[str, Any]:
        code, wanted, results, stdout, stderr = given
        descriptors = (self._nothing, stdout, stderr, results, code, wanted)
        pid = self._children.start("c", self._bounds(job["limits"]), descriptors)
        return self._await(pid, pid, job["limits"])

    def _be_called(self) -> NoReturn:
        source = program.take(4)
        spawning.prepare_spawning(source)
        calls.answer_calls(source, program.take(5), 3)

    def _judge(self, job: dict[str, Any], given: list[int]) -> dict[str, Any]:
        code, tests, report, stdout, stderr = given
        ours, theirs = socket.socketpair()
        bounds, patient = self._bounds(job["limits"]), self._bounds(job["limits"], scale=_PATIENT)
        with ours, theirs:
            descriptors = (self._nothing, stdout, stderr, theirs.fileno(), code)
            candidate = self._children.start("a", bounds, descriptors)
            # It waits for the program, whose limits are the ones that count.
            descriptors = (self._nothing, self._nothing, self._nothing, ours.fileno(), report, tests)
            judge = self._children.start("t", patient, descriptors)
        reply = self._await(judge, candidate, job["limits"])
        was_alive = os.waitid(os.P_PID, candidate, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        with suppress(ProcessLookupError):
            os.kill(candidate, signal.SIGKILL)
        _, status, used = os.wait4(candidate, 0)
        if was_alive and status == signal.SIGKILL:
            status = 0  # of ours, after the tests had ended; whether it or its own end comes first is chance
        return reply | _usage(used) | {"judge": reply["status"], "status": status}

    def _be_asked(self) -> NoReturn:
        answering.serve_calls(program.take(4), 3)

    def _be_tests(self) -> NoReturn:
        self._tests_side.hold(program.take(5), 3, 4)

    def _execute(self, job: dict[str, Any], given: list[int]) -> dict[str, Any]:
        stdin, stdout, stderr, file = given
        limits = job["limits"]
        with Output(stdout, limits) as output:
            pid, look = self._start(Command.of(job["command"]), limits, (stdin, output.end, stderr), file)
            return self._await_output(pid, limits, output, look)

    def _build(self, job: dict[str, Any], given: list[int]) -> dict[str, Any]:
        source, log, errors, out = given
        execution.place(source, job["source"])
        reply: dict[str, Any] = {}
        for command in job["commands"]:
            pid, look = self._start(Command.of(command), job["limits"], (self._nothing, log, errors), None)
            reply = self._await(pid, pid, job["limits"], look)
            if reply["status"] or reply["why"]:
                return reply
        self._end_stragglers()  # nothing may write to it any more
        return reply | {"built": execution.collect(job["out"], out, job["limits"]["output"] << 20)}

    def _start(
        self, command: Command, limits: dict[str, Any], streams: tuple[int, int, int], file: int | None
    ) -> tuple[int, Callable[[], str] | None]:
        several = self._first and (command.starts or limits["processes"] > 1)
        bounds = Bounds(execution.bounds(command, limits, alone=self._first), self._executed[several])
        pid = fork()
        if not pid:
            execution.execute(command, streams, file, self._said, bounds)

        def look() -> str:
            return execution.too_much(pid, limits, everything=self._first)

        return pid, look if several or command.resident else None

    def _bounds(self, limits: dict[str, Any], *, scale: float = 1.0) -> Bounds:
        key = (scale, *limits.values())
        if key not in self._known:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            made = prepared(limits, self._baseline, scale=scale)
            self._known[key] = Bounds(made, self._filters[limits["processes"] > 1])
        return self._known[key]

    def _await_output(
        self, pid: int, limits: dict[str, Any], output: Output, look: Callable[[], str] | None = None
    ) -> dict[str, Any]:
        """Waits for a program that writes to a pipe; what any of its processes has written counts."""
        output.close_end()
        reply = self._await(pid, pid, limits, look, output)
        self._end_stragglers()
        while output.take():
            pass
        return reply

    def _await(
        self,
        pid: int,
        watched: int,
        limits: dict[str, Any],
        look: Callable[[], str] | None = None,
        output: Output | None = None,
    ) -> dict[str, Any]:
        """Waits for `pid`; ends it when the processor time of `watched` or the clock is used up, or `look` says so."""
        start, why, clock = time.monotonic(), "", (~watched << 3) | 2
        while True:
            signal.sigtimedwait({signal.SIGCHLD}, _LOOK_EVERY if output is None else output.pause)
            done, status, used = os.wait4(pid, os.WNOHANG)
            elapsed = time.monotonic() - start
            if done:
                return _usage(used) | {"status": status, "why": why, "wall": elapsed}
            if why:
                continue
            with suppress(OSError):  # it may have just ended
                if time.clock_gettime(clock) > limits["cpu"]:
                    why = "cpu"
            if output is not None:
                output.take()
                why = "output" if output.is_full else why
            why = "wall" if elapsed > limits["wall"] else why or (look() if look else "")
            if why:
                os.kill(pid, signal.SIGKILL)

    def _end_stragglers(self) -> None:
        if self._first:
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)

    def _read_trouble(self) -> str:
        with suppress(BlockingIOError):
            return os.read(self._trouble, 4096).decode(errors="replace")
        return ""


def _usage(used: resource.struct_rusage) -> dict[str, Any]:
    return {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}


def main(text: str, descriptor: int, tests_side: TestsSide) -> NoReturn:
    """The fork server's process; never returns."""
    spec = Spec.loads(text)
    control = socket.socket(fileno=descriptor)
    os.set_inheritable(descriptor, False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    rights.set_thread_stack()
    warmth.import_common()
    streams = _streams()
    layers: dict[str, str] = {}
    if spec.cgroup:
        why = cgroups.enter(spec.cgroup)
        layers["cgroup"] = f"no: {why}" if why else "v2"
    load_pytest = tests_side.read_pytest() if "pytest" in spec.preload else None
    try:
        if spec.namespaces:
            lacking = namespaces.enter(spec, descriptor)
            layers["namespaces"] = "; ".join(["user, mount, pid, network, ipc, uts, cgroup", *lacking])
            # With a user namespace of its own it is user 1000 in there, and outside nobody's.
        else:
            layers["namespaces"] = "no: not asked for"
            layers["user"] = rights.become_spare_user(spec)
            os.chdir(spec.scratch)
        sys.path += rights.package_paths(spec, namespaces=spec.namespaces)
        for name in spec.preload:
            __import__(name)
        if load_pytest is not None:
            load_pytest()
        layers |= rights.confine(spec, namespaces=spec.namespaces)
    except (namespaces.NoNamespacesError, ImportError, OSError) as error:
        control.send(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        os._exit(1)
    warmth.warm(streams, tests_side.converse)
    server = ForkServer(control, _address_space(), tests_side, first=spec.namespaces, execute=spec.execute)
    streams.install()
    warmth.forget_ourselves()
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"layers": layers, "pid": os.getpid()}).encode())
    server.serve()


def _streams() -> program.Streams:
    """Over what the programs will have: what a stream notes of its file at first then holds."""
    _, end = pipe = os.pipe()
    files = (os.memfd_create("stdin"), end, os.memfd_create("stderr"))
    for number, file in enumerate(files):
        os.dup2(file, number)
    for file in {*files, *pipe}:
        os.close(file)
    return program.Streams()


def _address_space() -> int:
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 256 << 20  # no /proc in here
