"""The contract: what every reward must keep, whatever it judges; no author writes a line for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from rlvr.compose import Composable
from rlvr.errors import RewardDefinitionError, shortened
from rlvr.judging import describe
from rlvr.sample import Sample
from rlvr.testing.apart import Apart
from rlvr.testing.assertions import require_score, shown
from rlvr.testing.cases import Case
from rlvr.testing.check import Check, fail, skip
from rlvr.testing.finding import subject_of
from rlvr.testing.subject import Subject, answer_text
from rlvr.testing.texts import ODD, long_texts
from rlvr.verdict import Status, Verdict

FAILURES = (Status.ERROR, Status.TIMEOUT)
_PLAIN = ("", "42", "The answer is 42.", "<think>6 * 7</think>42", "<think>6 * 7", "no")


def contract(reward: Composable | str | Subject) -> list[Check]:
    """The clauses of the contract, as checks on one reward.

    Args:
        reward: A reward, a composition, or the name of one; the golden cases beside it say what its tasks look like.

    >>> from rlvr.testing.check import run_checks
    >>> {result.status for result in run_checks(contract("text.exact"))}
    {'passed'}
    """
    subject = reward if isinstance(reward, Subject) else subject_of(reward)
    kept = _Contract(subject)
    clauses: dict[str, Callable[[], None]] = {
        "deterministic": kept.deterministic,
        "same from a thread": kept.same_from_a_thread,
        "same from an event loop": kept.same_from_an_event_loop,
        "same from a process": kept.same_from_a_process,
        "picklable": kept.picklable,
        "in range": kept.in_range,
        "explains itself": kept.explains_itself,
        "the reference scores the maximum": kept.reference_scores_the_maximum,
    }
    for name in ODD:
        clauses[name] = _bound(kept.does_not_fail_on, name)
    clauses |= {"a megabyte of text": kept.takes_a_megabyte, "deadline": kept.keeps_its_deadline}
    return [Check(subject.name, "contract", name, body) for name, body in clauses.items()]


def _bound(method: Callable[[str], None], name: str) -> Callable[[], None]:
    return lambda: method(name)


@dataclass(frozen=True, eq=False)
class _Contract:
    """The clauses; what several of them look at is judged once."""

    subject: Subject

    def deterministic(self) -> None:
        self._require_same("the second time", self._afresh(self.samples))
        backwards = self._afresh(self.samples[::-1])[::-1]
        self._require_same("in another order", backwards)

    def same_from_a_thread(self) -> None:
        self._require_same("from a thread", _in_a_thread(lambda: self._afresh(self.samples)))

    def same_from_an_event_loop(self) -> None:
        async def ask() -> list[Verdict]:
            with self.subject.new_scorer() as scorer:
                return await scorer.ascore(self.samples)

        self._require_same("from an event loop", _in_a_thread(lambda: asyncio.run(ask())))

    def same_from_a_process(self) -> None:
        with Apart(self.subject.reward) as apart:
            self._require_same("from a worker process", apart.judge(self.samples))

    def picklable(self) -> None:
        import cloudpickle  # pyright: ignore[reportMissingTypeStubs]

        reward = self.subject.reward
        try:
            copy: Any = cloudpickle.loads(cloudpickle.dumps(reward))  # pyright: ignore[reportUnknownMemberType]
        except Exception as error:  # what cannot be pickled says so in exceptions of every kind
            raise AssertionError(
                f"{reward.name} cannot be sent to another process: {describe(error)}.\n{_PICKLING}"
            ) from error
        if copy.identity != reward.identity:
            fail(f"{reward.name} comes back from a pickle as something else: {copy.identity}, not {reward.identity}.")

    def in_range(self) -> None:
        low, high = self.subject.reward.range
        cases = [case for case in self.subject.cases if case.kind not in ("error", "timeout")]
        pairs = [*zip(self.samples, self._first, strict=True)]
        if cases:
            pairs = [(case.sample, self._verdict(case)) for case in cases]
        for sample, verdict in pairs:
            if verdict.status in FAILURES:
                fail(f"{self.subject.name} gives no score where it should:\n{shown(sample, verdict)}")
            if verdict.score is not None and not low <= verdict.score <= high:
                fail(f"{self.subject.name} scores outside its range [{low:g}, {high:g}]:\n{shown(sample, verdict)}")

    def explains_itself(self) -> None:
        odd = [sample for texts in ODD.values() for sample in self._with(texts)]
        known = [(case.sample, self._verdict(case)) for case in self.subject.cases]
        pairs = known or [*zip(self.samples, self._first, strict=True)]
        pairs += zip(odd, self.subject.judge(odd), strict=True)
        less = [(sample, verdict) for sample, verdict in pairs if not self.subject.is_best(verdict)]
        if less and all(_is_bare(verdict) for _, verdict in less):
            skip(f"it returns bare numbers, so that nobody reads why; {_EXPLAINING}")
        for sample, verdict in less:
            if not verdict.explanation.strip():
                fail(
                    f"{self.subject.name} gives less than its highest score without a word:\n{shown(sample, verdict)}\n"
                    f"R{_EXPLAINING[1:]}."
                )

    def reference_scores_the_maximum(self) -> None:
        known = [case for case in self.subject.cases if case.kind == "accept"]
        pairs = [(case, answer_text(case.reference)) for case in known if case.reference is not None]
        written = [(case, text) for case, text in pairs if text is not None]
        if not known:
            skip("no golden case of kind `accept` says what a right answer is")
        if not pairs:
            skip("its tasks have no references")
        if not written:
            skip("its references are no texts or numbers, so none can be given as an answer")
        samples = [replace(case.sample, completion=self.subject.as_answer(text)) for case, text in written]
        for sample, verdict in zip(samples, self.subject.judge(samples), strict=True):
            require_score(self.subject.reward, sample, verdict, self.subject.reward.range[1], "accept")

    def does_not_fail_on(self, name: str) -> None:
        samples = self._with(ODD[name])
        for sample, verdict in zip(samples, self.subject.judge(samples), strict=True):
            self._require_no_failure(sample, verdict)

    def takes_a_megabyte(self) -> None:
        for _, sample, verdict in self._long:
            if verdict.status is not Status.TIMEOUT:  # the deadline is a clause of its own
                self._require_no_failure(sample, verdict)

    def keeps_its_deadline(self) -> None:
        deadline = min(leaf.spec.timeout for leaf in self.subject.reward.leaves())
        for name, _, verdict in self._long:
            if verdict.status is Status.TIMEOUT or verdict.elapsed > deadline:
                fail(
                    f"{self.subject.name} takes {verdict.elapsed:.1f} s on {name}; its timeout is {deadline:g} s "
                    f"({verdict.explanation}).\nLook at no more of a text than an answer can be long, or declare "
                    'isolate="process": training then ends it at the deadline, and the sample counts as failed.'
                )

    @cached_property
    def samples(self) -> list[Sample]:
        return [case.sample for case in self.subject.varied] or self._with(_PLAIN)

    @cached_property
    def _first(self) -> list[Verdict]:
        return self.subject.verdicts_on(self.subject.varied) or self.subject.judge(self.samples)

    def _verdict(self, case: Case) -> Verdict:
        return self.subject.verdicts_on([case])[0]

    @cached_property
    def _long(self) -> list[tuple[str, Sample, Verdict]]:
        found: list[tuple[str, Sample, Verdict]] = []
        accepted = [case.completion for case in self.subject.cases if case.kind == "accept"]
        with Apart(self.subject.reward) as apart:
            for name, text in long_texts(*accepted[:2]):
                (sample,) = self._with([text])
                try:
                    (verdict,) = apart.judge([sample])
                except RewardDefinitionError:
                    skip("it cannot be sent to a process that could be ended: see the clause `picklable`")
                found.append((name, sample, verdict))
                if verdict.status is Status.TIMEOUT:
                    break  # one is enough, and each takes as long as the deadline allows
        return found

    def _with(self, texts: Sequence[str]) -> list[Sample]:
        known = self.subject.stand_in
        if known is None:
            skip("it needs a reference, and no golden case shows one")
        return [replace(known, completion=text) for text in texts]

    def _afresh(self, samples: Sequence[Sample]) -> list[Verdict]:
        with self.subject.new_scorer() as scorer:
            return scorer.score(samples)

    def _require_same(self, how: str, verdicts: Sequence[Verdict]) -> None:
        for sample, before, now in zip(self.samples, self._first, verdicts, strict=True):
            if _timeless(before.as_dict()) != _timeless(now.as_dict()):
                fail(
                    f"{self.subject.name} says something else {how}:\n{shown(sample, before)}\n"
                    f"and {how}\n{shown(sample, now)}"
                )

    def _require_no_failure(self, sample: Sample, verdict: Verdict) -> None:
        if verdict.status in FAILURES:
            text = shortened(repr(sample.completion), 60)
            fail(f"{self.subject.name} fails on {text}:\n{shown(sample, verdict)}")


_EXPLAINING = 'return `Verdict.wrong("why", extracted=..., expected=...)` or `Verdict(score, explanation=...)`'
_PICKLING = "Create what cannot be copied (a lock, a file, a model) inside the function, or in a module to be imported."


def _is_bare(verdict: Verdict) -> bool:
    """Whether a verdict is all that a float or a bool says."""
    said = verdict.explanation.strip() or verdict.extracted or verdict.expected or verdict.metrics
    return not said and all(_is_bare(part) for part in verdict.components.values())


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    parts = {name: _timeless(part) for name, part in row.get("components", {}).items()}
    return {key: value for key, value in row.items() if key != "elapsed"} | {"components": parts}


def _in_a_thread(ask: Callable[[], list[Verdict]]) -> list[Verdict]:
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(ask).result()
