# ruff: noqa: RUF001 - signs of many scripts are the subject
"""Is there anything that the source does not have: lines, sentences, a label, brackets?

Nothing is known here of what a preface or a note says, so that it may say it in any language.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from rlvr.rewards.languages.scripts import scripts_of
from rlvr.rewards.translation.guards.length import expected_length, is_dense
from rlvr.rewards.translation.guards.masking import FILLED
from rlvr.rewards.translation.guards.segment import Segment, all_sentences, length_of, plain, words_of
from rlvr.rewards.translation.guards.sentences import lines_of

_BRIEF, _ROOM, _DENSE_ROOM, _SIDE = 0.5, 1.3, 1.45, 0.6
_REST, _SHARED, _LABEL = 0.75, 0.8, 60
_WRAP = 45
_COLON: Final = re.compile(r"[:：](?=\s|\Z|[^\W\d_])")
_INSIDE_WORD: Final = re.compile(r"(?<=[^\W\d_]):(?=[^\W\d_])")
_OPENING_QUOTE: Final = re.compile(r"\s*[\"“”„«»‘’'「『]")
_QUOTE: Final = re.compile(r"[\"“”„«»「『]")
_TIME: Final = re.compile(r"(?<=\d):(?=\s?\d)")
_DASH: Final = re.compile(r"\s(?:--?|–|—)\s|—|--")
_EXCLAMATION: Final = re.compile(r"[!?！？]")
_EXCLAIMED: Final = re.compile(r"\s*[^\W\d_][^!?！？\n]{0,40}[!?！？]\s+(?=[^\W\d_])")
_STROKE: Final = re.compile(r"[/|／｜]")
_PARTED: Final = re.compile(r"\s(?:/|\||／|｜)\s")
_NAME, _SHORTENED = 6, 5
_SENTENCE, _WORDS, _LETTERS = 6, 2, 20
_PAIRS: Final = ("「」", "『』", "“”", '""', "«»", "„“", "''", "()", "（）")
_BRACKETED: Final = re.compile(
    r"(?P<before>.?)(?:\((?P<a>[^()]{1,400})\)|（(?P<b>[^（）]{1,400})）|\[(?P<c>[^\[\]]{1,400})\]|【(?P<d>[^【】]{1,400})】|\{(?P<e>[^{}]{1,400})\}|<(?P<f>[^<>]{2,400})>)(?P<after>.?)",
    re.S,
)


def counted(segment: Segment) -> str | None:
    """It has no more lines and sentences than its source or a reference has, unless a sentence was parted in two.

    A sentence more is one that the source lacks where it is a brief one at either end, or where the whole is longer
    than a translation is expected to be.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> counted(Segment("Klar!\\n\\nDas Haus ist rot.", "The house is red.", Pair("en", "de")))
    '2 lines, and 1 in the source'
    >>> counted(Segment("Gern! Das Haus ist rot.", "The house is red.", Pair("en", "de")))
    '2 sentences, and 1 in the source: `Gern!`'
    """
    language = segment.language
    ours, most = len(language.sentences), max(map(len, language.known_sentences))
    # What may end a sentence is counted on both sides, and what surely does.
    more = len(all_sentences(language.hypothesis, generous=True)) > max(map(len, language.known_most_sentences))
    if why := _lines(segment, more=more):
        return why
    if ours > most and more and (extra := _extra_sentence(language)):
        return f"{ours} sentences, and {most} in the source: `{extra[:80]}`"
    # Before a small letter no sentence ends; a translation of words that are no sentence goes on with one.
    exclaimed = _EXCLAIMED.match(language.plain)
    goes_on = exclaimed and not language.plain[exclaimed.end()].isupper()
    if exclaimed and goes_on and not any(map(_EXCLAMATION.search, language.known_texts)):
        return f"an exclamation that the source does not have: `{exclaimed[0].strip()}`"
    return None


def labelled(segment: Segment) -> str | None:
    """Before a colon that neither source nor reference has there is no text of its own.

    The colon is the source's where what follows is less than the whole: a colon may stand for a word.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> labelled(Segment("Auf Deutsch: Das Haus ist rot.", "The house is red.", Pair("en", "de")))
    'before a colon: `Auf Deutsch:`'
    >>> labelled(Segment("Hinweis: Das Haus ist rot.", "Note: the house is red.", Pair("en", "de")))
    """
    language = segment.language
    text = language.plain
    ours = _colons(text)
    # A dash is a colon in another language.
    if not ours or len(ours) <= max(
        len(_colons(plain(known))) + len(_DASH.findall(known)) for known in language.known_texts
    ):
        return None
    before, after = text[: ours[0]], text[ours[0] + 1 :]
    if len(before) > _LABEL or not any(map(str.isalpha, before)) or FILLED in before:
        return None
    if _is_value(after) or any(map(str.isdigit, before)) or _quotes(after, language):
        return None
    if length_of(after) < _REST * expected_length(language) and not _beside_a_reference(before, after, language):
        return None
    return f"before a colon: `{before.strip()[-60:]}:`"


def bracketed(segment: Segment) -> str | None:
    """It has no bracket of its own, nor the whole a second time behind a stroke.

    Names in the letters of the source, endings (`(e)s`) and what the source quotes may stand in brackets.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> bracketed(Segment("Das Haus ist rot. (Wörtlich.)", "The house is red.", Pair("en", "de")))
    'a bracket that the source does not have: `Wörtlich.`'
    """
    language = segment.language
    text = language.hypothesis
    if any("<" in known for known in segment.known_texts):
        text = text.replace("<", " ").replace(">", " ")  # a tag may be translated
    parts = [part for part in _brackets(text) if not _explained(part, language)]
    if len(parts) > max(len(_brackets(text)) for text in language.known_texts):
        for part in parts:
            whole = length_of(part) >= _REST * expected_length(language)
            if whole or _glossed(part, language) or _beside_the_whole(part, language):
                return f"a bracket that the source does not have: `{part.strip()[:80]}`"
    sides = _PARTED.split(language.hypothesis)
    if len(sides) > 1 and not any(map(_STROKE.search, segment.known_texts)):
        least = _SIDE * expected_length(language)
        if sum(length_of(side) >= least for side in sides) > 1:
            return f"said again behind a stroke: `{sides[-1].strip()[:80]}`"
    return None


def _beside_a_reference(before: str, after: str, language: Segment) -> bool:
    """Whether most words behind the colon are a reference's, and none before it is."""
    for words in language.reference_words:
        known = {word.casefold() for word in words}
        ours, extra = ([word.casefold() for word in words_of(text)] for text in (after, before))
        if ours and sum(word in known for word in ours) >= _SHARED * len(ours) and known.isdisjoint(extra):
            return True
    return False


