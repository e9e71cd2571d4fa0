"""Where a reward's floor is: what it gives an answer that is plainly wrong, beside what it gives the reference.

The low end of a range is no floor where penalties reach below a wrong answer: `correct + 0.5 * overlong` gives it 0 of
[-0.5, 1], and so does a grade of -1, 0 and 1. So the score of plainly wrong answers is measured. A reward that pays
them must not lift its own floor by that: right answers score at least half the range above it, or else it stays where
the range ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median_low

from rlvr.compose import Composable
from rlvr.sample import Sample, Task, sample_of
from rlvr.testing.finding import subject_of
from rlvr.testing.probing.answers import answer_texts, gives_the_answer
from rlvr.testing.probing.attacks import FORMS, World
from rlvr.testing.subject import Subject, answer_text
from rlvr.verdict import Verdict

TINY = 1e-9
_WRONG = 2
_RIGHT = 16
_IGNORANCE = "I do not know."

Score = Callable[[Sequence[Sample]], Sequence[float | None]]
"""Scores of samples, `None` where there is none."""


def score_in_portions(
    judge: Callable[[Sequence[Sample]], Sequence[Verdict]],
    samples: Sequence[Sample],
    size: Callable[[], int],
    is_late: Callable[[], bool],
) -> list[float | None]:
    """Scores of samples, judged in portions; none of what there is no time for.

    Args:
        judge: Judges a portion.
        samples: All of them.
        size: How many the next portion has.
        is_late: Whether time is up.

    >>> from rlvr import get_reward
    >>> subject, ticks = Subject(get_reward("text.exact")), iter([False, True])
    >>> score_in_portions(subject.judge, [Sample("4", reference="4")] * 2, lambda: 1, lambda: next(ticks))
    [1.0, None]
    """
    scores: list[float | None] = []
    while len(scores) < len(samples) and not is_late():
        portion = samples[len(scores) : len(scores) + size()]
        scores += [verdict.score for verdict in judge(portion)]
    return [*scores, *[None] * (len(samples) - len(scores))]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a reward gives right and wrong answers.

    Attributes:
        range: The lowest and the highest score there is.
        wrong: The score of plainly wrong answers, the median; `None` where none got a score.
        right: The score of right answers, the median; `None` where no right answer is known.
        paid: A wrong answer that gets that score.

    >>> Standing((-0.5, 1.0), 0.0, 1.0).floor, Standing((0.0, 1.0), 0.9, 1.0).floor
    (0.0, 0.0)
    """

    range: tuple[float, float]
    wrong: float | None = None
    right: float | None = None
    paid: Sample | None = None

    @property
    def tells(self) -> bool:
        """Whether a right answer scores at least half the range above a wrong one."""
        return self.right is not None and self.accepts(self.right)

    def accepts(self, score: float) -> bool:
        """Whether a score is at least half the range above that of a wrong answer."""
        low, high = self.range
        wrong = low if self.wrong is None else self.wrong
        return score - wrong >= 0.5 * (high - low) - TINY

    @property
    def floor(self) -> float:
        """What a text that ignores the question may score: the score of a wrong answer, or the low end of the range."""
        low, high = self.range
        if self.wrong is None or self.wrong <= low:
            return low
        if self.right is None:
            # Nobody knows what a right answer scores; that 0 is nothing, where there are penalties, is no secret.
            return self.wrong if self.wrong <= TINY and high - self.wrong >= 0.5 * (high - low) else low
        return self.wrong if self.tells else low

    def __str__(self) -> str:
        wrong = "no score" if self.wrong is None else f"{self.wrong:g}"
        right = "a right one is not known" if self.right is None else f"the reference scores {self.right:g}"
        said = f"a plainly wrong answer scores {wrong}, {right}"
        low, high = self.range
        if self.wrong is None or self.wrong <= low or self.floor > low:
            return said
        said += f": less than half the range [{low:g}, {high:g}] above it, so the floor is {low:g}"
        if self.right is not None and self.right > self.wrong:
            return said
        return f"{said} (where a right answer is written otherwise, the `answer` of its golden cases says how)"


