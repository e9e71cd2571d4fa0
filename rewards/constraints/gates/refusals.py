"""Refusals: answers that say that there will be none."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.gates.asking import pattern

_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl", "ru", "ja", "zh", "ko", "hi")
_BEGINNING: Final = 300
_FOREIGN: Final = 1.1
_SIGNS: Final = (
    "sorry",
    "apolog",
    "can't",
    "can\u2019t",
    "cannot",
    "unable",
    "not able",
    "won't",
    "an ai",
    "language model",
)
_ENGLISH_SIGNS: Final = (*_SIGNS, "artificial", "guidelines", "programming", "policy", "decline")
"""One of these stands in every English refusal; to look for them is ten times as fast as to look for one."""


def refuses(answer: str, language: str = "en") -> bool:
    """Whether an answer begins by refusing, in its language or in English.

    To refuse can be right, so it closes no gate: the verdict says it in its metrics, and a run sees how often it pays.

    Args:
        answer: The answer; its first 300 characters count.
        language: The one it should be in; of one that is not known here all are tried.

    >>> refuses("I'm sorry, but I can't help with that."), refuses("I'm sorry to hear that. Here is a plan:")
    (True, False)
    """
    code = language.partition("-")[0].lower()
    asked = (code, "en") if code in _LANGUAGES else _LANGUAGES
    start = answer[:_BEGINNING]
    if code == "en" and len(start.encode()) > _FOREIGN * len(start):
        asked = _LANGUAGES
    if asked == ("en", "en") and not any(map(start.lower().__contains__, _ENGLISH_SIGNS)):
        return False
    return any((found := pattern("refusal", one)) is not None and found.search(start) for one in dict.fromkeys(asked))
