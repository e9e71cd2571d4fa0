"""What can be known to be wrong with the canaries of a run's own file."""

from __future__ import annotations

from collections.abc import Iterator

from rlvr import registry
from rlvr.config.problem import Problem
from rlvr.config.schema import TrainConfig
from rlvr.errors import RlvrError
from rlvr.testing.cases import read_cases

_KEY = "scoring.canary_file"


def check_canaries(config: TrainConfig) -> Iterator[Problem]:
    """The file holds golden cases, and each has a reward."""
    file = config.scoring.canary_file
    if not file:
        return
    if config.scoring.canaries == "off":
        yield Problem(_KEY, "is not read with scoring.canaries=off.")
    try:
        held = read_cases(file)
        names = {case.reward or held.declaration.reward or config.reward for case in held.cases}
        if "" in names:
            yield Problem(_KEY, 'some rows name no reward, and `reward` is empty: begin with {"reward": "NAME"}.')
        for name in sorted(names - {""}):
            registry.get(name)
    except RlvrError as error:
        yield Problem(_KEY, " ".join(str(error).splitlines()))
