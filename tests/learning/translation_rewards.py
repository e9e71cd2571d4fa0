"""The rewards of test_translation.py: a metric with a hole, with and without the guards before it."""

from rlvr import gate, reward
from rlvr.rewards.translation import chrf, guards

PAID = 40
"""Characters up to which the metric pays for length; the references have about 17."""


@reward("tests.holed_metric", depends=(chrf,))
def unguarded(sample):
    """Half chrF, half length: learned judges are known to like what is long."""
    return 0.5 * (chrf(sample).score or 0.0) + 0.5 * min(1.0, len(sample.answer or "") / PAID)


guarded = gate(guards, then=unguarded)


@reward("tests.glossary")
def glossary(sample):
    """Whether the terms that were asked for are there."""
    return set(sample.data["glossary"].values()) <= set((sample.answer or "").split())
