"""Guards: cheap checks that floor a translation before a metric speaks; each a reward of its own."""

from rlvr.rewards.translation.guards.catalogue import EACH, GUARDS, guards

__all__ = ["EACH", "GUARDS", "guards"]
