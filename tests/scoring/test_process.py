"""The handle on one worker: what it may say, how long it may take, and how its end is told."""

import gc
import json
import os
import threading
import time

import pytest

from rlvr import Sample, Status
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring import Scorer, process
from rlvr.scoring.frames import BEGIN, LENGTH, framed, read_message, write_all
from rlvr.scoring.nursery import ServerLostError
from rlvr.scoring.process import DeadlinePassedError, WorkerLostError, WorkerProcess


class OtherEnd:
    """Stands for the fork server: the test itself is the worker, and says what it likes when it likes."""

    def __init__(self):
        self.lost, self.ends, self.how = False, [], None
        self.asked, self.threads, self.open = [], [], True

    def fork(self, requests, answers):
        self.requests, self.answers = os.dup(requests), os.dup(answers)
        return 4711

    def code(self, pid):
        if self.lost:
            raise ServerLostError("was ended")
        return self.how

    def end(self, pid):
        self.ends.append(pid)
        return self.how

    def say(self, *messages):
        os.write(self.answers, b"".join(messages))

    def leave(self):
        if self.open:
            self.open = False
            for end in (self.requests, self.answers):
                os.close(end)

    def when_asked(self, act, *arguments):
        """Acts in a thread of its own once the next request has arrived."""

        def run():
            self.asked.append(read_message(self.requests))
            act(*arguments)

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()


@pytest.fixture
def other():
    return OtherEnd()


@pytest.fixture
def worker(other):
    made = WorkerProcess(other)
    yield made
    made.kill()
    for thread in other.threads:
        thread.join()
    other.leave()


def answer(**content):
    return framed(json.dumps(content).encode())


def score(worker, answers=1, timeout=5.0):
    return list(worker.score(b"request", answers, timeout))


def test_answers_come_as_they_were_given(worker, other):
    other.when_asked(other.say, BEGIN, answer(number=1), answer(number=2))
    assert score(worker, answers=2) == [{"number": 1}, {"number": 2}]
    other.when_asked(other.say, BEGIN, framed(b"no json"))
    assert score(worker) == [{}]
    assert other.asked == [b"request"] * 2
    assert other.ends == []


def test_a_large_answer_is_read_whole_and_a_larger_one_is_not(worker, other, monkeypatch):
    monkeypatch.setattr(process, "LARGEST_ANSWER", 200_000)
    text = json.dumps("x" * 199_998).encode()
    assert len(text) == 200_000
    other.when_asked(write_all, other.answers, BEGIN + framed(text))
    assert score(worker) == ["x" * 199_998]
    other.when_asked(other.say, BEGIN, LENGTH.pack(200_001))
    with pytest.raises(WorkerLostError, match="answered with 200001 bytes") as lost:
        score(worker)
    assert lost.value.begun
    assert other.ends == [4711]


@pytest.mark.parametrize("seconds", [0.2, 0.7])
def test_a_deadline_is_met_to_the_moment(worker, other, seconds):
    other.when_asked(other.say, BEGIN)
    start = time.monotonic()
    with pytest.raises(DeadlinePassedError):
        score(worker, timeout=seconds)
    assert seconds <= time.monotonic() - start < seconds + 10.0
    assert other.ends == [4711]
    assert worker.kill() is None


def test_each_answer_has_the_whole_time(worker, other):
    def speak():
        other.say(BEGIN)
        for number in range(4):
            time.sleep(0.25)
            other.say(answer(number=number))

    other.when_asked(speak)
    assert len(score(worker, answers=4, timeout=0.9)) == 4


def test_a_worker_that_does_not_begin_is_lost_and_not_to_blame(worker, other, monkeypatch):
    monkeypatch.setattr(process, "HANDOVER_DEADLINE", 0.3)
    start = time.monotonic()
    with pytest.raises(WorkerLostError, match="did not take up the sample") as lost:
        score(worker, timeout=60.0)
    assert 0.3 <= time.monotonic() - start < 20.0
    assert not lost.value.begun


@pytest.mark.parametrize(
    "said", [answer(number=1), b"\0", BEGIN + answer(number=1)[:-1]], ids=["answer", "a byte", "begin"]
)
def test_a_worker_that_speaks_before_it_was_asked_is_lost_and_not_to_blame(worker, other, said):
    other.say(said)
    with pytest.raises(WorkerLostError, match="spoke out of turn") as lost:
        score(worker)
    assert not lost.value.begun


def test_a_worker_whose_first_word_is_not_begin_is_lost_and_not_to_blame(worker, other):
    other.when_asked(other.say, answer(number=1))
    with pytest.raises(WorkerLostError, match="spoke out of turn") as lost:
        score(worker)
    assert not lost.value.begun


