"""Programs: do they pass the tests of their task? They run in `rlvr.sandbox`, and are compared outside it."""

from rlvr.rewards.code.compiles import compiles
from rlvr.rewards.code.passing import asserts, function, stdio

__all__ = ["asserts", "compiles", "function", "stdio"]
