"""The configuration, as dataclasses: the single source of every key, its type, its default and what it may be.

Recipes (`recipes/conf`) hold only what differs from here; `rlvr config RECIPE` prints what results. A module a section;
`allowed.py` has what a field says of the numbers or names that it takes.
"""

from rlvr.config.schema.algorithm import AlgorithmConfig, KlConfig
from rlvr.config.schema.data import CurriculumConfig, DataConfig, EvalConfig
from rlvr.config.schema.engine import EngineConfig, VerlConfig
from rlvr.config.schema.model import LoraConfig, ModelConfig
from rlvr.config.schema.optim import OptimConfig
from rlvr.config.schema.rollout import RolloutConfig
from rlvr.config.schema.run import RunConfig
from rlvr.config.schema.scoring import SandboxConfig, ScoringConfig
from rlvr.config.schema.stages import SUPERVISED, CptConfig, SftConfig, WpoConfig
from rlvr.config.schema.train import TrainConfig

__all__ = [
    "SUPERVISED",
    "AlgorithmConfig",
    "CptConfig",
    "CurriculumConfig",
    "DataConfig",
    "EngineConfig",
    "EvalConfig",
    "KlConfig",
    "LoraConfig",
    "ModelConfig",
    "OptimConfig",
    "RolloutConfig",
    "RunConfig",
    "SandboxConfig",
    "ScoringConfig",
    "SftConfig",
    "TrainConfig",
    "VerlConfig",
    "WpoConfig",
]
