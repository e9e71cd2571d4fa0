"""What a text holds besides language: placeholders, tags, addresses, code; taken out before words are judged."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rlvr.rewards.constraints.checks.translation.tokens import PLACEHOLDER, PRINTF
from rlvr.rewards.constraints.running_text import running_text

_ENTITY: Final = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{2,5});")
_SPAN: Final = re.compile(r"``?[^`\n]{1,200}`{1,2}|`[^`'\n]{1,80}'")
_REPR: Final = re.compile(r"%(?:\d{1,2}\$)?[r%]")
_COMMAND: Final = re.compile(r"(?<!\S)--?[A-Za-z][\w-]{0,40}(?:=\S{1,80})?")
_CODE: Final = re.compile(
    r"(?<![A-Za-z0-9_$@#~])[A-Za-z0-9_$@#~]{0,60}(?:[A-Za-z][_=@#\\/]|[_=@#\\/][A-Za-z]|[A-Za-z]\d|[a-z]\.[a-z]|[A-Za-z][:\[]+[A-Za-z]|[a-z]\([A-Z]"
    r"|::|\(\))"
    r"[A-Za-z0-9_$@#~.=:\\/()\[\]-]{0,200}"
)
FILLED: Final = "\ufffc"
"""Stands where something is filled in: a name, a number."""
_INVISIBLE: Final = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2060\u3164\ufeff\uffa0")
_CEDILLAS: Final = str.maketrans("şţŞŢ", "șțȘȚ")


def composed(text: str, language: str) -> str:
    """Letters and accents as one character each (NFC), and the comma below of Romanian for what fonts made a cedilla.

    >>> composed("e\\u0301te\\u0301", "fr"), composed("şi", "ro") == "și", composed("şu", "tr") == "şu"
    ('été', True, True)
    """
    text = unicodedata.normalize("NFC", text)
    return text.translate(_CEDILLAS) if language.partition("-")[0].lower() == "ro" else text


def masked(text: str) -> str:
    """A text without what is no language, each piece a space; what is filled in is one sign.

    >>> masked("Set max_tokens=512 in config.yaml for <b>%(user)s</b>.").split()
    ['Set', 'in', 'for', '￼', '.']
    """
    for pattern in (PLACEHOLDER, PRINTF):
        text = pattern.sub(f" {FILLED} ", text)
    text = running_text(text, ())
    for pattern in (_ENTITY, _SPAN, _COMMAND, _REPR, _CODE):
        text = pattern.sub(" ", text)
    return text


def visible(text: str) -> str:
    """A text without characters that are not seen.

    >>> visible("\\u200bJa\\u2060"), visible("\\u200b\\u3164")
    ('Ja', '')
    """
    return "".join(sign for sign in text if not invisible(sign))


def invisible(sign: str) -> bool:
    """Whether a character is not seen, and joins nothing either (as the joiners of Indic scripts and emojis do).

    >>> invisible("\\u200b"), invisible("\\u200d"), invisible("a")
    (True, False, False)
    """
    if sign in _INVISIBLE or "\U000e0000" <= sign <= "\U000e0fff":
        return True
    return unicodedata.category(sign) == "Cf" and sign not in "\u200c\u200d"
