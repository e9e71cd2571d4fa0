# ruff: noqa: D102 - methods of `RewardNode` are documented there
"""Rewards made of rewards: weighted sums, gates, minima and clips, as values.

    0.9 * correct + 0.1 * tidy          # a weighted sum
    gate(tidy, then=correct)            # no look at `correct` unless `tidy` gives its best score
    minimum(correct, tidy)
    clip(correct + tidy, 0.0, 1.0)
    watch(correct, beside=tidy)         # the score of `correct`; `tidy` is logged, and an alarm says when they part

A composition keeps the verdict of every part under its name in `Verdict.components`. When a part has no score the whole
has none either: it takes the gravest status among its parts, so a broken part never reads as zero.
"""

from __future__ import annotations

import math
import numbers
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from rlvr.errors import RewardDefinitionError
from rlvr.judging import judge
from rlvr.plain_reward import PlainReward, RewardNode, Scoring
from rlvr.sample import Json, Prompt, Sample
from rlvr.verdict import Status, Verdict

bridges: dict[str, Callable[..., Callable[..., list[float | None]]]] = {}
"""Rewards in other trainers, by what the methods are called that make them: `rlvr.bridges` enters itself."""

_GRAVITY = (Status.ABSTAINED, Status.TIMEOUT, Status.ERROR)


class Composable(RewardNode):
    """What a reward and a composition of rewards have in common."""

    def judge(self, sample: Sample) -> Verdict:
        """The verdict on a sample, in this thread and without isolation or deadlines; see `rlvr.judge`.

        >>> from rlvr import get_reward
        >>> (0.5 * get_reward("text.exact")).judge(Sample("Rome", reference="Rome")).score
        0.5
        """
        return judge(self, sample)

    def check(self, completion: str, reference: Json = None, prompt: Prompt = "", **known: Any) -> Verdict:
        """`judge` of a completion, for tests and notebooks; `known` are further fields of `Sample`.

        >>> from rlvr import get_reward
        >>> gate(get_reward("text.format"), then=get_reward("text.exact")).check("Rome", reference="Rome").score
        0.0
        """
        return self.judge(Sample(completion, reference=reference, prompt=prompt, **known))

    def as_trl(
        self, *, reference: str | None = "reference", tokenizer: Any = None, workers: int = 2, **rendering: Any
    ) -> Callable[..., list[float | None]]:
        """The reward as one of TRL's `reward_funcs`; see `rlvr.bridges.as_trl`."""
        return bridges["as_trl"](self, reference=reference, tokenizer=tokenizer, workers=workers, **rendering)

    def __mul__(self, weight: float) -> WeightedSum:
        return WeightedSum(tuple((_number(weight) * inner, part) for inner, part in _terms(self)))

    __rmul__ = __mul__

    def __add__(self, other: object) -> WeightedSum:
        if not isinstance(other, Composable):
            return NotImplemented
        return WeightedSum((*_terms(self), *_terms(other)))

    def __radd__(self, start: Literal[0]) -> WeightedSum:
        """So that `sum([a, b])` works; it starts from 0."""
        return WeightedSum(_terms(self)) if start == 0 else NotImplemented

    def __sub__(self, other: Composable) -> WeightedSum:
        return self + -1.0 * other


def _number(weight: object) -> float:
    if isinstance(weight, numbers.Real):
        return float(weight)
    raise RewardDefinitionError(
        f"A reward cannot be multiplied by {type(weight).__name__}, only by a number.",
        hint="To combine rewards use `+`, `gate(a, then=b)` or `minimum(a, b)`.",
    )


def _terms(node: Composable) -> tuple[tuple[float, Composable], ...]:
    return node.terms if isinstance(node, WeightedSum) else ((1.0, node),)


