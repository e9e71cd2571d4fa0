"""Instruction following: the constraints that a prompt puts on its answer, checked one by one."""

from rlvr.rewards.instructions.follow import follow

__all__ = ["follow"]
