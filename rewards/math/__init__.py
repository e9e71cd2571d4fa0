"""Mathematics: is the final answer the right one?"""

from rlvr.rewards.math.answer import answer, answer_strict
from rlvr.rewards.math.choice import choice, choice_strict
from rlvr.rewards.math.final_number import final_number, final_number_strict

__all__ = ["answer", "answer_strict", "choice", "choice_strict", "final_number", "final_number_strict"]
