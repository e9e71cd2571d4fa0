"""Names and functions belong together, and reading the names costs no torch."""

import subprocess
import sys

from rlvr.algorithms import catalogue, names


def test_names_and_functions_agree():
    assert tuple(catalogue.ADVANTAGES) == names.ADVANTAGE_NAMES
    assert tuple(catalogue.POLICY_LOSSES) == names.POLICY_LOSS_NAMES
    for table in (catalogue.ADVANTAGES, catalogue.POLICY_LOSSES):
        assert [function.__name__ for function in table.values()] == list(table)


def test_reading_the_names_does_not_import_torch():
    code = "import sys; from rlvr.algorithms.names import ADVANTAGE_NAMES; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
