"""What one stage of a run needs, from its configuration: memory of each device by kind, seconds of a step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rlvr.config.schema import TrainConfig
from rlvr.plan.memory import GIB, Part, Training, activations, generation, state
from rlvr.plan.shape import ModelShape
from rlvr.plan.time import Device, generation_seconds, update_seconds

SPARE = 0.08
"""Share of a device's memory that fragments, kernels and communication buffers are assumed to take."""

_BYTES = {"float32": 4, "bfloat16": 2}


@dataclass(frozen=True)
class StagePlan:
    """An estimate for one stage.

    Attributes:
        stage: Which.
        model: The model's architecture.
        update: What the update holds on each device of the policy.
        rollout: What generation holds on each device of the rollout; empty without one.
        together: Both lie on one device and do not take turns.
        held: Bytes of the policy that stay where the rollout generates while it does.
        devices: That the stage takes in all.
        steps: Optimisation steps.
        seconds: Of a step, by what it does.
        problems: Why it would not run, or not as meant.
    """

    stage: str
    model: str
    update: tuple[Part, ...]
    rollout: tuple[Part, ...]
    together: bool
    held: int
    devices: int
    steps: int
    seconds: dict[str, float]
    problems: tuple[str, ...]

    @property
    def peak(self) -> int:
        """Bytes on the fullest device."""
        update, rollout = (sum(part.bytes for part in parts) for parts in (self.update, self.rollout))
        return update + rollout if self.together else max(update, rollout + self.held if rollout else 0)

    @property
    def hours(self) -> float:
        """Of the whole stage."""
        return self.steps * sum(self.seconds.values()) / 3600

    @property
    def device_hours(self) -> float:
        """Of the whole stage, over all its devices."""
        return self.devices * self.hours


@dataclass(frozen=True)
class _Layout:
    """Where the rollout lies.

    Attributes:
        devices: Of policy and rollout in all.
        copies: Rollout engines that generate at the same time.
        parallel: Devices that share one of them.
        apart: The rollout has weights of its own.
        turns: It gives its memory back while the policy learns.
    """

    devices: int
    copies: int = 1
    parallel: int = 1
    apart: bool = True
    turns: bool = False


