# ruff: noqa: E501, RUF001 - tables of words of many languages
"""Words that belong to a number beside it, as the signs they stand for: `minus 3`, `5 degrees below zero`, `45 Prozent`."""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.languages.numbers.han import han_number

_MINUS: Final = "minus|negative|moins|menos|meno|min|miinus|mínus|mínusz|минус|мінус|マイナス|마이너스|영하|零下|负|負|ऋण|माइनस|शून्य से नीचे|سالب|ناقص"
_BELOW: Final = (
    "below zero|under zero|unter null|sous zéro|au-dessous de zéro|en dessous de zéro|bajo cero|sotto zero|sotto lo zero|onder nul|"
    "onder het vriespunt|abaixo de zero|negativos|poniżej zera|ниже нуля|нижче нуля|pod nulou|sub zero|fagypont alatt|under noll|"
    "under nul|under null|under frysepunktet|nollan alapuolella|pakkasta|undir frostmarki|frost|minusgrader|kuldegrader|"
    "شून्य से नीचे|تحت الصفر"
)
_PERCENT: Final = (
    "per ?cent|pct|prozent|procent(?:a|o|er|ů|ov)?|pour ?cent|por ?cento|por ?ciento|per ?cento|percento|процент[а-я]*|відсот[а-яіїє]*|"
    "százalék[a-zá]*|prosent(?:tia|ti|er)?|prósent(?:a|ur)?|la sută|퍼센트|프로|パーセント|प्रतिशत|في المئة|في المائة|بالمئة|بالمائة"
)
_SIGNS: Final = re.compile(
    rf"(?P<percent>(?<=\d)\s?(?:{_PERCENT})(?![^\W\d_]))"
    rf"|(?P<minus>(?<![\d)])(?<![\d)]\s)(?<!\b[a-z]\s)(?:(?<![^\W\d_])(?:{_MINUS})|マイナス|영하|零下|负|負)\s?(?=[$€£¥₹]?\s?\d))"
    rf"|(?P<below>(?P<cold>\d[\d.,]*)(?P<unit>\s?[°º℃]?\s?[^\W\d_]{{0,12}}\s+(?:[cf]\s+)?)(?:{_BELOW})(?![^\W\d_]))"
    r"|(?P<parts>(?P<below_part>\d{1,6})\s?(?:分の|分之|분의)\s?(?P<above>\d{1,6}))"
    r"|(?P<written>[一二三四五六七八九十百千]{1,8}分之[一二三四五六七八九十百千零点]{1,8})"
    r"|(?P<mixed>(?P<whole>\d{1,6})\s?(?:又|と|과|와)\s?(?=\d{1,6}/\d))",
    re.IGNORECASE,
)
_LIKELY: Final = re.compile(rf"{_PERCENT}|{_MINUS}|{_BELOW}|分|분의|又|\dと|\d[과와]", re.IGNORECASE)


def has_words(text: str) -> bool:
    """Whether a text may have such words; a quick look.

    >>> has_words("72 apples"), has_words("minus 3")
    (False, True)
    """
    return _LIKELY.search(text) is not None


def words_as_signs(text: str) -> str:
    """The text with those words as signs.

    >>> words_as_signs("Es sind minus 3 Grad"), words_as_signs("5 degrees below zero"), words_as_signs("10 minus 5")
    ('Es sind -3 Grad', '-5 degrees ', '10 minus 5')
    >>> words_as_signs("45 Prozent"), words_as_signs("7分の2"), words_as_signs("2又3/4米")
    ('45%', '2/7', '2 3/4米')
    """
    return _SIGNS.sub(_sign, text) if has_words(text) else text


def _sign(found: re.Match[str]) -> str:
    if found["percent"]:
        return "%"
    if found["minus"]:
        return "-"
    if found["below"]:
        return f"-{found['cold']}{found['unit']}"
    if found["parts"]:
        return f"{found['above']}/{found['below_part']}"
    if found["written"]:
        value = han_number(found["written"])
        return found[0] if value is None else str(value)
    return f"{found['whole']} "
