# ruff: noqa: RUF001 - marks and letters of other scripts are the subject
"""Where sentences end within a paragraph: ICU's rules, and what they take for an end and is none.

ICU ends a sentence at each full stop before a capital, and none before a small letter or a number. So an abbreviation,
an initial, an ordinal, a date and a quotation within a sentence are looked at besides, by language.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from rlvr.rewards.languages.function_words import stop_words
from rlvr.rewards.languages.segments.abbreviations import abbreviations

_WITH_STOPS = "de da no nb nn fi is cs sk pl hu sl hr sr bs et lv tr"
_ORDINALS: Final = frozenset(_WITH_STOPS.split())
"""Languages that write an ordinal number with a full stop."""

_NOUNS_WITH_CAPITALS: Final = frozenset(("de", "lb"))
_DECLINED = (
    "am im vom zum zur beim der die das den dem des ein eine einen einem einer eines seit bis ab jeder jede jedes"
    " jeden jedem dieser diese dieses diesen diesem und sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer"
    " mein meine meinen meinem meiner unser unsere unseren unserem unserer"
)
_BEFORE_ORDINALS: Final = frozenset(_DECLINED.split())
_LISTED: Final = frozenset(("de", "el", "en", "es", "fr", "it", "pt", "ru"))
"""Languages for which CLDR lists abbreviations."""

_LONGEST_LISTED: Final = 7
_FEWEST_WORDS: Final = 3
"""Fewer before a year or century are no sentence."""

_LATEST_DAY, _LATEST_ORDINAL = 31, 199
_CLOSING, _OPENING = "\"'”’»)]*_ \t", "(\"'“„«[*_¿¡"
_SPACED = re.compile(r"((?:(?<!\w)\w\.[ \t]?){2,8})[ \t]*\Z")
_NEXT = re.compile(r"[\s\"'“”„«»‘’¿¡(\[*_]{0,9}([^\W_][\w'’-]{0,40})(\.?)")
_ROMAN = re.compile(r"[IVXLC]{1,7}")
_NUMBER = re.compile(r"(?<![\w.,])\d{1,6}")
_BEFORE_DIGIT = re.compile(r"(?<=[^\W_])[.!?…][\"'”’»)\]*_]{0,4}[ \t]+(?=[\"'“„«(\[*_]{0,3}\d)")
_ANY_QUOTATION = re.compile(r"[「『“«\"„]")
_QUOTED = re.compile(
    r"「[^「」\n]{1,400}」|『[^『』\n]{1,400}』|“[^“”\n]{1,400}”|«[^«»\n]{1,400}»|\"[^\"\n]{1,400}\"|„[^„“\n]{1,400}“"
)
_GOES_ON = re.compile(
    r"\s*(?:[,，、;]|[-–—]\s*[^\W\d_A-Z]|と|って|という|とか|など|に|を|は|が|の|も|で"
    r"|[\u4e00-\u9fff]{0,8}?(?:说|說|问|問|答|道|喊|叫)|[\u3040-\u30ff\u4e00-\u9fff]{0,8}?(?:言|述べ|叫ん|尋ね)"
    r"|(?P<letter>[^\W\d_]))"
)
_FRAGMENT_OF_DIGITS = re.compile(r"\s*[\"'“„«(\[*_]{0,4}\d{1,3}[.)]\s*\Z")


def spans(block: str, language: str) -> list[tuple[int, int]]:
    """Where the sentences of a text on one line begin and end.

    >>> spans("We ran. It rained.", "en")
    [(0, 8), (8, 18)]
    >>> spans("Am 24. Dezember feiern wir.", "de"), spans("It was 1999. 2000 came next.", "en")
    ([(0, 27)], [(0, 13), (13, 28)])
    """
    # The rules end no sentence before a small letter: in a text of small letters there would be one sentence.
    shape = block if any(map(str.isupper, block)) else "".join(map(_capital, block))
    ends = sorted(_candidates(shape, language) | {found.end() for found in _BEFORE_DIGIT.finditer(block)})
    quoted = _within_quotations(block) if _ANY_QUOTATION.search(block) else frozenset[int]()
    found, start = list[tuple[int, int]](), 0
    for end in ends:
        inner = end < len(block) and (
            end in quoted or _FRAGMENT_OF_DIGITS.match(block, start, end) or _goes_on(block, start, end, language)
        )
        if not inner:
            found.append((start, end))
            start = end
    return found if start == len(block) else [*found, (start, len(block))]


def _candidates(text: str, language: str) -> set[int]:
    from icu4py.breakers import SentenceBreaker

    return {end for _, end in SentenceBreaker(text, language).segments()}


def _goes_on(block: str, start: int, end: int, language: str) -> bool:
    """Whether a sentence goes on after the full stop that a candidate ends with."""
    before = block[max(start, end - 60) : end].rstrip(_CLOSING)
    if not before.endswith("."):
        return False
    token, following = _last_token(before[:-1]), _NEXT.match(block, end)
    if not token or following is None:
        return False
    earlier = before[: -len(token) - 1]
    spaced = _SPACED.search(before) if len(token) == 1 or "." in token else None
    token = re.sub(r"\.\s*", ".", spaced[1]).strip(". ") if spaced else token
    known, small, after = abbreviations(language), _bare(token, language), following[1]
    initial = len(after) == 1 and following[2] == "."
    starts = not initial and after.lower() in _starters(language)
    if token in known.never or (small in known.never and len(small) > 1):
        return True
    if after[0].isdigit():
        named = small in known.number or small in known.mostly or small in _months(language)
        return named or _is_number_that_goes_on(token, language)
    if small in known.counted:
        return not re.search(r"[\dIVX]\s*$", earlier) or len(earlier.split()) < _FEWEST_WORDS
    if small in known.mostly:
        return not starts
    if token.isdigit() or (_ROMAN.fullmatch(token) and _code(language) in _ORDINALS):
        return _is_ordinal(earlier, token, after, language, starts=starts)
    if len(token) == 1 and token.isalpha():
        return (token.isupper() and token != "I" and not starts) or (initial and token.islower())
    return not starts and (spaced is not None or _listed_by_cldr(token, _code(language)))


@lru_cache(maxsize=65536)
def _listed_by_cldr(token: str, code: str) -> bool:
    """Whether CLDR lists an abbreviation; asked once for each word, as ICU takes long over it."""
    if code not in _LISTED or len(token) > _LONGEST_LISTED or not token.replace(".", "").isalpha():
        return False
    return len(_candidates(f"A {token}. Bcd", f"{code}-u-ss-standard")) == 1


def _bare(token: str, language: str) -> str:
    """A token in small letters, without an elided article before it; a German street as what it ends in."""
    small = re.split(r"['’]", token.lower())[-1]
    return "str" if _code(language) in _NOUNS_WITH_CAPITALS and small.endswith("str") else small


def _last_token(before: str) -> str:
    return before[max(before.rfind(" "), before.rfind("\t")) + 1 :].lstrip(_OPENING)


def _is_number_that_goes_on(token: str, language: str) -> bool:
    """Before a number: a date, `3. 10.`; or what follows a word that is no sentence's end, `hod. 8`."""
    if token.isdigit():
        return _code(language) == "hu" or (_code(language) in _ORDINALS and int(token) <= _LATEST_DAY)
    # A short word may be an abbreviation that no list has.
    return token.isalpha() and token.islower() and len(token) < 4 and not token.isupper()


