"""The words of formulas: functions, letters, constants, and what ends an expression."""

from __future__ import annotations

from typing import Final

_FUNCTIONS = (
    "sin cos tan cot sec csc arcsin arccos arctan arccot asin acos atan sinh cosh tanh ln log lg exp sqrt abs floor "
    "ceil gcd lcm max min sgn"
)
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar"
)
_OPERATORS = (
    "cup cap setminus equiv pmod le ge ne approx in notin pm mp times cdot div ast mid land lor rfloor rceil rangle"
)

FUNCTIONS: Final = frozenset(_FUNCTIONS.split())
GREEK: Final = frozenset(_GREEK.split())
OPERATORS: Final = frozenset(_OPERATORS.split())
"""Commands before which a factor ends."""

CONSTANTS: Final = {"pi": "pi", "infty": "oo", "infinity": "oo", "inf": "oo", "oo": "oo", "emptyset": "empty"}
SAME: Final = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}
INVERSES: Final = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}
APPLIED: Final = frozenset("fghFGHPQW")
"""Letters that are functions where a bracket follows: `f(x)`; `x(x+1)` is a product."""

ACCENTS: Final = frozenset(("overline", "vec", "hat", "tilde", "dot", "ddot"))
"""What stands over or around letters and makes another name of them."""

ENDS: Final = frozenset([")", "]", "}", r"\}", ",", ";", ":", "&", "|", "[", "=", "<", ">", "%", "!"])
CLOSING: Final = {r"\lfloor": ("floor", r"\rfloor"), r"\lceil": ("ceil", r"\rceil")}
