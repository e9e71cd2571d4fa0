"""What is learned from, and what is held out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rlvr.config.schema.allowed import COUNT, FROM_ZERO, Range, choice, number


@dataclass
class CurriculumConfig:
    """Which tasks of a file are drawn less often: those that are nearly always, or hardly ever, solved.

    The pass rate of a task is the running mean of what its groups scored, as a share of the reward's range. A task
    whose rate is known and lies outside the band is passed over until the next epoch, but for the probability
    `outside`.
    Environments give no task twice, so that it does not touch them.

    Attributes:
        low: Lower end of the band.
        high: Upper end.
        outside: How likely a task outside is drawn when its turn comes; 1 for no curriculum.
        memory: Weight of the rate so far when a task is seen again.
    """

    low: float = number(0.1, Range(0, 1))
    high: float = number(0.9, Range(0, 1))
    outside: float = number(1.0, Range(0, 1))
    memory: float = number(0.5, Range(0, 1, below=True))


@dataclass
class DataConfig:
    """The tasks, and the text that supervised stages learn from.

    Attributes:
        tasks: JSONL file of tasks, a line each: `{"prompt", "reference", "data"?, "demonstration"?}`.
        env: Instead of `tasks`: the name of an environment that generates them.
        env_args: What the environment is made with.
        format: What the rows of `tasks` and `eval.tasks` are when they are as a data set publishes them, such as gsm8k.
        chat: Ask plain prompts in a user's turn of the model's chat template.
        sources: Instead of `tasks` and `env`: several sources of tasks by name, each with what `rlvr/tasks/sources.py`
            knows: `tasks` or `env`, `weight`, `reward` and so on.
        curriculum: See `CurriculumConfig`.
        holdout: Rows of `tasks` kept out of training and used to evaluate.
        shuffle: Go through the tasks in an order drawn anew each epoch from `run.seed`.
        max_prompt_tokens: A longer prompt is an error, with its task's name.
        mixture: For `cpt` and `sft`: sources of text by name, each with `path`, `weight` and what else
            `rlvr/data/source.py` knows.
        weigh_by: What the weights are parts of: documents or tokens.
        shuffle_window: Rows of a source that are shuffled together; it holds so many in memory. 1 keeps their order.
    """

    tasks: str | None = None
    env: str | None = None
    env_args: dict[str, Any] = field(default_factory=dict[str, Any])
    format: str = ""
    chat: bool = False
    sources: dict[str, Any] = field(default_factory=dict[str, Any])
    curriculum: CurriculumConfig = field(default_factory=CurriculumConfig)
    holdout: int = number(0, FROM_ZERO)
    shuffle: bool = True
    max_prompt_tokens: int = number(1024, COUNT)
    mixture: dict[str, Any] = field(default_factory=dict[str, Any])
    weigh_by: str = choice("documents", ("documents", "tokens"))
    shuffle_window: int = number(10_000, COUNT)


@dataclass
class EvalConfig:
    """The held-out tasks, and how they are scored.

    Attributes:
        tasks: JSONL file; when empty the environment's held-out instances, or the `data.holdout` rows.
        size: How many held-out tasks, of each source.
        every: Steps between evaluations; 0 for before and after only.
        keep_best: In cpt and sft, keep the checkpoint with the lowest held-out loss beside the newest ones.
        strict: Reward that demands the requested form; the training reward when empty.
        lenient: Reward that accepts the right answer in any form; not reported when empty.
        temperature: 0 takes the likeliest token.
    """

    tasks: str | None = None
    size: int = number(128, COUNT)
    every: int = number(0, FROM_ZERO)
    keep_best: bool = True
    strict: str | None = None
    lenient: str | None = None
    temperature: float = number(0.0, FROM_ZERO)