def test_what_is_left_of_an_answer_is_out_of_turn(worker, other):
    other.when_asked(other.say, BEGIN, answer(number=1), b"rest")
    assert score(worker) == [{"number": 1}]
    with pytest.raises(WorkerLostError, match="spoke out of turn"):
        score(worker)


@pytest.mark.parametrize(
    ("how", "server_lost", "said"),
    [
        (3, False, "exited with code 3"),
        (-9, False, "was ended by signal SIGKILL"),
        (None, True, "went down with its server"),
    ],
)
@pytest.mark.parametrize("begun", [False, True])
def test_the_end_of_a_worker_is_told(worker, other, how, server_lost, said, begun):
    def end():
        if begun:
            other.say(BEGIN)
        other.how, other.lost = how, server_lost
        other.leave()

    other.when_asked(end)
    with pytest.raises(WorkerLostError, match=said) as lost:
        score(worker)
    assert lost.value.begun is begun


def test_a_worker_that_is_gone_already_was_not_at_the_sample(worker, other):
    other.how = 1
    other.leave()
    with pytest.raises(WorkerLostError, match="exited with code 1") as lost:
        score(worker)
    assert not lost.value.begun


def test_a_worker_whose_pipe_a_child_holds_open_is_seen_to_have_ended(worker, other):
    def end():
        other.say(BEGIN)
        other.how = 5

    other.when_asked(end)
    start = time.monotonic()
    with pytest.raises(WorkerLostError, match="exited with code 5"):
        score(worker, timeout=30.0)
    assert time.monotonic() - start < 20.0


def test_one_that_closes_its_pipe_and_lives_has_two_seconds_to_end(worker, other):
    other.when_asked(other.leave)
    start = time.monotonic()
    with pytest.raises(WorkerLostError, match="closed its end of the pipe"):
        score(worker)
    assert 2.0 <= time.monotonic() - start < 20.0


def test_loading_has_its_own_deadline(worker, other, monkeypatch):
    other.when_asked(lambda: (time.sleep(0.2), other.say(answer(loaded="r@1"))))
    assert worker.load(b"reward") == {"loaded": "r@1"}
    assert other.asked == [b"reward"]
    monkeypatch.setattr(process, "START_DEADLINE", 0.3)
    with pytest.raises(DeadlinePassedError):
        worker.load(b"reward")


def test_a_request_larger_than_the_pipe_waits_for_its_reader(worker, other, monkeypatch):
    monkeypatch.setattr(process, "_LOOK_EVERY", 0.02)
    request = os.urandom(1_000_000)
    # A reader that is slow to begin: the writer looks several times whether it lives.
    threading.Timer(0.3, other.when_asked, [other.say, BEGIN, answer(number=1)]).start()
    assert list(worker.score(request, 1, 5.0)) == [{"number": 1}]
    assert other.asked == [request]


def test_to_wait_costs_no_work():
    def sleep(sample):
        time.sleep(1.0)
        return 1.0

    with Scorer(Reward(sleep, RewardSpec("t.sleep", isolate="process", cache=False)), workers=1) as scorer:
        scorer.score([Sample("")])
        gc.collect()
        before = time.process_time()
        scorer.score([Sample("")])
        assert time.process_time() - before < 0.03


LATE = """
import threading
import time
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
from rlvr import reward
@reward("t.threads_at_import{0}", isolate="process", timeout=5.0, memory={1})
def judged(sample):
    return len(b"x" * (int(sample.completion) << 20)) > 0
"""


def test_what_starts_threads_when_imported_is_loaded_by_each_worker(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "threads_at_import.py").write_text(LATE.format(1, 400))
    import threads_at_import

    with Scorer(threads_at_import.judged, workers=1, max_error_rate=1.0) as scorer:
        for _ in range(2):
            small, large, again = scorer.score([Sample("50"), Sample("900"), Sample("1")])
            assert (small.score, large.status, again.score) == (1.0, Status.ERROR, 1.0)
            assert "MemoryError" in large.explanation
        assert scorer._pool.loads_late(0)


def test_what_cannot_be_loaded_by_a_worker_says_so(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    path = tmp_path / "threads_at_import_once.py"
    path.write_text(LATE.format(2, 400))
    import threads_at_import_once

    with Scorer(threads_at_import_once.judged, workers=1, max_error_rate=1.0) as scorer:
        assert scorer.score([Sample("1")])[0].score == 1.0
        (pid,) = scorer.worker_pids()
        path.write_text("raise OSError('not twice')")
        os.kill(pid, 9)
        (verdict,) = scorer.score([Sample("2")])
    assert verdict.status is Status.ERROR
    assert "loading `t.threads_at_import2` in a process: OSError: not twice" in verdict.explanation
