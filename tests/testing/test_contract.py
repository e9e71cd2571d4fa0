"""The contract: a reward that breaks a clause fails that clause, and says how."""

import itertools
import threading
import time
from dataclasses import replace

import pytest

from rlvr import Status, Verdict, batch_reward, gate, get_reward, reward
from rlvr.testing import Case, Declaration, Subject, contract, golden, relations, run_checks

CASES = (Case("accept", "Rome", "Rome", why="itself"), Case("reject", "Oslo", "Rome", why="another"))


def broken(rule, cases=CASES, declaration=None):
    """The clauses that a reward breaks, each with what is said about it."""
    results = run_checks(contract(Subject(rule, cases, declaration or Declaration())))
    return {result.check.name: result.detail for result in results if result.status == "failed"}


def judged(sample):
    right = sample.answer == sample.reference
    return Verdict.right(sample.answer) if right else Verdict.wrong("another")


def test_a_good_reward_breaks_nothing():
    assert broken(reward("t.good")(judged)) == {}


def test_compositions_batches_async_and_isolated_rewards_keep_it_too():
    good = reward("t.inner")(judged)
    assert broken(gate(good, then=get_reward("text.exact"))) == {}
    assert broken(reward("t.apart", isolate="process", timeout=5.0)(judged)) == {}

    @batch_reward("t.batch")
    def batch(samples):
        return [judged(sample) for sample in samples]

    assert broken(batch) == {}

    @reward("t.async")
    async def waits(sample):
        return judged(sample)

    assert broken(waits) == {}


def test_chance():
    counter = itertools.count()

    @reward("t.chance")
    def chance(sample):
        return Verdict((next(counter) % 7) / 7, explanation="who knows")

    assert "something else" in broken(chance)["deterministic"]


def test_one_that_depends_on_its_neighbours():
    seen = []

    @reward("t.remembers")
    def remembers(sample):
        seen.append(sample.completion)
        return Verdict(1.0 if len(seen) % 2 else 0.5, explanation=f"after {len(seen)}")

    assert "deterministic" in broken(remembers)


def test_one_that_wants_the_main_thread():
    @reward("t.main")
    def main(sample):
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("signal only works in main thread")
        return judged(sample)

    assert {"same from a thread", "same from an event loop"} <= broken(main).keys()


def test_one_that_cannot_travel():
    lock = threading.Lock()

    @reward("t.locked")
    def locked(sample):
        with lock:
            return judged(sample)

    found = broken(locked)
    assert "cannot be sent to another process" in found["picklable"]
    assert "inside the function" in found["picklable"]


def test_one_that_scores_beyond_its_range():
    @reward("t.beyond")
    def beyond(sample):
        return Verdict(2.0 if sample.answer == sample.reference else 0.0, explanation="so")

    assert "outside the declared range" in broken(beyond)["in range"]


def test_one_that_raises_on_nothing():
    @reward("t.first")
    def first(sample):
        return Verdict(float((sample.answer or "")[0] == sample.reference[0]), explanation="the first letter")

    found = broken(first)
    assert "IndexError" in found["empty text"]
    assert "full-width text" not in found


def test_one_that_raises_on_other_scripts():
    @reward("t.ascii")
    def ascii_only(sample):
        (sample.answer or "").encode("ascii")
        return judged(sample)

    assert {"binary-like text", "right-to-left text", "full-width text"} <= broken(ascii_only).keys()


def test_one_without_words():
    @reward("t.mute")
    def mute(sample):
        right = sample.answer == sample.reference
        return Verdict(float(right), extracted=sample.answer)

    found = broken(mute)
    assert found.keys() == {"explains itself"}
    assert "Verdict.wrong" in found["explains itself"]


@pytest.mark.parametrize("kind", [bool, float])
def test_one_that_returns_bare_numbers_is_a_reward(kind):
    bare = reward("t.bare")(lambda sample: kind(sample.answer == sample.reference))
    assert broken(bare) == {}
    assert "Verdict.wrong" in skipped(bare, CASES)["explains itself"]
    assert broken(1.0 * bare) == {}


@pytest.mark.parametrize("isolate", ["inline", "process"])
def test_one_that_takes_its_time(isolate):
    @reward("t.slow", timeout=0.3, isolate=isolate)
    def slow(sample):
        if len(sample.completion) > 10**5:
            time.sleep(60)
        return judged(sample)

    start = time.monotonic()
    found = broken(slow)
    assert found.keys() == {"deadline"}
    assert "a megabyte of 'a'" in found["deadline"]
    assert "its timeout is 0.3 s" in found["deadline"]
    assert time.monotonic() - start < 10