def _layout(config: TrainConfig) -> _Layout:
    ranks = config.engine.ranks
    if config.engine.kind == "verl":
        parallel = min(config.engine.verl.tensor_parallel, ranks)
        return _Layout(ranks, ranks // parallel, parallel, turns=True)
    apart = ranks > 1 or config.rollout.backend != "transformers"
    if not apart or not _drawn(config):
        return _Layout(ranks, apart=apart)
    return _Layout(ranks, turns=True) if config.rollout.sleep else _Layout(ranks + 1)


def plan_stage(config: TrainConfig, shape: ModelShape, device: Device) -> StagePlan:
    """The estimate for the stage that a configuration trains.

    Args:
        config: Of the stage; `engine.ranks` devices share the policy, and generation has one more where it is apart.
        shape: Of the model.
        device: The kind of all devices.
    """
    arithmetic, ranks = _BYTES[config.model.dtype], config.engine.ranks
    micro = config.engine.tokens_per_micro_batch
    length, prompt, sequences, steps = _step(config)
    layout, verl = _layout(config), config.engine.kind == "verl"
    reference = config.stage == "wpo" or (config.algorithm.kl.coef > 0 and config.stage == "grpo")
    together = max(micro, 2 * length if config.stage == "wpo" else length)  # the two of a pair share a forward pass
    training = Training(
        ranks=ranks,
        arithmetic=arithmetic,
        tokens=together,
        predicted=int(together * (length - prompt) / length),
        checkpointing=config.model.gradient_checkpointing,
        reference=reference,
        trained=_trained(config, shape),
        frozen=arithmetic if verl else 4,
    )
    several = config.algorithm.mini_batches * config.algorithm.epochs > 1
    old = config.stage == "grpo" and (several or verl)  # verl looks once more even where the update itself could tell
    seconds = {
        "update": update_seconds(
            shape,
            device,
            tokens=sequences * length,
            length=length,
            ranks=ranks,
            checkpointing=training.checkpointing,
            looks=int(reference) + int(old),
        )
    }
    rollout: list[Part] = []
    if drawn := _drawn(config):
        batch = min(config.rollout.batch_size, -(-drawn // layout.copies))
        parts = generation(shape, sequences=batch, tokens=length, arithmetic=arithmetic, devices=layout.parallel)
        rollout = parts if layout.apart else parts[1:]
        taken = generation_seconds(
            shape,
            device,
            sequences=drawn,
            together=batch,
            prompt=prompt,
            new=length - prompt,
            arithmetic=arithmetic,
            devices=layout.parallel,
            copies=layout.copies,
        )
        seconds = {"generate": taken} | seconds
    kept = state(shape, training)
    if offloaded := verl and config.engine.verl.offload:
        kept = [part for part in kept if part.name != "reference policy"]  # its own pass comes before the update
    resting = ("weights", "optimiser", "reference policy")
    plan = StagePlan(
        stage=config.stage,
        model=shape.name,
        update=(*kept, *activations(shape, training)),
        rollout=tuple(rollout),
        together=not layout.apart,
        held=sum(part.bytes for part in kept if part.name in resting) if layout.turns and not offloaded else 0,
        devices=layout.devices,
        steps=steps,
        seconds=seconds,
        problems=(),
    )
    return replace(plan, problems=tuple(_problems(config, shape, device, plan, length)))


def _step(config: TrainConfig) -> tuple[int, int, int, int]:
    """Tokens of a sequence, those of its prompt, sequences of a step, steps."""
    if config.stage == "cpt":
        return config.cpt.sequence_tokens, 0, config.cpt.batch_size, config.cpt.steps
    if config.stage == "sft":
        length = config.sft.max_tokens if config.data.mixture else _task_tokens(config)
        return length, 0, config.sft.batch_size, config.sft.steps
    if config.stage == "wpo":  # as if every prompt gave a pair
        return _task_tokens(config), config.data.max_prompt_tokens, 2 * config.wpo.batch_size, config.wpo.steps
    return (
        _task_tokens(config),
        config.data.max_prompt_tokens,
        config.algorithm.prompts_per_step * config.algorithm.group_size,
        config.run.steps,
    )


def _drawn(config: TrainConfig) -> int:
    """Sequences that the policy generates in a step."""
    if config.stage == "wpo":
        return config.wpo.batch_size * config.wpo.candidates
    return config.algorithm.prompts_per_step * config.algorithm.group_size if config.stage == "grpo" else 0


def _task_tokens(config: TrainConfig) -> int:
    return config.data.max_prompt_tokens + config.rollout.max_new_tokens


def _trained(config: TrainConfig, shape: ModelShape) -> int:
    rank = config.model.lora.rank
    if not rank:
        return shape.parameters
    queries, keys = shape.heads * shape.head_width, 2 * shape.kv_heads * shape.head_width
    # Of each linear layer the sum of its two sides: queries, keys and values, output, three of the feed-forward part.
    sides = 2 * (shape.width + queries) + (2 * shape.width + keys) + 3 * (shape.width + shape.inner)
    return rank * sides * shape.layers


def _problems(config: TrainConfig, shape: ModelShape, device: Device, plan: StagePlan, length: int) -> list[str]:
    found: list[str] = []
    room = device.memory * (1 - SPARE)
    if plan.peak > room:
        biggest = max((*plan.update, *plan.rollout), key=lambda part: part.bytes)
        found.append(
            f"{plan.peak / GIB:.0f} GiB do not fit a {device.name} ({room / GIB:.0f} GiB to use); "
            f"most is {biggest.name} ({biggest.bytes / GIB:.0f} GiB: {biggest.why}). {_remedy(biggest.name)}"
        )
    if length > shape.context:
        found.append(f"A sequence has {length:,} tokens, and the model reads {shape.context:,}.")
    if length > config.engine.tokens_per_micro_batch:
        found.append(
            f"One sequence has {length:,} tokens, more than engine.tokens_per_micro_batch="
            f"{config.engine.tokens_per_micro_batch:,}; it goes through alone, and the memory is that of {length:,}."
        )
    return found


def _remedy(part: str) -> str:
    if part in ("activations", "logits"):
        return "Lower engine.tokens_per_micro_batch, or set model.gradient_checkpointing=true."
    if part == "key-value cache":
        return "Lower rollout.batch_size or rollout.max_new_tokens."
    if part == "rollout weights":
        return "A rollout lies on one device, or with engine=verl on engine.verl.tensor_parallel of them: raise that."
    return "Raise engine.ranks, or train adapters: model.lora.rank=16."
