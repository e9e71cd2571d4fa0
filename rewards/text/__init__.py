"""Text: equality, last word, format, length, repetition."""

from rlvr.rewards.text.exact import exact
from rlvr.rewards.text.format import format
from rlvr.rewards.text.last_word import last_word
from rlvr.rewards.text.length import length
from rlvr.rewards.text.repetition import repetition

__all__ = ["exact", "format", "last_word", "length", "repetition"]
