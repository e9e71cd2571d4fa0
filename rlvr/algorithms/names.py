"""The names a configuration may use, without torch: a bad name is found before anything heavy loads.

`rlvr.algorithms.catalogue` gives the functions behind them; a test holds the two together.

>>> "dr_grpo" in ADVANTAGE_NAMES
True
"""

from __future__ import annotations

from typing import Literal, get_args

AdvantageName = Literal["grpo", "dr_grpo", "rloo", "gdpo"]
PolicyLossName = Literal["ppo_clip", "gspo", "cispo"]
AggregationMode = Literal[
    "token-mean", "token-sum", "seq-mean-token-mean", "seq-mean-token-sum", "seq-mean-token-sum-norm"
]
KLKind = Literal["k1", "k2", "k3", "k1+", "k3+"]
CorrectionLevel = Literal["token", "sequence"]
SingletonRule = Literal["zero", "raw"]
RewardScale = Literal["raw", "range", "rms"]

ADVANTAGE_NAMES: tuple[AdvantageName, ...] = get_args(AdvantageName)
POLICY_LOSS_NAMES: tuple[PolicyLossName, ...] = get_args(PolicyLossName)
AGGREGATION_MODES: tuple[AggregationMode, ...] = get_args(AggregationMode)
KL_KINDS: tuple[KLKind, ...] = get_args(KLKind)
CORRECTION_LEVELS: tuple[CorrectionLevel, ...] = get_args(CorrectionLevel)
REWARD_SCALES: tuple[RewardScale, ...] = get_args(RewardScale)
SINGLETON_RULES: tuple[SingletonRule, ...] = get_args(SingletonRule)
