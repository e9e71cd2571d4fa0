"""Which words of a parallel corpus translate each other: enough for glossaries, learnt from the rows themselves.

Two words belong together where each is the other's best partner by the Dice coefficient of the rows they occur in
(Smadja, McKeown and Hatzivassiloglou 1996). Forms of a word count as one, by stem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rlvr.rewards.constraints.arguments import Term
from rlvr.rewards.languages.matching import stem_of
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.pairs import Pair

_LEAST_ROWS: Final = 3
_LEAST_DICE: Final = 0.55
_FREQUENT: Final = 0.03


@dataclass(frozen=True)
class Parallel:
    """A source text and a reference translation of it.

    >>> Parallel("A house.", "Ein Haus.", Pair("en", "de")).pair.target
    'de'
    """

    source: str
    reference: str
    pair: Pair


def learn_terms(rows: Sequence[Parallel]) -> list[Term]:
    """Pairs of words that translate each other in the rows of one language pair, the surest first.

    >>> texts = [("red house", "rotes Haus"), ("old house", "altes Haus"), ("new house", "neues Haus"), ("red", "rot")]
    >>> more = [("tree", "Baum")] * 100
    >>> rows = [Parallel(source, target, Pair("en", "de")) for source, target in (*texts, *more)]
    >>> [str(term) for term in learn_terms(rows)]
    ['house → Haus']
    """
    if not rows:
        return []
    pair = rows[0].pair
    sources = [_stems(row.source, pair.source) for row in rows]
    targets = [_stems(row.reference, pair.target) for row in rows]
    in_source = Counter(stem for stems in sources for stem in stems)
    in_target = Counter(stem for stems in targets for stem in stems)
    most = max(_LEAST_ROWS, _FREQUENT * len(rows))
    known = {stem for stem, count in in_source.items() if _LEAST_ROWS <= count <= most}
    others = {stem for stem, count in in_target.items() if _LEAST_ROWS <= count <= most}
    together = Counter(
        (one, other)
        for source, target in zip(sources, targets, strict=True)
        for one in source.keys() & known
        for other in target.keys() & others
    )
    dice = {both: 2 * count / (in_source[both[0]] + in_target[both[1]]) for both, count in together.items()}
    best: dict[str, float] = {}
    for (one, other), value in dice.items():
        for key in (f"s{one}", f"t{other}"):
            best[key] = max(best.get(key, 0.0), value)
    forms = _commonest(sources), _commonest(targets)
    chosen = [
        (value, forms[0][one], forms[1][other])
        for (one, other), value in dice.items()
        if value >= _LEAST_DICE and value == best[f"s{one}"] == best[f"t{other}"]
    ]
    ordered = sorted(chosen, key=lambda found: (-found[0], found[1], found[2]))
    return [Term(source, [target]) for _, source, target in ordered if source.casefold() != target.casefold()]


def _stems(text: str, language: str) -> dict[str, str]:
    """The words of a text that may be terms, by stem."""
    words = [word for word in Text(text, language).words if word.isalpha()]
    least = 4 if any(word.isascii() for word in words) or not words or words[0] < "\u2e80" else 2
    return {stem_of(word, language): word for word in words if len(word) >= (2 if word > "\u2e80" else least)}


def _commonest(rows: Sequence[dict[str, str]]) -> dict[str, str]:
    counts = Counter((stem, word) for row in rows for stem, word in row.items())
    found: dict[str, str] = {}
    for (stem, word), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        found.setdefault(stem, word)
    return found
