"""Latencies and counts of a reward, to the number."""

import dataclasses

import pytest

from rlvr import Sample, Status, Verdict
from rlvr.scoring.stats import Recorder


def recorded(times, fresh=True):
    recorder = Recorder()
    for number, seconds in enumerate(times):
        recorder.record([Sample("", id=f"row-{number}")], [Verdict(1.0, elapsed=seconds)], [fresh])
    return recorder.stats()


@pytest.mark.parametrize(
    ("times", "p50", "p99"),
    [
        ([], 0.0, 0.0),
        ([3.0], 3.0, 3.0),
        ([2.0, 1.0], 2.0, 2.0),
        ([3.0, 1.0, 2.0], 2.0, 3.0),
        ([float(i) for i in range(100)], 50.0, 99.0),
        ([float(i) for i in range(200)], 100.0, 198.0),
    ],
)
def test_quantiles(times, p50, p99):
    stats = recorded(times)
    assert (stats.p50, stats.p99) == (p50, p99)
    assert stats.max == max(times, default=0.0)


def test_the_five_slowest_come_slowest_first_and_of_equal_ones_the_first():
    stats = recorded([0.5, 0.1, 0.9, 0.3, 0.9, 0.2, 0.4])
    assert stats.slowest == (("row-2", 0.9), ("row-4", 0.9), ("row-0", 0.5), ("row-6", 0.4), ("row-3", 0.3))
    assert [name for name, _ in recorded([1.0, 2.0]).slowest] == ["row-1", "row-0"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        stats.count = 8


def test_quantiles_look_back_4096_samples_and_the_maximum_to_the_start():
    recorder = Recorder()

    def record(seconds, count):
        recorder.record([Sample("")] * count, [Verdict(1.0, elapsed=seconds)] * count, [True] * count)
        return recorder.stats()

    record(9.0, 4096)
    assert record(1.0, 2048).p50 == 9.0
    assert record(1.0, 1).p50 == 1.0
    assert record(1.0, 4096).max == 9.0


def test_each_verdict_counts_once_and_what_is_remembered_takes_no_time():
    recorder = Recorder()
    statuses = [Status.ERROR, Status.TIMEOUT, Status.TIMEOUT, *[Status.ABSTAINED] * 3]
    verdicts = [Verdict.unscored(status, "", elapsed=0.5) for status in statuses]
    recorder.record([Sample("")] * 6, verdicts, [True] * 6)
    recorder.record([Sample("")] * 4, [Verdict(1.0, elapsed=7.0)] * 4, [False, False, True, False])
    stats = recorder.stats()
    assert (stats.count, stats.cached) == (10, 3)
    assert (stats.errors, stats.timeouts, stats.abstained) == (1, 2, 3)
    assert (stats.p50, stats.max, stats.slowest[0]) == (0.5, 7.0, ("sample 8", 7.0))
    recorder.record([Sample("")] * 2, [Verdict(1.0)] * 2, [False, False])
    assert (recorder.stats().count, recorder.stats().cached) == (12, 5)


def test_lists_of_different_lengths_are_no_record():
    for samples, verdicts, fresh in ((2, 1, 1), (1, 2, 1), (1, 1, 2)):
        with pytest.raises(ValueError, match="argument"):
            Recorder().record([Sample("")] * samples, [Verdict(1.0)] * verdicts, [True] * fresh)
