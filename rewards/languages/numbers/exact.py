"""Reading numbers as people and models write them, exactly and in linear time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from rlvr.rewards.languages.numbers.plain_digits import in_plain_digits

MOST_DIGITS = 1000
"""A longer number is not read; converting digits takes quadratic time."""

_NUMBER = re.compile(
    r"""
    (?<![A-Za-z_\\^]) _*+ [A-Za-z\\^] [A-Za-z_\\^]*+ \d [\w.]*+      # x2, H2O, \frac12, ^2: digits that are no number
  | (?P<sign> (?<![A-Za-z0-9_\u00c0-\u0dff)\]}.]) [-+] )?
    (?: (?: \b(?:R|US|CA|AU|A|C|NZ|HK) )? \\? [$€£¥₹] \ ? (?P<after>-)? )?                       # -$5, $-5
    (?: (?P<run> \d++ (?:,\d++)*+ ) (?P<decimals> \.\d++ )?
      | (?<![A-Za-z]) (?P<bare> \.\d++ ) )
    (?P<exponent> [eE] [-+]? \d{1,3} (?!\w) )?
    (?: \ ?/\ ? (?P<over> \d++ ) (?! [,.]?\d ) )?
    (?P<percent> \ ? \\? (?: % | percent\b ) )?
    (?: \ + (?P<scale> hundred | thousand | million | billion | trillion ) \b )?
    (?P<variable> [xyzinabk] (?![A-Za-z]) )?                   # 4x is no 4
    """,
    re.VERBOSE,
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}")
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

_LATEX = [
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"<<[^<>\n]{0,200}>>|</?[A-Za-z][^<>\n]{0,100}>|[-=]+>", " "),  # calculator notes, markup, arrows
        (r"\\(?:text|textbf|textrm|textit|mathrm|mathbf|mbox|operatorname) ?\{([^{}]*)\}(?:\^\{?[23]\}?)?", r" \1 "),
        (r"\b([ckm]?m|ft|in|yd|mi|units?)\^\{?[23]\}?(?!\w)", r"\1"),
        (r"\{,\}", ","),
        (r"(?<=\d)\\[,;:! ](?=\d)", ""),
        (r"\^\{?\\circ\}?|\\degree|°", " "),
        (r"(?<=\d) ?\\(?=[dt]?frac)", r" \\"),  # 2\frac{1}{2} is no 21/2
        (r"\\[dt]?frac ?\{ ?(-?\d+) ?\}\{ ?(\d+) ?\}", r"\1/\2"),
        (r"\\(?:left|right|displaystyle|quad|qquad)(?![A-Za-z])|\\[,;:! ()\[\]{}]", " "),
        (r"\\(?=[%$])", ""),
    )
]


_MIXED = re.compile(r"(?<![\d.,/^])(\d{1,15}) +(\d{1,6}) ?/ ?(\d{1,6})(?![\d/.]\d|/)")
"""`3 1/2`, which is seven halves."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: as it stands there, its value, or why it has none."""

    text: str
    value: Fraction | None
    start: int
    end: int
    problem: str = ""
    percent: bool = False


def fold(text: str) -> str:
    r"""Digits and signs of any script as ASCII; nothing else is changed (`5²` must not become 52, as in NFKC).

    >>> fold("\u0664\u0662, \uff17\uff12, \u221272, 5\u00b2") == "42, 72, -72, 5\u00b2"
    True
    """
    if text.isascii():
        return text
    grouped = re.sub(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))", ",", text)
    return grouped.translate(_FOLDING)


def plain(text: str) -> str:
    r"""Short text with the LaTeX taken off that does not change a number.

    >>> plain(r"\$1{,}234\text{ apples}")
    '$1,234  apples '
    """
    for pattern, replacement in _LATEX:
        text = pattern.sub(replacement, text)
    return _MIXED.sub(_improper, text) if "/" in text else text


def _improper(match: re.Match[str]) -> str:
    whole, above, below = (int(part) for part in match.groups())
    return f"{whole * below + above}/{below}" if above < below else match[0]


