"""What the sandbox has on this machine: a lane is started, looked at, and attacked a little. `rlvr doctor sandbox`."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rlvr.errors import RlvrError
from rlvr.sandbox.confine.limits import Limits
from rlvr.sandbox.lane import Lane
from rlvr.sandbox.languages import toolchains
from rlvr.sandbox.levels import Level, has, required

_MEANING: Final = {
    "namespaces": "a root, processes, a network and shared memory of its own",
    "user": "programs run as a user that nobody else is",
    "no new privileges": "no program gets rights by executing a file",
    "capabilities": "nothing of root's rights is left",
    "cgroup": "memory and processes of a lane are bounded together",
    "landlock": "only its own folder and the libraries can be opened",
    "seccomp": "no sockets, no other processes, no doors into the kernel",
}
_OPTIONAL: Final = ("user", "cgroup")
_FIX: Final = {
    "cgroup": "A cgroup v2 of one's own (`systemd-run --user --scope -p Delegate=yes`) bounds a lane as a whole",
    "namespaces": "Allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, on Ubuntu "
    "kernel.apparmor_restrict_unprivileged_userns=0), or give the container CAP_SYS_ADMIN",
    "landlock": "A kernel from 5.13 on (6.12 for all of it) with landlock in its `lsm=` list",
    "seccomp": "A kernel with CONFIG_SECCOMP_FILTER on x86_64 or aarch64",
}
_LEVELS: Final = {
    Level.STRICT: "programs that a model wrote can be run",
    Level.STANDARD: "they can be run with sandbox.require=standard; one could fill the disk of its folder",
    Level.NONE: "nothing here should run what a model wrote",
}

CANARIES: Final = (
    ("reads a file of the host", "print(open({file!r}).read())"),
    ("writes to a file of the host", "open({file!r}, 'a').write('x')\nprint({token!r})"),
    ("reads the environment", "import os\nprint([v for v in os.environ.values() if v == {token!r}] and {token!r})"),
    ("opens a socket", "import socket\nsocket.socket()\nprint({token!r})"),
    ("starts a process", "import os\nif os.fork() == 0: os._exit(0)\nprint({token!r})"),
    ("executes a file", "import os\nos.execv('/bin/sh', ['sh', '-c', 'echo {token}'])"),
    ("signals its parent", "import os\nos.kill(os.getppid(), 0)\nprint({token!r})"),
    (
        "loads by ctypes what is refused",
        "import ctypes\nprint(ctypes.CDLL(None).ptrace(0, 0, 0, 0) >= 0 and {token!r})",
    ),
)
"""Small attacks: each writes the token when it succeeds."""


def probe() -> Iterator[dict[str, str]]:
    """The layers, the level they make, and whether the canaries got through, for `rlvr doctor`.

    >>> {"sandbox", "canaries"} <= {row["name"] for row in probe()}
    True
    """
    try:
        least = required()
        lane = Lane(Level.NONE)
    except RlvrError as error:
        yield {"name": "sandbox", "state": "warning", "detail": str(error.message), "fix": error.hint}
        return
    with lane:
        for name, text in lane.layers.items():
            there = has(lane.layers, name)
            # A user namespace makes programs nobody's already; without, the caller's own user is what remains. Without
            # a control group each process is bounded alone, and a watch looks at what is resident.
            state = "ok" if there else "note" if name in _OPTIONAL else "missing"
            detail = f"{text}: {_MEANING[name]}" if there else text.removeprefix("no: ")
            yield {"name": name, "state": state, "detail": detail, "fix": "" if there else _FIX.get(name, "")}
        enough = list(Level).index(lane.level) <= list(Level).index(least)
        fix = "" if enough else "Add what is missing above, or set sandbox.require to a lower level"
        detail = f"{lane.level}: {_LEVELS[lane.level]}"
        if not enough:
            detail = f"{detail}; `{least}` is required, so code rewards refuse to run"
        yield {"name": "sandbox", "state": "ok" if enough else "warning", "detail": detail, "fix": fix}
        through = escaped(lane)
        detail = (
            f"{len(CANARIES)} small attacks, none got through" if not through else f"got through: {', '.join(through)}"
        )
        yield {"name": "canaries", "state": "ok" if not through else "broken", "detail": detail}
    yield from toolchains.rows()


def escaped(lane: Lane) -> list[str]:
    """The canaries that got through.

    >>> with Lane() as lane:
    ...     escaped(lane)
    []
    """
    token = secrets.token_hex(16)
    through: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "canary"
        file.write_text(token)
        os.environ["RLVR_SANDBOX_CANARY"] = token
        try:
            for name, text in CANARIES:
                program = text.replace("{file!r}", repr(str(file))).replace("{token!r}", repr(token))
                run = lane.run(program.replace("{token}", token), limits=Limits(cpu=1.0))
                if token.encode() in run.stdout or file.read_text() != token:
                    through.append(name)
        finally:
            del os.environ["RLVR_SANDBOX_CANARY"]
    return through
