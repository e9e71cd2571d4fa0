"""Arithmetic of compositions, and what becomes of parts without a score."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Sample, Status, Verdict, clip, gate, judge, judge_all, minimum, watch
from rlvr.compose import Composable, _combined
from rlvr.errors import RewardDefinitionError
from rlvr.plain_reward import RewardSpec, Scoring
from rlvr.reward import Reward


def fixed(name, result, range=(0.0, 1.0)):
    return Reward(lambda sample: result, RewardSpec(f"t.{name}", range=range))


def score(node):
    return judge_all(node, [Sample("")])[0]


def broken(name="broken"):
    return fixed(name, None)


def abstaining(name="abstaining"):
    return fixed(name, Verdict.unscored(Status.ABSTAINED, "no opinion"))


def test_a_composition_is_checked_like_a_reward():
    right, half = fixed("a", 1.0), fixed("b", 0.5)
    for made, score in (
        (gate(right, then=half), 0.5),
        (gate(half, then=right), 0.0),
        (0.5 * right + half, 1.0),
        (minimum(right, half), 0.5),
        (clip(right + half, 0.0, 1.0), 1.0),
        (watch(right, beside=half), 1.0),
        (right, 1.0),
    ):
        assert made.check("x", reference="y", prompt="z", data={"level": 1}).score == score
        assert made.judge(Sample("x")).score == judge(made, Sample("x")).score == score
    assert gate(half, then=right).check("x").explanation.startswith("stopped at t.b")
    same = Reward(lambda sample: sample.answer == sample.reference, RewardSpec("t.same"))
    assert (0.5 * same).check("<think>x</think>y", reference="y").score == 0.5


unit = st.floats(0, 1)
weight = st.floats(-5, 5)


@given(unit, unit, weight, weight, weight)
def test_weighted_sums_add_up(a, b, u, v, w):
    node = w * (u * fixed("a", a) + fixed("b", b) * v)
    verdict = score(node)
    assert verdict.score == pytest.approx(w * (u * a + v * b), abs=1e-9)
    assert {name: part.score for name, part in verdict.components.items()} == {"t.a": a, "t.b": b}
    low, high = node.range
    assert low <= verdict.score <= high


def test_sums_differences_and_builtin_sum():
    a, b = fixed("a", 0.75), fixed("b", 0.5)
    assert score(a - b).score == 0.25
    assert score(sum([a, b])).score == 1.25
    assert (a - b).range == (-1.0, 1.0)
    assert (0.5 * a + b).name == "0.5*t.a + t.b"
    assert (2 * a + 1 * b).name == "2*t.a + t.b"
    with pytest.raises(TypeError):
        sum([a, b], start=1)
    with pytest.raises(TypeError):
        a + 1.0


@given(st.lists(unit, min_size=1, max_size=5))
def test_the_minimum_is_the_lowest(values):
    node = minimum(*(fixed(f"part{i}", value) for i, value in enumerate(values)))
    assert score(node).score == min(values)


def test_the_range_of_a_minimum_ends_where_one_of_its_parts_does():
    assert minimum(fixed("a", 0.0, range=(-1.0, 0.5)), fixed("b", 0.0, range=(0.0, 2.0))).range == (-1.0, 0.5)
    assert minimum(fixed("a", 1.0), fixed("b", 1.0)).range == (0.0, 1.0)


@given(st.floats(-2, 3))
def test_clip_keeps_within_its_ends_and_the_part_keeps_its_score(value):
    verdict = score(clip(fixed("a", value, range=(-2.0, 3.0)), 0.0, 1.0))
    assert verdict.score == min(max(value, 0.0), 1.0)
    assert verdict.components["t.a"].score == value


def test_a_gate_does_not_call_what_is_behind_it():
    called = []

    def behind(sample):
        called.append(sample.completion)
        return 0.5

    condition = Reward(lambda sample: sample.completion == "go", RewardSpec("t.condition"))
    then = Reward(behind, RewardSpec("t.behind", range=(-1.0, 1.0)))
    stopped, opened, again = judge_all(gate(condition, then=then), [Sample("stop"), Sample("go"), Sample("stop")])
    assert called == ["go"]
    assert (stopped.score, opened.score, again.score) == (-1.0, 0.5, -1.0)
    assert "stopped at t.condition" in stopped.explanation
    assert set(stopped.components) == {"t.condition"}
    assert set(opened.components) == {"t.condition", "t.behind"}


@pytest.mark.parametrize(("value", "open_"), [(0.49, False), (0.5, True), (0.51, True)])
def test_a_gate_opens_at_its_threshold(value, open_):
    node = gate(fixed("a", value), then=fixed("b", 1.0), threshold=0.5)
    assert score(node).score == float(open_)


def test_a_broken_part_never_reads_as_zero():
    good = fixed("good", 1.0)
    for node in (
        0.9 * good + 0.1 * broken(),
        minimum(good, broken()),
        clip(broken(), 0.0, 0.5),
        gate(broken(), then=good),
        gate(good, then=broken()),
        minimum(good, clip(broken(), 0.0, 0.5)),
    ):
        verdict = score(node)
        assert verdict.status is Status.ERROR, node.name
        assert verdict.score is None
        assert "t.broken" in verdict.explanation


def test_the_gravest_status_wins():
    good = fixed("good", 1.0)
    late = fixed("late", Verdict.unscored(Status.TIMEOUT, "killed"))
    assert score(good + abstaining()).status is Status.ABSTAINED
    assert score(abstaining() + late).status is Status.TIMEOUT
    assert score(late + broken() + abstaining()).status is Status.ERROR


def test_a_stopped_sample_does_not_see_the_broken_reward_behind_the_gate():
    assert score(gate(fixed("closed", 0.0), then=broken())).score == 0.0


def test_nested_compositions_keep_every_component():
    a, b, c = fixed("a", 1.0), fixed("b", 0.5), fixed("c", 0.25)
    inner = minimum(a, b)
    verdict = score(0.5 * gate(a, then=inner) + c)
    assert verdict.score == 0.5
    gated = verdict.components[f"gate(t.a, then={inner.name})"]
    assert gated.components[inner.name].components["t.b"].score == 0.5
    assert [leaf.name for leaf in (0.5 * gate(a, then=inner) + c).leaves()] == ["t.a", "t.a", "t.b", "t.c"]


def test_names_are_unique_within_a_composition():
    a = fixed("a", 1.0)
    for combine in (lambda: a + fixed("a", 0.5), lambda: minimum(a, a), lambda: gate(a, then=a)):
        with pytest.raises(RewardDefinitionError, match="twice"):
            combine()


@pytest.mark.parametrize(
    "combine",
    [
        lambda a: math.nan * a,
        lambda a: a * math.inf,
        lambda a: a * "2",
        lambda a: a * a,
        lambda a: minimum(),
        lambda a: clip(a, 1.0, 0.0),
        lambda a: clip(a, 0.0, math.nan),
        lambda a: clip(a, 2.0, 3.0),
        lambda a: gate(a, then=fixed("b", 1.0), threshold=1.5),
        lambda a: gate(a, then=fixed("b", 1.0), threshold=0.0),
        lambda a: gate(a, then=fixed("b", 1.0), threshold=math.nan),
    ],
)
def test_compositions_that_cannot_work_are_refused(combine):
    with pytest.raises(RewardDefinitionError):
        combine(fixed("a", 1.0))


def test_identity_shows_weights_and_parts():
    a, b = fixed("a", 1.0), fixed("b", 0.0)
    assert (0.5 * a + b).identity != (0.6 * a + b).identity
    assert (0.5 * a + b).identity == (0.5 * a + b).identity
    assert a.identity in gate(a, then=b).identity
    assert gate(a, then=b).identity != gate(a, then=b, threshold=0.5).identity


A, B = fixed("a", 1.0), fixed("b", 0.5)
WAYS = {
    "t.a + t.b": lambda: A + B,
    "minimum(t.a, t.b)": lambda: minimum(A, B),
    "gate(t.a, then=t.b)": lambda: gate(A, then=B),
    "watch(t.a, beside=t.b)": lambda: watch(A, beside=B),
    "clip(t.a + t.b, 0, 0.5)": lambda: clip(A + B, 0.0, 0.5),
}


RIGHT, HALF = Verdict(1.0), Verdict(0.5)


def timed(node, first=RIGHT, second=HALF):
    """The verdict of a composition whose parts took two and three seconds."""

    def leaf(reward, samples):
        verdict, seconds = (first, 2.0) if reward.name == "t.a" else (second, 3.0)
        return [dataclasses.replace(verdict, elapsed=seconds)] * len(samples)

    return node.evaluate([Sample("")], Scoring(leaf))[0]


@pytest.mark.parametrize("name", WAYS)
def test_elapsed_is_the_sum_of_the_parts(name):
    assert timed(WAYS[name]()).elapsed == 5.0
    broken = Verdict.unscored(Status.ERROR, "why")
    assert timed(WAYS[name](), second=broken).elapsed == 5.0


def test_what_a_gate_stops_took_no_longer_than_its_condition():
    assert timed(gate(A, then=B), first=Verdict(0.0)).elapsed == 2.0
    assert timed(gate(A, then=B), first=Verdict.unscored(Status.ERROR, "why")).elapsed == 2.0


@pytest.mark.parametrize("name", WAYS)
def test_a_composition_is_a_value(name):
    node, same = WAYS[name](), WAYS[name]()
    assert (node.name, node.identity) == (name, same.identity)
    assert [leaf.name for leaf in node.leaves()] == ["t.a", "t.b"]
    assert A.identity in node.identity
    assert B.identity in node.identity
    field = dataclasses.fields(node)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(node, field, None)


def test_whoever_makes_a_new_way_to_compose_says_all_of_it():
    assert Composable.__abstractmethods__ == {"name", "range", "identity", "leaves", "evaluate"}


def test_ranges_follow_from_those_of_the_parts():
    low, high = fixed("low", 0.0, range=(-3.0, 1.0)), fixed("high", 0.0, range=(-1.0, 2.0))
    assert (low + high).range == (-4.0, 3.0)
    assert (2 * low - high).range == (-8.0, 3.0)
    assert minimum(low, high).range == minimum(high, low).range == (-3.0, 1.0)
    assert gate(low, then=high).range == (-1.0, 2.0)
    assert watch(low, beside=high).range == (-3.0, 1.0)
    assert clip(low, -2.0, 0.5).range == (-2.0, 0.5)
    assert clip(low, -9.0, 9.0).range == (-3.0, 1.0)


@pytest.mark.parametrize(
    ("low", "high", "always"), [(1.0, 2.0, 1), (0.75, 2.0, None), (-1.0, 0.0, 0), (-1.0, 0.25, None)]
)
def test_a_clip_that_leaves_one_score_is_refused(low, high, always):
    part = fixed("a", 0.5)
    if always is None:
        assert clip(part, low, high).range == (max(low, 0.0), min(high, 1.0))
    else:
        with pytest.raises(RewardDefinitionError, match=rf"would always be {always}: .*\[0, 1\]"):
            clip(part, low, high)


def test_a_clip_says_where_it_cut():
    wide = (0.0, 2.0)
    assert score(clip(fixed("a", 1.5, range=wide), 0.0, 1.0)).explanation == "1.5 clipped to 1"
    assert score(clip(fixed("a", 1.0, range=wide), 0.0, 1.0)).explanation == ""


def test_explanations_name_the_parts():
    a, b = fixed("a", Verdict(0.75, explanation="near")), fixed("b", 0.25)
    assert score(a + b).explanation == "t.a 0.75, t.b 0.25 | t.a: near"
    assert score(minimum(a, b)).explanation == "the lowest is t.b: t.a 0.75, t.b 0.25 | t.a: near"
    assert score(gate(b, then=a)).explanation == "stopped at t.b: score 0.25"
    assert score(gate(a, then=b)).explanation == "stopped at t.a: near"


def test_what_is_watched_is_told_where_both_have_a_score():
    a, b = fixed("a", Verdict(0.75, metrics={"overlap": 0.5})), fixed("b", 0.25)
    told = {"watch/t.b/rewarded": 0.75, "watch/t.b/held_out": 0.25}
    assert score(watch(a, beside=b)).metrics == {"overlap": 0.5} | told
    # What is only looked at may fail without failing what is learned from.
    alone = score(watch(a, beside=broken()))
    assert (alone.score, alone.metrics) == (0.75, {"overlap": 0.5})
    assert score(watch(broken(), beside=b)).metrics == {}


def test_a_composition_compares_where_a_part_does():
    group = Reward(lambda samples: [1.0] * len(samples), RewardSpec("t.group", form="group"))
    assert (0.5 * A + group).compares
    assert gate(A, then=minimum(B, group)).compares
    assert not (A + B).compares


def test_a_part_that_is_missing_is_no_zero():
    assert (A + B).evaluate([], Scoring(lambda reward, samples: [])) == []
    with pytest.raises(ValueError, match="shorter"):
        (A + B).evaluate([Sample("")], Scoring(lambda reward, samples: [Verdict(1.0)] * (reward.name == "t.a")))


def test_many_parts_that_all_score_are_combined():
    parts = {str(number): Verdict(1.0) for number in range(257)}
    assert _combined(parts, lambda scores: (1.0, "")).score == 1.0
