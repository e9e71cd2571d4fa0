"""A sample's texts for a metric, and what becomes of a segment that does not fit the model's window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from rlvr import Sample, Status, Verdict
from rlvr.rewards.translation.comet.metric import Result, Segment, TooLong
from rlvr.rewards.translation.fields import hypothesis_of, references_of, source_of
from rlvr.rewards.translation.guards.sentences import sentences_of

Several = Literal["best", "mean"]
"""What counts of several references."""


class Scores(Protocol):
    """What scores segments: a `Metric`, or an actor that has one."""

    def score(self, segments: Sequence[Segment]) -> list[Result]:
        """A result for each segment, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """How a sample is scored: segments whose mean counts, once for each reference; the best reference counts.

    Args:
        readings: For each reference (or without one) the segments.
    """

    readings: tuple[tuple[Segment, ...], ...]


def segments_of(sample: Sample, *, references: bool | None) -> Parts | None:
    """The segments of a sample; None where the answer holds no translation.

    Args:
        sample: Of a translation task.
        references: True where the metric needs one, False where it uses none, None where it takes what there is.

    Raises:
        DataError: The task lacks what the metric needs.

    >>> segments_of(Sample("Hallo!", data={"source": "Hello!"}), references=None)
    Parts(readings=((Segment(src='Hello!', mt='Hallo!', ref=None),),))
    """
    source = source_of(sample)
    known = () if references is False else references_of(sample, required=references is True)
    hypothesis = hypothesis_of(sample)
    if hypothesis is None:
        return None
    return Parts(tuple((Segment(source, hypothesis, ref),) for ref in known or (None,)))


def by_sentences(segment: Segment) -> tuple[Segment, ...]:
    """A text's segments, sentence by sentence; where one text has more of them several stand for one of another.

    One segment where source, translation or reference is one sentence.

    >>> parts = by_sentences(Segment("He came. She went. It rained.", "Er kam, sie ging. Es goss."))
    >>> [(part.src, part.mt) for part in parts]
    [('He came.', 'Er kam, sie ging.'), ('She went. It rained.', 'Es goss.')]
    """
    texts = [segment.src, segment.mt, *([] if segment.ref is None else [segment.ref])]
    sentences = [sentences_of(text, generous=True) for text in texts]
    count = min(map(len, sentences))
    if count < 2:
        return (segment,)
    rows = [
        [" ".join(found[at * len(found) // count : (at + 1) * len(found) // count]) for found in sentences]
        for at in range(count)
    ]
    return tuple(Segment(*row) for row in rows)


def by_lines(segment: Segment) -> tuple[Segment, ...]:
    """A document's segments, line by line; by sentences where its texts have other numbers of lines, or one.

    >>> [part.mt for part in by_lines(Segment("One.\\nTwo.", "Eins.\\n\\nZwei."))]
    ['Eins.', 'Zwei.']
    """
    texts = [segment.src, segment.mt, *([] if segment.ref is None else [segment.ref])]
    lines = [[line for line in text.splitlines() if line.strip()] for text in texts]
    if len({len(found) for found in lines}) != 1 or len(lines[0]) < 2:
        return by_sentences(segment)
    return tuple(Segment(*row) for row in zip(*lines, strict=True))


def score_samples(
    metric: Scores, samples: Sequence[Sample], references: bool | None, several: Several = "best"
) -> list[Verdict | list[Result]]:
    """For each sample the results of its readings, one for each of its segments; or the verdict where none is.

    A segment that the model's window does not hold is split by lines where source, translation and reference have
    equally many, else by sentences. Where that cannot be (one of them is a single sentence) the translation is at fault
    when the task itself would fit: it scores lowest.

    Args:
        metric: What scores segments.
        samples: Of translation tasks.
        references: Whether the metric needs references, `None` where it takes what there is.
        several: Of several references the `best` reading, or all of them, whose scores are averaged (`mean`).

    Raises:
        DataError: A task lacks what the metric needs.
        MissingDependencyError, ModelError: The metric cannot be asked.
    """
    parts = [segments_of(sample, references=references) for sample in samples]
    first = _scored(metric, [reading for one in parts if one is not None for reading in one.readings])
    longer = {reading: by_lines(reading[0]) for reading, results in first.items() if results[0].too_long is not None}
    second = _scored(metric, [split for split in longer.values() if len(split) > 1])
    verdicts: list[Verdict | list[Result]] = []
    for one in parts:
        if one is None:
            verdicts.append(Verdict.wrong("the answer holds no translation"))
            continue
        found = [second.get(longer.get(reading, ()), first[reading]) for reading in one.readings]
        verdicts.append(_best(found) if several == "best" else _all(found))
    return verdicts


def _scored(metric: Scores, readings: Sequence[tuple[Segment, ...]]) -> dict[tuple[Segment, ...], list[Result]]:
    flat = [segment for reading in readings for segment in reading]
    results = iter(metric.score(flat)) if flat else iter(())
    return {reading: [next(results) for _ in reading] for reading in readings}


def _best(readings: Sequence[list[Result]]) -> Verdict | list[Result]:
    scored = [results for results in readings if all(one.score is not None for one in results)]
    if scored:
        return max(scored, key=mean)
    worst = next(one for one in readings[0] if one.score is None)
    if worst.too_long is None:
        return Verdict.unscored(Status.ERROR, worst.error)
    return _not_seen(worst.too_long)


def _all(readings: Sequence[list[Result]]) -> Verdict | list[Result]:
    """The results of all readings together, each reading as often as the others: their mean is that of the readings."""
    best = _best(readings)
    scored = [results for results in readings if all(one.score is not None for one in results)]
    if isinstance(best, Verdict) or len({len(results) for results in scored}) > 1:
        return best
    return [one for results in scored for one in results]


def mean(results: Sequence[Result]) -> float:
    """The mean score of segments, all of which have one."""
    return sum(one.score or 0.0 for one in results) / len(results)


def _not_seen(found: TooLong) -> Verdict:
    if found.each:
        task = max(found.src, found.ref) > found.window
    else:
        task = found.src + found.ref + max(found.src, found.ref) > found.window
    counts = f"{found.mt} tokens of translation, {found.src} of source, {found.ref} of reference"
    where = f"the metric sees {found.window} tokens{' of each' if found.each else ''}: {counts}"
    metrics = {"tokens": float(found.mt), "window": float(found.window)}
    if task:
        why = f"{where}. The task is too long for this metric: give it in segments, or with lines that correspond"
        return Verdict.unscored(Status.ERROR, why, metrics=metrics)
    return replace(Verdict.wrong(f"the translation is too long, {where}"), metrics=metrics)
