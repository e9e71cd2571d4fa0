"""`mt.guard.*`, each guard as a reward; `mt.guards`, all of them in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rlvr import Reward, Sample, Verdict, reward
from rlvr.errors import DataError, did_you_mean
from rlvr.rewards.translation.guards import added, chatter, copying, kept, noise, presence, repeats, tongue
from rlvr.rewards.translation.guards import length as lengths
from rlvr.rewards.translation.guards.segment import Segment, segment_of
from rlvr.sample import is_list


def _length(segment: Segment, data: Mapping[str, object]) -> str | None:
    return lengths.length(segment, lengths.ratio_of(data.get("length_ratio")))


def _plain(guard: Callable[[Segment], str | None]) -> Callable[[Segment, Mapping[str, object]], str | None]:
    return lambda segment, _: guard(segment)


GUARDS: Final[Mapping[str, Callable[[Segment, Mapping[str, object]], str | None]]] = {
    "extracted": _plain(presence.extracted),
    "length": _length,
    "ended": _plain(presence.ended),
    "echoed": _plain(copying.echoed),
    "bare": _plain(chatter.bare),
    "unquoted": _plain(chatter.unquoted),
    "counted": _plain(added.counted),
    "copied": _plain(copying.copied),
    "script": _plain(tongue.one_script),
    "language": _plain(tongue.in_language),
    "switched": _plain(copying.switched),
    "tokens": _plain(kept.tokens_kept),
    "numbers": _plain(kept.numbers_kept),
    "repeated": _plain(repeats.repeated),
    "written": _plain(noise.written),
}
"""Every guard by name, in the order in which `mt.guards` asks them: the cheap and telling ones first."""


@reward("mt.guards")
def guards(sample: Sample) -> Verdict:
    """1 for a translation that passes every guard, 0 from the first one that it does not, which the explanation names.

    Args:
        sample: A translation task (`rlvr.rewards.translation.fields`); references are used where there are some. `data`
            may hold

            * `guards`: the names of those that apply, all by default
            * `length_ratio`: `[lowest, highest]` of target characters to source characters, instead of the languages'
    Returns:
        A verdict whose `components` are those of the guards that were asked, so that each is counted: of those that
        came to it, the mean of `mt.guard.NAME` passed.

    Raises:
        DataError: The task lacks its source or its languages, or its settings are wrong (status `error`).

    >>> task = {"source": "The house is red.", "source_language": "en", "target_language": "de"}
    >>> guards.check("Das Haus ist rot.", data=task).score
    1.0
    >>> guards.check("The house is red.", data=task).explanation
    "copied: 100% of its words are the source's"
    """
    chosen = _chosen(sample.data.get("guards"))
    segment = segment_of(sample)
    components = dict[str, Verdict]()
    for name in chosen:
        why = _ABSENT if segment is None else GUARDS[name](segment, sample.data)
        components[f"mt.guard.{name}"] = Verdict.right() if why is None else Verdict.wrong(why)
        if why is not None:
            extracted = segment.hypothesis if segment else None
            return Verdict(0.0, extracted=extracted, explanation=f"{name}: {why}", components=components)
    extracted = segment.hypothesis if segment else None
    return Verdict(1.0, extracted=extracted, explanation="it passes every guard", components=components)


_ABSENT: Final = "there is no translation"


def _chosen(given: object) -> list[str]:
    if given is None:
        return list(GUARDS)
    if not is_list(given) or not given:
        raise DataError(f"`data.guards` is {given!r}; it is a list of guards.", hint=f"They are {', '.join(GUARDS)}.")
    names = [str(name) for name in given]
    for name in names:
        if name not in GUARDS:
            raise DataError(
                f"There is no guard `{name}`.{did_you_mean(name, GUARDS)}", hint=f"They are {', '.join(GUARDS)}."
            )
    return [name for name in GUARDS if name in names]


def _reward_of(name: str) -> Reward[Verdict]:
    @reward(f"mt.guard.{name}")
    def one(sample: Sample) -> Verdict:
        segment = segment_of(sample)
        why = _ABSENT if segment is None else GUARDS[name](segment, sample.data)
        if why is None:
            return Verdict.right(segment.hypothesis if segment else None)
        return Verdict.wrong(why, extracted=segment.hypothesis if segment else None)

    return one


EACH: Final = {name: _reward_of(name) for name in GUARDS}
"""Each guard as a reward of its own, `mt.guard.NAME`."""
