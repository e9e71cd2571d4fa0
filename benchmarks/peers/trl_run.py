"""TRL's `GRPOTrainer` on the same setting, relieved of logging, reporting and saving."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from peers.digits import share_of_digits
from peers.setting import MAX_GRAD_NORM, NEW_TOKENS, PROMPTS, SAMPLES, Setting, read_prompts
from peers.turns import Turns


def run_trl(setting: Setting, turns: Turns) -> None:
    """Makes the steps of the setting."""
    import torch

    torch.set_num_threads(1)
    transformers: Any = import_module("transformers")
    trl: Any = import_module("trl")
    datasets: Any = import_module("datasets")
    rewards: list[float] = []

    def reward(completions: list[str], **_: object) -> list[float]:
        scores = [share_of_digits(completion) for completion in completions]
        rewards.append(sum(scores) / len(scores))
        return scores

    def begin(_self: object, *_: object, **__: object) -> None:
        turns.begin()

    def done(_self: object, *_: object, **__: object) -> None:
        turns.step_done(rewards[-1])

    callback = type("Callback", (transformers.TrainerCallback,), {"on_train_begin": begin, "on_step_end": done})
    trainer = trl.GRPOTrainer(
        model=transformers.AutoModelForCausalLM.from_pretrained(setting.model, dtype=torch.float32),
        processing_class=transformers.AutoTokenizer.from_pretrained(setting.model),
        reward_funcs=reward,
        args=trl.GRPOConfig(**arguments(setting)),
        train_dataset=datasets.Dataset.from_list([{"prompt": prompt} for prompt in read_prompts(setting.tasks)]),
        callbacks=[callback()],
    )
    trainer.train()


def arguments(setting: Setting) -> dict[str, Any]:
    """What the setting is called in TRL, every difference from its defaults that costs it time left out."""
    return {
        "output_dir": str(setting.work),
        "seed": setting.seed,
        "max_steps": setting.steps,
        "per_device_train_batch_size": PROMPTS * SAMPLES,
        "gradient_accumulation_steps": 1,
        "num_generations": SAMPLES,
        "max_completion_length": NEW_TOKENS,
        "generation_kwargs": {"min_new_tokens": NEW_TOKENS},
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 0,
        "shuffle_dataset": False,
        "learning_rate": setting.learning_rate,
        "lr_scheduler_type": "constant",
        "weight_decay": 0.0,
        "max_grad_norm": MAX_GRAD_NORM,
        "beta": 0.0,
        "loss_type": "dapo",  # the mean over tokens
        "scale_rewards": "group",
        "bf16": False,
        "use_cpu": True,
        "gradient_checkpointing": False,
        "report_to": "none",
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": True,
    }
