"""Importing the library, and testing a string reward with it, loads nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "ray", "transformers", "numpy", "hydra", "omegaconf", "sympy", "pyarrow", "datasets", "cloudpickle")


@pytest.mark.parametrize(
    "code",
    [
        "import rlvr",
        "import rlvr.scoring",
        "from rlvr import get_reward; assert get_reward('text.exact').check('a', reference='a').score == 1.0",
        "from rlvr import get_reward; assert get_reward('math.final_number').check('72', reference=72).score == 1.0",
    ],
)
def test_nothing_heavy_is_loaded(code):
    loaded = f"import sys; print(*sorted(set(sys.modules) & {set(HEAVY)!r}))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{loaded}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
