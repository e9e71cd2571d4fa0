"""The cache: equal samples are scored once, entries never go stale, and a file that fails costs nothing else."""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys

import pytest

from rlvr import Message, Sample, Status, Verdict, batch_reward, reward
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring import Scorer
from rlvr.scoring.cache import VerdictCache, sample_key


def counting(log, version="1", **spec):
    """A reward that leaves a line in a file for each call."""

    def count(sample):
        with open(log, "a") as file:  # noqa: PTH123
            file.write(sample.completion + "\n")
        if sample.completion == "fails":
            raise ValueError("as asked")
        return len(sample.completion) / 10

    return Reward(count, RewardSpec("t.counting", version=version, cache=True, **spec))


def calls(log):
    return log.read_text().split() if log.exists() else []


@pytest.fixture
def log(tmp_path):
    return tmp_path / "calls"


def test_equal_samples_are_scored_once_within_a_batch_and_later(log):
    with Scorer(counting(log), max_error_rate=1.0) as scorer:
        texts = ["a", "bb", "a", "a", "bb"]
        verdicts = scorer.score([Sample(text, id=str(i)) for i, text in enumerate(texts)])
        assert [verdict.score for verdict in verdicts] == [0.1, 0.2, 0.1, 0.1, 0.2]
        assert calls(log) == ["a", "bb"]
        assert scorer.score([Sample("bb")])[0].score == 0.2
        assert calls(log) == ["a", "bb"]
        stats = scorer.stats()["t.counting"]
        assert (stats.count, stats.cached) == (6, 4)


def test_each_of_many_samples_is_fresh_once(log):
    samples = [Sample(str(i)) for i in range(600)]
    with Scorer(counting(log, range=(0.0, 1.0))) as scorer:
        for cached in (0, 600):
            verdicts = scorer.score(samples)
            assert scorer.stats()["t.counting"].cached == cached
            assert all((verdict.elapsed > 0.0) is (cached == 0) for verdict in verdicts)


def test_what_failed_is_tried_again(log):
    with Scorer(counting(log), max_error_rate=1.0) as scorer:
        for _ in range(2):
            assert {verdict.status for verdict in scorer.score([Sample("fails")] * 3)} == {Status.ERROR}
    assert calls(log) == ["fails", "fails"]


def test_a_key_holds_all_that_a_reward_can_see():
    base = {"completion": "c", "reference": "r", "prompt": "p", "data": {"a": 1}, "n_tokens": 3}
    others = [
        {"completion": "d"},
        {"reference": ["r"]},
        {"prompt": (Message("user", "p"),)},
        {"data": {"a": 2}},
        {"n_tokens": 4},
        {"truncated": True},
        {"reasoning_open": True},
        {"reasoning_tags": ("<a>", "</a>")},
    ]
    keys = {sample_key("r@1", Sample(**(base | other))) for other in [{}, *others]}
    assert len(keys) == 1 + len(others)
    assert sample_key("r@1", Sample(**base, id="x", group="g")) in keys
    assert sample_key("r@2", Sample(**base)) not in keys


def test_a_sample_that_is_no_data_is_scored_and_not_remembered(log):
    with Scorer(counting(log)) as scorer:
        for _ in range(2):
            sample = Sample("odd", data={"x": object()})
            assert [verdict.score for verdict in scorer.score([sample, sample])] == [0.3, 0.3]
    assert calls(log) == ["odd"] * 4


def test_a_file_is_remembered_from_run_to_run_and_by_identity(log, tmp_path):
    file = tmp_path / "cache.sqlite"
    for version, expected in (("1", 1), ("1", 1), ("2", 2), ("1", 2)):
        with Scorer(counting(log, version), cache=file) as scorer:
            assert scorer.score([Sample("abc")])[0].score == 0.3
        assert len(calls(log)) == expected


def test_a_verdict_comes_back_whole(tmp_path):
    whole = Verdict(
        0.5, extracted="é\u2028", expected="x", explanation="why", metrics={"m": 1.0}, components={"p": Verdict(1.0)}
    )
    for remembered in (10, 0):
        cache = VerdictCache(tmp_path / "c.sqlite", remembered=remembered)
        cache.put({b"k" * 16: whole})
        assert cache.get([b"k" * 16]) == {b"k" * 16: whole}
        cache.close()


def test_memory_has_an_end():
    cache = VerdictCache(remembered=3)
    cache.put({bytes([i]): Verdict(1.0) for i in range(5)})
    assert sorted(cache.get([bytes([i]) for i in range(5)])) == [b"\x02", b"\x03", b"\x04"]


def test_memory_keeps_what_was_asked_for_last():
    cache = VerdictCache(remembered=2)
    cache.put({b"a": Verdict(0.1), b"b": Verdict(0.2)})
    assert cache.get([b"a"]) == {b"a": Verdict(0.1)}
    cache.put({b"c": Verdict(0.3)})
    assert sorted(cache.get([b"a", b"b", b"c"])) == [b"a", b"c"]


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1000, 1203])
def test_any_number_of_verdicts_is_read_from_a_file(tmp_path, count):
    keys = [number.to_bytes(16) for number in range(count)]
    cache = VerdictCache(tmp_path / "c.sqlite", remembered=0)
    cache.put({key: Verdict(number / 2000) for number, key in enumerate(keys)})
    found = cache.get([*keys, *keys, b"unknown"])
    assert [found[key].score for key in keys] == [number / 2000 for number in range(count)]
    assert len(found) == count
    cache.close()


