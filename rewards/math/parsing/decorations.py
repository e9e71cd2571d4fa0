# ruff: noqa: E501 - a table of patterns
r"""What writers put around mathematics, and other ways to write it, as one form: before `latex.tidy` does the rest.

Colours, sizes and boxes say nothing; `\cancel{41}` says that 41 is not meant; `0.\dot3`, `12^{\text{th}}`, `(101)_2` and
`22^\circ 30'` are spellings of what the parser reads anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Final

_BASES: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
    "sixteen": 16,
}  # fmt: skip
_INSIDE = r"((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"


def _blackboard(found: re.Match[str]) -> str:
    return rf"\mathbb{{{found[1] or 'R'}}}"


_STEPS: Final[list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]] = [
    (re.compile(pattern, re.DOTALL), plain)
    for pattern, plain in (
        (rf"\\[bx]?cancel\s*\{{{_INSIDE}\}}|~~[^~\n]{{0,200}}~~|\\sout\s*\{{{_INSIDE}\}}", " "),
        (rf"\\textcolor\s*\{{[^{{}}]*\}}\s*\{{{_INSIDE}\}}", r"{\1}"),
        (r"\\color\s*(?:\{[^{}]*\}|\[[^\]]*\]\s*\{[^{}]*\})", " "),
        (r"\\(?:[Ll]arge|LARGE|[Hh]uge|small|normalsize|tiny|boldmath|bfseries|bf|it|tt|mathstrut|notag|nonumber)(?![A-Za-z])", " "),
        (r"\\(?:bm|boldsymbol|underline|uline|mathbf|textbf|smash|ensuremath|mathop|mathord|underbar)\s*\{(\s*(?:[-+]?[\d.,]+(?:\s*\\?%)?|[^{}A-Za-z]*|\s*[A-Za-z]\s*)\s*)\}", r"\1"),
        (rf"\\(?:bm|boldsymbol|underline|uline|smash|ensuremath|mathop|mathord)\s*\{{{_INSIDE}\}}", r"{\1}"),
        (r"^\s*(?:\\(?:therefore|because|implies|Rightarrow|Longrightarrow|rightarrow|to|hence|qquad|quad)(?![A-Za-z])\s*)+", " "),
        (r"(?:\\(?:blacksquare|square|Box|qed|checkmark|qedsymbol|hfill)(?![A-Za-z])|[\u2713\u2714\u220e\u25a0\u2705])[\s.$]*$", " "),
        (r"\\begin\s*\{array\}\s*(?:\{[clr|\s]*\})?\s*((?:(?!\\end|&|\\\\).)*?)\s*(?:\\\\)?\s*\\end\s*\{array\}", r"\1"),
        (r"(?:\\\\|\\newline)\s*$", " "),
        (r"\\(?:tag|label)\s*\*?\s*\{[^{}]*\}", " "),
        (r"(?<![\d.,])(\d*)\.(\d*)\\(?:dot|bar|overline)\s*\{?\s*(\d)\s*\}?(?![\d\\])", r"\1.\2\\overline{\3}"),
        (r"(?<![\d.,])(\d*)\.(\d*)\\dot\s*\{?\s*(\d)\s*\}?(\d*)\\dot\s*\{?\s*(\d)\s*\}?", r"\1.\2\\overline{\3\4\5}"),
        (r"(?<![\d.,\w)])(\d*)\.\((\d{1,20})\)", r"\1.\\overline{\2}"),
        (r"^\s*([-+]?)0\.(\d{1,12})\((\d{1,20})\)\s*$", r"\g<1>0.\2\\overline{\3}"),
        (r"(?<![\w.,])(\d+)\s*(?:\^\s*)?(?:\{\s*)?(?:\\(?:text|mathrm|textrm|rm|textsuperscript)\s*\{?\s*)?(?:st|nd|rd|th)(?![A-Za-z])\s*(?:\}\s*){0,2}(?=$|[\s.,;)\]$}])", r"\1 "),
        (r"\(\s*([0-9A-Fa-f]+)\s*\)\s*_", r"\1_"),
        (r"(?<=[0-9A-Fa-f])_\s*\{?\s*10\s*\}?(?=[\s.,;$)\]}]*$)", ""),
        (r"\(\s*(?:\\bmod|mod|\\mod|\\text\{\s*mod\s*\})\s*(\{?\s*\w+\s*\}?)\s*\)|\\pmod\s*(\{\s*\w+\s*\}|\w+)|\\p?mod\s*(\d+)", r"\\pmod{\1\2\3}"),
        (r"\\\{([^{}|]{1,60}?)\|([^|{}]*(?:\{[^{}|]*\}[^|{}]*)*)\\\}", r"\\{\1\\mid \2\\}"),
        (r"\\\{\s*([A-Za-z](?:\s*\\in\s*\\mathbb\s*\{?\s*[A-Z]\s*\}?)?)\s*:", r"\\{\1\\mid "),
        (r"\\(?:ldots|cdots|dotsc|dotsb|dots)(?![A-Za-z])|\u2026|\.\.\.", r"\\ldots "),
        (r"\\(?:mathrm|text|mathsf|operatorname|rm)\s*\{([^{}]*)\^\s*\{\s*(-?\d)\s*\}([^{}]*)\}", r"\\text{\1^\2\3}"),
        (r"\\mathbb\s+([A-Z])(?![A-Za-z])|\\(?:R|Reals|reals)(?![A-Za-z])", _blackboard),
        (r"\\lbrace(?![A-Za-z])", r"\\{"),
        (r"\\rbrace(?![A-Za-z])", r"\\}"),
        (r"\u2103", r"^\\circ C"),
        (r"\u2109", r"^\\circ F"),
        ("\uffe5", "\u00a5"),
        (r"\\(?:lnot|neg)(?![A-Za-z])", r"\\neg "),
    )
]  # fmt: skip
_BASE_WORD = re.compile(rf"_\s*\{{?\s*(?:\\(?:text|mathrm)\s*\{{)?\s*({'|'.join(_BASES)})\s*\}}?\s*\}}?")
_ANGLE = re.compile(
    r"(\d+(?:\.\d+)?)\s*(\^\s*\{?\s*\\circ\s*\}?|\u00b0|\\degree)\s*(\d+(?:\.\d+)?)\s*(?:'(?!')|\u2032|\^\s*\{?\s*\\prime\s*\}?)"
    r"\s*(?:(\d+(?:\.\d+)?)\s*(?:''|\u2033|\"))?"
)
_ENVIRONMENT = re.compile(
    r"\\begin\s*\{(?P<name>cases|aligned|align\*?|gathered|gather\*?|split|equation\*?)\}(?P<rows>.*?)\\end\s*\{(?P=name)\}",
    re.DOTALL,
)
_FOR_ALL = re.compile(
    r"[\s,;(]*(?:\\text\s*\{\s*,?\s*for\s+(?:all|any|every|each)\b[^{}]*\}|\\forall(?![A-Za-z])|\bfor\s+(?:all|any|every|each)\b)"
    r"(?:\s|,|\)|\\in(?![A-Za-z])|\\mathbb\s*\{?\s*[A-Z]\s*\}?|_\s*\{?\s*[<>]?\d?\s*\}?|\^\s*\{?[+*]\}?|\\text\s*\{[a-z ]*\}|\b[a-zA-Z]\b|"
    r"(?<![A-Za-z])[nkm]\s*(?:\\geq?|>=|\u2265|>)\s*[0-2](?![\d.])|\breal|\bintegers?|\bpositive|\bnumbers?|\$)*$"
)
_LIKELY = re.compile(
    r"[\\{~^_(\u2026\u2103\u2109\uffe5\u2713\u2714\u220e\u25a0\u2705\u00b0]|\.\.\.|\d(?:st|nd|rd|th)\b|\bfor\s|\d\s*\^"
)


def undecorated(text: str) -> str:
    r"""The text without what says nothing, and with other spellings in one form.

    >>> undecorated(r"\color{red}{42}").strip(), undecorated(r"12^{\text{th}}").strip(), undecorated(r"0.\dot{3}")
    ('{42}', '12', '0.\\overline{3}')
    >>> undecorated(r"\cancel{41} 42").strip(), undecorated(r"22^\circ 30'")
    ('42', '22.5^\\circ')
    """
    if not _LIKELY.search(text):
        return text
    text = _ENVIRONMENT.sub(_rows, text) if "\\begin" in text else text
    text = _ANGLE.sub(_degrees, text) if "'" in text or "\u2032" in text or "prime" in text else text
    for pattern, plain in _STEPS:
        text = pattern.sub(plain, text)
    text = _BASE_WORD.sub(lambda found: f"_{{{_BASES[found[1]]}}}", text)
    bare = _FOR_ALL.sub("", text)
    return bare if re.search(r"\w", bare) else text


def _rows(found: re.Match[str]) -> str:
    """The lines of equations side by side; a function by cases is none of them."""
    rows = [row.strip(" ,.") for row in re.split(r"\\\\(?:\[[^\]]*\])?", found["rows"]) if row.strip(" ,.")]
    if found["name"] == "cases" and any("&" in row and not re.search(r"&\s*(?:=|<|>|\\[lg]e)", row) for row in rows):
        return found[0]
    rows = [row.replace("&", " ") for row in rows]
    if len(rows) > 1 and all(row.startswith("=") for row in rows[1:]):
        return " ".join(rows)
    return ", ".join(rows)


def _degrees(found: re.Match[str]) -> str:
    total = Fraction(found[1]) + Fraction(found[3]) / 60 + Fraction(found[4] or 0) / 3600
    below = total.denominator
    for prime in (2, 5):
        while below % prime == 0:
            below //= prime
    shown = f"{float(total):.12g}" if below == 1 else rf"\frac{{{total.numerator}}}{{{total.denominator}}}"
    return rf"{shown}^\circ"
