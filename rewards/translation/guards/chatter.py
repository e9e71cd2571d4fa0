# ruff: noqa: RUF001 - signs of many scripts are the subject
"""Is it the translation alone: no markup, marks or quotation marks of its own around it?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import emoji

from rlvr.rewards.translation.guards.added import bracketed, labelled
from rlvr.rewards.translation.guards.segment import Segment, all_sentences, names_make

_MARKUP: Final = (
    re.compile(r"```|~~~|~~(?=\S)"),
    re.compile(r"\*\*|__(?=\S)"),
    re.compile(r"(?<![\w*_])([*_])(?=[^\s*_])[^*_\n]{0,2000}(?<=[^\s*_])\1(?![\w*_])"),
    re.compile(r"</?[A-Za-z][\w-]{0,30}(?:\s[^<>]{0,200})?/?>"),
    re.compile(r"<\|[^|<>]{1,40}\|>|\[/?INST\]|<<SYS>>|</?s>"),
    re.compile(r"(?:^|\n)\s*#{1,6}\s"),
    re.compile(r"\\boxed\s*\{|\\text\s*\{|\$\$"),
    re.compile(r"&(?:nbsp|quot|amp|lt|gt|#\d{2,5});"),
    re.compile(r"^\s*[{\[]\s*\"[^\"\n]{1,40}\"\s*:"),
    re.compile(r"`[^`\n]{1,2000}`"),
    re.compile(r"\"{3}|'{3}"),
)
_QUOTES: Final = '"“”„‟«»‹›「」『』〝〞＂'
_SINGLE: Final = "'‘’‚`´"
_ANY_QUOTE: Final = frozenset(_QUOTES + _SINGLE)
_CLOSING: Final = frozenset(")]}）】」』〉》”’»“‘›\"'")
_MAY_BEGIN: Final = frozenset("¿¡%$€£¥₹&@+.…,，、。§©®№˜#(（《〈<[{【-\\") | _ANY_QUOTE
_ARROW: Final = re.compile(r"[-=]+>|-(?=\s)|[#](?=\s)")
_WRAPS: Final = ("()", "（）", "[]", "【】", "{}", "<>", "《》", "〈〉")
_NUMBERED: Final = re.compile(r"\s*(?:\d{1,2}|[A-Za-z])[.)](?=\s+\D)")
_EMOTICON: Final = re.compile(r"(?<!\w)[:;=]['-]?[)(DPp\]/|]+(?!\w)|\^_?\^|<3(?!\d)")
_ELLIPSIS: Final = re.compile(r"\.\.\.|……|…")
_MOST_BEHIND: Final = 1
_UPPER, _UPPER_SOURCE, _CAPITALS = 0.9, 0.6, 12
_PAUSES: Final = tuple(",，、;；")
_BEHIND_THE_END: Final = re.compile(r"[.!?。！？][\"'”’»›“)」』]*\s?[,;，、；]?\s[^.!?。！？…।॥۔؟]{1,40}\Z")
_ENDS: Final = re.compile(r"[.!?。！？…।॥۔؟][\"'”’»›“)」』]*\s*\Z")
_DASHES: Final = frozenset("-–—")


def bare(segment: Segment) -> str | None:
    """It is the translation and nothing else: no label, bracket, markup, sign or emoji of its own.

    What the source or a reference has too is let off.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> bare(Segment("Deutsch: Das Haus ist rot.", "The house is red.", Pair("en", "de")))
    'before a colon: `Deutsch:`'
    >>> bare(Segment("**Das Haus ist rot.**", "The house is red.", Pair("en", "de")))
    'markup that the source does not have: `**`'
    >>> bare(Segment("→ Das Haus ist rot.", "The house is red.", Pair("en", "de")))
    'it begins with `→`, and the source does not'
    """
    for pattern in _MARKUP:
        if (found := pattern.search(segment.hypothesis)) and not any(map(pattern.search, segment.known_texts)):
            return f"markup that the source does not have: `{found.group().strip()[:80]}`"
    return _signs(segment) or labelled(segment) or bracketed(segment) or _capitals(segment.language)


def unquoted(segment: Segment) -> str | None:
    """It has no quotation marks of its own: none around the whole, none doubled, not many more than its source.

    A policy that is judged by a model learns to add them (SSR-Zero, arXiv 2505.16637). A title may be written in them.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> unquoted(Segment('"Das Haus ist rot."', "The house is red.", Pair("en", "de")))
    'quotation marks around the whole, which the source does not have'
    >>> unquoted(Segment("«Война и мир»", "War and Peace", Pair("en", "ru")))
    """
    known = segment.known_texts
    for marks in (_QUOTES, _QUOTES + _SINGLE):
        if (
            _wrapped(segment.hypothesis, marks)
            and not any(_touches(text, _QUOTES + _SINGLE) for text in known)
            and not _titled(segment)
        ):
            return "quotation marks around the whole, which the source does not have"
    ours, most = _count(segment.hypothesis), max(map(_count, known))
    if _most_in(known, _doubled) < _doubled(segment.hypothesis):
        return "doubled quotation marks, which the source does not have"
    if ours > most + 6 and ours > 2 * most:
        return f"{ours} quotation marks, and {most} in the source"
    return None


def _signs(segment: Segment) -> str | None:
    text, known = segment.hypothesis, segment.known_texts
    if (signs := _before(text)) and not any(_begins_alike(one, signs) for one in known):
        return f"it begins with `{signs[:20]}`, and the source does not"
    if (found := _NUMBERED.match(text)) and not any(_begins_with_number(one) for one in known):
        return f"it begins with `{found[0].strip()}`, and the source does not"
    if (pair := _brackets_around(text)) and not any(map(_brackets_around, known)):
        return f"`{pair}` around the whole, which the source does not have"
    if (found := _EMOTICON.search(text)) and not any(map(_EMOTICON.search, known)):
        return f"`{found[0]}`, which the source does not have"
    if emoji.emoji_count(text) > max(map(emoji.emoji_count, known)):
        return "more emojis than the source has"
    if (found := _BEHIND_THE_END.search(text)) and all(map(_ENDS.search, known)) and _goes_on(segment):
        return f"it goes on behind its end: `{found[0]}`"
    tail = _behind(text)
    if tail[-1:] in _PAUSES and not any(_behind(one)[-1:] in _PAUSES for one in known):
        return f"it ends in `{tail[-1]}`, and the source does not"
    within = any(tail[:-1] in re.sub(r"\s", "", one) for one in known)
    if len(tail) > max(len(_behind(one)) for one in known) + _MOST_BEHIND and not within:
        return f"it ends in `{tail[-20:]}`, and the source does not"
    return None


def _goes_on(segment: Segment) -> bool:
    """Whether what may be sentences are more than those of source and references."""
    language = segment.language
    ours = all_sentences(language.hypothesis.replace(".,", "."), generous=True)
    return len(ours) > max(map(len, language.known_most_sentences))


def _before(text: str) -> str:
    """The signs that a text begins with, where they are none that a text may well begin with."""
    text = text.lstrip()
    if arrow := _ARROW.match(text):
        return arrow[0]
    found = ""
    for sign in text:
        if not _is_sign(sign) or sign in _MAY_BEGIN:
            break
        found += sign
    return found


def _begins_alike(text: str, signs: str) -> bool:
    """Whether a text has one of these signs: and a dash opens speech, as quotation marks do."""
    if signs[0] in _DASHES:
        return text.lstrip()[:1] in _DASHES | _ANY_QUOTE
    text = unicodedata.normalize("NFKC", text)
    return any(sign in text for sign in unicodedata.normalize("NFKC", signs))


def _begins_with_number(text: str) -> bool:
    return bool(re.match(r"\W*(?:\d|[A-Za-z][.)])", text))


def _brackets_around(text: str) -> str:
    text = text.strip()
    inner = text.rstrip(".!?。！？ ")
    for pair in _WRAPS:
        if len(inner) > len(pair) and inner[0] == pair[0] and inner[-1] == pair[1] and pair[1] not in inner[1:-1]:
            return pair
    return ""


def _behind(text: str) -> str:
    """The signs at the end, without what closes brackets and quotations; an ellipsis is one."""
    found = ""
    for sign in reversed(text):
        if not _is_sign(sign) and not sign.isspace():
            break
        found = sign + found
    return "".join(sign for sign in _ELLIPSIS.sub("…", found) if not sign.isspace() and sign not in _CLOSING)


def _is_sign(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "PS"


def _capitals(segment: Segment) -> str | None:
    """Capitals throughout, where the source has none such."""
    if _upper(segment.hypothesis) > _UPPER and all(_upper(text) < _UPPER_SOURCE for text in segment.known_texts):
        return "it is in capitals, and the source is not"
    return None


def _upper(text: str) -> float:
    cased = [letter for letter in text if letter.isupper() or letter.islower()]
    return sum(map(str.isupper, cased)) / len(cased) if len(cased) >= _CAPITALS else 0.0


def _titled(segment: Segment) -> bool:
    """Whether the source may be a title: names, or hardly any sentence, and no full stop."""
    return segment.source.rstrip()[-1:].isalnum() and names_make(segment.source) and len(segment.source_words) > 1


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
