"""`mt.follow`: a translation that follows the instructions of its task."""

from __future__ import annotations

from unicodedata import normalize

from rlvr import Sample, Verdict, reward
from rlvr.errors import DataError
from rlvr.rewards.constraints.answer import Answer
from rlvr.rewards.constraints.gates.translation import FLOOR, no_translation
from rlvr.rewards.constraints.judging import judge_gates
from rlvr.rewards.constraints.request import read_constraints, read_gate
from rlvr.rewards.constraints.running_text import running_text
from rlvr.rewards.translation.fields import hypothesis_of, pair_of, references_of, source_of
from rlvr.rewards.translation.guards.segment import Segment
from rlvr.sample import prompt_text

_LONGEST = 100_000


@reward(
    "mt.follow",
    isolate="process",
    preload=("babel", "icu4py.breakers", "markdown_it", "sacrebleu", "snowballstemmer"),
)
def follow(sample: Sample) -> Verdict:
    """The constraints of the task are followed: the product of the gates times the mean of the others.

    Args:
        sample: A translation task (`rlvr.rewards.translation.fields`); `data` holds besides

            * `constraints`: `[{"id": "terms:keep", "terms": ["Berlin"]}, ...]`; `"gate": true` or `false` in one says
              whether less than all of it fails the answer, where the catalogue says otherwise
            * `gate`: whether what is no translation of the source scores 0, whatever it keeps; true by default
            * `floor`: chrF++ that a translation reaches with the nearest reference, 20 by default (a quarter of it for
              Chinese, Japanese and Thai), 0 for none; part of that gate

    Returns:
        A verdict whose `metrics` hold the score of each constraint by its id.

    Raises:
        DataError: Source, languages or constraints cannot be read; the message names the key (status `error`).

    >>> task = {"source": "NASA has 3 rockets.", "source_language": "en", "target_language": "de",
    ...     "constraints": [{"id": "terms:keep", "terms": ["NASA"]}, {"id": "numbers:same"}]}
    >>> follow.check("Die NASA hat 3 Raketen.", reference="Die NASA hat 3 Raketen.", data=task).score
    1.0
    >>> verdict = follow.check("Die NASA hat 4 Raketen.", reference="Die NASA hat 3 Raketen.", data=task)
    >>> verdict.score, verdict.metrics["numbers:same"], verdict.explanation
    (0.5, 0.0, 'numbers:same 0: missing: 3; too many: 4')
    """
    source, pair = normalize("NFC", source_of(sample)), pair_of(sample)
    references = tuple(normalize("NFC", text) for text in references_of(sample, required=False))
    asked, floor, gated = read_constraints(sample.data), _read_floor(sample), read_gate(sample.data)
    answer = hypothesis_of(sample)
    if answer is None:
        return Verdict.wrong("there is no translation")
    if len(answer) > _LONGEST:
        return Verdict.wrong(f"{len(answer)} characters; a translation has {_LONGEST} at most")
    answer = normalize("NFC", answer)
    if gated:
        running = tuple(running_text(text, asked) for text in (answer, source, *references))
        segment = Segment(running[0], running[1], pair, running[2:], prompt_text(sample.prompt))
        if why := no_translation(segment, floor):
            return Verdict.wrong(f"no translation: {why}", extracted=answer[:200])
    return judge_gates(Answer.translating(source, answer, pair, references), asked)


def _read_floor(sample: Sample) -> float:
    given = sample.data.get("floor", FLOOR)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 100:
        raise DataError(f"`data.floor` is {given!r}; it is a chrF++ from 0 to 100.")
    return float(given)
