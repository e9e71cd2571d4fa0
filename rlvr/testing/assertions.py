"""Assertions for tests of rewards; when one fails it shows what the reward saw, took from it, and said.

They judge as training does: a reward that hangs is ended at its timeout, where it is isolated or async.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import isclose
from typing import Any

from rlvr import registry
from rlvr.compose import Composable
from rlvr.errors import shortened
from rlvr.sample import Json, Prompt, Sample
from rlvr.scoring import Scorer
from rlvr.testing.check import fail
from rlvr.verdict import Status, Verdict

_SHOWN = 400


def assert_accepts(
    reward: Composable | str,
    completion: str,
    reference: Json = None,
    *,
    score: float | None = None,
    prompt: Prompt = "",
    **known: Any,
) -> Verdict:
    """The reward gives a completion its highest score.

    Args:
        reward: A reward, a composition, or the name of one.
        completion: What a model might write.
        reference: The answer key.
        score: The score it must give, where that is not the highest.
        prompt: The task's prompt.
        known: Further fields of `Sample`.

    Raises:
        AssertionError: It does not; the text shows the verdict.

    >>> assert_accepts("math.final_number", "The answer is **72**.", reference=72).extracted
    '72'
    """
    __tracebackhide__ = True  # pytest shows the test, and not the way here
    reward, sample = _asked(reward, completion, reference, prompt, known)
    return require(reward, sample, reward.range[1] if score is None else score, "accept")


def assert_rejects(
    reward: Composable | str,
    completion: str,
    reference: Json = None,
    *,
    score: float | None = None,
    prompt: Prompt = "",
    **known: Any,
) -> Verdict:
    """The reward gives a completion its lowest score.

    Args:
        reward: A reward, a composition, or the name of one.
        completion: What a model might write.
        reference: The answer key.
        score: The score it must give, where that is not the lowest.
        prompt: The task's prompt.
        known: Further fields of `Sample`.

    Raises:
        AssertionError: It does not, or it fails: an error is no rejection.

    >>> assert_rejects("math.final_number", "#### 71 or 72", reference=72).explanation
    'conflicting answers: 71, 72'
    """
    __tracebackhide__ = True
    reward, sample = _asked(reward, completion, reference, prompt, known)
    return require(reward, sample, reward.range[0] if score is None else score, "reject")


def assert_same(
    reward: Composable | str,
    completions: Iterable[str],
    reference: Json = None,
    *,
    prompt: Prompt = "",
    **known: Any,
) -> None:
    """The reward gives all these completions one score.

    Args:
        reward: A reward, a composition, or the name of one.
        completions: Ways to write the same thing.
        reference: The answer key.
        prompt: The task's prompt.
        known: Further fields of `Sample`.

    Raises:
        AssertionError: Two of them get different scores, or none.

    >>> assert_same("math.final_number", ["72", "#### 72.00", "$72"], reference=72)
    """
    __tracebackhide__ = True
    pairs = [_asked(reward, completion, reference, prompt, known) for completion in completions]
    judged = [(rule, sample, _judged(rule, sample)) for rule, sample in pairs]
    for rule, sample, verdict in judged[1:]:
        _, first, before = judged[0]
        if not same_score(before, verdict):
            fail(
                f"{rule.name} does not give these two the same score:\n{shown(first, before)}\n"
                f"and\n{shown(sample, verdict)}"
            )


def require(reward: Composable, sample: Sample, score: float, verb: str) -> Verdict:
    """The verdict on a sample, which must have this score.

    Raises:
        AssertionError: It has not.
    """
    __tracebackhide__ = True
    verdict = _judged(reward, sample)
    require_score(reward, sample, verdict, score, verb)
    return verdict


def require_score(reward: Composable, sample: Sample, verdict: Verdict, score: float, verb: str) -> None:
    """A verdict must have this score.

    Raises:
        AssertionError: It has another, or none.
    """
    __tracebackhide__ = True
    if not same_score(verdict, Verdict(score)):
        got = f"status {verdict.status}" if verdict.score is None else f"score {verdict.score:g}"
        fail(f"{reward.name} does not {verb} this completion: {got}, not {score:g}\n{shown(sample, verdict)}")


def same_score(one: Verdict, other: Verdict) -> bool:
    """Whether two verdicts agree in status and score.

    >>> same_score(Verdict(1.0), Verdict(1.0, explanation="said otherwise"))
    True
    """
    if one.score is None or other.score is None:
        return one.status is other.status
    return isclose(one.score, other.score, rel_tol=1e-9, abs_tol=1e-12)


def shown(sample: Sample, verdict: Verdict) -> str:
    r"""Sample and verdict for a person who reads a failed test.

    >>> print(shown(Sample("71\n", reference=72), Verdict.wrong("71 is not 72", extracted="71", expected="72")))
      completion   '71\n'
      reference    72
      extracted    71
      expected     72
      explanation  71 is not 72
      score        0
    """
    rows = {
        "completion": repr(shortened(sample.completion, _SHOWN)),
        "reference": None if sample.reference is None else shortened(str(sample.reference), _SHOWN),
        "extracted": verdict.extracted,
        "expected": verdict.expected,
        "explanation": verdict.explanation or "(none)",
        "score": f"{verdict.score:g}" if verdict.status is Status.SCORED else f"none: {verdict.status}",
    }
    return "\n".join(
        f"  {name:<11}  {shortened(str(value), _SHOWN)}" for name, value in rows.items() if value is not None
    )


def _judged(reward: Composable, sample: Sample) -> Verdict:
    if any(leaf.spec.isolate == "process" for leaf in reward.leaves()):
        return _kept_scorer(reward).score([sample])[0]
    with Scorer(reward, max_error_rate=1.0) as scorer:
        return scorer.score([sample])[0]


@lru_cache(maxsize=4)
def _kept_scorer(reward: Composable) -> Scorer:
    """Starting worker processes takes a second, which not every assertion is to pay."""
    return Scorer(reward, workers=1, max_error_rate=1.0)


def _asked(
    reward: Composable | str, completion: str, reference: Json, prompt: Prompt, known: dict[str, Any]
) -> tuple[Composable, Sample]:
    found = registry.get(reward)
    return found, Sample(completion, reference=reference, prompt=prompt, **known)
