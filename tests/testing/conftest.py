"""Rewards that break one rule each, and projects of somebody else's."""

import json
import sys

import pytest

from rlvr import registered, registry


@pytest.fixture(autouse=True)
def _forget_rewards(monkeypatch):
    """Names that a test registers are free again afterwards."""
    registry.names()  # those of installed packages stay
    monkeypatch.setattr(registered, "by_name", dict(registered.by_name))
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("rlvr_file_"):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path):
    """Writes a file: text as it is, rows as JSON lines."""

    def written(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
        path.write_text(text)
        return path

    return written


def accept(completion, reference=None, why="right", **more):
    return {"kind": "accept", "completion": completion, "reference": reference, "why": why, **more}


def reject(completion, reference=None, why="wrong", **more):
    return {"kind": "reject", "completion": completion, "reference": reference, "why": why, **more}
