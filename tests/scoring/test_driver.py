"""What a driver makes of workers that are late, lost or lie, one script of a worker's answers after the other."""

import itertools
import pickle

import pytest

from rlvr import Sample, Status
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring.driver import Driver
from rlvr.scoring.nursery import ServerLostError
from rlvr.scoring.process import DeadlinePassedError, WorkerLostError

UNBEGUN = WorkerLostError("did not take up the sample", begun=False)
CRASH = WorkerLostError("exited with code 3")
LATE = DeadlinePassedError()


def scored(score, **more):
    """The answer to the sample whose turn it is."""
    return {"verdict": {"score": score, "status": "scored"}} | more


class Worker:
    """One that follows a script: answers, and what is raised instead of one."""

    def __init__(self, pool, script):
        self.pool, self.script = pool, iter(script)

    def score(self, request, answers, timeout):
        _, _, number, samples = pickle.loads(request)
        self.pool.asked.append(([sample.completion for sample in samples], answers, timeout))
        for place in range(answers):
            step = next(self.script)
            if isinstance(step, Exception):
                raise step
            yield {"number": number + place} | step

    def load(self, request):
        step = next(self.script)
        if isinstance(step, Exception):
            raise step
        return step

    def kill(self):
        self.pool.killed += 1


class Workers:
    """Stands for the pool: gives out workers that follow one script each."""

    def __init__(self, *scripts, form="sample", late=False):
        spec = RewardSpec("t.driven", form=form, batch_size=8, isolate="process", timeout=2.0, range=(0.0, 2.0))
        self.rewards = [Reward(lambda given: 1.0, spec)]
        self.scripts, self.late = iter(scripts), late
        self.forked, self.killed, self.asked, self.seconds = 0, 0, [], []
        self.closed, self.why = False, ""

    def fork(self):
        self.forked += 1
        script = next(self.scripts)
        if isinstance(script, Exception):
            raise script
        return Worker(self, script)

    def forget(self):
        pass

    def refusal(self, key):
        if isinstance(self.why, Exception):
            raise self.why
        return self.why

    def refuse(self, key, why):
        self.why = why
        return why

    def loads_late(self, key):
        return self.late

    def message(self, key):
        return (key, "r@1", [], b"")

    def learn(self, key, seconds):
        self.seconds.append(seconds)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """A clock on which one second passes between two looks."""
    monkeypatch.setattr("rlvr.scoring.driver.time.perf_counter", itertools.count(10.0, 1.0).__next__)


def drive(pool, texts="abc"):
    found = list(Driver(pool).verdicts(0, [Sample(text) for text in texts]))
    assert [place for place, _ in found] == list(range(len(texts)))
    return [verdict for _, verdict in found]


def told(verdicts):
    return [verdict.score if verdict.status is Status.SCORED else str(verdict.status) for verdict in verdicts]


def test_answers_in_order_are_verdicts_and_their_times_are_learned():
    pool = Workers([scored(0.0), scored(1.0), scored(2.0)])
    verdicts = drive(pool)
    assert told(verdicts) == [0.0, 1.0, 2.0]
    assert [verdict.elapsed for verdict in verdicts] == pool.seconds == [1.0] * 3
    assert pool.asked == [(["a", "b", "c"], 3, 2.0)]
    assert pool.killed == 0


def test_samples_are_numbered_on_from_one_request_to_the_next():
    numbers = []

    class Counting(Worker):
        def score(self, request, answers, timeout):
            numbers.append(pickle.loads(request)[2])
            yield from super().score(request, answers, timeout)

    pool = Workers()
    pool.fork = lambda: Counting(pool, itertools.repeat(scored(1.0)))
    driver = Driver(pool)
    for texts in ("abc", "d", "ef", "g"):
        assert len(list(driver.verdicts(0, [Sample(text) for text in texts]))) == len(texts)
    assert numbers == [1, 4, 5, 7]


def test_a_late_sample_costs_its_worker_and_the_rest_goes_to_the_next():
    pool = Workers([scored(1.0), LATE], [scored(2.0)])
    verdicts = drive(pool)
    assert told(verdicts) == [1.0, "timeout", 2.0]
    assert (verdicts[1].explanation, verdicts[1].elapsed) == ("killed after 2.0 s", 2.0)
    assert [texts for texts, *_ in pool.asked] == [["a", "b", "c"], ["c"]]
    assert (pool.forked, pool.killed) == (2, 1)


