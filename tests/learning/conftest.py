"""How many seeds a proof runs over: one in `make test`, RLVR_SEEDS of them in `make test-learning`.

Beside that, where the proofs about strings start.
"""

import os

import pytest
from filelock import FileLock

from rlvr.config import load
from rlvr.engine.run.loop import export, train

SEEDS = range(int(os.environ.get("RLVR_SEEDS", "1")))
REVERSE = [
    "data.env=strings",
    "data.env_args={length: 6, operations: [reverse]}",
    "sft.optim.lr=1.5e-3",
    "sft.until=0.12",
    "sft.until_every=5",
    "eval.temperature=1.0",
    "eval.every=0",
    "engine.actors=inline",
    "run.save_rollouts=false",
]
"""The task of reversing six letters, and the warm-up on demonstrations of it."""


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", SEEDS, scope="module")


@pytest.fixture(scope="module")
def reversing(tmp_path_factory, seed):
    """The task, and settings that start from the warmed-up policy, which is made once for all files and processes."""
    base = tmp_path_factory.getbasetemp()
    together = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    model, done = together / f"reversing-{seed}", together / f"reversing-{seed}.done"
    with FileLock(together / f"reversing-{seed}.lock"):
        if not done.exists():
            folder = tmp_path_factory.mktemp("warm")
            settings = [*REVERSE, "stage=sft", f"run.dir={folder}", "run.name=warm", f"run.seed={seed}"]
            train(load("quickstart", settings, check=True))
            export(folder / "warm", model)
            done.touch()
    return [*REVERSE, "model.init=null", f"model.path={model}", "sft.steps=0"]
