"""What `@reward` makes of a function, and what becomes of what the function returns."""

import asyncio
import dataclasses
import decimal
import fractions
import functools
import math
import pickle
import sys

import cloudpickle
import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rlvr import Sample, Status, Verdict, batch_reward, group_reward, judge, registry, reward
from rlvr.errors import RewardDefinitionError
from rlvr.identity.values import Values
from rlvr.judging import normalise
from rlvr.plain_reward import RewardSpec
from rlvr.reward import Reward
from rlvr.scoring import Scorer


def returning(value, range=(0.0, 1.0)):
    return judge(Reward(lambda sample: value, RewardSpec("t.returning", range=range)), Sample(""))


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (True, 1.0),
        (False, 0.0),
        (1, 1.0),
        (0.25, 0.25),
        (fractions.Fraction(1, 4), 0.25),
        (numpy.float32(0.25), 0.25),
        (numpy.int64(1), 1.0),
        (numpy.bool_(True), 1.0),
        (numpy.array(0.25), 0.25),
        (torch.tensor(0.25), 0.25),
        (torch.tensor(True), 1.0),
        (Verdict(torch.tensor(0.5, requires_grad=True)), 0.5),
        (Verdict(numpy.float64(0.5)), 0.5),
        (Verdict(True), 1.0),
    ],
)
def test_numbers_of_every_kind_become_a_float(value, score):
    verdict = returning(value)
    assert verdict.status is Status.SCORED
    assert type(verdict.score) is float
    assert verdict.score == score


@pytest.mark.parametrize(
    "value",
    [
        None,
        "1.0",
        numpy.str_("1.0"),
        numpy.array([0.5, 0.5]),
        numpy.array("1.0"),
        torch.tensor([0.5]),
        torch.tensor(math.nan),
        decimal.Decimal("0.5"),
        [1.0],
        (1.0,),
        1j,
        math.nan,
        math.inf,
        -math.inf,
        numpy.float32("nan"),
        1.0000001,
        -0.0000001,
        10**400,
        Verdict(2.0),
        Verdict(math.nan),
        Verdict("0.5"),
        Verdict(1.0, metrics={"overlap": "much"}),
    ],
    ids=repr,
)
def test_anything_else_is_an_error_and_never_clipped(value):
    verdict = returning(value)
    assert verdict.status is Status.ERROR
    assert verdict.score is None
    assert verdict.explanation


@given(st.floats(allow_nan=True), st.floats(-5, 0), st.floats(1, 5))
def test_scores_lie_in_the_declared_range_or_are_errors(value, low, high):
    verdict = returning(value, range=(low, high))
    assert (verdict.score == value) if low <= value <= high else (verdict.status is Status.ERROR)


def test_unscored_verdicts_pass_through():
    assert normalise(Verdict.unscored(Status.ABSTAINED, "no case"), (0.0, 1.0)).status is Status.ABSTAINED


def test_texts_of_a_verdict_are_bounded_and_texts():
    verdict = returning(Verdict(1.0, extracted="x" * 10**6, expected=72))
    assert len(verdict.extracted) <= 10_000
    assert normalise(verdict, (0.0, 1.0)).extracted == verdict.extracted
    assert verdict.expected == "72"


@pytest.mark.parametrize("field", ["extracted", "expected", "explanation"])
def test_each_text_of_a_verdict_ends_after_ten_thousand_characters(field):
    kept = returning(Verdict(1.0, **{field: "x" * 10_000}))
    assert getattr(kept, field) == "x" * 10_000
    cut = getattr(returning(Verdict(1.0, **{field: "x" * 10_001})), field)
    assert len(cut) <= 10_000
    assert cut.endswith("… (10001 characters)")


def test_a_plain_function_stays_plain():
    @reward("t.plain")
    def plain(sample):
        """Says yes."""
        return "yes"

    assert plain(Sample("")) == "yes"
    assert (plain.__name__, plain.__doc__, plain.name) == ("plain", "Says yes.", "t.plain")
    assert plain.check("").status is Status.ERROR


class UnspeakableError(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("answer"), "KeyError: 'answer'"),
        (SystemExit(3), "SystemExit: 3"),
        (asyncio.CancelledError(), "CancelledError"),
        (RecursionError("deep"), "RecursionError: deep"),
        (UnspeakableError(), "UnspeakableError"),
    ],
)
def test_what_a_reward_raises_is_an_error_with_its_place(error, said):
    def failing(sample):
        raise error

    verdict = judge(Reward(failing, RewardSpec("t.failing")), Sample(""))
    assert verdict.status is Status.ERROR
    assert verdict.explanation.startswith(said)
    assert "(failing, test_reward.py:" in verdict.explanation


