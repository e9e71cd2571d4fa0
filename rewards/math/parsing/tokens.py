"""Cutting a tidied text into tokens, after a look at what reading it would cost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rlvr.rewards.math.parsing.tree import TooCostlyError, UnreadableError

LONGEST: Final = 4000
"""Characters of an answer that are read; no right answer is longer."""

DEEPEST: Final = 30
MOST_TOKENS: Final = 1500
MOST_DIGITS: Final = 1000

_TOKEN = re.compile(
    r"""
      (?P<space> \s+ )
    | (?P<digits> \d[\dA-Fa-f]*(?=_\s*\{?\s*1[1-6]\s*\}?(?!\d)) )
    | (?P<number>
        (?: [1-9]\d{0,2}(?:,\d{3})+(?!\d) | [1-9]\d{0,2}(?:[ ]\d{3})+(?!\d) | \d+ )
        (?: \.\d+(?:\\overline\s*\{\d+\})? | \.\\overline\s*\{\d+\} | \.(?![.\d]) )?
        | \.\d+ )
      (?P<exponent> [eE][-+]?\d{1,4}(?![\w.]) )?
    | (?P<text> \\text\s*\{(?P<words>[^{}]*)\} )
    | (?P<begin> \\begin\s*\{\s*[pbvB]?(?:small)?(?:matrix|array)\s*\}(?:\s*\{[lcr|\s]*\})? )
    | (?P<end> \\end\s*\{\s*[pbvB]?(?:small)?(?:matrix|array)\s*\} )
    | (?P<row> \\\\(?:\[[^\]]*\])? | \\cr(?![A-Za-z]) )
    | (?P<brace> \\[{}] )
    | (?P<command> \\[A-Za-z]+ )
    | (?P<word> [A-Za-z]+ )
    | (?P<power> \*\* )
    | (?P<sign> [-+*/^_=<>!|(){}\[\],;:&'%$\u20ac\u00a3\u00a5\u20b9] )
    """,
    re.VERBOSE,
)  # fmt: skip
_GROUPS = ("(", "[", "{", "begin")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: its kind, itself, and whether white space stands before it."""

    kind: str
    text: str
    spaced: bool = False


def tokens(text: str) -> list[Token]:
    """The tokens of a tidied text.

    Raises:
        TooCostlyError: It is longer or more deeply nested than a right answer is.
        UnreadableError: It holds a character that mathematics has no use for.

    >>> [token.text for token in tokens("1,234 + x_1")]
    ['1,234', '+', 'x', '_', '1']
    """
    if len(text) > LONGEST:
        raise TooCostlyError(f"{len(text)} characters; an answer of more than {LONGEST} is not read")
    found: list[Token] = []
    depth, place, spaced = 0, 0, False
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            raise UnreadableError(f"`{text[place]}` in {text[:60]!r}")
        kind, piece = match.lastgroup or "", match[0]
        kind = _kind(match, kind)
        if kind == "number" and depth and ("," in piece or " " in piece):
            piece = re.split("[, ]", piece)[0]  # within brackets a comma separates
        place += len(piece)
        if kind == "space":
            spaced = True
            continue
        if piece in _GROUPS or piece == r"\{" or kind == "begin":
            depth += 1
            if depth > DEEPEST:
                raise TooCostlyError(f"nested more than {DEEPEST} deep")
        elif piece in (")", "]", "}", r"\}") or kind == "end":
            depth = max(0, depth - 1)
        found.append(Token(kind, match["words"] if kind == "text" else piece, spaced))
        spaced = False
        if len(found) > MOST_TOKENS:
            raise TooCostlyError(f"more than {MOST_TOKENS} symbols")
    return found


def _kind(match: re.Match[str], kind: str) -> str:
    if kind in ("exponent", "number", "digits"):
        if len(match[0]) > MOST_DIGITS:
            raise TooCostlyError(f"a number of more than {MOST_DIGITS} digits")
        return "number"
    if kind == "words":
        return "text"
    return "sign" if kind in ("brace", "power") else kind


def value_of(text: str) -> Fraction:
    r"""The value of a number token, a repeating decimal included.

    >>> value_of("1,234.50"), value_of(r"0.\overline{3}")
    (Fraction(2469, 2), Fraction(1, 3))
    """
    plain, _, repeated = text.replace(",", "").replace(" ", "").partition(r"\overline")
    if not repeated:
        return Fraction(plain.rstrip(".") if plain != "." else "0")
    digits = repeated.strip("{} ")
    whole, _, decimals = plain.partition(".")
    period = Fraction(int(digits), (10 ** len(digits) - 1) * 10 ** len(decimals))
    return Fraction(f"{whole or 0}.{decimals or 0}") + period