def _is_value(text: str) -> bool:
    """Whether a number or what is filled in stands first: a label of it."""
    first = text.lstrip()[:1]
    return first.isdigit() or first == FILLED


def _quotes(after: str, language: Segment) -> bool:
    """Whether what was said follows, where the source quotes it too: at its end, or as the whole that follows here."""
    if not _OPENING_QUOTE.match(after) or not any(map(_QUOTE.search, language.known_texts)):
        return False
    last = after.rstrip().rstrip(".!?。！？…")[-1:]
    return not any(map(_OPENING_QUOTE.match, language.known_texts)) or bool(_QUOTE.match(last))


def _lines(segment: Segment, *, more: bool) -> str | None:
    """More lines; one more may be one of as many sentences."""
    ours, known = lines_of(segment.hypothesis), [lines_of(text) for text in segment.known_texts]
    most = max(map(len, known))
    if len(ours) <= most or (not more and len(ours) == most + 1):
        return None
    if most > 1 and any(len(line) > _WRAP for lines in known for line in lines[:-1]):
        return None  # where lines are wrapped their number says nothing
    return f"{len(ours)} lines, and {most} in the source"


def _extra_sentence(language: Segment) -> str | None:
    sentences = language.sentences
    if not any(language.known_sentences):
        return None
    expected = expected_length(language)
    # A sentence of the source has as many characters as its translation would have.
    scale = expected_length(replace(language, references=())) / max(1, length_of(language.source))
    scales = (scale, *(1.0 for _ in language.references))
    first, last = (
        min(
            factor * length_of(known[end])
            for known, factor in zip(language.known_sentences, scales, strict=True)
            if known
        )
        for end in (0, -1)
    )
    # Whoever is greeted by name before a comma may be greeted in a sentence.
    names = {word for word in language.source_words if word[0].isupper() or not word.isalpha()}
    for sentence, theirs in ((sentences[0], first), (sentences[-1], last)):
        rest = sum(map(length_of, sentences)) - length_of(sentence)
        excused = sentence is sentences[0] and sentence[-1] not in "!！" and _begins_with_a_word(language)
        named = excused or FILLED in sentence or any(word in names for word in words_of(sentence))
        # What stands in brackets is judged as that.
        brief = length_of(sentence) < _BRIEF * theirs and sentence[0] not in "(（["
        if brief and rest >= _REST * expected and not named:
            return sentence
    dense = not language.references and is_dense(language.pair.target)
    if sum(map(length_of, sentences)) > (_DENSE_ROOM if dense else _ROOM) * expected:
        return sentences[-1]
    return None