def test_a_fresh_worker_that_crashes_over_a_sample_decides():
    pool = Workers([CRASH], [scored(1.0), scored(2.0)])
    verdicts = drive(pool)
    assert told(verdicts) == ["error", 1.0, 2.0]
    assert verdicts[0].explanation == "the process that ran the reward exited with code 3"


def test_one_that_served_others_before_does_not():
    pool = Workers([scored(0.0), CRASH], [scored(1.0), scored(2.0)])
    assert told(drive(pool)) == [0.0, 1.0, 2.0]
    pool = Workers([scored(0.0), CRASH], [CRASH], [scored(2.0)])
    assert told(drive(pool)) == [0.0, "error", 2.0]


@pytest.mark.parametrize("form", ["sample", "group"])
def test_three_workers_may_be_lost_before_a_sample_and_a_fourth_may_not(form):
    answer = scored(1.0) if form == "sample" else {"verdicts": [scored(1.0)["verdict"]]}
    assert told(drive(Workers(*[[UNBEGUN]] * 3, [answer], form=form), "a")) == [1.0]
    pool = Workers(*[[UNBEGUN]] * 4, form=form)
    (verdict,) = drive(pool, "a")
    assert verdict.status is Status.ERROR
    assert verdict.explanation == "the process that ran the reward did not take up the sample"
    assert (pool.forked, pool.killed) == (4, 4)


def test_losses_count_for_each_sample_anew():
    lost = [[UNBEGUN]] * 3
    pool = Workers(*lost, [scored(0.0), UNBEGUN], *lost[:2], [scored(1.0), LATE])
    assert told(drive(pool)) == [0.0, 1.0, "timeout"]
    pool = Workers(*lost, [LATE], *lost, [scored(1.0), scored(2.0)])
    assert told(drive(pool)) == ["timeout", 1.0, 2.0]
    pool = Workers(*lost, [UNBEGUN], *lost, [scored(1.0), scored(2.0)])
    assert told(drive(pool)) == ["error", 1.0, 2.0]


def test_a_server_that_is_lost_is_no_fault_of_the_sample():
    pool = Workers(*[ServerLostError("was killed")] * 4)
    (verdict,) = drive(pool, "a")
    assert verdict.explanation == "the process that ran the reward could not be started: its server was killed"
    assert pool.forked == 4
    pool = Workers(ServerLostError("was killed"), [scored(1.0)])
    assert told(drive(pool, "a")) == [1.0]


@pytest.mark.parametrize(
    "lie",
    [
        scored(1.0, number=0),
        scored(1.0, number=2),
        {"number": 1, "verdict": {"score": 1.0}},
        {"verdict": None},
        {"verdict": {"score": 1.0, "status": "scored", "metrics": {"m": "much"}}},
        {},
    ],
)
def test_an_answer_that_is_none_costs_the_sample(lie):
    pool = Workers([lie], [scored(1.0), scored(2.0)])
    verdicts = drive(pool)
    assert told(verdicts) == ["error", 1.0, 2.0]
    assert verdicts[0].explanation == "the process that ran the reward gave an unusable answer"


def test_a_score_out_of_range_is_an_error_of_the_reward_and_costs_no_worker():
    pool = Workers([scored(2.5), scored(1.0)])
    first, second = drive(pool, "ab")
    assert "outside the declared range [0, 2]" in first.explanation
    assert (second.score, pool.killed) == (1.0, 0)


ROWS = [scored(float(i))["verdict"] for i in range(3)]


@pytest.mark.parametrize("form", ["batch", "group"])
def test_a_batch_is_one_request_and_its_verdicts_share_its_time(form):
    pool = Workers([{"verdicts": ROWS}], form=form)
    verdicts = drive(pool)
    assert told(verdicts) == [0.0, 1.0, 2.0]
    assert [verdict.elapsed for verdict in verdicts] == [1.0 / 3] * 3
    assert pool.asked == [(["a", "b", "c"], 1, 2.0)]
    assert pool.seconds == [1.0]


