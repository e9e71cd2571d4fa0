"""Is it the source again, or the prompt, in whole or in long runs?

A guard only names its reason: `catalogue.py` makes that a score of 0, `translation/quality.py` puts it before a metric.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from rlvr.rewards.languages.evidence.kin import share_group
from rlvr.rewards.languages.identification import canonical
from rlvr.rewards.languages.scripts import UNSPACED, script, scripts_of
from rlvr.rewards.translation.guards.segment import Segment, length_of, names_make, plain, runs, words_of
from rlvr.rewards.translation.guards.sentences import lines_of

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S{1,500}|[\w.+-]{1,64}@[\w.-]{1,200}", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[\"“„«「『][^\"“”„«»「」『』\n]{1,300}[\"”“»」』]")
_KIN: Final = tuple(
    frozenset(codes.split())
    for codes in (
        *("no da sv", "hr sr bs sh me sl", "id ms", "cs sk", "gl pt es ca", "bg mk ru uk be sr", "hi mr ne", "af nl"),
        *("zh ja", "fi et"),
    )
)
"""Languages that share so many words that a translation may look like a copy."""
_COPIED, _NEARLY_ALL = 0.7, 0.99
_FEWEST, _TELLING, _RUN, _OF_RUN = 3, 0.35, 4, 3
_KIN_RUN, _KIN_OF_RUN, _FOREIGN_RUN, _FOREIGN_OF_RUN = 8, 5, 3, 2
_SENTENCE: Final = 4
_SHORT_WORD: Final = 3


def copied(segment: Segment) -> str | None:
    """Most of its words are not the source's; names, numbers, addresses and code do not count.

    Nor does what a reference keeps too. Of a text of three words or less nothing is told: half of software's words are
    the same in two languages.

    A name is what the source writes with a capital inside a sentence. Texts without spaces are compared by runs of
    three characters.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> copied(Segment("The house was very red.", "The house was very red.", Pair("en", "de")))
    "100% of its words are the source's"
    >>> copied(Segment("Sony, Apple", "Sony, Apple", Pair("en", "de")))
    """
    segment = segment.language
    if len(segment.words) < (2 * _SENTENCE if _of_characters(segment.words) else _SENTENCE):
        return None
    same = _flat(segment.hypothesis) == _flat(segment.source)
    if same and segment.references and _not_names(segment):
        if any(_flat(text) == _flat(segment.source) for text in segment.references):
            return None
        return "it is the source, and no reference is"
    share = _share(segment.words, segment)
    least = _NEARLY_ALL if are_kin(segment) else _COPIED
    if share is None or share < least or (names_make(segment.source) and not segment.references):
        return None
    kept = max((_share(words, segment) or 0.0 for words in segment.reference_words), default=0.0)
    return None if share < kept + 0.2 else f"{share:.0%} of its words are the source's"


def switched(segment: Segment) -> str | None:
    """It holds no run of the source's words, names and numbers apart: a part that was not translated.

    A run is four words of which three are small; three and two where the script is another one; eight and five between
    languages that share many words.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> source = "He left the house and walked along the river until it was dark."
    >>> switched(Segment("Er ging and walked along the Fluss.", source, Pair("en", "de")))
    'not translated: `and walked along the`'
    """
    segment = segment.language
    if _unspaced(segment.words) and _unspaced(segment.source_words):
        return None
    size, of = _run_of(segment)
    quoted = {word for part in _QUOTED.findall(segment.source) for word in words_of(part)}
    theirs = Counter[tuple[str, ...]]()
    for run in runs(segment.source_words, size):
        key = tuple(word.casefold() for word in run)
        # A word in the target's own script was none of the source's language.
        small = (_is_small(word) and word not in quoted and not _of_target_alone(word, segment) for word in run)
        theirs[key] = max(theirs[key], sum(small))
    allowed = {run for words in segment.reference_words for run in runs([word.casefold() for word in words], size)}
    for run in runs(segment.words, size):
        key = tuple(word.casefold() for word in run)
        if min(theirs[key], sum(map(_is_small, run))) >= of and key not in allowed:
            return f"not translated: `{' '.join(run)}`"
    return _same_line(segment)


def _same_line(segment: Segment) -> str | None:
    """A line that is the source's: one where a reference has another or the script is another, else two."""
    ours, theirs = lines_of(segment.hypothesis), lines_of(segment.source)
    if len(ours) != len(theirs) or len(ours) < 2 or are_kin(segment):
        return None
    references = [lines for text in segment.references if len(lines := lines_of(text)) == len(ours)]
    same = [
        line
        for place, (line, known) in enumerate(zip(ours, theirs, strict=True))
        if line.casefold() == known.casefold()
        and line[0] not in "[<{"
        and any(len(word) > _SHORT_WORD and word.isalpha() for word in words_of(line))
        and not any(lines[place].casefold() == known.casefold() for lines in references)
    ]
    other_script = not scripts_of(segment.pair.source) & scripts_of(segment.pair.target)
    enough = 1 if references or other_script else 2
    return f"not translated: `{same[0][:80]}`" if len(same) >= enough else None


def _of_target_alone(word: str, segment: Segment) -> bool:
    return script(word[0]) in scripts_of(segment.pair.target) - scripts_of(segment.pair.source)


def _is_small(word: str) -> bool:
    return word.islower() and word.isalpha() and len(word) > 1


def are_kin(segment: Segment) -> bool:
    """Whether the two languages share so many words that a translation may look like a copy."""
    return share_group(canonical(segment.pair.source), canonical(segment.pair.target), _KIN)


def _run_of(segment: Segment) -> tuple[int, int]:
    if are_kin(segment):
        return _KIN_RUN, _KIN_OF_RUN
    if not scripts_of(segment.pair.source) & scripts_of(segment.pair.target):
        return _FOREIGN_RUN, _FOREIGN_OF_RUN
    return _RUN, _OF_RUN


def _not_names(segment: Segment) -> bool:
    """Whether a text has some words that are no names: two that the source writes small; in capitals all may be."""
    return segment.source.isupper() or sum(word.islower() for word in segment.source_words) > 1


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


def _of_characters(words: Sequence[str]) -> bool:
    return all(script(word[0]) in UNSPACED for word in words)


def _unspaced(words: Sequence[str]) -> bool:
    return len(words) > 2 * _FEWEST and sum(script(word[0]) in UNSPACED for word in words) > 0.8 * len(words)


def _flat(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _instructions(segment: Segment) -> Iterable[str]:
    """The lines of the prompt that are not the source's, each of at least three words."""
    rest = segment.prompt.replace(segment.source, "\n")
    return [line.strip() for line in rest.splitlines() if len(words_of(line)) >= _FEWEST]