def test_what_cannot_be_put_aside_is_not_tried_for_ever(tmp_path, monkeypatch):
    file = tmp_path / "c.sqlite"
    file.write_bytes(b"no database at all " * 100)
    (tmp_path / "c.sqlite-wal").write_bytes(b"of another time")
    (tmp_path / "c.sqlite-shm").write_bytes(b"of another time")
    monkeypatch.setattr(type(file), "replace", lambda self, to: (_ for _ in ()).throw(PermissionError))
    with pytest.warns(RuntimeWarning, match="put aside") as said:
        cache = VerdictCache(file)
    assert len(said) == 2
    cache.put({b"key": Verdict(1.0)})
    assert cache.get([b"key"]) == {b"key": Verdict(1.0)}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.sqlite"]


@pytest.mark.parametrize("damage", ["all", "middle", "cut"])
def test_a_damaged_file_is_put_aside(log, tmp_path, damage):
    file = tmp_path / "cache.sqlite"
    with Scorer(counting(log), cache=file) as scorer:
        scorer.score([Sample("x" * (i % 7) + str(i)) for i in range(500)])
    whole = file.read_bytes()
    spoiled = {
        "all": b"no database at all " * 100,
        "middle": whole[:4096] + os.urandom(len(whole) - 4096),
        "cut": whole[: len(whole) // 2],
    }[damage]
    file.write_bytes(spoiled)
    log.unlink()
    again = [Sample("x" * (i % 7) + str(i)) for i in range(500)]
    with pytest.warns(RuntimeWarning, match="put aside"), Scorer(counting(log), cache=file) as scorer:
        verdicts = scorer.score(again)
    assert all(verdict.score is not None for verdict in verdicts)
    with Scorer(counting(log), cache=file) as scorer:
        before = len(calls(log))
        scorer.score([Sample("0")])
        assert len(calls(log)) == before
    assert [path for path in tmp_path.iterdir() if path.name.endswith(".corrupt")]


def test_a_folder_that_cannot_be_written_costs_the_file_and_nothing_else(log, tmp_path):
    (tmp_path / "taken").write_text("")
    with (
        pytest.warns(RuntimeWarning, match="in memory only"),
        Scorer(counting(log), cache=tmp_path / "taken/c") as scorer,
    ):
        assert scorer.score([Sample("a")])[0].score == 0.1


def _fill(file, log, start):
    with Scorer(counting(log), cache=file) as scorer:
        for i in range(start, start + 200):
            scorer.score([Sample(str(i % 300))])


def test_several_processes_share_a_file(tmp_path, log):
    file = tmp_path / "cache.sqlite"
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_fill, args=(file, log, start)) for start in (0, 100, 200)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    log.unlink()
    with Scorer(counting(log), cache=file) as scorer:
        scorer.score([Sample(str(i)) for i in range(300)])
    assert calls(log) == []


_CRASHES = """
import os, sys
from rlvr import Verdict
from rlvr.scoring.cache import VerdictCache
cache = VerdictCache(sys.argv[1])
for number in range(10_000):
    cache.put({number.to_bytes(16): Verdict(1.0)})
    if number == 50:
        os.kill(os.getpid(), 9)
"""


def test_what_was_written_survives_a_crash(tmp_path):
    file = tmp_path / "cache.sqlite"
    ended = subprocess.run([sys.executable, "-c", _CRASHES, file], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert len(VerdictCache(file).get([number.to_bytes(16) for number in range(100)])) == 51


_FULL = """
import resource, signal, sys, warnings
from rlvr import Sample, reward
from rlvr.scoring import Scorer

@reward("t.full", cache=True)
def made(sample):
    return 1.0

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
with warnings.catch_warnings(record=True) as said, Scorer(made, cache=sys.argv[1], log=sys.argv[2]) as scorer:
    warnings.simplefilter("always")
    for number in range(20):
        verdicts = scorer.score([Sample(f"{number} {i} " + "x" * 50) for i in range(100)])
        assert [verdict.score for verdict in verdicts] == [1.0] * 100
    scorer.score([Sample("again")])
    assert scorer.stats()["t.full"].count == 2001
print([str(one.message) for one in said])
"""


def test_a_full_disk_costs_the_entries_and_nothing_else(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", _FULL, tmp_path / "cache.sqlite", tmp_path / "log.jsonl"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "in memory only" in ended.stdout
    assert "ends here" in ended.stdout
    assert resource.getrlimit(resource.RLIMIT_FSIZE) != (60_000, 60_000)


def test_group_rewards_and_those_that_say_so_are_not_remembered():
    seen = []

    @reward("t.judge", isolate="process", cache=False)
    def judge(sample):
        return 1.0

    @batch_reward("t.model")
    def model(samples):
        seen.append(len(samples))
        return [1.0] * len(samples)

    assert (judge.cached, model.cached) == (False, True)
    with Scorer(model) as scorer:
        scorer.score([Sample("a"), Sample("a"), Sample("b")])
        scorer.score([Sample("a"), Sample("c")])
    assert seen == [2, 1]


def test_the_log_has_a_line_for_each_verdict(tmp_path):
    @reward("t.logged")
    def logged(sample):
        return Verdict.wrong("no", extracted="\u2028\ud800")

    with Scorer(logged, log=tmp_path / "new" / "verdicts.jsonl") as scorer:
        scorer.score([Sample("a", id="one"), Sample("b", id="two")])
        # Whoever looks on sees it at once.
        assert (tmp_path / "new" / "verdicts.jsonl").read_text().count("\n") == 2
        scorer.score([Sample("c", id="three")])
    rows = [json.loads(line) for line in (tmp_path / "new" / "verdicts.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["one", "two", "three"]
    assert {row["reward"] for row in rows} == {logged.identity}
    assert rows[0]["verdict"]["explanation"] == "no"
    assert all(row["time"] > 1.7e9 for row in rows)
