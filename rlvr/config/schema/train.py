"""The whole configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rlvr.config.packaged import stage_names
from rlvr.config.schema.algorithm import AlgorithmConfig
from rlvr.config.schema.allowed import choice
from rlvr.config.schema.data import DataConfig, EvalConfig
from rlvr.config.schema.engine import EngineConfig
from rlvr.config.schema.model import ModelConfig
from rlvr.config.schema.optim import OptimConfig
from rlvr.config.schema.rollout import RolloutConfig
from rlvr.config.schema.run import RunConfig
from rlvr.config.schema.scoring import SandboxConfig, ScoringConfig
from rlvr.config.schema.stages import CptConfig, SftConfig, WpoConfig


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
    stage: str = choice("grpo", stage_names)
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
