r"""LaTeX that JSON read as escapes: a row written with `"\frac"` for `"\\frac"` holds a form feed and `rac`."""

from __future__ import annotations

import re
from typing import Final

_TAILS: Final = {
    "\f": "rac|box|orall|lat|ill",
    "\t": "imes|heta|ext|anh|(?:an|au|op|o)(?=[^a-z]|$)|riangle|frac|ilde|herefore|binom",
    "\b": "eta|inom|oxed|egin|mod|(?:ar|ot|ig[lrg]?)(?=[^a-z]|$)|ullet|ecause|oldsymbol|m(?=\\{)",
    "\r": "ight|ho(?=[^a-z]|$)|angle|ceil|floor|brace|vert|m(?=\\{)",
    "\n": "eq(?=[^a-z]|$)|abla|otin|u(?=[_^+ )*/-]|$)|mid(?=[^a-z]|$)",
    "\v": "ec(?=[^a-z]|$)|arphi|artheta|arepsilon|ert(?=[^a-z]|$)|dots|ee(?=[^a-z]|$)",
    "\a": "lpha|ngle|pprox|st(?=[^a-z]|$)|rc(?:sin|cos|tan)|leph|mp(?=[^a-z]|$)",
}
_NAMES: Final = {"\f": "f", "\t": "t", "\b": "b", "\r": "r", "\n": "n", "\v": "v", "\a": "a"}
_BROKEN: Final = re.compile(r"\\?(?:" + "|".join(f"{mark}(?=(?:{tails}))" for mark, tails in _TAILS.items()) + ")")


def is_broken(text: str) -> bool:
    r"""Whether a text holds LaTeX of which JSON's escapes took a letter.

    >>> is_broken("\frac{1}{2}"), is_broken("one\ttwo"), is_broken(r"\frac{1}{2}")
    (True, False, False)
    """
    return _BROKEN.search(text) is not None


def repaired(text: str) -> str:
    r"""The text as it was meant.

    >>> repaired("\frac{1}{2}") == r"\frac{1}{2}", repaired("2\times 3") == r"2\times 3"
    (True, True)
    """
    return _BROKEN.sub(lambda found: "\\" + _NAMES[found[0][-1]], text)
