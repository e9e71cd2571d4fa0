"""What a reward says of a sample, in a form that explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Literal


class Status(StrEnum):
    """How a verdict came about. Only `scored` carries a score; the three others never read as zero.

    Attributes:
        SCORED: The reward judged the sample.
        ABSTAINED: The reward works, and has no opinion on this sample (a case check in a script without case).
        ERROR: The reward failed; the explanation says how.
        TIMEOUT: The reward was still at work when its deadline ended it.
    """

    SCORED = "scored"
    ABSTAINED = "abstained"
    ERROR = "error"
    TIMEOUT = "timeout"


_PLAIN: Final = {"low": 0.0, "high": 1.0}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A score with its reasons.

    Args:
        score: Within the reward's declared range; `None` unless the status is `scored`.
        status: See `Status`.
        extracted: What was taken from the answer to be judged.
        expected: What it was compared with.
        explanation: Why the score is what it is, for a person who reads rollouts.
        metrics: Further numbers worth logging (`{"overlap": 0.7}`); keys may differ from sample to sample.
        elapsed: Seconds the reward took; filled in where it is called.
        components: The verdicts of the parts of a composed reward, by name.
        end: Which end of the reward's range the score stands for; `right` and `wrong` fill it in, and where the reward
            is judged the score becomes that end.

    >>> Verdict.wrong("no number in the answer", expected="72").score
    0.0
    >>> Verdict(0.5).status
    <Status.SCORED: 'scored'>
    """

    score: float | None
    status: Status = Status.SCORED
    extracted: str | None = None
    expected: str | None = None
    explanation: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    elapsed: float = 0.0
    components: Mapping[str, Verdict] = field(default_factory=dict[str, "Verdict"])
    end: Literal["low", "high"] | None = field(default=None, kw_only=True, repr=False, compare=False)

    def __post_init__(self) -> None:
        if (self.score is None) == (self.status is Status.SCORED):
            problem = "has no score" if self.score is None else f"carries the score {self.score}"
            raise ValueError(f"A verdict with status `{self.status}` {problem}; only `scored` has one, and always.")

    def __bool__(self) -> bool:
        """Refused: `assert my_reward(sample)` would pass whatever the score."""
        raise TypeError("A verdict is neither true nor false. Compare its score: `verdict.score == 1.0`.")

    @classmethod
    def right(cls, extracted: str | None = None, expected: str | None = None, explanation: str = "") -> Verdict:
        """The highest score: 1, or the top of another range that the reward declares.

        >>> Verdict.right("72", "72").score
        1.0
        """
        return cls(_PLAIN["high"], extracted=extracted, expected=expected, explanation=explanation, end="high")

    @classmethod
    def wrong(cls, explanation: str, *, extracted: str | None = None, expected: str | None = None) -> Verdict:
        """The lowest score, with the reason: 0, or the bottom of another range that the reward declares.

        >>> Verdict.wrong("71 is not 72", extracted="71", expected="72").explanation
        '71 is not 72'
        >>> from rlvr import reward
        >>> @reward("demo.signed", range=(-1.0, 1.0))
        ... def signed(sample): return Verdict.wrong("never right")
        >>> signed.check("72").score
        -1.0
        """
        return cls(_PLAIN["low"], extracted=extracted, expected=expected, explanation=explanation, end="low")

    @classmethod
    def unscored(cls, status: Status, explanation: str, **known: Any) -> Verdict:
        """No score: `abstained`, `error` or `timeout`, with the reason.

        >>> Verdict.unscored(Status.ABSTAINED, "no case in Thai script").score is None
        True
        """
        return cls(None, status=status, explanation=explanation, **known)

    def within(self, range: tuple[float, float]) -> Verdict:
        """The verdict with the score that `right` or `wrong` stands for in a range; any other verdict as it is.

        A score that was changed since (`replace(Verdict.right(), score=0.5)`) stands for itself.

        >>> Verdict.right().within((0.0, 5.0)).score, Verdict(1.0).within((0.0, 5.0)).score
        (5.0, 1.0)
        """
        if self.end is None:
            return self
        meant = self.score == _PLAIN[self.end]
        score = range[0 if self.end == "low" else 1] if meant else self.score
        return replace(self, score=score, end=None)

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Verdict:
        """The verdict that `as_dict` wrote.

        Raises:
            KeyError, ValueError: `row` is no verdict.

        >>> Verdict.from_dict({"score": None, "status": "timeout", "explanation": "killed after 2.0 s"}).status
        <Status.TIMEOUT: 'timeout'>
        """
        known = {
            name: row[name] for name in ("extracted", "expected", "explanation", "elapsed", "metrics") if name in row
        }
        components = {name: cls.from_dict(part) for name, part in row.get("components", {}).items()}
        return cls(row["score"], Status(row["status"]), components=components, **known)

    def as_dict(self) -> dict[str, Any]:
        """The verdict as plain JSON data, empty fields left out.

        >>> Verdict.right("72").as_dict()
        {'score': 1.0, 'status': 'scored', 'extracted': '72'}
        """
        row: dict[str, Any] = {"score": self.score, "status": str(self.status)}
        for name in ("extracted", "expected", "explanation", "elapsed"):
            if value := getattr(self, name):
                row[name] = value
        if self.metrics:
            row["metrics"] = dict(self.metrics)
        if self.components:
            row["components"] = {name: part.as_dict() for name, part in self.components.items()}
        return row