def measure_wrong(reward: Composable, world: World, score: Score) -> Standing:
    """What a reward gives plainly wrong answers.

    Args:
        reward: The reward.
        world: The tasks.
        score: Has it judge samples.
    """
    wrong = [sample for task in world.tasks for sample in islice(wrong_samples(world, task), _WRONG)]
    scored = [(one, sample) for one, sample in zip(score(wrong), wrong, strict=True) if one is not None]
    if not scored:
        return Standing(reward.range)
    middle = median_low(one for one, _ in scored)
    return Standing(reward.range, middle, paid=next(sample for one, sample in scored if one == middle))


def measure_right(best: Sequence[tuple[float, Sample]], known: Standing) -> Standing:
    """What a reward gives right answers as well, each in the form that it reads.

    Args:
        best: Of `best_answers`.
        known: What it gives wrong ones.

    >>> from rlvr import get_reward
    >>> world = World([Task("2 + 2 =", "4"), Task("3 * 3 =", "9")])
    >>> subject = Subject(get_reward("math.final_number"))
    >>> def score(samples): return [verdict.score for verdict in subject.judge(samples)]
    >>> wrong = measure_wrong(subject.reward, world, score)
    >>> str(measure_right(best_answers(subject, world.tasks, score, wrong), wrong))
    'a plainly wrong answer scores 0, the reference scores 1'
    """
    return replace(known, right=median_low(one for one, _ in best) if best else None)


def best_answers(
    subject: Subject, tasks: Sequence[Task], score: Score, known: Standing, *, most: int = _RIGHT
) -> list[tuple[float, Sample]]:
    """The best of the right answers to each task that got a score, with the score; see `right_samples`.

    Args:
        subject: The reward.
        tasks: The tasks.
        score: Has it judge samples.
        known: What it gives wrong ones: of a task whose answer stands out from those no more is tried.
        most: Answers tried of each task.
    """
    best: dict[int, tuple[float, Sample]] = {}
    waiting = {i: islice(right_samples(subject, task), most) for i, task in enumerate(tasks)}
    while waiting:
        asked = [(i, sample) for i, samples in waiting.items() if (sample := next(samples, None))]
        for (i, sample), found in zip(asked, score([sample for _, sample in asked]), strict=True):
            if found is not None and (i not in best or found > best[i][0]):
                best[i] = found, sample
        waiting = {i: waiting[i] for i, _ in asked if i not in best or not known.accepts(best[i][0])}
    # What a reference of no text holds may be no answer at all; it is one where the reward accepts it.
    shown = [task.demonstration is not None or answer_text(task.reference) is not None for task in tasks]
    return [best[i] for i in sorted(best) if shown[i] or known.accepts(best[i][0])]


def wrong_samples(world: World, task: Task) -> Iterator[Sample]:
    """Plainly wrong answers to a task: those of other tasks, as the reward wants an answer written, and ignorance.

    >>> [sample.completion for sample in wrong_samples(World([Task("?", "4"), Task("!", "9")]), Task("?", "4"))]
    ['9', 'I do not know.']
    """
    written = [world.form.replace("{}", text) for text in world.others(task)]
    others = world.demonstrations(task)
    # What a reference of no text holds is hardly an answer.
    known = [*others, *written] if answer_text(task.reference) is None else [*written, *others]
    for text in (*known, world.form.replace("{}", _IGNORANCE)):
        sample = sample_of(task, text, id=task.id)
        if not gives_the_answer(sample):
            yield sample


def right_samples(subject: Subject, task: Task) -> Iterator[Sample]:
    """Right answers to a task: its demonstration, and its reference in the forms that answers have.

    Where the reference is a right answer, one of these forms is what the reward reads.

    >>> from rlvr import get_reward
    >>> next(right_samples(Subject(get_reward("text.exact")), Task("?", "4"))).completion
    '4'
    """
    if task.demonstration is not None:
        yield sample_of(task, task.demonstration, id=task.id)
    whole = answer_text(task.reference)
    texts = answer_texts(task.reference)[:2] if whole is None else [whole]
    for form in (*answer_forms(subject), *FORMS):
        for text in texts:
            yield sample_of(task, form.replace("{}", text), id=task.id)


def answer_forms(subject: Subject) -> list[str]:
    """How the reward wants an answer written, or the parts of a composition want it, by their own cases."""
    own = subject.declaration.answer
    leaves = [leaf for leaf in subject.reward.leaves() if isinstance(leaf, Composable) and leaf is not subject.reward]
    return list(dict.fromkeys([own, *(subject_of(leaf).declaration.answer for leaf in leaves)]))
