"""Order, threads, compositions, loading of rewards, statistics, and what failed samples lead to."""

import importlib
import json
import math
import os
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rlvr import Sample, Status, Verdict, gate, get_reward, judge_all
from rlvr.errors import ConfigError, ErrorBudgetError, RewardDefinitionError, RewardFailedError
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring import ErrorBudget, Scorer, settle
from rlvr.scoring import worker as worker_module


def make(function, name="t.made", isolate="process", timeout=5.0, range=(0.0, 1.0)):
    return Reward(function, RewardSpec(name, timeout=timeout, isolate=isolate, range=range))


@pytest.fixture(scope="module")
def shared():
    def parity(sample):
        return int(sample.completion) % 2 == 0

    with Scorer(make(parity), workers=2, max_error_rate=1.0) as scorer:
        yield scorer


def test_verdicts_come_in_the_order_of_the_samples(shared):
    verdicts = shared.score([Sample(str(number)) for number in range(200)])
    assert [verdict.score for verdict in verdicts] == [1.0, 0.0] * 100
    assert all(0 < verdict.elapsed < 5 for verdict in verdicts)


def test_an_empty_batch_is_an_empty_list(shared):
    assert shared.score([]) == []


def test_many_threads_share_a_scorer(shared):
    def ask(start):
        return [verdict.score for verdict in shared.score([Sample(str(start + i)) for i in range(40)])]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(16))) == [[1.0, 0.0] * 20, [0.0, 1.0] * 20] * 8


def test_samples_are_scored_in_the_background(shared):
    futures = [shared.submit([Sample(str(number))]) for number in range(4)]
    assert [future.result(20)[0].score for future in futures] == [1.0, 0.0, 1.0, 0.0]


def test_workers_work_at_the_same_time():
    def sleepy(sample):
        import time

        time.sleep(1.0)
        return 1.0

    with Scorer(make(sleepy), workers=4) as scorer:
        scorer.score([Sample("")] * 4)
        start = time.monotonic()
        scorer.score([Sample("")] * 4)
        assert time.monotonic() - start < 3.5  # one after another they take 4


def verdicts_of_every_kind(sample):
    return {
        "right": Verdict.right("72", "72", "equal"),
        "metrics": Verdict(0.5, metrics={"overlap": 0.25}, explanation="\ud800 \u00e9"),
        "abstain": Verdict.unscored(Status.ABSTAINED, "no case"),
        "nan": Verdict(float("nan"), extracted="x"),
        "long": Verdict(1.0, extracted="x" * 10**7),
        "nothing": None,
        "high": 2.0,
    }[sample.completion]


KINDS = ["right", "metrics", "abstain", "nan", "long", "nothing", "high", "missing"]


def test_a_process_says_what_the_same_thread_would_say():
    here = make(verdicts_of_every_kind, isolate="inline")
    samples = [Sample(kind) for kind in KINDS]
    with Scorer(make(verdicts_of_every_kind), workers=1, max_error_rate=1.0) as scorer:
        there = scorer.score(samples)

    def without_time(verdict):
        row = verdict.as_dict()
        row.pop("elapsed")
        return row

    assert [without_time(verdict) for verdict in there] == [
        without_time(verdict) for verdict in judge_all(here, samples)
    ]


def test_a_megabyte_goes_through(shared):
    def length(sample):
        return len(sample.completion) / 10**6

    with Scorer(make(length), workers=1) as scorer:
        assert [verdict.score for verdict in scorer.score([Sample("x" * 10**6), Sample("")])] == [1.0, 0.0]


def test_closures_travel_and_what_cannot_is_refused_at_once():
    limit, lock = 3, threading.Lock()
    with Scorer(make(lambda sample: len(sample.completion) <= limit), workers=1) as scorer:
        assert scorer.score([Sample("abc")])[0].score == 1.0

    def locked(sample):
        with lock:
            return 1.0

    with pytest.raises(RewardDefinitionError, match=r"`t\.made` cannot be sent to another process"):
        Scorer(make(locked))


def test_a_sample_that_cannot_travel_is_an_error_of_its_own(shared):
    good, bad = shared.score([Sample("2"), Sample("2", data={"lock": threading.Lock()})])
    assert good.score == 1.0
    assert (bad.status, "cannot be sent" in bad.explanation) == (Status.ERROR, True)


