"""What may name the right side of an equation: `A(t)`, `f^{-1}(x)`, `Area`."""

from __future__ import annotations

from collections.abc import Sequence

from rlvr.rewards.math.parsing.tokens import Token
from rlvr.rewards.math.parsing.vocabulary import APPLIED, CONSTANTS, FUNCTIONS, GREEK

_SHORTEST_WORD = 3


def name_of(token: Token) -> str:
    """The name that a token may be; empty where it can only be something else."""
    text = token.text.strip().lstrip("\\")
    if token.kind == "text":
        return f"text {text}" if len(text) > 1 and text.replace(" ", "").isalpha() else text if text.isalpha() else ""
    if token.kind == "command":
        return text if text in GREEK or text in ("max", "min") else ""
    if token.kind != "word" or text in CONSTANTS or (text in FUNCTIONS and text not in ("max", "min")):
        return ""
    return text if len(text) == 1 or len(text) >= _SHORTEST_WORD else ""


def closing_bracket(tokens: Sequence[Token], place: int) -> int:
    """Where the bracket closes that opens at a place; 0 where none opens, or it never closes."""
    if place >= len(tokens) or tokens[place].text != "(":
        return 0
    depth = 0
    for at in range(place, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
        if not depth:
            return at
    return 0


def is_applied(name: str, inside: Sequence[str]) -> bool:
    """Whether a name before a bracket is a function: `A(t)`, `f(2)`, `P(X=2)`; `x(x+1)` and `a(2)` are products.

    >>> is_applied("x", ["t"]), is_applied("x", ["x", "+", "1"])
    (True, False)
    """
    letter = name.rstrip("'").partition("_")[0].partition("^")[0]
    if not inside or letter in inside:
        return False
    if letter in APPLIED or letter.isupper() or len(letter) > 1:
        return True
    return all(text == "," or (len(text) == 1 and text.isalpha()) or text.lstrip("\\") in GREEK for text in inside)
