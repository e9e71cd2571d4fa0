"""Games that are played over several turns."""

from rlvr.rewards.games.guess import guess

__all__ = ["guess"]
