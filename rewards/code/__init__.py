"""Programs: do they pass the tests of their task? They run in `rlvr.sandbox`, and are compared outside it."""

from rlvr.rewards.code.compiles import compiles
from rlvr.rewards.code.efficiency import efficiency
from rlvr.rewards.code.lint import lint
from rlvr.rewards.code.passing import asserts, function, pytest_style, stdio

__all__ = ["asserts", "compiles", "efficiency", "function", "lint", "pytest_style", "stdio"]
