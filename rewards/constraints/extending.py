"""Rewards that know constraints of one's own besides the ones that come with rlvr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rlvr import Sample, Verdict, reward
from rlvr.errors import RewardDefinitionError
from rlvr.reward import Reward, wrapping
from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import defined_by, lending


def extend(base: Reward[Any], name: str, *functions: Callable[..., Outcome]) -> Reward[Verdict]:
    """A reward that judges as another does, and knows constraints of one's own besides.

        # checks.py, then: rlvr score checks.py:chat tasks.jsonl
        chat = extend(instructions.follow, "house.chat", greeting)
        translation = extend(mt.follow, "house.translation", greeting)

    Its identity changes with the file that the constraints are in.

    Args:
        base: `instructions.follow`, `instructions.follow_turns` or `mt.follow`, as objects.
        name: Of the new reward.
        functions: The constraints, as `@constraint` left them.

    Raises:
        RewardDefinitionError: One of the functions is no constraint, or there is none.

    >>> from rlvr.rewards.constraints import Answer, constraint, follow
    >>> @constraint("demo:greeting", "Begin with {word}.")
    ... def greeting(answer: Answer, word: str) -> Outcome:
    ...     return Outcome(answer.text.startswith(word), f"it begins with {answer.text[:5]!r}")
    >>> asked = {"instruction_id_list": ["demo:greeting"], "kwargs": [{"word": "Dear"}]}
    >>> extend(follow, "demo.follow", greeting).check("Hello.", reference=asked, data={"gate": False}).explanation
    "demo:greeting: it begins with 'Hello'"
    """
    if not functions:
        raise RewardDefinitionError(f"`{name}` has no constraint of its own.", hint="Name one at least.")
    checks = tuple(defined_by(function) for function in functions)

    def judge(sample: Sample) -> Verdict:
        with lending(checks):
            return base(sample)

    # It belongs to the file of the constraints, which goes to other processes with it; so do its name, its golden cases
    # and the lines that errors name.
    judge.__module__, judge.__qualname__, judge.__doc__ = functions[0].__module__, name, base.__doc__
    spec = base.spec
    declare = reward(name, timeout=spec.timeout, isolate=spec.isolate, memory=spec.memory, preload=spec.preload)
    return wrapping(declare(judge), functions[0])
