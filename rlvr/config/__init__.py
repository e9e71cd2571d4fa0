"""Configuration: dataclasses are its single source, Hydra composes it, and it is checked whole before a model loads.

>>> config = load("grpo", ["run.steps=10", "data.tasks=/data/a b.jsonl"])
>>> config.run.steps, config.data.tasks
(10, '/data/a b.jsonl')
>>> load("grpo", ["run.stepz=10", "optim.lr=fast"])
Traceback (most recent call last):
    ...
rlvr.errors.ConfigError: The configuration has 2 problems:
  - run.stepz: there is no such key. Did you mean `run.steps`?
  - optim.lr: `fast` is no float.
"""

from rlvr.config.keys import Leaf, leaves
from rlvr.config.loading import from_yaml, is_chain, load, parse_command, resolved_yaml, stages_of
from rlvr.config.packaged import recipe_names
from rlvr.config.paths import resolve_folder
from rlvr.config.schema import TrainConfig
from rlvr.config.validation import validate

__all__ = [
    "Leaf",
    "TrainConfig",
    "from_yaml",
    "is_chain",
    "leaves",
    "load",
    "parse_command",
    "recipe_names",
    "resolve_folder",
    "resolved_yaml",
    "stages_of",
    "validate",
]