def _begins_with_a_word(language: Segment) -> bool:
    """Whether the source begins with a word or two before a comma: `Sorry, no match` is two sentences in Korean."""
    before, comma, _ = language.source.partition(",")
    return bool(comma) and len(before.split()) <= _WORDS


def _colons(text: str) -> list[int]:
    inside = {found.start() for pattern in (_INSIDE_WORD, _TIME) for found in pattern.finditer(text)}
    return [found.start() for found in _COLON.finditer(text) if found.start() not in inside]


def _brackets(text: str) -> list[str]:
    """What stands in brackets, endings of words apart."""
    found = list[str]()
    for match in _BRACKETED.finditer(text):
        inner = next(part for part in match.group("a", "b", "c", "d", "e", "f") if part is not None)
        attached = match["before"].isalnum() or match["after"].isalpha()
        if any(map(str.isalnum, inner)) and not (attached and len(inner) <= 5):
            found.append(inner)
    return found


def _explained(part: str, language: Segment) -> bool:
    """Whether a translation may add a part in brackets: a name or an abbreviation, or what the source quotes."""
    words = words_of(part)
    if not part.islower() and _squeezed(part) in _squeezed(language.source):
        return True
    if len(words) <= _NAME and all(word[0].isupper() or not word.isalpha() for word in words):
        foreign = all(word.isascii() for word in words) and "LATIN" not in scripts_of(language.pair.target)
        return foreign or all(word.casefold() in language.known or len(word) <= _SHORTENED for word in words)
    if all(word.capitalize() in language.source_words for word in words):
        return True
    return any(f"{left}{part.strip()}{right}" in language.source for left, right in _PAIRS)


def _squeezed(text: str) -> str:
    """Without spaces: tokenisers cut names at letters they do not know."""
    return re.sub(r"\s", "", text)


def _glossed(part: str, language: Segment) -> bool:
    """Whether words of the source stand there again, untranslated."""
    words = [word.casefold() for word in words_of(part)]
    if len(words) > 1 and words == [word.casefold() for word in language.source_words]:
        return True
    return len(language.source_words) >= _SENTENCE and all(word in language.source_words for word in words_of(part))


def _beside_the_whole(part: str, language: Segment) -> bool:
    """Whether a part is more than a word or two, and the rest is the whole translation without it."""
    rest = length_of(language.hypothesis) - length_of(part)
    apart = re.search(rf"[.!?。！？]\s*[(（\[【{{<]{re.escape(part)}", language.hypothesis)
    brief = not apart and len(part.split()) <= _WORDS and length_of(part) <= _LETTERS and part.strip()[-1].isalnum()
    return not brief and rest >= _REST * expected_length(language)
