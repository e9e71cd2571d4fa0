"""Instructions about a translation that a machine can verify: `mt.follow`, its catalogue, tasks made of references."""

from rlvr.rewards.translation.follow.follow import follow

__all__ = ["follow"]