AUTHORS = """
import json
from functools import lru_cache

from helper import number

from rlvr import reward


@reward("shop.json")
def parsed(sample):
    return json.loads(sample.answer)


@reward("shop.helped", isolate="process")
def helped(sample):
    return number(sample.answer)


@reward("shop.later")
async def later(sample):
    return json.loads(sample.answer)


@reward("shop.metric")
def metric(sample):
    from rlvr import Verdict

    return Verdict(1.0, metrics={"overlap": "much"})
"""


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("parsed", " (parsed, rewards.py:12)"),
        ("later", " (later, rewards.py:22)"),
        ("helped", " (number, helper.py:5)"),
        ("metric", "could not convert string to float: 'much'"),
    ],
)
def test_an_error_names_the_authors_own_file_and_line(name, place, tmp_path, monkeypatch):
    (tmp_path / "helper.py").write_text("import decimal\n\n\ndef number(text):\n    return decimal.Decimal(text)\n")
    path = tmp_path / "rewards.py"
    path.write_text(AUTHORS)
    monkeypatch.setattr(sys, "path", [*sys.path])
    with Scorer(registry.get(f"{path}:{name}"), workers=1, max_error_rate=1.0) as scorer:
        (verdict,) = scorer.score([Sample("no number")])
    assert verdict.status is Status.ERROR
    assert verdict.explanation.endswith(place)


def test_the_place_of_an_error_in_a_packaged_reward_is_in_its_package():
    @reward("t.packaged")
    def packaged(sample):
        raise AssertionError

    verdict = registry.get("math.final_number").check("72", reference={"no": "number"})
    assert verdict.status is Status.ERROR
    assert "judging.py" not in verdict.explanation


def test_ctrl_c_is_no_verdict():
    def interrupted(sample):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(Reward(interrupted, RewardSpec("t.interrupted")), Sample(""))


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": "nodomain"},
        {"name": "two words.x"},
        {"name": "a:b.c"},
        {"name": ".x"},
        {"name": "t.x", "range": (1.0, 0.0)},
        {"name": "t.x", "range": (0.0, math.inf)},
        {"name": "t.x", "timeout": 0},
        {"name": "t.x", "timeout": math.nan},
        {"name": "t.x", "isolate": "proces"},
    ],
)
def test_bad_declarations_are_refused(arguments):
    with pytest.raises(RewardDefinitionError):
        reward(**arguments)


def test_functions_that_cannot_be_rewards_are_refused():
    with pytest.raises(RewardDefinitionError, match="one sample"):
        reward("t.two")(lambda sample, more: 1.0)
    with pytest.raises(RewardDefinitionError, match="samples of a batch"):
        batch_reward("t.none")(lambda: [])


def test_a_decorator_without_a_name_says_so():
    for decorator in (reward, batch_reward, group_reward):
        with pytest.raises(RewardDefinitionError, match=rf'@{decorator.__name__}\("shop.price"\)'):

            @decorator
            def price(sample):
                return 1.0

    with pytest.raises(RewardDefinitionError, match="3 is no name"):
        reward(3)


def verls(data_source, solution_str, ground_truth, extra_info=None):
    return 1.0


def verls_two(predict_str, ground_truth):
    return 1.0


def trls(completions, **kwargs):
    return [1.0] * len(completions)


def trls_columns(prompts, completions, solution, **kwargs):
    return [1.0] * len(completions)


class TrlsObject:
    __name__ = "repetition"

    def __call__(self, completions, **kwargs):
        return [1.0] * len(completions)


@pytest.mark.parametrize(
    ("function", "bridge"),
    [
        (verls, "from_verl"),
        (verls_two, "from_verl"),
        (trls, "from_trl"),
        (trls_columns, "from_trl"),
        (TrlsObject(), "from_trl"),
    ],
)
@pytest.mark.parametrize("decorator", [reward, batch_reward])
def test_a_foreign_function_is_told_its_bridge(function, bridge, decorator):
    with pytest.raises(RewardDefinitionError, match=rf"rlvr\.bridges\.{bridge}\({function.__name__}, \"t.foreign\"\)"):
        decorator("t.foreign")(function)


def test_a_foreign_function_in_a_file_is_told_its_bridge(tmp_path):
    path = tmp_path / "rewards.py"
    path.write_text("def compute_score(solution_str, ground_truth):\n    return 1.0\n")
    with pytest.raises(RewardDefinitionError, match=r"written for verl[\s\S]*from_verl\(compute_score"):
        registry.get(f"{path}:compute_score")


def test_a_list_of_samples_may_be_called_as_one_likes():
    @batch_reward("t.named")
    def named(completions):
        return [1.0] * len(completions)

    assert named.check("x").score == 1.0


