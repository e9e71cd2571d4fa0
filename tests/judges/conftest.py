"""Thousands of compilations: `make test-judges` runs them, and no other run does."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data" / "code"


def pytest_collection_modifyitems(config, items):
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    for item in ours:
        item.add_marker("judges")
        if "judges" not in config.option.markexpr:
            item.add_marker(pytest.mark.skip(reason="`make test-judges` runs it"))


@pytest.fixture
def data():
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here")
    return DATA