def numbers_in(text: str) -> Iterator[Number]:
    """The numbers of a folded text, in order. Commas that do not group thousands separate numbers.

    >>> [str(number.value) for number in numbers_in("-$1,234.50, then 72,71 and 50% or 1/2")]
    ['-2469/2', '72', '71', '1/2', '1/2']
    """
    for match in _NUMBER.finditer(text):
        if match["run"] is None and match["bare"] is None:
            continue
        *listed, last = _pieces(match["run"] or "")
        for piece in listed:
            yield _listed(piece, match)
        yield _number(last, match)


def without_numbers(text: str) -> str:
    """What remains of a folded text when its numbers are taken out; digits that are no number stay."""
    return _NUMBER.sub(lambda match: " " if match["run"] or match["bare"] else match[0], text)


def parse_reference(reference: object, language: str = "") -> Fraction:
    """The value of an answer key: a number, its text, or a GSM8K answer that ends in `#### 72` or `A: 72`.

    Args:
        reference: The key.
        language: What its separators are those of; empty for English.

    Raises:
        ValueError: It is no single finite number.

    >>> parse_reference("He has 70 + 2 = 72 apples.\\n#### 72")
    Fraction(72, 1)
    """
    if isinstance(reference, int | float) and not isinstance(reference, bool):
        try:
            return Fraction(repr(reference)) if isinstance(reference, float) else Fraction(reference)
        except ValueError:
            pass  # NaN, infinite
    elif isinstance(reference, str):
        text = reference.rpartition("####")[2]
        text = re.split(r"(?m)^A:", text)[-1]
        text = text[-2 * MOST_DIGITS :]
        text = plain(fold(in_plain_digits(text, language) if language else text)).strip()
        found = list(numbers_in(text))
        if len(found) == 1 and found[0].value is not None and not without_numbers(text).strip(" .$"):
            return found[0].value
    raise ValueError(f"the reference {repr(reference)[:200]} is no number")


class _Folding(dict[int, int | str]):
    """`str.translate` table that is filled as characters come up."""

    def __missing__(self, code: int) -> int | str:
        char = chr(code)
        folded: int | str = code
        if char.isdecimal():
            folded = str(unicodedata.decimal(char))
        elif unicodedata.decomposition(char).startswith("<fraction>"):
            folded = " " + unicodedata.normalize("NFKC", char).replace("\u2044", "/")
        self[code] = folded
        return folded


_FOLDING = _Folding(
    str.maketrans(
        # minus and hyphens; full-width punctuation; Arabic percent, decimal and thousands signs; narrow spaces
        "\u2212\u2013\u2011\u2010\uff0d\ufe63"
        "\uff0c\uff0e\uff05\uff04\uff1a\uff03\uff1d"
        "\u066a\u066b\u066c"
        "\u00a0\u2009\u202f",
        "------,.%$:#=%.,   ",
    )
)


def _pieces(run: str) -> list[str]:
    return [run.replace(",", "")] if _GROUPED.fullmatch(run) else run.split(",")


def _listed(piece: str, match: re.Match[str]) -> Number:
    value = Fraction(int(piece)) if len(piece) <= MOST_DIGITS else None
    return Number(piece, value, match.start(), match.end(), "" if value is not None else _TOO_LONG)


_TOO_LONG = f"a number of more than {MOST_DIGITS} digits"


def _number(whole: str, match: re.Match[str]) -> Number:
    def found(value: Fraction | None, problem: str = "") -> Number:
        text = match[0].strip()
        return Number(
            text if len(text) <= 100 else f"{text[:100]}...",
            value,
            match.start(),
            match.end(),
            problem,
            bool(match["percent"]),
        )

    decimals = (match["decimals"] or match["bare"] or ".")[1:]
    if len(whole) + len(decimals) > MOST_DIGITS or len(match["over"] or "") > MOST_DIGITS:
        return found(None, _TOO_LONG)
    if match["variable"]:
        return found(None, f"a variable in {match[0].strip()}")
    value = Fraction(int(whole + decimals or "0"), 10 ** len(decimals))
    if match["exponent"]:
        value *= Fraction(10) ** int(match["exponent"][1:])
    if match["over"]:
        if not int(match["over"]):
            return found(None, "a division by zero")
        value /= int(match["over"])
    if match["percent"]:
        value /= 100
    value *= _SCALES.get(match["scale"] or "", 1)
    return found(-value if "-" in (match["sign"], match["after"]) else value)
