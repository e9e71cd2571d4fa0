"""Is it the source again, or the prompt, in whole or in long runs?

A guard only names its reason: `catalogue.py` makes that a score of 0, `translation/quality.py` puts it before a metric.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from rlvr.rewards.languages.scripts import UNSPACED, script, scripts_of
from rlvr.rewards.translation.guards.segment import Segment, length_of, names_make, plain, runs, words_of

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S{1,500}|[\w.+-]{1,64}@[\w.-]{1,200}", re.IGNORECASE)
_COPIED: Final = 0.7
_FEWEST, _TELLING, _RUN, _OF_RUN = 3, 0.35, 8, 5


def copied(segment: Segment) -> str | None:
    """Most of its words are not the source's; names, numbers and addresses do not count.

    Nor does what a reference keeps too.

    A name is what the source writes with a capital inside a sentence. Texts without spaces are compared by runs of
    three characters.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> copied(Segment("The house is red.", "The house is red.", Pair("en", "de")))
    "100% of its words are the source's"
    >>> copied(Segment("Sony, Apple", "Sony, Apple", Pair("en", "de")))
    """
    same = _flat(segment.hypothesis) == _flat(segment.source)
    if same and segment.references and not any(_flat(text) == _flat(segment.source) for text in segment.references):
        return "it is the source, and no reference is"
    share = _share(segment.words, segment)
    if share is None or share < _COPIED or (names_make(segment.source) and not segment.references):
        return None
    kept = max((_share(words, segment) or 0.0 for words in segment.reference_words), default=0.0)
    return None if share < kept + 0.2 else f"{share:.0%} of its words are the source's"


def switched(segment: Segment) -> str | None:
    """It holds no long run of the source's words, names and numbers apart: a part that was not translated.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> source = "He left the house and walked along the river until it was dark."
    >>> switched(Segment("Er ging and walked along the river until it was spät.", source, Pair("en", "de")))
    'not translated: `and walked along the river until it was`'
    """
    if _unspaced(segment.words):
        return None
    theirs = {run for run in runs([word.casefold() for word in segment.source_words], _RUN)}
    allowed = {run for words in segment.reference_words for run in runs([word.casefold() for word in words], _RUN)}
    small = {word for word in segment.source_words if word.islower()}
    for run in runs([word.casefold() for word in segment.words], _RUN):
        if run in theirs and run not in allowed and sum(word in small for word in run) >= _OF_RUN:
            return f"not translated: `{' '.join(run)}`"
    return None


def echoed(segment: Segment) -> str | None:
    """It repeats neither a line of the prompt nor the whole source before or after the translation.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> prompt = "Translate this English text to German:\\nThe house is red."
    >>> echoed(Segment("Translate this English text to German:\\nDas Haus ist rot.", "The house is red.",
    ...     Pair("en", "de"), prompt=prompt))
    'it repeats the prompt: `Translate this English text to German:`'
    """
    said = _flat(segment.hypothesis)
    allowed = "\n".join(map(_flat, (segment.source, *segment.references)))
    for line in _instructions(segment):
        if _flat(line) in said and _flat(line) not in allowed:
            return f"it repeats the prompt: `{line[:80]}`"
    source = _flat(segment.source)
    longer = length_of(said) > 1.25 * length_of(source)
    if (
        length_of(source) >= 10
        and source in said
        and longer
        and not any(source in _flat(t) for t in segment.references)
    ):
        return "it repeats the source beside the translation"
    return None


def names_in(source: str) -> frozenset[str]:
    """What the source writes with a capital inside a sentence or with digits, and addresses; without case.

    >>> sorted(names_in("The house of Bob Smith was sold in 1999."))
    ['1999', 'bob', 'smith']
    """
    found = set[str]()
    for sentence in re.split(r"(?<=[.!?:])\s+(?=[^\W\d_])|[\n\"“„«]", plain(source)):
        words = words_of(sentence)
        # In headlines and shouting a capital says nothing.
        capital = sum(word[0].isupper() for word in words)
        inner = words[1:] if capital <= 0.8 * len(words) or len(words) < _FEWEST else []
        found.update(word.casefold() for word in inner if word[0].isupper())
    found.update(word.casefold() for address in _ADDRESS.findall(source) for word in words_of(address))
    return frozenset(found | {word.casefold() for word in words_of(source) if any(map(str.isdigit, word))})


def _share(words: Sequence[str], segment: Segment) -> float | None:
    """The share of telling words that are the source's; `None` where too few tell."""
    folded, theirs = [word.casefold() for word in words], [word.casefold() for word in segment.source_words]
    if _unspaced(words):
        own, known = list(runs(folded, 3)), set(runs(theirs, 3))
        return sum(run in known for run in own) / len(own) if len(own) >= 2 * _FEWEST else None
    names, known, own = names_in(segment.source), set(theirs), scripts_of(segment.pair.source)
    # What a source holds in another script than its language's was a name there already.
    kept = {word for word in known if own and script(word[0]) not in own}
    telling = [word for word in folded if _telling(word) and word not in names | kept]
    enough = len(telling) >= max(_FEWEST, _TELLING * len(folded))
    return sum(word in known for word in telling) / len(telling) if enough else None


def _telling(word: str) -> bool:
    return (len(word) > 1 or script(word) in UNSPACED) and word.isalpha()


def _unspaced(words: Sequence[str]) -> bool:
    return len(words) > 2 * _FEWEST and sum(script(word[0]) in UNSPACED for word in words) > 0.8 * len(words)


def _flat(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _instructions(segment: Segment) -> Iterable[str]:
    """The lines of the prompt that are not the source's, each of at least three words."""
    rest = segment.prompt.replace(segment.source, "\n")
    return [line.strip() for line in rest.splitlines() if len(words_of(line)) >= _FEWEST]
