"""Instruction following: the constraints that a prompt puts on its answer, checked one by one."""

from rlvr.rewards.constraints.follow import follow
from rlvr.rewards.constraints.follow_turns import follow_turns

__all__ = ["follow", "follow_turns"]
