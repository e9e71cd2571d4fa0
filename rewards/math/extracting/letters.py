"""The letter of a choice, in the forms in which languages and models give one."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.math.parsing.latex import tidy, untext

_SERIES: Final = (
    "أبجده", "কখগঘঙ", "कखगघङ", "กขคงจ", "אבגדה", "ΑΒΓΔΕ", "甲乙丙丁戊", "アイウエオ", "가나다라마", "ⒶⒷⒸⒹⒺ", "ABCDE",
    "①②③④⑤", "ⓐⓑⓒⓓⓔ",
)  # fmt: skip
_LOCAL: Final = {ord(char): "ABCDE"[place] for series in _SERIES for place, char in enumerate(series)}
_CYRILLIC: Final = {ord(char): "ABCDE"[place] for place, char in enumerate("АБВГД")} | {
    ord(char): "ABCDE"[place] for place, char in enumerate("абвгд")
}
_LETTER = re.compile(
    r"""[\s*_`"'(\[{]* (?P<opened>[(\[])? \s* (?P<letter>[A-Za-z]) (?P<closed>\s*[)\].:\uff1a])?
        (?![^\W_\u3040-\uffef]) (?P<rest>.*)""",
    re.VERBOSE | re.DOTALL,
)
_NAMED = re.compile(
    r"^\s*(?:the\s+)?(?:correct\s+|right\s+|best\s+)*(?:option|choice|answer|letter)\s*(?:is\b)?[\s:]*", re.IGNORECASE
)
_FORMULA = re.compile(
    r"\s*[+/^=<>|!'\u2032]|\s*\\(?!text|\\|$|[dt]?frac|sqrt|pi|math)|_\{?\w|\s*\*(?!\*)\s*[\w\\(]|\s*-\s*(?:[\d\\(]|[A-Za-z](?![^\W\d_]))"
)
"""Behind a letter: it is a symbol of a formula."""
_COMMAND = re.compile(r"\s*\\(?:[dt]?frac|sqrt|pi|math)")
_OTHERWISE = re.compile(r"[\s*_)\].]*(?:or|oder|ou|eller|或|または|또는)(?![A-Za-z])")
_MORE = re.compile(r"^[\s,;/&]*(?:\b(?:or|and|oder|ou|o|y|und|et|和|或)\b)?[\s,;/&(]*[A-Z](?![A-Za-z])")


def letter_of(text: str, language: str = "") -> tuple[str, str]:
    r"""The letter that a short text gives, and what is wrong where it gives none or several.

    >>> letter_of(r"\textbf{(B)}\ 5"), letter_of("b"), letter_of("A or B")[0]
    (('B', ''), ('B', ''), '')
    """
    plain = untext(tidy(text))
    if not plain.isascii():
        plain = plain.translate(_CYRILLIC if language[:2] in ("ru", "uk", "bg", "be", "sr", "mk", "kk") else {})
        plain = re.sub(r"^(\W*)(\w)(?!\w)", lambda found: found[1] + found[2].translate(_LOCAL), plain)
    plain = _NAMED.sub("", plain)
    match = _LETTER.match(plain)
    if not match:
        return "", "no letter of a choice"
    letter, rest = match["letter"], match["rest"]
    closed = bool(match["closed"])
    if _FORMULA.match(rest) or (not closed and _COMMAND.match(rest)) or "\\" in plain[: match.start("letter")]:
        return "", "a formula and no letter of a choice"
    marked = bool(match["opened"] or match["closed"])
    if _labelled(plain) or ((_MORE.match(rest) or _listed(rest)) and not (match["closed"] and _SENTENCE.match(rest))):
        return "", f"several choices: {plain.strip()[:40]}"
    if not marked and _WORDS_BEHIND.match(rest):
        return "", "no letter of a choice"  # `A 300 foot wall is` begins with an article
    if letter.islower() and not marked and (letter in "ai" or rest.strip(" .*_`\"')]}$")):
        return "", "no letter of a choice"  # an article, or the first word of a sentence
    if letter.isupper() and not marked and re.match(r"\s+[a-z]", rest) and letter in "AI":
        return "", "no letter of a choice"
    return letter.upper(), ""


_WORDS_BEHIND = re.compile(r"\s+\w+(?:\W+\w+){2}")
_SENTENCE = re.compile(r"[\s*_]*[A-Z]\s+[a-z]")
"""Behind a letter and its bracket or point: the choice's own words, `B. A cat`."""
_OPTION = re.compile(r"(?:^|\s)[*_(\[]*([A-J])(?:[*_]*[).:\]\uff1a\u3001][*_]*|[*_]{2})(?=\s|[^\x00-\x7f])")


def _labelled(text: str) -> bool:
    """Whether several choices are listed with their letters."""
    return len(set(_OPTION.findall(text))) > 1


def _listed(rest: str) -> bool:
    return bool(_OTHERWISE.match(rest) or re.match(r"\s*(?:,|/|\band\b)\s*\(?[A-Za-z]\)?(?![A-Za-z])", rest))
