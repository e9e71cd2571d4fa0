"""Very many verdicts through workers that are killed again and again: nothing is left over."""

import gc
import os
import pathlib

import psutil
import pytest

from rlvr import Sample, Status
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring import Scorer

VERDICTS = 4 * int(os.environ.get("RLVR_SOAK", "10000"))
BATCH = VERDICTS // 20
DEADLY = 400


def fragile(sample):
    if sample.completion.endswith("dies"):
        os._exit(1)
    return 1.0


def measure_growth():
    """Growth of files, children, threads, memory and the servers' memory over all verdicts but the first batch."""
    me = psutil.Process()

    def count_held():
        gc.collect()
        children = [child for child in me.children(recursive=True) if child.status() != "zombie"]
        files, threads = (len([*pathlib.Path(f"/proc/self/{kind}").iterdir()]) for kind in ("fd", "task"))
        return files, len(children), threads

    spec = RewardSpec("t.fragile", isolate="process", cache=False)
    with Scorer(Reward(fragile, spec), workers=2, max_error_rate=1.0) as scorer:

        def score_batch(number):
            texts = [f"{number}:{i} {'dies' if i % DEADLY == 3 else 'lives'}" for i in range(BATCH)]
            verdicts = scorer.score([Sample(text) for text in texts])
            expected = [Status.ERROR if text.endswith("dies") else Status.SCORED for text in texts]
            assert [verdict.status for verdict in verdicts] == expected

        score_batch(0)
        servers = [child for child in me.children() if child.is_running()]

        def measure():
            return *count_held(), me.memory_info().rss, sum(server.memory_info().rss for server in servers)

        before = measure()
        for number in range(1, VERDICTS // BATCH):
            score_batch(number)
        return [later - earlier for later, earlier in zip(measure(), before, strict=True)]


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_nothing_is_left_of_many_verdicts_and_dead_workers(run_alone):
    *held, memory, server_memory = run_alone(measure_growth)
    # A leak for each dead worker comes to hundreds; a worker may just be starting or ending.
    assert all(growth < 10 for growth in held)
    # What a leak of a hundred bytes a verdict would come to, and of ten bytes in the servers; 2 MB are noise.
    assert memory < VERDICTS * 100
    assert server_memory < max(2_000_000, VERDICTS * 10)
