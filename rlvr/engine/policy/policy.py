"""The policy: a sharded model, its optimiser, the frozen reference, and one forward pass that all losses share."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from rlvr.algorithms.entropy import collision_log_probs, entropy_from_logits, log_probs_from_logits
from rlvr.config.schema import OptimConfig, TrainConfig
from rlvr.engine.policy import distributed
from rlvr.engine.policy.lora import add_adapters
from rlvr.engine.policy.model import DTYPES, check_vocabulary, load_model, load_tokenizer, model_folder
from rlvr.engine.policy.sharing import can_share_prompts
from rlvr.engine.update.batch import MicroBatch
from rlvr.engine.update.texts import TextMicro


class Policy:
    """A causal language model under training, or this rank's shard of it.

    Weights and optimiser state are float32 whatever `model.dtype` says: in bfloat16 an update of 1e-6 would round to
    nothing. `model.dtype` is the type of the arithmetic.

    Args:
        config: The run's configuration.
        rank: Of this process.
        device: Of this process.
    """

    def __init__(self, config: TrainConfig, *, rank: int, device: torch.device) -> None:
        self.config, self.rank, self.ranks, self.device = config, rank, config.engine.ranks, device
        self.compute_dtype = DTYPES[config.model.dtype]
        self.tokenizer = load_tokenizer(model_folder(config.model))
        self.model = self._load(config)
        self.model.train()
        self.shares_prompts = self.ranks == 1 and can_share_prompts(self.model)
        self.reference = self._load(config).requires_grad_(False).eval() if _needs_reference(config) else None
        self.optimizer: torch.optim.Optimizer
        self.scheduler: torch.optim.lr_scheduler.LRScheduler
        self.optim: OptimConfig
        self.start_stage(config.optim, config.run.steps)

    def _load(self, config: TrainConfig) -> nn.Module:
        model = load_model(config.model, seed=config.run.seed, device=self.device)
        check_vocabulary(model, self.tokenizer, model_folder(config.model))
        if config.model.lora.rank:
            add_adapters(model, config.model.lora, seed=config.run.seed)
        return distributed.shard(model, self.ranks, self.device, self.compute_dtype)

    def start_stage(self, optim: OptimConfig, steps: int) -> None:
        """A fresh optimiser and schedule; the weights stay. The reference policy becomes the current one."""
        self.optim = optim
        if self.reference is not None:
            self.reference.load_state_dict(self.model.state_dict())
        self.optimizer = torch.optim.AdamW(
            _decayed_groups(self.model, optim.weight_decay),
            lr=optim.lr,
            betas=(optim.betas[0], optim.betas[1]),
            eps=optim.eps,
            # One kernel for all of a step; not there for sharded tensors.
            fused=self.ranks == 1,
        )
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, schedule(optim, steps))

    def autocast(self) -> AbstractContextManager[Any]:
        """Arithmetic in `model.dtype`, where FSDP does not already see to it."""
        if self.compute_dtype == torch.float32 or self.ranks > 1:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.compute_dtype)

    def log_probs(
        self, micro: MicroBatch, temperature: float, *, reference: bool = False, entropy: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Log-probabilities of the tokens at the columns of a micro-batch, and the entropy of the distributions there.

        Args:
            micro: The rows.
            temperature: Of sampling.
            reference: By the reference policy.
            entropy: Whether to compute the entropy too.

        Returns:
            (b, C) with gradient where it is enabled, and (b, C) or None. Columns outside `micro.mask` hold anything.
        """
        parts = self._predictions(micro, reference=reference)
        values = torch.cat([log_probs_from_logits(logits, ids, temperature) for logits, ids in parts], 1)
        entropies = torch.cat([entropy_from_logits(logits, temperature) for logits, _ in parts], 1) if entropy else None
        if micro.shared is not None:
            return micro.place(values), None if entropies is None else micro.place(entropies)
        return values, entropies

    def log_probs_and_collision(self, micro: MicroBatch) -> tuple[Tensor, Tensor]:
        """Log-probabilities as `log_probs` gives them, at temperature 1, and `log sum_v p(v)^2` of each distribution.

        Returns:
            (b, C) with gradient where it is enabled, and (b, C) without.
        """
        parts = self._predictions(micro, reference=False)
        values = torch.cat([log_probs_from_logits(logits, ids) for logits, ids in parts], 1)
        collision = torch.cat([collision_log_probs(logits) for logits, _ in parts], 1)
        return (values, collision) if micro.shared is None else (micro.place(values), micro.place(collision))

    def _predictions(self, micro: MicroBatch, *, reference: bool) -> list[tuple[Tensor, Tensor]]:
        """Logits over the tokenizer's vocabulary, and the ids they are about."""
        model: Any = self.reference if reference else self.model
        with self.autocast():
            if micro.shared is not None:
                parts = micro.shared.predictions(model)
            else:
                logits: Tensor = model(
                    input_ids=micro.ids[:, :-1], use_cache=False, logits_to_keep=micro.columns
                ).logits
                parts = [(logits, micro.ids[:, -micro.columns :])]
        size = len(self.tokenizer)
        # Prompt columns and padding may hold ids beyond the tokenizer's; any valid id does there.
        return [(logits[..., :size], ids.clamp(max=size - 1)) for logits, ids in parts]

    def text_log_probs(self, micro: TextMicro) -> Tensor:
        """Log-probabilities of the tokens from column `start` on, each given its own text before it.

        Returns:
            (b, C) with gradient where it is enabled. Columns that are not learned hold anything.
        """
        model: Any = self.model
        with self.autocast():
            logits: Tensor = model(
                input_ids=micro.ids[:, :-1],
                position_ids=None if micro.positions is None else micro.positions[:, :-1],
                use_cache=False,
                logits_to_keep=micro.columns,
            ).logits
        size = len(self.tokenizer)
        return log_probs_from_logits(logits[..., :size], micro.ids[:, micro.start :].clamp(max=size - 1))

    @property
    def learning_rate(self) -> float:
        """That of the next step."""
        return float(self.scheduler.get_last_lr()[0])

    def step(self) -> float:
        """Clips the gradients, makes one optimiser step, moves the schedule; returns the gradient norm.

        A gradient that is not finite leaves the weights as they are.
        """
        norm = distributed.clip_gradients(self.model, self.optim.max_grad_norm)
        if math.isfinite(norm):
            self.optimizer.step()
            self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=True)
        return norm


def schedule(optim: OptimConfig, steps: int) -> Callable[[int], float]:
    """The factor on the learning rate at each step: linear warm-up, then constant, linear or cosine down to 0.

    >>> factor = schedule(OptimConfig(warmup_steps=2, schedule="linear"), 6)
    >>> [round(factor(step), 2) for step in range(6)]
    [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]
    """

    def factor(step: int) -> float:
        if step < optim.warmup_steps:
            return (step + 1) / optim.warmup_steps
        done = (step - optim.warmup_steps) / max(1, steps - optim.warmup_steps)
        if optim.schedule == "linear":
            return max(0.0, 1.0 - done)
        if optim.schedule == "cosine":
            return 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))
        return 1.0

    return factor


def _needs_reference(config: TrainConfig) -> bool:
    return config.stage == "wpo" or config.algorithm.kl.coef > 0


def _decayed_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices decay, vectors (norms, biases) do not."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in trained if parameter.ndim >= 2]
    vectors = [parameter for parameter in trained if parameter.ndim < 2]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]