@pytest.mark.parametrize(
    "lie",
    [
        {"verdicts": ROWS[:2]},
        {"verdicts": [*ROWS, ROWS[0]]},
        {"verdicts": [ROWS[0], None, ROWS[2]]},
        {"verdicts": ROWS, "number": 99},
        {"verdicts": {"0": 1}},
        {"verdicts": None},
        {},
    ],
)
def test_of_a_batch_that_is_lost_each_goes_alone_and_of_a_group_all_are_lost(lie):
    alone = [{"verdicts": [row]} for row in ROWS]
    assert told(drive(Workers([lie], alone, form="batch"))) == [0.0, 1.0, 2.0]
    assert told(drive(Workers([lie], form="group"))) == ["error"] * 3
    # One that has served others may lie because of what they left behind: a fresh one decides.
    two = [[Sample("x")], [Sample("a"), Sample("b"), Sample("c")]]
    for scripts, last in (([[lie], [{"verdicts": ROWS}]], [0.0, 1.0, 2.0]), ([[lie], [lie]], ["error"] * 3)):
        first, *others = scripts
        driver = Driver(Workers([{"verdicts": ROWS[:1]}, *first], *others, form="group"))
        assert [told(verdict for _, verdict in driver.verdicts(0, samples)) for samples in two] == [[0.0], last]


def test_of_a_late_batch_each_goes_alone_and_of_a_late_group_all_are_late():
    assert told(drive(Workers([LATE], [LATE], [{"verdicts": ROWS[1:2]}, LATE], form="batch"))) == [
        "timeout",
        1.0,
        "timeout",
    ]
    assert told(drive(Workers([LATE], form="group"))) == ["timeout"] * 3


def test_a_batch_of_one_is_not_tried_again():
    pool = Workers([LATE], form="batch")
    assert told(drive(pool, "a")) == ["timeout"]
    pool = Workers([CRASH], form="batch")
    assert told(drive(pool, "a")) == ["error"]


@pytest.mark.parametrize("form", ["sample", "batch", "group"])
def test_a_closed_pool_starts_nothing(form):
    pool = Workers(form=form)
    pool.closed = True
    verdicts = drive(pool)
    assert {verdict.explanation for verdict in verdicts} == {"the scorer was closed before this sample was scored"}
    assert pool.forked == 0


@pytest.mark.parametrize("form", ["sample", "batch", "group"])
def test_a_reward_that_cannot_be_loaded_says_why_for_each(form):
    pool = Workers(form=form)
    pool.why = "loading it failed"
    assert [verdict.explanation for verdict in drive(pool)] == ["loading it failed"] * 3


def test_a_reward_that_is_loaded_late_is_loaded_once_by_each_worker():
    loaded, row = {"loaded": "r@1"}, scored(1.0)
    pool = Workers([loaded, row, row, LATE], [loaded, row], late=True)
    driver = Driver(pool)
    for _ in range(2):
        assert told(verdict for _, verdict in driver.verdicts(0, [Sample("a")])) == [1.0]
    assert told(verdict for _, verdict in driver.verdicts(0, [Sample("a"), Sample("b")])) == ["timeout", 1.0]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"failed": "no module"}, "no module"),
        (WorkerLostError("exited with code 3"), "the process exited with code 3"),
        (DeadlinePassedError(), "it took too long"),
    ],
)
def test_what_a_worker_cannot_load_is_not_tried_again(step, why):
    pool = Workers([step], late=True)
    assert [verdict.explanation for verdict in drive(pool)] == [why] * 3
    assert pool.forked == 1


class Stubborn:
    def __reduce__(self):
        raise TypeError("not to be copied")


@pytest.mark.parametrize(("form", "errors"), [("sample", [1]), ("group", [0, 1, 2])])
def test_what_cannot_be_sent_is_an_error_of_its_own(form, errors):
    pool = Workers([scored(1.0), scored(2.0)], form=form)
    samples = [Sample("a"), Sample("b", data={"x": Stubborn()}), Sample("c")]
    verdicts = [verdict for _, verdict in Driver(pool).verdicts(0, samples)]
    assert [i for i, verdict in enumerate(verdicts) if verdict.status is Status.ERROR] == errors
    assert "the sample cannot be sent to a process: TypeError: not to be copied" in verdicts[1].explanation
    assert len(verdicts) == 3
