"""The constraints that a prompt puts on its answer, checked one by one; and how to write one of your own."""

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.extending import extend
from rlvr.rewards.constraints.follow import follow
from rlvr.rewards.constraints.follow_turns import follow_turns

__all__ = ["Answer", "Outcome", "constraint", "extend", "follow", "follow_turns"]
