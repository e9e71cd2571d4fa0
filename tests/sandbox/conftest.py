"""Lanes and pools for tests, and the same things done as other users."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlvr.errors import RlvrError
from rlvr.sandbox import Lane, Level, RemoteSandbox, SandboxPool

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "code"
SYSTEM_PYTHON = "/usr/bin/python3"
SOMEBODY = 12345


def _strict():
    try:
        return Lane(Level.STRICT)
    except RlvrError as error:
        return str(error)


@pytest.fixture(scope="session")
def lane():
    found = _strict()
    if isinstance(found, str):
        pytest.skip(f"no namespaces here: {found}")
    with found:
        yield found


@pytest.fixture(scope="session")
def pool(lane):
    with SandboxPool(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def serving(lane):
    from serving import Serving  # this folder is on the path only from the end of this module on

    with SandboxPool(2, packages=()) as pool, Serving(pool) as made:
        yield made


@pytest.fixture(scope="module")
def remote(serving):
    with RemoteSandbox(serving.url, lanes=4) as made:
        yield made


@pytest.fixture
def data():
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here")
    return DATA


@pytest.fixture(scope="session")
def elsewhere():
    """Runs a text of Python in another process, as another user or as a container would have it."""

    def run(text, *, uid=0, container="", timeout=60):
        if os.geteuid() != 0 and (uid or container):
            pytest.skip("only root can become somebody else")
        if not Path(SYSTEM_PYTHON).exists():
            pytest.skip(f"{SYSTEM_PYTHON}, which every user can read, is not here")
        start = [SYSTEM_PYTHON, str(Path(__file__).parent / "as_somebody.py"), str(uid), container]
        done = subprocess.run(
            [*start, text],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd="/",
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        )
        if done.returncode:
            old = sys.version_info[:2] > (3, 11) and "SyntaxError" in done.stderr
            pytest.skip(f"{SYSTEM_PYTHON} is too old") if old else pytest.fail(done.stderr[-3000:])
        return json.loads(done.stdout.splitlines()[-1])

    return run


sys.path.append(str(Path(__file__).parent))  # for `sandbox_attacks`, which is no test
