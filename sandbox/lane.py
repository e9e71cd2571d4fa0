"""The parent's handle on one fork server (`rlvr.sandbox.inside.forkserver`): start it, have programs run, end it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, NoReturn

from rlvr.sandbox import memory_files
from rlvr.sandbox.confine import cgroups, host, namespaces
from rlvr.sandbox.confine import packages as python_packages
from rlvr.sandbox.confine.limits import MIB, Limits
from rlvr.sandbox.confine.spec import Spec
from rlvr.sandbox.endings import run_of
from rlvr.sandbox.errors import HostFaultError, LaneLostError, SandboxUnavailableError
from rlvr.sandbox.files import Files
from rlvr.sandbox.inside.execution import Command
from rlvr.sandbox.languages import toolchains
from rlvr.sandbox.levels import Level, level_of, require
from rlvr.sandbox.outcome import Run

START_DEADLINE: Final = 30.0
_GRACE: Final = 20.0
_DYING: Final = 1.0
_STDERR: Final = 4096
_STREAMS: Final = 2
_REPORT_AND_STREAMS: Final = 3
_SCRATCH: Final = 64
_ROOM: Final = 256  # compilers want more
_STACK: Final = 1 << 30
_lanes: Final = itertools.count()

# Started isolated and without `site`. libc lays out memory by the stack limit at exec, so a second exec follows a
# change of it. Stub packages let our modules be imported without `rlvr/__init__.py`, no business of a program's.
_START: Final = f"""
import os, resource, sys, types
soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
most = {_STACK} if hard == resource.RLIM_INFINITY else min({_STACK}, hard)
if soft != most:
    resource.setrlimit(resource.RLIMIT_STACK, (most, hard))
    os.execv(sys.executable, [sys.executable, "-I", "-S", "-B", "-c", *sys.orig_argv[5:]])
