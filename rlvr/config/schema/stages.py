"""The stages that are not the main one: from text, demonstrations and preferences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from rlvr.config.schema.allowed import COUNT, FROM_ZERO, POSITIVE, Range, number
from rlvr.config.schema.optim import OptimConfig

SUPERVISED: Final = ("cpt", "sft")
"""The stages that learn from text that is there: they need no reward."""


@dataclass
class CptConfig:
    """Continued pretraining on the documents of `data.mixture`.

    Attributes:
        steps: How many.
        batch_size: Sequences a step.
        sequence_tokens: Tokens of each. Documents follow each other in it without seeing each other; one that does not
            fit goes on in the next.
        optim: See `OptimConfig`.
    """

    steps: int = number(1000, FROM_ZERO)
    batch_size: int = number(32, COUNT)
    sequence_tokens: int = number(2048, Range(2))
    optim: OptimConfig = field(default_factory=lambda: OptimConfig(lr=1e-5))


@dataclass
class SftConfig:
    """Supervised steps on chats of `data.mixture`, or else on the tasks' demonstrations.

    They come before the main stage, or are a stage of their own.

    Attributes:
        steps: How many at most; 0 for none.
        until: End as soon as the held-out strict reward reaches this; null to go through all steps.
        until_every: Steps between looks at it.
        batch_size: Demonstrations a step.
        max_tokens: Longer chats of the mixture are left out, and counted; cut ones would teach to stop anywhere.
        packing: Lay several demonstrations in one row, without padding; they do not see each other, and the loss is the
            same.
        optim: See `OptimConfig`; the main stage starts with a fresh optimiser.
    """

    steps: int = number(0, FROM_ZERO)
    until: float | None = None
    until_every: int = 20
    batch_size: int = number(64, COUNT)
    max_tokens: int = number(2048, Range(2))
    packing: bool = False
    optim: OptimConfig = field(default_factory=lambda: OptimConfig(lr=1e-5))


@dataclass
class WpoConfig:
    """Preference learning: WPO (arXiv 2406.11827), with DPO as the case without weights.

    Each step draws candidates from the policy as it is, adds those given, scores all together, and makes a pair of the
    best and the worst. `beta`, `batch_size`, the bound of 1 and the optimiser are those of the authors' configurations
    (github.com/wzhouad/WPO: Mistral 7B with lr 5e-7, Llama 3 8B with 1e-6); how many candidates is ours.

    Attributes:
        steps: How many.
        batch_size: Prompts a step; each gives a pair at most.
        candidates: Drawn from the policy for each prompt; 0 learns from the given ones alone (off-policy).
        given: Also take the tasks' `candidates` and those of `given_file` (hybrid); false is on-policy.
        given_file: JSONL or parquet of `{"prompt", "candidates"}`, matched with the tasks by prompt.
        reward_model: Folder of a model that scores the candidates instead of `reward` (one number for a text,
            `AutoModelForSequenceClassification`).
        min_gap: Scores of a pair differ by as much at least; equal ones never make a pair.
        beta: How strongly the policy is held to the reference policy, which is the policy at the stage's start.
        weighting: Weight pairs by how likely the policy is to write them; false is plain DPO.
        most_weight: Bound on a pair's weight; null for none, as in the paper's text.
        label_smoothing: Share of pairs taken to be the wrong way round.
        optim: See `OptimConfig`.
    """

    steps: int = number(500, FROM_ZERO)
    batch_size: int = number(128, COUNT)
    candidates: int = number(4, FROM_ZERO)
    given: bool = True
    given_file: str | None = None
    reward_model: str | None = None
    min_gap: float = number(0.0, FROM_ZERO)
    beta: float = number(0.01, POSITIVE)
    weighting: bool = True
    most_weight: float | None = number(1.0, Range(0, above=True, hint="`null` is for none."))
    label_smoothing: float = number(0.0, Range(0, 0.5, below=True))
    optim: OptimConfig = field(default_factory=lambda: OptimConfig(lr=5e-7, warmup_steps=50, schedule="cosine"))
