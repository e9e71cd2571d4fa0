# ruff: noqa: RUF001 - marks of other scripts are the subject
"""Checks on shares: kinds of sentences, stop words, what is taken over from a text, sentences of one length."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.text_views import code, folded
from rlvr.rewards.languages.function_words import stop_words as stop_words_of
from rlvr.rewards.languages.letters import clusters
from rlvr.rewards.languages.measures import Text

PREFIXES: Final = ("ratio:",)
_KINDS = {"declarative": ".。．।॥۔።…", "interrogative": "?？؟፧", "exclamatory": "!！"}
_AFTER = "*_`~\"'“”‘’«»「」『』)）]】 \t"
_UNMARKED = frozenset(("th", "lo"))


@constraint("ratio:sentence_type", "Write twice as many statements as questions.")
def sentence_type(text: Text) -> Outcome:
    """Two statements for each question, and one question at least."""
    if code(text) in _UNMARKED:
        return Outcome(None, f"{text.language} does not mark the end of a sentence")
    kinds = kinds_of(text)
    stated, asked = kinds["declarative"], kinds["interrogative"]
    return Outcome(stated == 2 * asked > 0, f"{stated} statements and {asked} questions")


@constraint("ratio:sentence_balance", "Write as many statements as questions and as exclamations.")
def sentence_balance(text: Text) -> Outcome:
    """As many of each kind, and one of each at least."""
    if code(text) in _UNMARKED:
        return Outcome(None, f"{text.language} does not mark the end of a sentence")
    counts = [kinds_of(text)[kind] for kind in _KINDS]
    said = ", ".join(f"{count} {kind}" for count, kind in zip(counts, _KINDS, strict=True))
    return Outcome(counts[0] == counts[1] == counts[2] > 0, said)


@constraint("ratio:stop_words", "Let at most {percentage} % of the words be stop words.")
def stop_words(text: Text, percentage: int) -> Outcome:
    """At most that share of the words is on the list of the declared language."""
    known = stop_words_of(text.language)
    if not known:
        return Outcome(None, f"no stop words of {text.language} are known")
    words = folded(text)
    found = sum(word in known for word in words)
    # Contractions of two stop words are not on the English list.
    found += sum("'" in word and word not in known and word.split("'")[0] in known for word in words)
    share = 100 * found / len(words) if words else 100.0
    return Outcome(share <= percentage, f"{share:.1f} % stop words, at most {percentage} % wanted")


@constraint(
    "ratio:overlap",
    "Let {percentage} % (2 more or less) of your runs of three words be in this text: {reference_text}",
)
def overlap(text: Text, reference_text: str, percentage: int) -> Outcome:
    """That share of the different runs of three words, two points more or less, is in the reference."""
    own, theirs = _runs(folded(text)), _runs(folded(Text(reference_text, text.language)))
    if not own:
        return Outcome(False, "fewer than three words")
    share = 100 * len(own & theirs) / len(own)
    return Outcome(abs(share - percentage) <= 2, f"{share:.1f} % of the runs of three words, {percentage} % wanted")


@constraint("ratio:sentence_words", "Write three sentences of as many characters each, and use no word twice.")
def sentence_words(text: Text) -> Outcome:
    """Three sentences of the same length in characters; no word occurs twice."""
    lengths = [len(clusters(sentence)) for sentence in text.sentences]
    if len(lengths) != 3 or len(set(lengths)) != 1:
        return Outcome(False, f"sentences of {lengths[:9]} characters")
    word, times = Counter(folded(text)).most_common(1)[0]
    return Outcome(times == 1, f"three sentences of {lengths[0]} characters; {word!r} {times} times")


def kinds_of(text: Text) -> Counter[str]:
    """How many sentences end in a mark of each kind, quotation marks and markup after it aside.

    >>> kinds_of(Text('He asked: "Why?" She ran. Help!'))["interrogative"]
    1
    """
    ends = [sentence.rstrip(_AFTER)[-1:] for sentence in text.sentences]
    marks = {**_KINDS, "interrogative": _KINDS["interrogative"] + ";"} if code(text) == "el" else _KINDS
    return Counter(kind for end in ends for kind, known in marks.items() if end and end in known)


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return set(zip(words, words[1:], words[2:], strict=False))
