"""verl's functions here: its own, and those of other people in all the forms that verl calls."""

import pytest

from rlvr import Sample, Status
from rlvr.bridges import from_verl
from rlvr.errors import RewardDefinitionError
from rlvr.scoring import Scorer


def test_a_function_of_verls_is_a_reward():
    pytest.importorskip("verl")
    from verl.utils.reward_score import default_compute_score

    made = from_verl(default_compute_score, "t.gsm8k", data_source="openai/gsm8k")
    with Scorer(made, workers=1) as scorer:
        right, wrong = scorer.score([Sample("so #### 72", reference="72"), Sample("#### 71", reference="72")])
    assert (right.score, wrong.score) == (1.0, 0.0)
    assert made.check("x", reference="1", data={"data_source": "no such"}).status is Status.ERROR


def test_verls_functions_of_two_arguments_are_rewards():
    pytest.importorskip("verl")
    from verl.utils.reward_score import gsm8k, math_dapo, math_reward

    for module, right, wrong in (
        (gsm8k, "#### 72", "#### 71"),
        (math_reward, "\\boxed{72}", "\\boxed{71}"),
        (math_dapo, "Answer: 72", "Answer: 71"),
    ):
        made = from_verl(module.compute_score, f"t.{module.__name__}", range=(-1.0, 1.0))
        assert made.check(right, reference="72").score == 1.0
        assert made.check(wrong, reference="72").score < 1.0


def told(**given):
    return {"score": 1.0, "pred": repr(sorted(given.items()))}


ALL = [("extra_info", {"level": 3}), ("ground_truth", "42"), ("solution_str", "so 42")]


def some_and_any(solution_str, **given):
    return told(**given)


FORMS = {
    "two": (lambda solution_str, ground_truth: told(s=solution_str, t=ground_truth), {"s": "so 42", "t": "42"}),
    "two in order": (lambda response, answer: told(s=response, t=answer), {"s": "so 42", "t": "42"}),
    "one of two is known": (lambda response, ground_truth: told(s=response), {"s": "so 42"}),
    "two of positions": (lambda text, answer, /: told(s=text, t=answer), {"s": "so 42", "t": "42"}),
    "a default of its own": (lambda model_output, ground_truth, limit=3.0: told(limit=limit), {"limit": 3.0}),
    "three": (lambda data_source, solution_str, ground_truth: told(d=data_source), {"d": "shop"}),
    "three in order": (lambda a, b, c: told(a=a, b=b, c=c), {"a": "shop", "b": "so 42", "c": "42"}),
    "three with data": (lambda solution_str, ground_truth, extra_info: told(**extra_info), {"level": 3}),
    "four": (lambda data_source, solution_str, ground_truth, extra_info=None: told(**extra_info), {"level": 3}),
    "four in order": (lambda a, b, c, d: told(b=b, d=d), {"b": "so 42", "d": {"level": 3}}),
    "any": (told, {"data_source": "shop", **dict(ALL)}),
    "some and any": (some_and_any, {"data_source": "shop", **dict(ALL[:2])}),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_function_gets_what_it_has_arguments_for(form):
    function, wanted = FORMS[form]
    made = from_verl(function, "t.form", data_source="shop", isolate="inline")
    assert made.check("so 42", reference="42", data={"level": 3}).extracted == repr(sorted(wanted.items()))


@pytest.mark.parametrize(
    ("function", "stranger"),
    [
        (lambda solution_str, ground_truth, tokenizer: 1.0, "`tokenizer`"),
        (lambda ground_truth: 1.0, "the completion"),
        (lambda a, b, c, d, e: 1.0, "`a`, `b`, `c`, `d`, `e`"),
    ],
)
def test_what_verl_does_not_hand_over_is_refused(function, stranger):
    with pytest.raises(RewardDefinitionError, match=f"hands over no {stranger}"):
        from_verl(function, "t.stranger")


def test_an_async_function_of_verls_with_a_dictionary():
    async def compute_score(data_source, solution_str, ground_truth, extra_info=None):
        return {"score": -1.0, "acc": False, "pred": solution_str, "note": "text", "level": extra_info["level"]}

    made = from_verl(compute_score, "t.later", range=(-1.0, 1.0), isolate="inline")
    verdict = made.check("5", reference="6", data={"level": 3})
    assert (verdict.score, verdict.extracted, verdict.metrics) == (-1.0, "5", {"acc": 0.0, "level": 3.0})


def test_an_error_names_the_functions_own_line():
    def compute_score(solution_str, ground_truth):
        return 1 / 0

    explanation = from_verl(compute_score, "t.broken", isolate="inline").check("5", reference="6").explanation
    assert explanation.startswith("ZeroDivisionError: division by zero (compute_score, test_verl.py:")


def test_the_identity_of_a_borrowed_function_follows_its_source():
    def first(data_source, solution_str, ground_truth, extra_info=None):
        return 1.0

    def second(data_source, solution_str, ground_truth, extra_info=None):
        return 0.5

    assert from_verl(first, "t.one").identity == from_verl(first, "t.one").identity
    assert from_verl(first, "t.one").identity.split("+")[1] != from_verl(second, "t.two").identity.split("+")[1]
