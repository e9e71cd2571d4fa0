"""How many seeds a proof runs over: one in `make test`, RLVR_SEEDS of them in `make test-learning`."""

import os

SEEDS = range(int(os.environ.get("RLVR_SEEDS", "1")))


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", SEEDS, scope="module")
