"""The configuration, as dataclasses: the single source of every key, its type and its default.

Recipes (`recipes/conf`) hold only what differs from here; `rlvr config RECIPE` prints what results.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

SUPERVISED: Final = ("cpt", "sft")
"""The stages that learn from text that is there: they need no reward."""


@dataclass
class RunConfig:
    """How long a run lasts and what it leaves.

    Attributes:
        name: Folder of the run under `dir`; the recipe's name and the time of day when empty.
        dir: Where runs lie.
        seed: Everything random follows from it.
        steps: Optimisation steps of the main stage.
        checkpoint_every: Steps between checkpoints; 0 for one at the end only.
        keep_checkpoints: How many checkpoints stay.
        save_rollouts: Write a parquet row for each sample.
        tensorboard: Write TensorBoard events.
    """

    name: str = ""
    dir: str = "runs"
    seed: int = 0
    steps: int = 100
    checkpoint_every: int = 50
    keep_checkpoints: int = 2
    save_rollouts: bool = True
    tensorboard: bool = True


@dataclass
class LoraConfig:
    """Low-rank adapters (arXiv 2106.09685) instead of all weights; `rlvr export` writes merged weights and the adapter.

    Attributes:
        rank: Of the adapters; 0 trains all weights.
        alpha: Adapters are scaled by alpha / rank.
        targets: Which layers get one: `all-linear` (but for the output layer), or the ends of their names with commas
            between, such as `q_proj,v_proj`.
    """

    rank: int = 0
    alpha: float = 32.0
    targets: str = "all-linear"


@dataclass
class ModelConfig:
    """Where the policy comes from.

    Attributes:
        path: Folder of a Hugging Face causal language model with its tokenizer.
        init: Instead of `path`: folder with a `config.json` and tokenizer files to initialise at random; one inside an
            installed package is written `pkg://package.module`.
        shape: Folder with the model's `config.json` alone, so that `rlvr plan` works before the weights are there.
        dtype: Type of the arithmetic: float32 or bfloat16. Weights and optimiser state are float32 either way.
        attention: Attention implementation, by transformers' names: sdpa, eager, flash_attention_2.
        gradient_checkpointing: Recompute activations in the backward pass, to save memory.
        lora: See `LoraConfig`.
    """

    path: str | None = None
    init: str | None = None
    shape: str | None = None
    dtype: str = "float32"
    attention: str = "sdpa"
    gradient_checkpointing: bool = False
    lora: LoraConfig = field(default_factory=LoraConfig)


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

    low: float = 0.1
    high: float = 0.9
    outside: float = 1.0
    memory: float = 0.5


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
    holdout: int = 0
    shuffle: bool = True
    max_prompt_tokens: int = 1024
    mixture: dict[str, Any] = field(default_factory=dict[str, Any])
    weigh_by: str = "documents"
    shuffle_window: int = 10_000


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
    size: int = 128
    every: int = 0
    keep_best: bool = True
    strict: str | None = None
    lenient: str | None = None
    temperature: float = 0.0


@dataclass
class RolloutConfig:
    """How completions are drawn.

    Attributes:
        backend: Which engine generates: `transformers` (with a KV cache), or `vllm` in an actor of its own.
        max_new_tokens: Length limit of a completion.
        temperature: Of sampling; the policy's log-probabilities are taken at the same temperature.
        top_k: Keep the k likeliest tokens; 0 for all.
        top_p: Keep the likeliest tokens that together reach this probability.
        batch_size: Sequences generated together; a batch is scored while the next one is generated.
        gpu_memory: Share of a GPU's memory that vLLM takes, for weights and KV cache.
        sleep: vLLM gives that memory back between generations; for a GPU that it shares with the policy.
    """

    backend: str = "transformers"
    max_new_tokens: int = 256
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    batch_size: int = 256
    gpu_memory: float = 0.85
    sleep: bool = False


@dataclass
class KlConfig:
    """The penalty that keeps the policy near the reference policy (the policy the run started from).

    Attributes:
        coef: Weight of the penalty; 0 for no reference policy at all.
        kind: Estimator: k1, k2, k3, k1+ or k3+ (the last two have the value of k1 or k3 and the gradient of k2).
        place: `loss` or `reward`.
    """

    coef: float = 0.0
    kind: str = "k3"
    place: str = "loss"


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
    prompts_per_step: int = 16
    mini_batches: int = 1
    epochs: int = 1
    advantage: str = "grpo"
    scale_by_std: bool = True
    reward_scale: str = "raw"
    redraws: int = 0
    loss: str = "ppo_clip"
    clip_low: float | None = None
    clip_high: float | None = None
    dual_clip: float | None = 3.0
    aggregation: str = "token-mean"
    kl: KlConfig = field(default_factory=KlConfig)
    entropy_coef: float = 0.0
    importance_cap: float | None = None
    old_log_probs: str = "policy"
    mask_truncated: bool = False
    overlong_buffer: int = 0
    overlong_penalty: float = 1.0


@dataclass
class OptimConfig:
    """AdamW, with warm-up.

    Attributes:
        lr: Learning rate after warm-up.
        warmup_steps: Steps of linear warm-up.
        schedule: What follows warm-up: constant, linear or cosine (both to 0 at the last step).
        weight_decay: Decoupled weight decay.
        betas: AdamW's two decay rates.
        eps: AdamW's epsilon.
        max_grad_norm: Gradients are scaled down to this norm.
    """

    lr: float = 1e-6
    warmup_steps: int = 0
    schedule: str = "constant"
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    max_grad_norm: float = 1.0


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

    steps: int = 1000
    batch_size: int = 32
    sequence_tokens: int = 2048
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

    steps: int = 0
    until: float | None = None
    until_every: int = 20
    batch_size: int = 64
    max_tokens: int = 2048
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

    steps: int = 500
    batch_size: int = 128
    candidates: int = 4
    given: bool = True
    given_file: str | None = None
    reward_model: str | None = None
    min_gap: float = 0.0
    beta: float = 0.01
    weighting: bool = True
    most_weight: float | None = 1.0
    label_smoothing: float = 0.0
    optim: OptimConfig = field(default_factory=lambda: OptimConfig(lr=5e-7, warmup_steps=50, schedule="cosine"))


@dataclass
class ScoringConfig:
    """How rewards are run.

    Attributes:
        workers: Worker processes for rewards marked `isolate="process"`.
        on_error: What a failed reward means: mask (the sample leaves baseline and loss), floor or raise.
        floor: The score that `floor` gives.
        max_error_rate: Share of failures in a window above which the run stops.
        cache: SQLite file that remembers verdicts from run to run; in memory only when empty.
        log: Write every verdict of every reward to `verdicts.jsonl` in the run's folder.
        probe: Before training, texts that ignore the question are tried on the reward (`rlvr probe`). `refuse` does not
            train when one of them scores, `warn` says so and goes on, `off` does not try.
        probe_margin: What such a text may score above the floor, as a share of the reward's range: 0.1 lets a tenth for
            form pass.
        canaries: At each step answers known to be right or wrong are scored beside the real ones, four of each source
            of tasks. When a wrong one is paid, or a right one is not, `warn` says so with the sample, `stop` also ends
            the run before it learns from that step, `off` scores none.
        canary_file: Further ones, as golden cases; see docs/define-a-reward.md.
    """

    workers: int = 2
    on_error: str = "mask"
    floor: float = 0.0
    max_error_rate: float = 0.02
    cache: str | None = None
    log: bool = False
    probe: str = "refuse"
    probe_margin: float = 0.0
    canaries: str = "warn"
    canary_file: str | None = None


@dataclass
class SandboxConfig:
    """What the sandbox must be able to do before it runs a program that a model wrote.

    Attributes:
        require: The least level: strict (namespaces), standard (Landlock and the filter of system calls alone; what a
            container without namespaces can have) or none. Below it code rewards refuse to run.
        url: A service that speaks SandboxFusion's API (`rlvr sandbox serve` is one), instead of this machine; its token
            is in RLVR_SANDBOX_TOKEN. What protects that machine is not known here, so `require` says nothing of it.
        packages: Python packages that programs may import; `default` stands for those of numpy, scipy, sympy, pandas,
            sortedcontainers and networkx that are installed: `[default, numba]`. A service has its own.
        libraries: Libraries for programs in other languages, each with its language: `[cpp:crypto, rust:regex]`.
    """

    require: str = "strict"
    url: str = ""
    packages: list[str] = field(default_factory=lambda: ["default"])
    libraries: list[str] = field(default_factory=list[str])


@dataclass
class VerlConfig:
    """What only verl knows: how it lies on a cluster. `rlvr plan RECIPE engine=verl` shows what the rest becomes.

    Attributes:
        gpus_per_node: `engine.ranks` GPUs are taken from nodes of so many.
        tensor_parallel: GPUs that share a copy of the model for generation.
        offload: Weights and optimiser state wait in host memory while they are not needed.
        reward_workers: Actors that judge samples, each with `scoring.workers` processes.
        overrides: Further settings in the words of verl, checked against its configuration:
            `[trainer.balance_batch=False]`.
    """

    gpus_per_node: int = 8
    tensor_parallel: int = 1
    offload: bool = False
    reward_workers: int = 8
    overrides: list[str] = field(default_factory=list[str])


@dataclass
class EngineConfig:
    """Where the work happens.

    Attributes:
        kind: `embedded`, our own; or `verl`, for more than one machine.
        actors: `ray`, or `inline` for the same loop in this process, without Ray.
        ranks: Processes that share the policy with FSDP2.
        device: auto, cpu or cuda.
        threads: Arithmetic threads of each process on CPU; 0 for PyTorch's own choice.
        tokens_per_micro_batch: Padded tokens in one forward pass of the update.
        verl: See `VerlConfig`.
    """

    kind: str = "embedded"
    actors: str = "ray"
    ranks: int = 1
    device: str = "auto"
    threads: int = 0
    tokens_per_micro_batch: int = 16384
    verl: VerlConfig = field(default_factory=VerlConfig)


@dataclass
class TrainConfig:
    """Everything a run depends on.

    Attributes:
        recipe: What the run started from: the name of a packaged recipe, or the path of a file.
        stage: What is trained: cpt, sft, wpo or grpo.
        reward: Name of the reward, or `path/to/file.py:function`; a task that names its own goes before.
        run: See `RunConfig`.
        model: See `ModelConfig`.
        data: See `DataConfig`.
        eval: See `EvalConfig`.
        rollout: See `RolloutConfig`.
        algorithm: See `AlgorithmConfig`.
        optim: See `OptimConfig`.
        cpt: See `CptConfig`.
        sft: See `SftConfig`.
        wpo: See `WpoConfig`.
        scoring: See `ScoringConfig`.
        sandbox: See `SandboxConfig`.
        engine: See `EngineConfig`.
        stages: Settings that hold in one stage only, by its name: a recipe for several has `stages.sft.sft.steps`.
            Loading takes those of `stage` over the rest and leaves this empty.
    """

    recipe: str = ""
    stage: str = "grpo"
    reward: str = ""
    run: RunConfig = field(default_factory=RunConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    eval: EvalConfig = field(default_factory=EvalConfig)
    rollout: RolloutConfig = field(default_factory=RolloutConfig)
    algorithm: AlgorithmConfig = field(default_factory=AlgorithmConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    cpt: CptConfig = field(default_factory=CptConfig)
    sft: SftConfig = field(default_factory=SftConfig)
    wpo: WpoConfig = field(default_factory=WpoConfig)
    scoring: ScoringConfig = field(default_factory=ScoringConfig)
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
    engine: EngineConfig = field(default_factory=EngineConfig)
    stages: dict[str, Any] = field(default_factory=dict[str, Any])
