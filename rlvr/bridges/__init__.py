"""Rewards of ours in other trainers, and reward functions written for them here."""

from rlvr.bridges.from_trl import from_trl
from rlvr.bridges.from_verl import from_verl
from rlvr.bridges.to_trl import as_trl
from rlvr.compose import bridges

bridges["as_trl"] = as_trl

__all__ = ["as_trl", "from_trl", "from_verl"]