def test_the_reference_must_be_right():
    @reward("t.shouted")
    def shouted(sample):
        right = sample.answer == f"!{sample.reference}"
        return Verdict.right() if right else Verdict.wrong("not shouted")

    cases = (Case("accept", "!Rome", "Rome", why="itself"),)
    assert "not shouted" in broken(shouted, cases)["the reference scores the maximum"]
    assert broken(shouted, cases, Declaration(answer="!{}")) == {}


def skipped(rule, cases=()):
    results = run_checks(contract(Subject(rule, cases)))
    return {result.check.name: result.detail for result in results if result.status == "skipped"}


def test_what_cannot_be_asked_says_why():
    assert skipped(get_reward("text.repetition")) == {
        "the reference scores the maximum": "no golden case of kind `accept` says what a right answer is"
    }
    limits = (Case("accept", "a", {"max": 3}, why="short"),)
    assert "no texts or numbers" in skipped(get_reward("text.length"), limits)["the reference scores the maximum"]
    without = skipped(get_reward("math.final_number"))
    assert "picklable" not in without
    assert without["a megabyte of text"] == "it needs a reference, and no golden case shows one"


def test_an_abstention_is_no_failure():
    @reward("t.shy")
    def shy(sample):
        return judged(sample) if sample.answer == "Rome" else Verdict.unscored(Status.ABSTAINED, "no opinion")

    assert broken(shy, CASES[:1]) == {}


def counted(function, tmp_path, **settings):
    """A reward in a process of its own, and what it was asked for, line by line."""
    log = tmp_path / "asked.txt"

    def asked(sample):
        with log.open("a") as file:
            file.write(f"{sample.completion!r}\n")
        return function(sample)

    made = reward("t.counted", isolate="process", cache=False, **settings)(asked)
    return made, lambda text: log.read_text().splitlines().count(repr(text))


UNSCORED = {
    "timeout": lambda sample: time.sleep(60),
    "error": lambda sample: 1 / 0,
    "abstain": lambda sample: Verdict.unscored(Status.ABSTAINED, "no number"),
}


@pytest.mark.parametrize("kind", [*UNSCORED, "reject"])
def test_a_case_without_a_score_is_run_once(kind, tmp_path):
    def judge_it(sample):
        if "odd" in sample.completion:
            return UNSCORED.get(kind, UNSCORED["timeout"])(sample)
        return judged(replace(sample, completion=sample.completion.strip()))

    made, times = counted(judge_it, tmp_path, timeout=1.0)
    odd = Case(kind, "an odd one", "Rome", why="no score comes of it")
    subject = Subject(made, (*CASES, odd), Declaration("", "text", ("white space", "unclosed reasoning")))
    start = time.monotonic()
    results = run_checks([*golden(subject), *contract(subject), *relations(subject)])
    assert times("an odd one") == 1
    assert times("Rome") > 3
    assert time.monotonic() - start < 60
    failed = {result.check.name: result.detail for result in results if result.status == "failed"}
    if kind == "reject":  # it should have a score, and has none
        assert set(failed) == {"no score comes of it", "in range"}
        assert "killed after 1.0 s" in failed["in range"]
    else:
        assert failed == {}


def test_a_variant_that_hangs_is_tried_once(tmp_path):
    def judge_it(sample):
        if sample.completion.endswith("\n"):
            return UNSCORED["timeout"](sample)
        return judged(replace(sample, completion=sample.completion.strip()))

    made, _ = counted(judge_it, tmp_path, timeout=0.5)
    subject = Subject(made, CASES, Declaration("", "text", ("white space", "alternative")))
    start = time.monotonic()
    hung, _ = run_checks(relations(subject))
    assert time.monotonic() - start < 10
    assert hung.status == "failed"
    assert "none: timeout" in hung.detail
    hanging = [line for line in (tmp_path / "asked.txt").read_text().splitlines() if line.endswith("\\n'")]
    assert len(hanging) == 1


def test_a_case_of_kind_timeout_needs_something_that_ends_the_reward():
    case = Case("timeout", "endless", "Rome", why="it never ends")
    quick = Subject(reward("t.quick", isolate="process")(judged), (case,))
    (result,) = run_checks(golden(quick))
    assert "should say `timeout` of this completion" in result.detail
    plain = Subject(reward("t.plain")(lambda sample: time.sleep(60)), (case,))
    start = time.monotonic()
    (result,) = run_checks(golden(plain))
    assert time.monotonic() - start < 5
    assert "runs inline, where nothing ends it" in result.detail
