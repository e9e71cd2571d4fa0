"""What a run came to, in a form that two runs can be compared in."""

import json
from pathlib import Path

from rlvr.observe.rollout_rows import read_rollouts
from rlvr.observe.run_folder import RunFolder


def numbers(folder):
    """The metric lines of a run, without what clocks say."""
    # A run derives as many canaries as it can in a few seconds.
    clocks = ("time", "seconds/", "latency/", "tokens/per_second", "eval/seconds", "canaries/scored")
    lines = [json.loads(line) for line in (Path(folder) / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if not key.startswith(clocks)} for line in lines]


def samples(folder):
    """The rollouts of a run, without what clocks say and what the run is called."""
    table = read_rollouts(RunFolder.open(folder))
    return table.drop_columns(["run", "seconds_reward", "seconds_generation"]).to_pylist()
