"""The classes that actors run: a policy worker for each rank, and a rollout worker where the policy is sharded.

They are plain classes. With one rank the policy worker generates from its own weights; with several, a rollout worker
holds a whole copy that takes the new weights after each step. A rollout engine of another make stands where
`RolloutWorker` does: see `Rollout`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor

from rlvr.config.schema import OptimConfig, TrainConfig
from rlvr.engine.policy import checkpoint, distributed, export
from rlvr.engine.policy.allocator import keep_freed_memory
from rlvr.engine.policy.lora import merged_weights
from rlvr.engine.policy.model import (
    DTYPES,
    Tokenizer,
    cast_weights,
    load_model,
    load_tokenizer,
    model_folder,
    parameter_count,
    stop_ids,
)
from rlvr.engine.policy.policy import Policy
from rlvr.engine.rollout.generation import Completion, Sampling, Vocabulary, generate
from rlvr.engine.update.batch import FloatArray, TrainBatch, micro_batches
from rlvr.engine.update.preference import PairBatch, PairOutcome, PreferenceReport, pair_outcomes, preference_update
from rlvr.engine.update.supervised import supervised_update, text_losses
from rlvr.engine.update.texts import TextBatch
from rlvr.engine.update.update import UpdateReport, policy_update, token_log_probs


class Rollout(Protocol):
    """What a rollout engine must do."""

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        samples_per_prompt: int,
        sampling: Sampling,
        done: Collection[int] = (),
    ) -> Iterator[list[Completion]]:
        """Completions, in whatever order they are finished; none for the prompts whose places are in `done`."""
        ...

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Takes new weights, whole, by their names in the Hugging Face model."""
        ...

    def close(self) -> None:
        """Ends what it started."""
        ...


class PolicyWorker:
    """One rank of the policy.

    Args:
        config: The run's configuration.
        rank: Which rank.
        address: `host:port` where the ranks meet; empty with one rank.
    """

    def __init__(self, config: TrainConfig, rank: int = 0, address: str = "") -> None:
        device = distributed.pick_device(config.engine.device, rank)
        _set_up(config, device)
        distributed.join(rank, config.engine.ranks, address, device)
        self.config = config
        self.policy = Policy(config, rank=rank, device=device)
        self.vocabulary = vocabulary(model_folder(config.model), self.policy.tokenizer)

    def describe(self) -> dict[str, Any]:
        """What there is to know of the policy, for provenance and progress."""
        return {
            "parameters": parameter_count(self.policy.model),
            "device": str(self.policy.device),
            "torch": torch.__version__,
        }

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        samples_per_prompt: int,
        sampling: Sampling,
        done: Collection[int] = (),
    ) -> Iterator[list[Completion]]:
        """Draws from the policy's own weights (one rank only)."""
        with self.policy.autocast():
            yield from generate(
                self.policy.model,
                prompts,
                samples_per_prompt=samples_per_prompt,
                sampling=sampling,
                vocabulary=self.vocabulary,
                batch_size=self.config.rollout.batch_size,
                done=done,
            )

    def start_stage(self, optim: OptimConfig, steps: int) -> None:
        """See `Policy.start_stage`."""
        self.policy.start_stage(optim, steps)

    def update(self, batch: TrainBatch) -> UpdateReport:
        """See `policy_update`."""
        return policy_update(self.policy, batch)

    def supervise(self, batch: TextBatch) -> UpdateReport:
        """See `supervised_update`."""
        return supervised_update(self.policy, batch)

    def prefer(self, batch: PairBatch) -> PreferenceReport:
        """See `preference_update`."""
        return preference_update(self.policy, batch)

    def pair_outcomes(self, batch: PairBatch) -> list[tuple[int, PairOutcome]]:
        """See `pair_outcomes`."""
        return pair_outcomes(self.policy, batch)

    def text_losses(self, batch: TextBatch) -> list[tuple[int, float]]:
        """See `text_losses`."""
        return text_losses(self.policy, batch)

    def log_probs(self, batch: TrainBatch, *, reference: bool) -> list[tuple[int, FloatArray]]:
        """Log-probabilities of the completions' tokens, for this rank's share of the rows."""
        policy = self.policy
        micros = micro_batches(
            batch.prompts,
            batch.completions,
            np.arange(len(batch.completions)),
            tokens=self.config.engine.tokens_per_micro_batch,
            device=policy.device,
            rank=policy.rank,
            ranks=policy.ranks,
            share=policy.shares_prompts,
            drawn=batch.drawn,
        )
        return token_log_probs(policy, micros, reference=reference)

    def weights(self) -> Mapping[str, Tensor]:
        """All weights on the CPU, adapters merged into them; every rank must be asked, rank 0 answers."""
        return merged_weights(distributed.full_weights(self.policy.model), self.config.model.lora)

    def save(self, folder: Path) -> None:
        """Writes this rank's part of a checkpoint."""
        checkpoint.save_policy(self.policy, folder)

    def load(self, folder: Path) -> None:
        """Reads a checkpoint written by any number of ranks."""
        checkpoint.load_policy(self.policy, folder)

    def export(self, folder: Path) -> None:
        """Writes a Hugging Face folder, reloads it and compares; every rank must be asked, rank 0 writes."""
        export.export_policy(self.policy, folder)

    def close(self) -> None:
        """Leaves the process group."""
        distributed.leave()


class RolloutWorker:
    """A whole copy of the policy's weights that only generates.

    Args:
        config: The run's configuration.
    """

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.device = distributed.pick_device(config.engine.device, config.engine.ranks)
        _set_up(config, self.device)
        model = load_model(config.model, seed=config.run.seed, device=self.device)
        self.model = cast_weights(model, DTYPES[config.model.dtype])
        folder = model_folder(config.model)
        self.vocabulary = vocabulary(folder, load_tokenizer(folder))

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        samples_per_prompt: int,
        sampling: Sampling,
        done: Collection[int] = (),
    ) -> Iterator[list[Completion]]:
        """Draws from the weights last taken."""
        yield from generate(
            self.model,
            prompts,
            samples_per_prompt=samples_per_prompt,
            sampling=sampling,
            vocabulary=self.vocabulary,
            batch_size=self.config.rollout.batch_size,
            done=done,
        )

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Takes new weights."""
        self.model.load_state_dict(dict(weights))

    def close(self) -> None:
        """It started nothing."""


def vocabulary(folder: Path, tokenizer: Tokenizer) -> Vocabulary:
    """Which ids may be drawn, and which end a completion."""
    stop = stop_ids(folder, tokenizer)
    pad = tokenizer.pad_token_id
    return Vocabulary(size=len(tokenizer), stop=stop, pad=cast("int", pad) if pad is not None else stop[0])


def _set_up(config: TrainConfig, device: torch.device) -> None:
    if config.engine.threads:
        torch.set_num_threads(config.engine.threads)
    if device.type == "cpu":
        keep_freed_memory()
