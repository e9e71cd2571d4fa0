"""What a worker answers, and how it is bounded."""

import json
import os
import resource
import signal

import pytest

from rlvr import Sample, Verdict
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring import Scorer, worker


@pytest.mark.parametrize("many", [False, True])
def test_an_answer_may_be_as_long_as_its_bound(monkeypatch, many):
    one = Verdict(0.5, explanation="x" * 5000)
    length = len(worker._encoded(7, [one] * 3 if many else one))
    for bound, statuses in ((length, ["scored"]), (length - 1, ["error"])):
        monkeypatch.setattr(worker, "LARGEST_ANSWER", bound)
        answer = json.loads(worker._encoded(7, [one] * 3 if many else one))
        assert answer.pop("number") == 7
        (found,) = answer.values()
        verdicts = found if many else [found]
        assert [verdict["status"] for verdict in verdicts] == statuses * len(verdicts)
        assert len(verdicts) == (3 if many else 1)
    assert verdicts[0]["explanation"] == f"returned a verdict of {length} bytes"


def test_the_failure_of_a_verdict_says_why():
    (one,) = json.loads(worker._encoded(1, [Verdict(1.0, extracted=object())]))["verdicts"]
    assert one["status"] == "error"
    assert one["explanation"].startswith("returned a verdict that is no data: TypeError")


def test_a_worker_is_bounded_and_has_the_signals_of_a_program():
    def surroundings(sample):
        import os
        import resource
        import signal
        import sys
        from pathlib import Path

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        told = {
            "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
            "stack": resource.getrlimit(resource.RLIMIT_STACK)[0],
            "memory": resource.getrlimit(resource.RLIMIT_AS)[0] - used,
            "goes_first": int(Path("/proc/self/oom_score_adj").read_text()),
            "leads": os.getsid(0) == os.getpid() == os.getpgrp(),
            "ignored": [number for number in (signal.SIGUSR1, signal.SIGHUP) if signal.getsignal(number) != 0],
            "interrupted": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
            "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
            "by_line": [sys.stdout.line_buffering, sys.stderr.line_buffering],
            "input": sys.stdin.read(),
        }
        return Verdict(1.0, explanation=json.dumps(told))

    kept = [(number, signal.signal(number, signal.SIG_IGN)) for number in (signal.SIGUSR1, signal.SIGHUP)]
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    try:
        made = Reward(surroundings, RewardSpec("t.surroundings", isolate="process", memory=512, timeout=20.0))
        with Scorer(made, workers=1) as scorer:
            (verdict,) = scorer.score([Sample("")])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in kept:
            signal.signal(number, handler)
    told = json.loads(verdict.explanation)
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    assert told.pop("stack") == (64 << 20 if hard == resource.RLIM_INFINITY else min(64 << 20, hard))
    # From what it held when it began: a little less is left by now.
    assert 448 << 20 < told.pop("memory") <= 512 << 20
    assert told == {
        "core": 0,
        "goes_first": 800,
        "leads": True,
        "ignored": [],
        "interrupted": True,
        "blocked": 0,
        "by_line": [True, True],
        "input": "",
    }


def test_workers_do_not_draw_the_same_numbers():
    def draw(sample):
        import random

        return random.random()

    made = Reward(draw, RewardSpec("t.draw", isolate="process", cache=False))
    drawn = set()
    for _ in range(2):
        with Scorer(made, workers=1) as scorer:
            drawn |= {verdict.score for verdict in scorer.score([Sample("")])}
    assert len(drawn) == 2


def test_a_worker_whose_server_is_gone_ends_at_once():
    pid = os.fork()
    if not pid:
        worker._die_with(os.getppid() - 1)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
