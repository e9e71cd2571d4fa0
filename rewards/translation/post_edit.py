"""`mt.post_edit`: how much nearer to the reference an edit brings a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast
from unicodedata import normalize

from rlvr import Sample, Verdict, reward
from rlvr.errors import DataError
from rlvr.rewards.constraints.gates.translation import no_translation
from rlvr.rewards.translation.fields import hypothesis_of, pair_of, references_of, source_of
from rlvr.rewards.translation.guards.added import counted
from rlvr.rewards.translation.guards.chatter import bare, unquoted
from rlvr.rewards.translation.guards.segment import LONGEST, Segment
from rlvr.rewards.translation.surface import chrf
from rlvr.sample import Json

NEUTRAL: Final = 0.5
"""What an unchanged draft earns."""

_WORST: Final = 0.25


@reward("mt.post_edit")
def post_edit(sample: Sample) -> Verdict:
    """Improvement over a draft, by chrF with the reference: 0.5 for the draft itself, 1 for the reference.

    Between the two it is the share of what there was to gain: 0.5 + 0.5 (c - d) / (1 - d), for the chrF of the answer c
    and of the draft d. An answer that is farther away loses quickly: 0 from a quarter of the draft's chrF lost on. A
    draft that is right already earns 1 when it is left as it is.

    A copy of the source, another language and other texts earn 0, as in `mt.follow`; so does an answer with a preface,
    a note or marks around it.

    Args:
        sample: A translation task (`rlvr.rewards.translation.fields`); `data.draft` is the translation to be edited,
            `reference` one good one or several.

    Raises:
        DataError: The task lacks its draft, its source, its languages or its reference (status `error`).

    >>> task = {"draft": "Das Haus ist roth.", "source": "The house is red.", "source_language": "en",
    ...     "target_language": "de"}
    >>> [post_edit.check(answer, reference="Das Haus ist rot.", data=task).score
    ...     for answer in ("Das Haus ist rot.", "Das Haus ist roth.", "Ja.")]
    [1.0, 0.5, 0.0]
    """
    draft = sample.data.get("draft")
    if not isinstance(draft, str) or not draft.strip():
        raise DataError("`data.draft` is missing; it is the translation to be edited.")
    source, pair = source_of(sample), pair_of(sample)
    references = [normalize("NFC", text) for text in references_of(sample)]
    answer = hypothesis_of(sample)
    if answer is None:
        return Verdict.wrong("there is no translation")
    if len(answer) > LONGEST:
        return Verdict.wrong(f"{len(answer)} characters; a translation has {LONGEST} at most")
    segment = Segment(answer, source, pair, tuple(references))
    if why := no_translation(segment):
        return Verdict.wrong(f"no translation: {why}", extracted=answer[:200])
    # What a draft has of its own (a bracket, a sentence more) may be left to it.
    beside = replace(segment, references=(*segment.references, draft))
    if why := bare(beside) or unquoted(beside) or counted(beside):
        return Verdict.wrong(f"more than an edit: {why}", extracted=answer[:200])
    before, after = (
        chrf(replace(sample, completion=normalize("NFC", text), reference=cast("Json", references)))
        for text in (draft, sample.completion)
    )
    start, end = float(before.score or 0.0), float(after.score or 0.0)
    said = f"chrF {100 * start:.1f} of the draft, {100 * end:.1f} of the answer"
    metrics = {"chrf_draft": start, "chrf": end, "gain": end - start}
    return Verdict(_score(start, end), extracted=after.extracted, explanation=said, metrics=metrics)


def _score(draft: float, answer: float) -> float:
    if answer >= draft:
        return 1.0 if draft >= 1.0 else NEUTRAL + (1 - NEUTRAL) * (answer - draft) / (1 - draft)
    return max(0.0, NEUTRAL * (1 - (draft - answer) / (_WORST * draft)))
