"""From verdicts to a gradient."""

from __future__ import annotations

from dataclasses import dataclass, field

from rlvr.algorithms.names import ADVANTAGE_NAMES, AGGREGATION_MODES, KL_KINDS, POLICY_LOSS_NAMES, REWARD_SCALES
from rlvr.config.schema.allowed import COUNT, FROM_ZERO, Range, choice, number


@dataclass
class KlConfig:
    """The penalty that keeps the policy near the reference policy (the policy the run started from).

    Attributes:
        coef: Weight of the penalty; 0 for no reference policy at all.
        kind: Estimator: k1, k2, k3, k1+ or k3+ (the last two have the value of k1 or k3 and the gradient of k2).
        place: `loss` or `reward`.
    """

    coef: float = number(0.0, FROM_ZERO)
    kind: str = choice("k3", KL_KINDS)
    place: str = choice("loss", ("loss", "reward"))


@dataclass
class AlgorithmConfig:
    """From verdicts to a gradient.

    Attributes:
        group_size: Samples of each task, at least 2.
        prompts_per_step: Tasks in a step.
        mini_batches: Optimiser updates a step; each takes an equal share of the step's tasks.
        epochs: Passes over a step's samples.
        advantage: grpo, dr_grpo, rloo or gdpo.
        scale_by_std: Divide by the group's standard deviation (grpo and gdpo).
        reward_scale: Before rewards of different kinds are learned from together: `raw` leaves scores as they are,
            `range` maps each reward's range to [0, 1], `rms` divides advantages by their root mean square over those
            samples of the step that have the same reward.
        redraws: Dynamic sampling (arXiv 2503.14476): groups whose scores are all equal are replaced by further tasks
            of their source, at most so many times in a step; 0 for none.
        loss: ppo_clip, gspo or cispo.
        clip_low: Lower side of the clip range: ratios below 1 - clip_low; null for the loss's own (ppo_clip 0.2, gspo
            3e-4, cispo 0.2).
        clip_high: Upper side; null for the loss's own (ppo_clip 0.2, gspo 4e-4, cispo 0.2).
        dual_clip: Bound on the ratio for negative advantages (arXiv 1912.09729); null for none.
        aggregation: token-mean, token-sum, seq-mean-token-mean, seq-mean-token-sum or seq-mean-token-sum-norm.
        kl: See `KlConfig`.
        entropy_coef: Weight of the entropy bonus.
        importance_cap: Cap of the truncated importance weights for the gap between rollout and trainer; null for none.
        old_log_probs: `policy` recomputes them in the trainer (free with one update a step), `rollout` takes the
            rollout's.
        mask_truncated: Leave truncated samples out of the loss.
        overlong_buffer: Tokens before the limit in which a growing penalty begins; 0 for none.
        overlong_penalty: The penalty at the limit.
    """

    group_size: int = 8
    prompts_per_step: int = number(16, COUNT)
    mini_batches: int = number(1, COUNT)
    epochs: int = number(1, COUNT)
    advantage: str = choice("grpo", ADVANTAGE_NAMES)
    scale_by_std: bool = True
    reward_scale: str = choice("raw", REWARD_SCALES)
    redraws: int = number(0, FROM_ZERO)
    loss: str = choice("ppo_clip", POLICY_LOSS_NAMES)
    clip_low: float | None = number(None, FROM_ZERO)
    clip_high: float | None = number(None, FROM_ZERO)
    dual_clip: float | None = number(3.0, Range(1, above=True, hint="`null` is for none."))
    aggregation: str = choice("token-mean", AGGREGATION_MODES)
    kl: KlConfig = field(default_factory=KlConfig)
    entropy_coef: float = number(0.0, FROM_ZERO)
    importance_cap: float | None = number(None, Range(0, above=True, hint="`null` is for none."))
    old_log_probs: str = choice("policy", ("policy", "rollout"))
    mask_truncated: bool = False
    overlong_buffer: int = number(0, FROM_ZERO)
    overlong_penalty: float = number(1.0, FROM_ZERO)
