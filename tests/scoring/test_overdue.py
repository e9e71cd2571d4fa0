"""When an inline reward counts as past its timeout: from the call that is under way, whatever came before."""

import time
import warnings

import pytest

from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring.overdue import Overdue


def made(timeout):
    return Reward(lambda sample: 1.0, RewardSpec("t.watched", timeout=timeout))


def told(reward, pauses, calls, overdue=None):
    """What is said of calls of such lengths, with pauses before them."""
    found = []

    def parts():
        for pause, call in zip(pauses, calls, strict=True):
            time.sleep(pause)
            yield call

    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: found.append(str(message))
        warnings.simplefilter("always")
        with (overdue or Overdue()).watching(reward, parts()) as begun:
            for call in begun:
                time.sleep(call)
        time.sleep(0.05)
    return len(found)


@pytest.mark.parametrize(
    ("pauses", "calls", "times"),
    [
        ([0.1], [0.8], 1),
        ([0.1], [0.1], 0),
        ([0.0], [0.1], 0),
        ([0.0, 0.0, 0.0], [0.2, 0.2, 0.2], 0),
        ([0.0, 0.0], [0.1, 0.9], 1),
        ([0.0, 0.0], [0.8, 0.8], 1),
    ],
)
def test_a_call_is_told_of_from_its_own_beginning(pauses, calls, times):
    assert told(made(0.4), pauses, calls) == times


def test_each_reward_is_told_of_once_for_all_its_calls():
    overdue, slow, other = Overdue(), made(0.1), made(0.1)
    assert [told(slow, [0.0], [0.3], overdue) for _ in range(2)] == [1, 0]
    assert told(other, [0.0], [0.3], overdue) == 1


def test_the_watch_ends_when_nothing_is_at_work():
    overdue = Overdue()
    told(made(0.2), [0.0], [0.01], overdue)
    until = time.monotonic() + 5.0
    while overdue._watching and time.monotonic() < until:
        time.sleep(0.01)
    assert not overdue._watching
    assert told(made(0.1), [0.0], [0.3], overdue) == 1