def _is_ordinal(before: str, token: str, after: str, language: str, *, starts: bool) -> bool:
    if after.lower() in _months(language):
        return True
    if _code(language) not in _ORDINALS:
        return False
    if not token.isdigit():
        return not starts
    if _code(language) not in _NOUNS_WITH_CAPITALS or starts or int(token) > _LATEST_ORDINAL:
        return False
    word = re.search(r"(\w+)\W*\Z", before[-40:])
    return word is not None and word[1].lower() in _BEFORE_ORDINALS


def _within_quotations(block: str) -> set[int]:
    """Places inside a quotation after which the sentence around it goes on."""
    found = set[int]()
    for quotation in _QUOTED.finditer(block):
        on = _GOES_ON.match(block, quotation.end())
        if on is not None and (on["letter"] is None or on["letter"].islower()):
            found.update(range(quotation.start() + 1, quotation.end() + 2))
    return found


@cache
def _starters(language: str) -> frozenset[str]:
    """Words that begin a sentence more often than they are part of a name."""
    return stop_words(language)


@cache
def _months(language: str) -> frozenset[str]:
    from babel import Locale, UnknownLocaleError

    try:
        months = Locale.parse(_code(language)).months
    except (UnknownLocaleError, ValueError):
        return frozenset()
    names = (
        name
        for form in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in months[form][width].values()
    )
    return frozenset(name.lower().rstrip(".") for name in names)


def _code(language: str) -> str:
    return language.partition("-")[0].lower()


def _capital(letter: str) -> str:
    capital = letter.upper()
    return capital if len(capital) == 1 else letter