rooms = ("bridge", "confine", "inside", "judges", "judges/tests_side")
for folder in ("", "/sandbox", *("/sandbox/" + room for room in rooms)):
    name = "rlvr" + folder.replace("/", ".")
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = [sys.argv[1] + folder]
from rlvr.sandbox.judges.tests_side.startup import main
main(sys.argv[2], int(sys.argv[3]))
"""


class Lane:
    """A running fork server, for one thread at a time.

    Args:
        least: The level below which it refuses to start.
        preload: Packages to import before any program; they are also importable.
        packages: Further packages that programs may import.
        execute: For programs in other languages than Python: it shows them the toolchains, and executes files.
        shown: Further files and folders of the host that its programs may read.
        namespaces: Try them; without, the lane is what a container without them would have.

    Raises:
        SandboxUnavailableError: The machine does not reach `least`; says which layers it lacks.
        LaneLostError: It could not be started.

    >>> with Lane() as lane:
    ...     lane.run("print(int(input()) + 1)", b"41").stdout
    b'42\\n'
    """

    def __init__(
        self,
        least: Level = Level.STRICT,
        preload: Sequence[str] = (),
        packages: Sequence[str] = (),
        *,
        execute: bool = False,
        shown: Sequence[str] = (),
        namespaces: bool = True,
    ) -> None:
        self.jobs = 0
        self._group, no_group = cgroups.make()
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        folders = python_packages.package_folders([*preload, *packages])
        read = (*host.readable(), *(toolchains.readable() if execute else ()), *shown)
        common = Spec(
            read=read,
            packages=folders,
            preload=tuple(preload),
            execute=execute,
            scratch_mib=_ROOM if execute else _SCRATCH,
            cgroup="" if self._group is None else str(self._group.path),
            uid=_spare_user(),
        )
        self._room = common.scratch_mib
        refused = ""
        started = None
        if namespaces:
            started, refused = self._start(replace(common, root=host.mount_point([*folders, *read])))
        if started is None and (least is not Level.STRICT or not namespaces):
            # Beside the caller's files and no part of them: programs may only write here.
            self._scratch = tempfile.TemporaryDirectory(prefix="rlvr-sandbox-")
            started, why = self._start(replace(common, namespaces=False, scratch=self._scratch.name))
            refused = "; ".join(filter(None, (refused, why)))
            if started is not None and namespaces:
                started["namespaces"] = f"no: {refused}"
        if started is None:
            self._drop_group()
            raise SandboxUnavailableError(
                f"The sandbox cannot be had here at the level `{least}`: {refused or 'no namespaces'}.", hint=_HINT
            )
        self.layers = {"cgroup": f"no: {no_group}"} | started
        self.level = level_of(self.layers)
        try:
            require(self.level, least, self.layers)
        except SandboxUnavailableError:
            self.close()
            raise

    def _start(self, spec: Spec) -> tuple[dict[str, str] | None, str]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        root = str(Path(__file__).parent.parent / "rlvr") if Path(__file__).parent.parent.name != "rlvr" else ""
        command = [sys.executable, "-I", "-S", "-B", "-c", _START, root or str(Path(__file__).parent.parent)]
        with theirs:
            self._process = subprocess.Popen(
                [*command, spec.dumps(), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                cwd="/",
                env=host.ENVIRONMENT,
            )
        self._control = ours
        ours.settimeout(START_DEADLINE)
        try:
            answer: dict[str, Any] = json.loads(ours.recv(1 << 16) or b"{}")
        except TimeoutError:
            answer = {"failed": f"it took longer than {START_DEADLINE:g} s"}
        if "layers" in answer:
            self._drop_stderr()
            return answer["layers"], ""
        self._kill()
        said = (self._process.stderr.read() if self._process.stderr else b"").decode(errors="replace").strip()
        self._drop_stderr()
        return None, answer.get("failed") or said[-2000:] or "its fork server ended at once"

    def _drop_stderr(self) -> None:
        if self._process.stderr is not None:
            self._process.stderr.close()

    @property
    def holds_tests(self) -> bool:
        """Tests of assertions run here in a process of their own."""
        return True

    @property
    def pid(self) -> int:
        """Of the process that ends with the fork server."""
        return self._process.pid

    def run(
        self, source: str | bytes, stdin: bytes = b"", limits: Limits | None = None, files: Files | None = None
    ) -> Run:
        """Runs a program as `__main__`.

        Raises:
            LaneLostError: The fork server was lost; it has to be replaced.
        """
        limits = limits or Limits()
        return self._job({"kind": "program"}, [stdin], _STREAMS, [source], limits, files=files)[0]

    def call(self, source: str | bytes, calls: bytes, limits: Limits | None = None) -> Run:
        """Runs a program as a module and makes `calls`, encoded; the report holds a frame for each.

        Raises:
            LaneLostError: The fork server was lost.
        """
        limits = limits or Limits()
        return self._job({"kind": "calls"}, [source, calls], _REPORT_AND_STREAMS, [], limits)[0]

    def check(self, source: str | bytes, tests: bytes, limits: Limits | None = None) -> Run:
        """Runs tests in a process of their own, and the program in another; the report is the tests' process's.

        Raises:
            LaneLostError: The fork server was lost.
        """
        limits = limits or Limits()
        return self._job({"kind": "asserts"}, [source, tests], _REPORT_AND_STREAMS, [], limits)[0]

    def execute(
        self,
        command: Command,
        file: bytes,
        stdin: bytes = b"",
        limits: Limits | None = None,
        exhausted: str = "",
        files: Files | None = None,
    ) -> Run:
        """Executes a file, or gives it to an interpreter; the lane must be one that was started with `execute`.

        Args:
            command: What is executed.
            file: What `rlvr.sandbox.languages.building` made.
            stdin: What it reads.
            limits: What it may take.
            exhausted: A pattern of what its runtime writes when memory is used up.
            files: What lies beside it, and what of its folder is wanted.

        Raises:
            LaneLostError: The fork server was lost.
        """
        limits = limits or Limits()
        job = {"kind": "execute", "command": asdict(command)}
        return self._job(job, [stdin], _STREAMS, [file], limits, exhausted, files)[0]

    def build(
        self,
        source: str,
        name: str,
        commands: Sequence[Command],
        out: str,
        limits: Limits,
        files: Files | None = None,
    ) -> tuple[Run, bytes]:
        """Executes the commands of a build in turn, in a folder with the source.

        Args:
            source: The program's text.
            name: The name of its file.
            commands: What to execute.
            out: The file that the last of them leaves.
            limits: What each command and all it starts may take together.
            files: What lies beside the source.

        Returns:
            How the last one ended, and what is in the file; nothing where there is none.

        Raises:
            LaneLostError: The fork server was lost.
        """
        made = self._fresh()
        job = {"kind": "build", "commands": [asdict(one) for one in commands], "source": name, "out": out}
        try:
            run, reply = self._job(job, [source], _STREAMS, [os.dup(made)], limits, "", files)
            return run, memory_files.content(made, limits.output * MIB) if reply.get("built") else b""
        finally:
            os.close(made)

    def _job(
        self,
        job: dict[str, Any],
        before: Sequence[str | bytes],
        count: int,
        after: Sequence[str | bytes | int],
        limits: Limits,
        exhausted: str | None = None,
        files: Files | None = None,
    ) -> tuple[Run, dict[str, Any]]:
        """Descriptors go in the order `before`, `count` outputs, `after`; of three outputs the first is the report."""
        descriptors = [one for one in after if isinstance(one, int)]
        try:
            inputs = [self._sealed(one, descriptors) for one in before]
            outputs = [self._fresh(descriptors) for _ in range(count)]
            rest = [one if isinstance(one, int) else self._sealed(one, descriptors) for one in after]
            steps = len(job.get("commands", "1"))
            sent = [*inputs, *outputs, *rest]
            if files is not None:
                job |= {"files": files.lengths, "wanted": files.wanted}
                sent += [self._sealed(files.content, descriptors), self._fresh(descriptors)]
            reply = self._ask(job | {"limits": limits.as_dict()}, sent, steps * limits.seconds, limits)
            report, (stdout, stderr) = outputs[:-2], outputs[-2:]
            most = limits.output * MIB
            told = memory_files.content(report[0], most + 1) if report else b""
            said = memory_files.content(stderr, _STDERR, last="commands" not in job)
            sizes = max(os.fstat(one).st_size for one in outputs)
            written = memory_files.content(stdout, most)
            run = run_of(reply, limits, written, said, told, full=sizes >= most, exhausted=exhausted)
            if files is not None:
                found = files.cut(reply.get("files", ()), memory_files.content(sent[-1], most))
                run = replace(run, files=found)
            return run, reply
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _sealed(self, text: str | bytes, descriptors: list[int]) -> int:
        try:
            descriptors.append(memory_files.sealed(_bytes(text)))
        except OSError as error:
            self._lost(f"cannot be given a file ({error})", host=True)
        return descriptors[-1]

    def _fresh(self, descriptors: list[int] | None = None) -> int:
        try:
            made = memory_files.fresh()
        except OSError as error:
            self._lost(f"cannot be given a file ({error})", host=True)
        if descriptors is not None:
            descriptors.append(made)
        return made

    def _ask(self, job: dict[str, Any], descriptors: list[int], seconds: float, limits: Limits) -> dict[str, Any]:
        self.jobs += 1
        if self._scratch is not None:
            job["limits"]["processes"] = 1  # nothing here could end what a program leaves behind
        message = self._exchange(json.dumps(job).encode(), descriptors, seconds, limits)
        reply: dict[str, Any] = json.loads(message or b"{}")
        if not message:
            if not self._out_of_memory():
                self._lost("ended", host=self._was_killed())
            self.close()  # its program's doing: the kernel had to choose, and chose the fork server
            used = {"cpu": 0.0, "wall": 0.0, "memory": 0.0}
            reply = used | {"status": signal.SIGKILL, "why": "memory", "dirty": True}
        if reply.get("trouble"):
            self._lost(f"could not start a program: {reply['trouble']}", host=True)
        self.dirty = bool(reply["dirty"])
        if not reply["why"] and os.WIFSIGNALED(reply["status"]) and self._out_of_memory():
            reply["why"] = "memory"
        return reply

    def _exchange(self, job: bytes, descriptors: list[int], seconds: float, limits: Limits) -> bytes:
        """The reply; empty where the fork server has ended."""
        try:
            if self._group is not None:
                self._group.limit(limits, room=self._room)
            self._control.settimeout(seconds + _GRACE)
            socket.send_fds(self._control, [job], descriptors)
            return self._control.recv(1 << 16)
        except TimeoutError as error:
            self._lost(f"does not answer ({error})")
        except ConnectionError as error:
            self._lost(f"ended ({error})", host=self._was_killed())
        except OSError as error:
            self._lost(f"cannot be asked ({error})", host=True)
        except BaseException:
            self.close()  # interrupted: the answer under way would be taken for the next job's
            raise

    dirty: bool = False
    """Whether the folder in which programs write could not be emptied; then the lane has to be replaced."""

    def _out_of_memory(self) -> bool:
        return self._group is not None and self._group.killed()

    def _was_killed(self) -> bool:
        """Whether something outside killed the fork server; no program can signal it."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_DYING) in (-signal.SIGKILL, namespaces.KILLED)
        return False

    def _lost(self, how: str, *, host: bool = False) -> NoReturn:
        self.close()
        kind = HostFaultError if host else LaneLostError
        raise kind(f"The sandbox's fork server {how}.", hint="Its job goes to another one.")

    def _kill(self) -> None:
        self._control.close()
        if self._process.returncode is None:  # else its id may be somebody else's by now
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        """Ends the fork server and all in it."""
        self._kill()
        self._drop_group()
        if self._scratch is not None:
            self._scratch.cleanup()

    def _drop_group(self) -> None:
        if self._group is not None:
            self._group.close()

    def __enter__(self) -> Lane:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_HINT: Final = (
    "`rlvr doctor sandbox` says which layers are there. In a container, allow user namespaces or CAP_SYS_ADMIN, or\n"
    "set sandbox.require=standard to do without namespaces (RLVR_SANDBOX_REQUIRE outside a run)."
)


def _spare_user() -> int:
    """Another one for each lane, as far as can be told without asking others."""
    return 200_000 + os.getpid() % 30_000 * 64 + next(_lanes) % 64


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode(errors="replace")
