"""Instruction following: the constraints that a prompt puts on its answer, checked one by one."""

from rlvr.rewards.instructions.follow import follow
from rlvr.rewards.instructions.turns import follow_turns

__all__ = ["follow", "follow_turns"]
