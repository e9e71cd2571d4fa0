"""Reinforcement learning with verifiable rewards.

What a reward needs is here; everything else is imported where it is used, so that `import rlvr` stays light:

>>> from rlvr import Sample, Verdict, reward
>>> @reward("demo.answer")
... def answer(sample: Sample) -> Verdict:
...     if sample.answer == sample.reference:
...         return Verdict.right(sample.answer)
...     return Verdict.wrong(f"{sample.answer} is not {sample.reference}")
>>> answer(Sample("41", reference="42")).explanation
'41 is not 42'
"""

from rlvr import bridges as bridges  # whose trainers' methods compositions then have
from rlvr.compose import clip, gate, minimum, watch
from rlvr.errors import RlvrError
from rlvr.judging import judge, judge_all
from rlvr.registry import get as get_reward
from rlvr.reward import Reward, batch_reward, group_reward, reward
from rlvr.sample import Message, Sample, Task
from rlvr.verdict import Status, Verdict

__version__ = "0.1.0"

__all__ = [
    "Message",
    "Reward",
    "RlvrError",
    "Sample",
    "Status",
    "Task",
    "Verdict",
    "batch_reward",
    "clip",
    "gate",
    "get_reward",
    "group_reward",
    "judge",
    "judge_all",
    "minimum",
    "reward",
    "watch",
]
