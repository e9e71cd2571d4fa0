"""Check on the answer as a whole: the translation and nothing else."""

from __future__ import annotations

from typing import Final

from rlvr.rewards.constraints.answer import Answer, Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.translation.guards.added import counted
from rlvr.rewards.translation.guards.chatter import bare, unquoted
from rlvr.rewards.translation.guards.copying import echoed
from rlvr.rewards.translation.guards.segment import Segment

PREFIXES: Final = ("output:",)


@constraint("output:only", "Answer with the translation and nothing else.", gate=True)
def only(translation: Answer) -> Outcome:
    """Nothing that the source lacks: line, sentence, label, bracket, markup or quotation marks; and no source again.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> made = Answer.translating("The house is red.", "Translation:\\nDas Haus ist rot.", Pair("en", "de"))
    >>> only(made).reason
    'before a colon: `Translation:`'
    """
    references = tuple(one.text for one in translation.references)
    segment = Segment(translation.text, translation.original.text, translation.pair, references)
    why = bare(segment) or unquoted(segment) or counted(segment) or echoed(segment)
    return Outcome(float(why is None), why or "the translation alone")
