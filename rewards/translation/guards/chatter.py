# ruff: noqa: RUF001 - quotation marks of many languages are the subject
"""Is it the translation alone: no preface, no note, no quotation marks or markup of its own?"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from rlvr.rewards.translation.guards.segment import Segment

_PREFACES: Final = re.compile(
    r"\s*(?:(?:sure|certainly|of course|okay|ok|absolutely)\b[^\n]{0,40}[!,.:]\s*)?"
    r"(?:here(?:'s| is| are)\b[^\n:]{0,60}(?:translat|version|text)[^\n:]{0,60}:"
    r"|(?:the|my)\s+(?:[\w-]+\s+){0,4}translation\b[^\n:]{0,60}(?::|\bis\b)"
    r"|(?:final |best |suggested |literal )?(?:translation|translated text|answer|output|target|hypothesis)"
    r"\s*(?:\([^)\n]{0,40}\))?\s*:"
    r"|(?:hier ist|voici|aquí está|aquí tienes|ecco|aqui está|вот)\b[^\n:]{0,60}:"
    r"|(?:übersetzung|traduction|traducción|traduzione|tradução|перевод|翻译|译文|翻譯|譯文|翻訳|번역|traducere|vertaling)\s*[:：]"
    r"|as an ai\b|i(?:'m| am) (?:sorry|unable)[^\n]{0,60}translat|i (?:can(?:'t|not)|will) translate)",
    re.IGNORECASE,
)
_NOTES: Final = re.compile(
    r"(?:^|\n)\s*[(\[*_]{0,3}(?:translator'?s? )?(?:note|notes|explanation|alternative(?:ly)?|commentary|p\.?s\.?"
    r"|anmerkung|hinweis"
    r"|remarque|nota|примечание|注|注释|説明)\b\s*[:：]|[(\[](?:note|translator'?s? note|anmerkung|注)\s*[:：]"
    r"|\b(?:let me know if|i hope this (?:helps|translation)|this translation (?:is|keeps|preserves|captures)"
    r"|feel free to ask)\b",
    re.IGNORECASE,
)
_MARKUP: Final = (
    re.compile(r"```|~~~"),
    re.compile(r"\*\*|__(?=\S)"),
    re.compile(r"</?[A-Za-z][\w-]{0,30}(?:\s[^<>]{0,200})?/?>"),
    re.compile(r"<\|[^|<>]{1,40}\|>|\[/?INST\]|<<SYS>>|</?s>"),
    re.compile(r"(?:^|\n)\s*#{1,6}\s"),
    re.compile(r"\\boxed\s*\{|\\text\s*\{|\$\$"),
    re.compile(r"&(?:nbsp|quot|amp|lt|gt|#\d{2,5});"),
    re.compile(r"^\s*[{\[]\s*\"[^\"\n]{1,40}\"\s*:"),
)
_QUOTES: Final = '"“”„‟«»‹›「」『』〝〞＂'
_SINGLE: Final = "'‘’‚`´"


def bare(segment: Segment) -> str | None:
    """It is the translation and nothing else: no preface, label, note or markup of its own.

    What the source or a reference has too is let off.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> bare(Segment("German: Das Haus ist rot.", "The house is red.", Pair("en", "de")))
    'it begins with `German:`'
    >>> bare(Segment("**Das Haus ist rot.**", "The house is red.", Pair("en", "de")))
    'markup that the source does not have: `**`'
    """
    text = segment.hypothesis
    known = (segment.source, *segment.references)
    if (found := _PREFACES.match(text)) and not any(map(_PREFACES.match, known)):
        return f"it begins with `{found.group().strip()}`"
    if (found := _label(segment.pair.target, segment.pair.source).match(text)) and not any(
        ":" in one[: len(found.group()) + 20] for one in known
    ):
        return f"it begins with `{found.group().strip()}`"
    if (found := _NOTES.search(text)) and not any(map(_NOTES.search, known)):
        return f"it has a note: `{found.group().strip()}`"
    for pattern in _MARKUP:
        if (found := pattern.search(text)) and not any(map(pattern.search, known)):
            return f"markup that the source does not have: `{found.group().strip()}`"
    return None


def unquoted(segment: Segment) -> str | None:
    """It has no quotation marks of its own: none around the whole, none doubled, not many more than its source.

    A policy that is judged by a model learns to add them (SSR-Zero, arXiv 2505.16637).

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> unquoted(Segment('"Das Haus ist rot."', "The house is red.", Pair("en", "de")))
    'quotation marks around the whole, which the source does not have'
    """
    known = (segment.source, *segment.references)
    for marks in (_QUOTES, _QUOTES + _SINGLE):
        if _wrapped(segment.hypothesis, marks) and not any(_touches(text, _QUOTES + _SINGLE) for text in known):
            return "quotation marks around the whole, which the source does not have"
    ours, most = _count(segment.hypothesis), max(map(_count, known))
    if _most_in(known, _doubled) < _doubled(segment.hypothesis):
        return "doubled quotation marks, which the source does not have"
    if ours > most + 6 and ours > 2 * most:
        return f"{ours} quotation marks, and {most} in the source"
    return None


def _wrapped(text: str, marks: str) -> bool:
    text = text.strip()
    end = text.rstrip(".!?。！？ ")
    if len(end) < 3 or text[0] not in marks or end[-1] not in marks:
        return False
    # Two quotations with words between them begin and end so too.
    return not any(mark in _QUOTES for mark in end[1:-1])


def _touches(text: str, marks: str) -> bool:
    text = text.strip().rstrip(".!?。！？ ")
    return bool(text) and (text[0] in marks or text[-1] in marks)


def _count(text: str) -> int:
    # Two single ones, or backticks, stand for a double one in some corpora.
    return sum(text.count(mark) for mark in _QUOTES) + text.count("''") + text.count("``") + text.count("’’")


def _doubled(text: str) -> int:
    return len(re.findall(r"(?<![\"“”„«»「」])([\"“”„«»「」])\1(?!\1)", text))


def _most_in(texts: tuple[str, ...], count: Callable[[str], int]) -> int:
    return max(map(count, texts))


@lru_cache(maxsize=256)
def _label(target: str, source: str) -> re.Pattern[str]:
    """Names of the two languages before a colon, in English and in their own."""
    import langcodes

    names = {"target", "mt", target, source}
    for tag in (target, source):
        language = langcodes.get(tag)
        names |= {language.language_name(), language.display_name(), language.autonym()}
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(
        rf"\s*[*_#\[(\"]{{0,3}}(?:{listed})[*_\])\"]{{0,3}}\s*(?:translation|text)?\s*[:：]", re.IGNORECASE
    )
