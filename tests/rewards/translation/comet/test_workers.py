"""What outlives a worker, and what a worker outlives; what is said when there is none."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rlvr.errors import MissingDependencyError, ModelError
from rlvr.rewards.translation.comet import metric as metric_module
from rlvr.rewards.translation.comet.metric import Metric, Segment
from rlvr.rewards.translation.comet.settings import Settings


@pytest.fixture(scope="module")
def regression(checkpoints):
    metric = Metric(Settings(str(checkpoints / "regression"), device="cpu"))
    yield metric
    metric.close()


def asked(count):
    """Requests of a few segments each, of which some are in others too."""
    return [
        [Segment(f"the house {k % 97}", f"das Haus {k} {i % 2}", "das Haus ist rot") for i in range(1 + k % 4)]
        for k in range(count)
    ]


def test_a_thousand_requests_and_a_worker_killed_twice(regression):
    requests = asked(1000)
    quiet = [[one.score for one in regression.score(request)] for request in requests]
    regression.forget()
    before = regression.counts()
    answered = threading.Semaphore(0)

    def ask(request):
        found = [one.score for one in regression.score(request)]
        answered.release()
        return found

    def kill():
        for _ in range(2):
            for _ in range(100):  # once a hundred more are answered, so that it is at work
                answered.acquire()
            victim = regression.worker_pid()
            os.kill(victim, signal.SIGKILL)
            while regression.worker_pid() == victim:
                time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    with ThreadPoolExecutor(16) as threads:
        stormy = list(threads.map(ask, requests))
    killer.join()
    # Padded beside others, a text's score differs in the last digit.
    assert [score for row in stormy for score in row] == pytest.approx([s for row in quiet for s in row], abs=1e-6)
    counts = regression.counts()
    assert counts.lost_workers - before.lost_workers == 2
    assert counts.resubmitted > 0


def test_equal_segments_are_scored_once(regression):
    regression.forget()
    before = regression.counts()
    segment = Segment("a cat sleeps", "eine Katze schläft", "eine Katze schläft")
    first = regression.score([segment] * 16)
    again = regression.score([segment])
    counts = regression.counts()
    assert all(one == first[0] for one in first + again)
    assert (counts.asked - before.asked, counts.scored - before.scored) == (17, 1)


def test_a_segment_that_kills_every_worker_is_given_up_and_no_other(regression, monkeypatch):
    # A worker cannot be made to die of a text on purpose, so it is killed whenever it takes one up.
    poison = Segment("poison", "Gift", "Gift")
    begun = regression._begun

    def watch(numbers):
        begun(numbers)
        with regression._lock:
            taken = [regression._pending[n].segment for n in numbers if n in regression._pending]
        if poison in taken:
            os.kill(regression.worker_pid(), signal.SIGKILL)
            time.sleep(0.2)  # so that its answer is not read first

    monkeypatch.setattr(regression, "_begun", watch)
    monkeypatch.setattr(metric_module, "ATTEMPTS", 3)
    regression.forget()
    regression._worker.kill()
    while regression._worker is not None:
        time.sleep(0.01)
    good = [Segment(f"a cat {i}", "eine Katze", "eine Katze") for i in range(5)]
    *found, bad = regression.score([*good, poison])
    assert all(one.score is not None for one in found)
    assert bad.score is None
    assert "3 workers were lost over it; the last was ended by signal 9" in bad.error


def test_a_worker_ends_with_its_caller(checkpoints):
    program = f"""
        from rlvr.rewards.translation.comet.metric import Metric, Segment
        from rlvr.rewards.translation.comet.settings import Settings
        import os, signal
        metric = Metric(Settings({str(checkpoints / "kiwi")!r}, device="cpu"))
        metric.score([Segment("a", "b")])
        print(metric.worker_pid(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    worker = int(done.stdout)
    until = time.monotonic() + 20
    while _lives(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(worker)


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_without_an_environment_it_is_said_how_to_make_one(monkeypatch, tmp_path):
    monkeypatch.delenv("RLVR_COMET_PYTHON", raising=False)
    monkeypatch.setenv("RLVR_HOME", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="rlvr setup comet"):
        Metric(Settings("wmt22-comet-da")).score([Segment("a", "b")])


@pytest.fixture
def damaged(checkpoints, tmp_path):
    """A copy of a checkpoint, to be damaged."""

    def copy(name="kiwi"):
        (tmp_path / "checkpoints").mkdir()
        (tmp_path / "hparams.yaml").write_bytes((checkpoints / name / "hparams.yaml").read_bytes())
        file = tmp_path / "checkpoints" / "model.ckpt"
        file.write_bytes((checkpoints / name / "checkpoints" / "model.ckpt").read_bytes())
        return tmp_path, file

    return copy


def refusal(checkpoint, **settings):
    with pytest.raises(ModelError) as raised:
        Metric(Settings(str(checkpoint), device="cpu", **settings)).score([Segment("a", "b", "c")])
    return str(raised.value)


def test_what_is_wrong_with_a_checkpoint_is_said(damaged, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder, file = damaged()
    file.write_bytes(file.read_bytes()[:-2000])
    assert "damaged" in refusal(folder)
    (folder / "hparams.yaml").write_text("class_identifier: regression\n")
    assert "it knows" in refusal(folder).lower()
    file.unlink()
    assert "checkpoints/model.ckpt" in refusal(folder)
    assert "There is no checkpoint at" in refusal(tmp_path / "absent")
    assert "HF_HUB_OFFLINE" in refusal("wmt22-cometkiwi-da")


def test_a_checkpoint_does_not_run_code(damaged, environment, tmp_path):
    folder, file = damaged("kiwi")
    program = f"""
        import os, pathlib, torch
        class Evil:
            def __reduce__(self):
                return pathlib.Path.touch, (pathlib.Path({str(tmp_path / "ran")!r}),)
        content = torch.load({str(file)!r}, weights_only=False)
        content["hyper_parameters"]["more"] = Evil()
        torch.save(content, {str(file)!r})
    """
    subprocess.run([environment, "-c", textwrap.dedent(program)], check=True, capture_output=True)
    assert "RLVR_METRIC_UNPICKLE=1" in refusal(folder)
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_of_another_class_is_no_checkpoint_of_this(damaged, environment):
    folder, file = damaged("kiwi")
    program = f"""
        import torch
        content = torch.load({str(file)!r}, weights_only=False)
        del content["state_dict"]["estimator.ff.0.weight"]
        torch.save(content, {str(file)!r})
    """
    subprocess.run([environment, "-c", textwrap.dedent(program)], check=True, capture_output=True)
    assert "lacks 1 parameters of a unified_metric, estimator.ff.0.weight" in refusal(folder)
