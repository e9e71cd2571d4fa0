# ruff: noqa: E501 - tables
r"""Words that stand for mathematics: `no solution` is the empty set, `all real numbers` are $\mathbb{R}$."""

from __future__ import annotations

import re
from typing import Final

_MEANINGS: Final = {
    r"(?:there (?:is|are) )?no (?:real )?solutions?(?: exists?)?|(?:the )?empty set|(?:the )?null set": r"\emptyset",
    r"(?:all|any|every) (?:the )?reals?(?: numbers?)?|(?:the )?(?:set of (?:all )?)?real numbers": r"\mathbb{R}",
    r"(?:positive )?infinity|infinite|unbounded|diverges to infinity": r"\infty",
    r"(?:negative|minus) infinity": r"-\infty",
    r"(?:the )?(?:limit )?(?:does not exist|doesn't exist|dne)": r"\text{does not exist}",
}
_WORDS: Final = [(re.compile(rf"(?:{words})[\s.]*", re.IGNORECASE), meaning) for words, meaning in _MEANINGS.items()]
_EXCEPT = re.compile(
    r"(?:\\text\s*\{)?\s*all real(?:s| numbers)?,? (?:except|but|other than)(?: for)?\s*\}?\s*((?:x\s*=\s*)?-?[\d\w\\{}/., ]{1,40}?)[\s.]*",
    re.IGNORECASE,
)
_TEXT = re.compile(r"\s*(?:\\text\s*\{([^{}]*)\}|([A-Za-z' ]+))[\s.]*")


def in_symbols(tidied: str) -> str:
    r"""Words as the symbols that they stand for; any other text as it is.

    >>> in_symbols(r"\text{no solution}"), in_symbols("All real numbers"), in_symbols(r"\text{Paris}")
    ('\\emptyset', '\\mathbb{R}', '\\text{Paris}')
    """
    if match := _EXCEPT.fullmatch(tidied):
        return rf"\mathbb{{R}} \setminus \{{{match[1].strip().replace('x=', '').replace('x =', '')}\}}"
    match = _TEXT.fullmatch(tidied)
    if not match:
        return tidied
    said = " ".join((match[1] or match[2]).split())
    return next((meaning for words, meaning in _WORDS if words.fullmatch(said)), tidied)
