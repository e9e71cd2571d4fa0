"""Scoring samples during training: killable processes, deadlines, an error budget, latency figures.

>>> from rlvr import Sample, reward
>>> from rlvr.scoring import Scorer
>>> @reward("demo.even", isolate="process", timeout=2.0)
... def even(sample):
...     return int(sample.answer) % 2 == 0
>>> with Scorer(even, workers=1) as scorer:
...     [verdict.score for verdict in scorer.score([Sample("4"), Sample("5")])]
[1.0, 0.0]
"""

from rlvr.scoring.budget import ErrorBudget
from rlvr.scoring.outcome import OnError, settle
from rlvr.scoring.scorer import Scorer
from rlvr.scoring.stats import RewardStats

__all__ = ["ErrorBudget", "OnError", "RewardStats", "Scorer", "settle"]