class Combination(Composable):
    """What compositions have in common: parts that are scored together; one without a score leaves none to the whole.

    Raises:
        RewardDefinitionError: Two parts of one name.
    """

    @abstractmethod
    def members(self) -> Sequence[Composable]:
        """The parts, in the order in which their verdicts are shown."""

    def __post_init__(self) -> None:
        names = [part.name for part in self.members()]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise RewardDefinitionError(
                f"`{repeated[0]}` is there twice; the parts of a composition are told apart by name.",
                hint="Add the weights up, or give one of the two rewards a name of its own.",
            )

    def leaves(self) -> Iterator[PlainReward[Any]]:
        for part in self.members():
            yield from part.leaves()

    def evaluate(self, samples: Sequence[Sample], scoring: Scoring) -> list[Verdict]:
        parts = self.members()
        columns = scoring.together([partial(part.evaluate, samples, scoring) for part in parts])
        names = [part.name for part in parts]
        return [self.joined(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]

    def joined(self, components: Mapping[str, Verdict]) -> Verdict:
        """The verdict of the whole, from those of its parts by name."""
        return _combined(components, self.combined)

    def combined(self, scores: Mapping[str, float]) -> tuple[float, str]:
        """The score of the whole, from those of its parts by name, and how it came about."""
        raise NotImplementedError


@dataclass(frozen=True)
class WeightedSum(Combination):
    """`w1 * a + w2 * b + ...`; written with operators.

    Raises:
        RewardDefinitionError: A weight that is not finite, or two parts of one name.
    """

    terms: tuple[tuple[float, Composable], ...]

    def __post_init__(self) -> None:
        for weight, part in self.terms:
            if not math.isfinite(weight):
                raise RewardDefinitionError(f"The weight of `{part.name}` is {weight}; weights must be finite.")
        super().__post_init__()

    @property
    def name(self) -> str:
        return " + ".join(part.name if weight == 1 else f"{weight:g}*{part.name}" for weight, part in self.terms)

    @property
    def range(self) -> tuple[float, float]:
        ends = [sorted((weight * part.range[0], weight * part.range[1])) for weight, part in self.terms]
        return math.fsum(low for low, _ in ends), math.fsum(high for _, high in ends)

    @property
    def identity(self) -> str:
        return " + ".join(f"{weight!r}*{part.identity}" for weight, part in self.terms)

    def members(self) -> Sequence[Composable]:
        return [part for _, part in self.terms]

    def combined(self, scores: Mapping[str, float]) -> tuple[float, str]:
        weights = {part.name: weight for weight, part in self.terms}
        return math.fsum(weights[name] * value for name, value in scores.items()), _listing(scores)


@dataclass(frozen=True)
class Minimum(Combination):
    """The lowest score of its parts; made by `minimum`."""

    parts: tuple[Composable, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise RewardDefinitionError("`minimum` needs at least one reward.")
        super().__post_init__()

    @property
    def name(self) -> str:
        return f"minimum({', '.join(part.name for part in self.parts)})"

    @property
    def range(self) -> tuple[float, float]:
        return min(part.range[0] for part in self.parts), min(part.range[1] for part in self.parts)

    @property
    def identity(self) -> str:
        return f"minimum({', '.join(part.identity for part in self.parts)})"

    def members(self) -> Sequence[Composable]:
        return self.parts

    def combined(self, scores: Mapping[str, float]) -> tuple[float, str]:
        name = min(scores, key=lambda name: scores[name])
        return scores[name], f"the lowest is {name}: {_listing(scores)}"


@dataclass(frozen=True)
class Gate(Combination):
    """`then` where `condition` reaches `threshold`, the floor of `then` elsewhere; made by `gate`."""

    condition: Composable
    then: Composable
    threshold: float

    def __post_init__(self) -> None:
        low, high = self.condition.range
        if not low < self.threshold <= high:
            raise RewardDefinitionError(
                f"A gate at {self.threshold} on `{self.condition.name}`, whose scores lie in [{low}, {high}], "
                "would always open or never."
            )
        super().__post_init__()

    @property
    def name(self) -> str:
        return f"gate({self.condition.name}, then={self.then.name})"

    @property
    def range(self) -> tuple[float, float]:
        return self.then.range

    @property
    def identity(self) -> str:
        return f"gate({self.condition.identity}, {self.threshold!r}, then={self.then.identity})"

    def members(self) -> Sequence[Composable]:
        return self.condition, self.then

    def evaluate(self, samples: Sequence[Sample], scoring: Scoring) -> list[Verdict]:
        conditions = self.condition.evaluate(samples, scoring)
        opened = [i for i, verdict in enumerate(conditions) if _reaches(verdict, self.threshold)]
        verdicts = self.then.evaluate([samples[i] for i in opened], scoring) if opened else []
        behind = dict(zip(opened, verdicts, strict=True))
        return [self._through(condition, behind.get(i)) for i, condition in enumerate(conditions)]

    def _through(self, condition: Verdict, then: Verdict | None) -> Verdict:
        if then is not None:
            components = {self.condition.name: condition, self.then.name: then}
            if then.score is None:
                return _unscored(components)
            return replace(then, components=components, elapsed=condition.elapsed + then.elapsed)
        if condition.score is None:
            return _unscored({self.condition.name: condition})
        return replace(
            condition,
            score=self.then.range[0],
            explanation=f"stopped at {self.condition.name}: {condition.explanation or f'score {condition.score:g}'}",
            components={self.condition.name: condition},
        )


@dataclass(frozen=True)
class Clip(Combination):
    """The score of `part` kept within [low, high]; made by `clip`."""

    part: Composable
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise RewardDefinitionError(f"`clip` needs low < high, not {self.low} and {self.high}.")
        if self.range[0] == self.range[1]:
            low, high = self.part.range
            raise RewardDefinitionError(
                f"`{self.name}` would always be {self.range[0]:g}: scores of the part lie in [{low:g}, {high:g}]."
            )

    @property
    def name(self) -> str:
        return f"clip({self.part.name}, {self.low:g}, {self.high:g})"

    @property
    def range(self) -> tuple[float, float]:
        return self._clipped(self.part.range[0]), self._clipped(self.part.range[1])

    @property
    def identity(self) -> str:
        return f"clip({self.part.identity}, {self.low!r}, {self.high!r})"

    def members(self) -> Sequence[Composable]:
        return (self.part,)

    def combined(self, scores: Mapping[str, float]) -> tuple[float, str]:
        (value,) = scores.values()
        kept = self._clipped(value)
        return kept, "" if kept == value else f"{value:g} clipped to {kept:g}"

    def _clipped(self, value: float) -> float:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Watch(Combination):
    """The score of `part`, with that of `beside` held out of it and kept to be looked at; made by `watch`."""

    part: Composable
    beside: Composable

    @property
    def name(self) -> str:
        return f"watch({self.part.name}, beside={self.beside.name})"

    @property
    def range(self) -> tuple[float, float]:
        return self.part.range

    @property
    def identity(self) -> str:
        return f"watch({self.part.identity}, beside={self.beside.identity})"

    def members(self) -> Sequence[Composable]:
        return self.part, self.beside

    def joined(self, components: Mapping[str, Verdict]) -> Verdict:
        verdict, held_out = components.values()
        metrics = dict(verdict.metrics)
        if verdict.score is not None and held_out.score is not None:
            metrics |= watched(self.beside.name, verdict.score, held_out.score)
        # What is only looked at may fail without failing what is learned from.
        elapsed = verdict.elapsed + held_out.elapsed
        return replace(verdict, components=components, metrics=metrics, elapsed=elapsed)


def watched(name: str, score: float, held_out: float) -> dict[str, float]:
    """The metrics of a verdict beside which another reward is watched; `rlvr.observe.divergence` reads them.

    >>> watched("mt.bleu", 0.7, 0.3)
    {'watch/mt.bleu/rewarded': 0.7, 'watch/mt.bleu/held_out': 0.3}
    """
    return {f"watch/{name}/rewarded": score, f"watch/{name}/held_out": held_out}


def gate(condition: Composable, *, then: Composable, threshold: float | None = None) -> Gate:
    """`then`, for samples that pass `condition`; the floor of `then`, without calling it, for the others.

    Args:
        condition: A cheap check.
        then: What counts once the check is passed.
        threshold: The condition's score from which on it is passed; its highest score by default.

    >>> from rlvr import judge_all, reward
    >>> @reward("demo.short")
    ... def short(sample): return len(sample.completion) < 5
    >>> @reward("demo.digits")
    ... def digits(sample): return sample.completion.isdigit()
    >>> [verdict.score for verdict in judge_all(gate(short, then=digits), [Sample("12"), Sample("123456")])]
    [1.0, 0.0]
    """
    return Gate(condition, then, condition.range[1] if threshold is None else threshold)


def minimum(*parts: Composable) -> Minimum:
    """The lowest of several scores.

    >>> from rlvr import judge_all, reward
    >>> @reward("demo.brief")
    ... def brief(sample): return 1.0 / len(sample.completion)
    >>> @reward("demo.lower")
    ... def lower(sample): return sample.completion.islower()
    >>> judge_all(minimum(brief, lower), [Sample("ab")])[0].score
    0.5
    """
    return Minimum(parts)


def clip(part: Composable, low: float, high: float) -> Clip:
    """The score of `part`, kept within [low, high].

    >>> from rlvr import judge_all, reward
    >>> @reward("demo.letters", range=(0.0, 100.0))
    ... def letters(sample): return len(sample.completion)
    >>> judge_all(clip(letters, 0.0, 3.0), [Sample("abcdef")])[0].score
    3.0
    """
    return Clip(part, low, high)


def watch(part: Composable, *, beside: Composable) -> Watch:
    """The score of `part`; `beside` is scored too, takes no part in it, and is compared with it step by step.

    A run logs `watch/NAME/mean` and `watch/NAME/rank_correlation`, and `watch/NAME/alarm` where the reward rises while
    what is watched falls (`rlvr.observe.divergence`).

    >>> from rlvr import judge_all, reward
    >>> @reward("demo.long")
    ... def long(sample): return min(1.0, len(sample.completion) / 10)
    >>> @reward("demo.varied")
    ... def varied(sample): return len(set(sample.completion)) / len(sample.completion)
    >>> verdict = judge_all(watch(long, beside=varied), [Sample("aaaaaaaaaa")])[0]
    >>> verdict.score, verdict.components["demo.varied"].score
    (1.0, 0.1)
    """
    return Watch(part, beside)


def _reaches(verdict: Verdict, threshold: float) -> bool:
    return verdict.score is not None and verdict.score >= threshold


def _listing(scores: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in scores.items())


def _combined(
    components: Mapping[str, Verdict], combine: Callable[[Mapping[str, float]], tuple[float, str]]
) -> Verdict:
    scores = {name: verdict.score for name, verdict in components.items() if verdict.score is not None}
    if len(scores) < len(components):
        return _unscored(components)
    value, explanation = combine(scores)
    elapsed = math.fsum(verdict.elapsed for verdict in components.values())
    reasons = "; ".join(f"{name}: {part.explanation}" for name, part in components.items() if part.explanation)
    explanation = " | ".join(text for text in (explanation, reasons) if text)
    return Verdict(value, explanation=explanation, components=components, elapsed=elapsed)


def _unscored(components: Mapping[str, Verdict]) -> Verdict:
    failed = {name: verdict for name, verdict in components.items() if verdict.status in _GRAVITY}
    name = max(failed, key=lambda name: _GRAVITY.index(failed[name].status))
    return Verdict.unscored(
        failed[name].status,
        f"{name}: {failed[name].explanation}",
        components=components,
        elapsed=math.fsum(verdict.elapsed for verdict in components.values()),
    )
