"""Check on the answer as a whole: the translation and nothing else."""

from __future__ import annotations

from rlvr.rewards.constraints.translation_catalogue import Outcome, Translation, constraint
from rlvr.rewards.translation.guards.chatter import bare, unquoted
from rlvr.rewards.translation.guards.copying import echoed
from rlvr.rewards.translation.guards.segment import Segment


@constraint("output:only", "Answer with the translation and nothing else.", gate=True)
def only(translation: Translation) -> Outcome:
    """No preface, label, note, markup or quotation marks of its own, and the source is not repeated.

    >>> from rlvr.rewards.translation.fields import Pair
    >>> made = Translation.of("The house is red.", "Translation:\\nDas Haus ist rot.", Pair("en", "de"))
    >>> only(made).why
    'it begins with `Translation:`'
    """
    references = tuple(one.text for one in translation.references)
    segment = Segment(translation.answer.text, translation.source.text, translation.pair, references)
    why = bare(segment) or unquoted(segment) or echoed(segment)
    return Outcome(float(why is None), why or "the translation alone")
