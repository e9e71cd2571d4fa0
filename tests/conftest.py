"""What tests of several folders need: names of their own for rewards, and the command line in this process."""

import json
import subprocess
import sys
from types import SimpleNamespace

import hypothesis
import pytest

from rlvr import registered, registry
from rlvr.cli import main
from rlvr.sandbox import SandboxPool, SandboxUnavailableError
from tests.processor_time import ProcessorTime

# The same examples in every run: a test that fails must fail again. Wider searches are for whoever looks for faults.
hypothesis.settings.register_profile("same", derandomize=True, database=None, print_blob=False, deadline=None)
hypothesis.settings.load_profile("same")

# What starts clusters, trainers, sandboxes or processes to be killed: `make test-fast` does not wait for it.
_SLOW = (
    "tests/sandbox/",
    "tests/engine/test_chain.py",
    "tests/engine/test_cluster.py",
    "tests/engine/test_ray.py",
    "tests/bridges/test_trl_trainer.py",
    "tests/scoring/test_deadlines.py",
    "tests/testing/test_plugin.py",
    "tests/verl/test_rehearse.py",
    "tests/verl/test_cluster.py",
    "tests/verl/test_launch.py",
    "tests/verl/test_reward_manager.py",
    "tests/verl/test_supervised.py",
    "tests/verl/test_trainer.py",
    "tests/verl/test_training.py",
    "tests/cli/test_interruptions.py",
    "tests/recipes/",
    "tests/rewards/test_code.py",
    "tests/rewards/code/",
    "tests/rewards/translation/comet/",
    "rewards/code/",
)


def pytest_configure(config):
    config.pluginmanager.register(ProcessorTime())


def pytest_collection_modifyitems(items):
    for item in items:
        if any(part in item.path.as_posix() for part in _SLOW):
            item.add_marker("slow")


@pytest.fixture(autouse=True, scope="session")
def _zoo():
    # Modules are imported once: what registers itself then must be there before the first test puts names aside.
    registry.names()


@pytest.fixture(autouse=True)
def _own_names(_zoo, monkeypatch):
    """A reward that a test declares is gone after it, and its name is free."""
    monkeypatch.setattr(registered, "by_name", dict(registered.by_name))


@pytest.fixture(scope="session")
def sandbox():
    """Skips what needs a sandbox where there is none."""
    try:
        with SandboxPool(1, packages=()) as pool:
            pool.run("print(1)")
    except SandboxUnavailableError as error:
        pytest.skip(f"no sandbox here: {error.message}")


_CALL = """
import json, sys
from importlib.util import module_from_spec, spec_from_file_location
file, function, arguments = json.loads(sys.argv[1])
spec = spec_from_file_location("alone", file)
sys.modules["alone"] = module = module_from_spec(spec)
spec.loader.exec_module(module)
print(json.dumps(getattr(module, function)(*arguments)))
"""


@pytest.fixture
def run_alone():
    """Runs a function of a test module in a fresh interpreter, whose memory, files and threads are its own.

    Arguments and result are what JSON can hold.
    """

    def run(function, *arguments):
        call = json.dumps([function.__code__.co_filename, function.__name__, arguments])
        ended = subprocess.run([sys.executable, "-c", _CALL, call], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    return run


@pytest.fixture
def rlvr(capsys):
    """Runs the command line in this process: its exit code, and what it said."""

    def run(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code or 0, out=out, err=err, all=out + err)

    return run
