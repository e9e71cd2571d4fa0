"""The second chance of programs that were close to their limit."""

import pytest

from rlvr.sandbox import Limits, Outcome, Run, StdinTests
from rlvr.sandbox.judges.judging import judge
from rlvr.sandbox.judges.timing import timely

LIMITS = Limits(cpu=1.0, wall=4.0)
TIME = Outcome.TIME_LIMIT


@pytest.mark.parametrize(
    ("runs", "used", "ending"),
    [
        ([Run(None, cpu=0.9)], 1, None),
        ([Run(None, cpu=1.05), Run(None, cpu=0.95)], 2, None),
        ([Run(None, cpu=1.05), Run(None, cpu=1.08)], 2, TIME),
        ([Run(None, cpu=1.05), Run(TIME, cpu=1.1)], 2, TIME),
        ([Run(TIME, cpu=1.1)], 1, TIME),
        ([Run(TIME, cpu=0.7, wall=4.4), Run(None, cpu=0.9, wall=1.0)], 2, None),
        ([Run(TIME, cpu=0.01, wall=4.4)], 1, TIME),
        ([Run(None, cpu=0.5, wall=4.2), Run(None, cpu=0.5, wall=0.6)], 2, None),
        ([Run(Outcome.RUNTIME_ERROR, cpu=1.05)], 1, Outcome.RUNTIME_ERROR),
        ([Run(Outcome.MEMORY_LIMIT, cpu=1.05)], 1, Outcome.MEMORY_LIMIT),
    ],
)
def test_who_is_run_again(runs, used, ending):
    asked = []

    def start(bound):
        asked.append(bound)
        return runs[len(asked) - 1]

    assert timely(start, LIMITS).ending == ending
    assert len(asked) == used
    assert asked[0].cpu == pytest.approx(1.1)
    assert asked[0].seconds == pytest.approx(4.4)


def test_what_is_said_names_the_limit_that_was_set(lane):
    found = judge(lane, "while True: pass", StdinTests([("", "1")]), Limits(cpu=0.3))
    assert found.outcome is TIME
    assert found.explanation == "test 1 of 1: more than 0.3 s of processor time"