FILE = """
from rlvr import reward
import neighbour_of_file
@reward("t.from_file{0}", isolate="process", timeout=5.0)
def f(sample):
    import neighbour_later
    return min(neighbour_of_file.BEST, neighbour_later.BEST)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("neighbour_of_file", "neighbour_later"):
        (tmp_path / f"{name}.py").write_text("BEST = 0.5")
    return tmp_path


def test_a_reward_given_by_path_runs_in_a_process_even_when_its_file_is_gone(folder):
    path = folder / "rewards.py"
    path.write_text(FILE.format(1))
    reward = get_reward(f"{path}:f")
    path.unlink()
    with Scorer(reward, workers=1) as scorer:
        assert scorer.score([Sample("")])[0].score == 0.5


def test_a_module_edited_during_the_run_is_not_mixed_in(folder):
    path = folder / "edited_during_run.py"
    path.write_text(FILE.format(2))
    import edited_during_run

    with Scorer(edited_during_run.f, workers=1, max_error_rate=1.0) as scorer:
        path.write_text(FILE.format(2).replace("min(", "max("))
        verdict = scorer.score([Sample("")])[0]
    assert verdict.status is Status.ERROR
    assert "changed after the run began" in verdict.explanation


def test_a_reward_that_cannot_be_loaded_says_why_for_every_sample(folder):
    path = folder / "gone_by_then.py"
    path.write_text(FILE.format(3))
    import gone_by_then

    with Scorer(gone_by_then.f, workers=1, max_error_rate=1.0) as scorer:
        path.unlink()
        verdicts = scorer.score([Sample(""), Sample("")])
    assert [verdict.status for verdict in verdicts] == [Status.ERROR] * 2
    assert all("No module named 'gone_by_then'" in verdict.explanation for verdict in verdicts)


BESIDE = "from rlvr import reward\n@reward('t.beside', isolate='process')\ndef f(sample): return 0.5\n"
THREADS = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"


@pytest.mark.parametrize(
    ("name", "imported", "by_then", "score"),
    [("gone_beside", BESIDE, "import not_there", None), ("late_beside", THREADS + BESIDE, THREADS + BESIDE, 0.5)],
)
def test_a_reward_that_loads_late_or_not_at_all_does_not_keep_others_from_it(folder, name, imported, by_then, score):
    path = folder / f"{name}.py"
    path.write_text(imported)
    beside = importlib.import_module(name).f
    path.write_text(by_then)
    parts = [beside, make(lambda sample: 0.25, name="t.fine"), make(lambda sample: 1.0, name="t.last")]
    with Scorer(sum(parts), workers=1, max_error_rate=1.0) as scorer:
        for text in "ab":
            found = {name: part.score for name, part in scorer.score([Sample(text)])[0].components.items()}
            assert found == {"t.beside": score, "t.fine": 0.25, "t.last": 1.0}


def test_gates_keep_stopped_samples_from_the_second_reward(tmp_path):
    log = tmp_path / "log"

    def behind(sample):
        with log.open("a") as file:
            file.write(sample.completion)
        return 0.5

    opener = make(lambda sample: sample.completion in "bd", name="t.opener", isolate="inline")
    node = 0.5 * gate(opener, then=make(behind, name="t.behind"))
    with Scorer(node, workers=1) as scorer:
        verdicts = scorer.score([Sample(letter) for letter in "abcd"])
        stats = scorer.stats()
    assert [verdict.score for verdict in verdicts] == [0.0, 0.25, 0.0, 0.25]
    assert log.read_text() == "bd"
    assert (stats["t.opener"].count, stats["t.behind"].count) == (4, 2)


def test_inline_rewards_run_in_the_calling_thread_without_processes():
    seen = []
    reward = make(lambda sample: bool(seen.append(threading.get_ident())) or 1.0, isolate="inline")
    with Scorer(reward) as scorer:
        scorer.score([Sample("")])
        assert scorer.worker_pids() == []
    assert seen == [threading.get_ident()]


@pytest.mark.parametrize(("form", "concurrency", "count"), [("sample", 3, 1), ("batch", 3, 2), ("batch", 1, 9)])
def test_one_call_at_a_time_is_made_in_the_calling_thread(form, concurrency, count):
    seen = []

    def note(given):
        seen.append(threading.get_ident())
        return [1.0] * len(given) if isinstance(given, list) else 1.0

    spec = RewardSpec("t.here", form=form, batch_size=2, concurrency=concurrency)
    with Scorer(Reward(note, spec)) as scorer:
        assert len(scorer.score([Sample(str(i)) for i in range(count)])) == count
    assert set(seen) == {threading.get_ident()}


def test_the_answer_of_a_worker_is_not_believed():
    """A reward that writes its own answers gets no further than one that returns nonsense."""

    def forger(sample):
        for answer in sample.data["answers"]:
            message = answer.encode()
            for descriptor in range(3, 16):
                try:
                    os.write(descriptor, struct.pack(">I", len(message)) + message)
                except OSError:
                    continue
        return 0.25

    def forged(**answer):
        return Sample("", data={"answers": [json.dumps(answer)]})

    samples = [
        forged(number=1, verdict={"score": 5.0, "status": "scored"}),
        forged(number=99, verdict={"score": 1.0, "status": "scored"}),
        forged(number=3, verdict={"score": 1.0, "status": "scored", "metrics": 7}),
        Sample("", data={"answers": ["[]"]}),
        Sample("", data={"answers": ["[" * 10**5]}),
        Sample("", data={"answers": ["\ud83d".encode("utf-8", "replace").decode()]}),
    ]
    with Scorer(make(forger), workers=1, max_error_rate=1.0) as scorer:
        for sample in samples:
            assert scorer.score([sample])[0].status is Status.ERROR
            assert scorer.score([Sample("", data={"answers": []})])[0].score == 0.25


def test_verdicts_that_are_no_data_become_errors():
    verdict = Verdict(1.0, components={"part": "no verdict"})
    answer = json.loads(worker_module._encoded(3, verdict))
    assert answer["number"] == 3
    assert answer["verdict"]["status"] == "error"


def test_statistics_count_and_name_the_slowest():
    def slow(sample):
        time.sleep(0.02 if sample.id == "slow" else 0)
        return {"bad": None, "no": Verdict.unscored(Status.ABSTAINED, "")}.get(sample.id, 1.0)

    with Scorer(make(slow, isolate="inline"), max_error_rate=1.0) as scorer:
        assert scorer.stats()["t.made"].count == 0
        scorer.score([Sample("", id=name) for name in ("a", "slow", "bad", "no")])
        stats = scorer.stats()["t.made"]
    assert (stats.count, stats.errors, stats.abstained, stats.timeouts) == (4, 1, 1, 0)
    assert stats.slowest[0][0] == "slow"
    assert stats.max == stats.slowest[0][1] >= 0.02
    assert stats.p50 < 0.02 <= stats.p99


def test_identity_is_the_rewards():
    reward = get_reward("text.exact")
    with Scorer(0.5 * reward) as scorer:
        assert scorer.identity == (0.5 * reward).identity


def test_settings_read_from_a_file_are_equal_and_not_the_same():
    isolate, on_error = json.loads('["process", "raise"]')
    here = os.getpid()

    def elsewhere(sample):
        return os.getpid() != here

    with Scorer(make(elsewhere, isolate=isolate), workers=1, on_error=on_error) as scorer:
        assert scorer.score([Sample("")])[0].score == 1.0
    scorer = Scorer(make(lambda sample: None, isolate="inline"), on_error=on_error)
    with scorer, pytest.raises(RewardFailedError):
        scorer.score([Sample("")])
    form, group = json.loads('["batch", "group"]')
    for name, sizes in ((form, [2, 1]), (group, [1, 1, 1])):
        seen = []
        spec = RewardSpec("t.formed", form=name, batch_size=2)
        many = Reward(lambda samples, seen=seen: [seen.append(len(samples)) or 1.0] * len(samples), spec)
        judge_all(many, [Sample(letter, group=letter) for letter in "abc"])
        assert seen == sizes


def test_a_closed_scorer_refuses():
    scorer = Scorer(get_reward("text.exact"))
    scorer.close()
    scorer.close()
    for call in (scorer.score, scorer.submit):
        with pytest.raises(RuntimeError, match="closed"):
            call([Sample("")])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"workers": 0}, "workers"),
        ({"workers": -1}, "workers"),
        ({"max_error_rate": -0.01}, "max_error_rate"),
        ({"max_error_rate": 1.01}, "max_error_rate"),
        ({"window": -1}, "window"),
        ({"on_error": "flor"}, "Did you mean `floor`"),
        ({"max_error_rate": 2.0}, "max_error_rate"),
        ({"max_error_rate": math.nan}, "max_error_rate"),
        ({"window": 0}, "window"),
    ],
)
def test_arguments_are_checked(arguments, why):
    with pytest.raises(ConfigError, match=why):
        Scorer(get_reward("text.exact"), **arguments)


@pytest.mark.parametrize(
    "arguments",
    [{"workers": 1}, {"workers": 2}, {"max_error_rate": 0.0}, {"max_error_rate": 1.0}, {"window": 1}, {"window": 2}],
)
def test_the_ends_of_their_ranges_are_allowed(arguments):
    Scorer(get_reward("text.exact"), **arguments).close()


# What failed samples lead to.

GOOD = Verdict(1.0)
BAD = Verdict.unscored(Status.ERROR, "KeyError: 'a' (f, line 3)")
LATE = Verdict.unscored(Status.TIMEOUT, "killed after 2.0 s")
MUTE = Verdict.unscored(Status.ABSTAINED, "no opinion")


def test_failures_are_masked_floored_or_fatal_and_abstentions_always_masked():
    verdicts = [Verdict(0.5), BAD, LATE, MUTE]
    scores, valid = settle(verdicts, "mask", -1.0)
    assert valid == [True, False, False, False]
    assert scores[0] == 0.5
    assert all(math.isnan(score) for score in scores[1:])
    scores, valid = settle(verdicts, "floor", -1.0)
    assert scores[:3] == [0.5, -1.0, -1.0]
    assert valid == [True, True, True, False]
    with pytest.raises(RewardFailedError, match="Sample 1"):
        settle(verdicts, "raise", -1.0)
    assert settle([GOOD, MUTE], "raise", 0.0)[1] == [True, False]


def test_raise_names_sample_reward_and_reason():
    scorer = Scorer(make(lambda sample: 1 / 0, isolate="inline"), on_error="raise")
    with (
        scorer,
        pytest.raises(RewardFailedError, match=r"`t\.made` could not score row-7 \(error\): ZeroDivisionError"),
    ):
        scorer.score([Sample("", id="row-7")])


def test_a_broken_reward_stops_the_run_with_its_causes():
    def broken(sample):
        if sample.completion:
            return {}[sample.completion]
        raise ValueError(f"no number in {sample.id!r}")

    samples = [Sample("ab"[i % 4 > 0] if i % 4 < 2 else "", id=f"row-{i}") for i in range(64)]
    with Scorer(make(broken, isolate="inline")) as scorer, pytest.raises(ErrorBudgetError) as caught:
        scorer.score(samples)
    message = str(caught.value)
    assert "`t.made` could not score 64 of the last 64 samples (100.0%)" in message
    assert "32 x error: ValueError: no number in" in message
    assert "32 x error: KeyError: 'a'" in message
    assert "row-2, row-3, row-6, ..." in message
    assert "max_error_rate" in message


def feed(budget, verdicts):
    for verdict in verdicts:
        budget.record("t.x", [Sample("")], [verdict])


def test_the_budget_waits_for_32_samples_in_small_batches():
    budget = ErrorBudget(0.02, 256)
    feed(budget, [BAD] * 31)
    with pytest.raises(ErrorBudgetError):
        feed(budget, [GOOD])


def test_as_many_as_the_rate_allows_may_fail_in_any_window():
    budget = ErrorBudget(0.02, 256)
    feed(budget, [BAD] * 3 + [LATE] * 2 + [GOOD] * 251 + [BAD] * 5 + [GOOD] * 500)
    with pytest.raises(ErrorBudgetError, match="6 of the last 256"):
        feed(budget, [BAD] * 6)


def test_failures_in_the_middle_of_a_large_batch_are_not_forgotten():
    verdicts = [GOOD] * 100 + [BAD] * 20 + [GOOD] * 1000
    with pytest.raises(ErrorBudgetError, match="could not score 6 of"):
        ErrorBudget(0.02, 256).record("t.x", [Sample("")] * len(verdicts), verdicts)


def test_abstentions_are_no_failures_and_a_rate_of_one_switches_off():
    feed(ErrorBudget(0.0, 256), [MUTE] * 300)
    feed(ErrorBudget(1.0, 256), [BAD] * 300)
    with pytest.raises(ErrorBudgetError):
        feed(ErrorBudget(0.0, 256), [GOOD] * 40 + [BAD])