class Judge:
    async def __call__(self, sample):
        await asyncio.sleep(0)
        return 1.0

    async def method(self, sample):
        return 0.5


def handing_on(sample):
    return Judge()(sample)


@pytest.mark.parametrize(
    ("function", "score"),
    [
        (Judge(), 1.0),
        (Judge().method, 0.5),
        (functools.partial(Judge.method, None), 0.5),
        (functools.partial(Judge()), 1.0),
        (handing_on, 1.0),
    ],
)
@pytest.mark.parametrize("isolate", ["inline", "process"])
def test_async_in_every_form_is_waited_for(function, score, isolate):
    made = reward("t.later", isolate=isolate)(function)
    assert made.is_async is (function is not handing_on)
    assert made.check("").score == score
    with Scorer(made, workers=1) as scorer:
        assert scorer.score([Sample("")])[0].score == score

    async def inside():
        return made.check("").score

    assert asyncio.run(inside()) == score


@pytest.mark.parametrize("range", [(-1.0, 1.0), (0.0, 5.0), (2.0, 3.0)])
def test_right_and_wrong_are_the_ends_of_the_range(range):
    def right(sample):
        return Verdict.right("72", "72")

    def wrong(sample):
        return dataclasses.replace(Verdict.wrong("no"), metrics={"overlap": 0.5})

    low, high = range
    for isolate in ("inline", "process"):
        spec = RewardSpec("t.ends", range=range, isolate=isolate)
        for function, score in ((right, high), (wrong, low)):
            with Scorer(Reward(function, spec), workers=1) as scorer:
                assert scorer.score([Sample("")])[0].score == score
    batch = Reward(
        lambda samples: [Verdict.wrong("no")] * 2, RewardSpec("t.b", range=range, form="batch", batch_size=2)
    )
    with Scorer(batch) as scorer:
        assert [verdict.score for verdict in scorer.score([Sample("a"), Sample("b")])] == [low, low]


def test_a_score_that_was_changed_stands_for_itself():
    assert returning(dataclasses.replace(Verdict.right(), score=0.5), (-1.0, 1.0)).score == 0.5
    assert returning(Verdict(0.0), (-1.0, 1.0)).score == 0.0
    assert Verdict.right("72") == Verdict(1.0, extracted="72")


def made(source, depends=(), version="1"):
    """A reward whose function comes from `source`, as from an interpreter."""
    scope = {}
    exec(source, scope)
    return Reward(scope["f"], RewardSpec("t.made", version=version, depends=tuple(depends)))


def test_identity_changes_with_the_source_and_only_with_it():
    first, same, other = (made(f"def f(sample): return {value}") for value in (0.5, 0.5, 0.6))
    assert first.identity == same.identity
    assert first.identity != other.identity
    assert first.identity.startswith("t.made@1+")


def test_identity_changes_with_version_and_dependencies():
    def helper_1(text):
        return text.lower()

    def helper_2(text):
        return text.upper()

    source = "def f(sample): return 1.0"
    identities = [
        made(source, depends, version).identity
        for depends, version in [((), "1"), ((), "2"), ((helper_1,), "1"), ((helper_2,), "1"), (("data v1",), "1")]
    ]
    assert len(set(identities)) == len(identities)
    assert made(source, [helper_1]).identity == identities[2]
    assert made(source, [functools.partial(helper_1, text="x")]).identity != identities[2]


def test_identity_knows_what_a_function_closes_over():
    def at_most(limit):
        return Reward(lambda sample: len(sample.completion) <= limit, RewardSpec("t.at_most"))

    assert at_most(3).identity != at_most(4).identity
    assert at_most(3).identity == at_most(3).identity


def test_identity_has_no_addresses_in_it():
    class Thing:
        def __init__(self, size):
            self.size = size

    source = "def f(sample):\n    return (lambda: sample.completion in {'a', 'b', 'c'})()"
    assert made(source, [Thing(1)]).identity == made(source, [Thing(1)]).identity
    assert made(source, [Thing(1)]).identity != made(source, [Thing(2)]).identity
    address = " at " + "0x"
    assert address in repr([Thing(object())])
    assert address not in Values().text([Thing(object()), made(source).function])


def test_rewards_travel_by_name_or_by_value():
    from rlvr.rewards.text import exact

    assert pickle.loads(pickle.dumps(exact)) is exact
    limit = 3
    local = Reward(lambda sample: len(sample.completion) <= limit, RewardSpec("t.local", depends=(limit,)))
    copy = pickle.loads(cloudpickle.dumps(local))
    assert copy.identity == local.identity
    assert copy.check("abc").score == 1.0
    assert copy.check("abcd").score == 0.0
