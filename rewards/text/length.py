"""`text.length`: the answer keeps to length limits."""

from __future__ import annotations

from typing import cast

from rlvr import Sample, Status, Verdict, reward
from rlvr.sample import is_mapping


@reward("text.length")
def length(sample: Sample) -> Verdict:
    """1 within the limits; outside, 1 minus the relative overshoot: |length - limit| / limit, not below 0.

    Args:
        sample: `reference` (or else `data`) is `{"min": int, "max": int, "unit": "characters" | "words" | "tokens"}`,
            one of the limits at least; the unit is words by default. Characters and words are those of the answer,
            tokens those of the whole completion; where their number is not known the reward abstains.

    Raises:
        ValueError: No limits, or limits that no text can keep (status `error`).

    >>> limits = {"max": 4, "unit": "words"}
    >>> length.check("one two three", reference=limits).score
    1.0
    >>> length.check("one two three four five", reference=limits).score
    0.75
    """
    low, high, unit = _limits(sample)
    expected = f"{low} to {high} {unit}" if high is not None else f"at least {low} {unit}"
    if unit == "tokens":
        if sample.n_tokens is None:
            return Verdict.unscored(Status.ABSTAINED, "the number of tokens is not known", expected=expected)
        count = sample.n_tokens
    elif sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no answer", expected=expected)
    else:
        count = len(sample.answer.strip()) if unit == "characters" else len(sample.answer.split())
    limit = max(count, low)
    if high is not None:
        limit = min(limit, high)
    # `limit` is 0 only for an answer that should be empty and is not.
    score = 1.0 if count == limit else max(0.0, 1.0 - abs(count - limit) / limit) if limit else 0.0
    explanation = f"{count} {unit}, {'within' if score == 1.0 else 'outside'} {expected}"
    return Verdict(
        score, extracted=f"{count} {unit}", expected=expected, explanation=explanation, metrics={unit: count}
    )


def _limits(sample: Sample) -> tuple[int, int | None, str]:
    limits = sample.reference if is_mapping(sample.reference) else sample.data
    low, high, unit = limits.get("min"), limits.get("max"), limits.get("unit", "words")
    whole = all(limit is None or (isinstance(limit, int) and limit >= 0) for limit in (low, high))
    if not whole or (low is None and high is None) or unit not in ("characters", "words", "tokens"):
        raise ValueError(f"no length limits: min {low!r}, max {high!r}, unit {unit!r}")
    low, high = cast("int | None", low) or 0, cast("int | None", high)
    if high is not None and low > high:
        raise ValueError(f"min {low} is above max {high}")
    return low, high, str(unit)
