"""Which model a reward asks, and how it runs."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from rlvr.errors import ConfigError

Kind = Literal["comet", "metricx"]

DEVICE: Final = "RLVR_METRIC_DEVICE"
PRECISION: Final = "RLVR_METRIC_PRECISION"
TOKENS: Final = "RLVR_METRIC_TOKENS"
UNPICKLE: Final = "RLVR_METRIC_UNPICKLE"


@dataclass(frozen=True, slots=True)
class Settings:
    """A model, and how it runs; equal settings share a worker.

    Args:
        checkpoint: A folder, a file or a name on the hub.
        kind: Whose model it is.
        device: `auto` (a GPU where there is one), `cpu`, `cuda`, `cuda:1`, ...
        precision: Of the encoder: `auto` (half on a GPU), `float32`, `float16`, `bfloat16`.
        tokens: Padded tokens of one forward pass, at most; 0 for what suits the device.
        trusted: Whether code in the checkpoint's pickle may run.
    """

    checkpoint: str
    kind: Kind = "comet"
    device: str = "auto"
    precision: str = "auto"
    tokens: int = 0
    trusted: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As it is sent to the worker."""
        return asdict(self)


def settings_of(checkpoint: str, kind: Kind = "comet") -> Settings:
    """Settings of a checkpoint, with the rest as the environment says.

    Raises:
        ConfigError: `RLVR_METRIC_TOKENS` is no number.

    >>> settings_of("wmt22-comet-da").kind
    'comet'
    """
    tokens = os.environ.get(TOKENS, "0")
    if not tokens.isdecimal():
        raise ConfigError([f"{TOKENS} is {tokens!r}, no number of tokens"])
    return Settings(
        checkpoint,
        kind,
        os.environ.get(DEVICE, "auto"),
        os.environ.get(PRECISION, "auto"),
        int(tokens),
        os.environ.get(UNPICKLE) == "1",
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """The checkpoint that a reward uses, chosen when it is first asked: that of the variable, or the default.

    Its `repr` is the checkpoint, so that a reward that closes over it has another identity with another checkpoint.

    Args:
        variable: Of the environment.
        default: A folder, a file or a name on the hub.
    """

    variable: str
    default: str

    @property
    def checkpoint(self) -> str:
        """The checkpoint that is asked."""
        return os.environ.get(self.variable) or self.default

    def __repr__(self) -> str:
        return f"Choice({self.checkpoint!r})"
