"""Mathematics: is the final answer the number it should be?"""

from rlvr.rewards.math.final_number import final_number, final_number_strict

__all__ = ["final_number", "final_number_strict"]
