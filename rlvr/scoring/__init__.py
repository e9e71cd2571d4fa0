"""Scoring samples during training: killable processes, deadlines, an error budget, latency figures.

What happens at a deadline: the worker process of a reward with `isolate="process"` is killed (`process.py`) and
replaced (`driver.py`), and the sample's status is `timeout`, without a score. A batch that is late is asked again
sample by sample, so that only the guilty one pays. `outcome.py` says what that means for training (`on_error`: masked,
floored or fatal), and `budget.py` ends a run of which more than 2 % fails. Nothing can end an inline reward;
`overdue.py` warns of it.

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
