"""`text.format`: reasoning, then one answer block, then nothing."""

from __future__ import annotations

from rlvr import Sample, Verdict, reward


@reward("text.format")
def format(sample: Sample) -> Verdict:
    """1 when the reasoning block is opened and closed once and one nonempty answer block follows, else 0.

    `<think>...</think><answer>...</answer>`, with white space around. Where the prompt has opened the reasoning block
    already (`Sample.reasoning_open`), the completion only closes it.

    Args:
        sample: `reasoning_tags` are the tags of the reasoning block; `data["answer_tags"]` those of the answer,
            `["<answer>", "</answer>"]` by default.

    Raises:
        ValueError: `data["answer_tags"]` are not two nonempty strings (status `error`).

    >>> format.check("<think>6 * 7</think><answer>42</answer>").score
    1.0
    >>> format.check("<think>6 * 7</think>42").explanation
    '<answer> is there 0 times, not once'
    """
    opening, closing = sample.reasoning_tags
    start, end = _answer_tags(sample)
    text = sample.completion
    tags = ((opening, 0 if sample.reasoning_open else 1), (closing, 1), (start, 1), (end, 1))
    for tag, wanted in tags:
        if (count := text.count(tag)) != wanted:
            times = {0: "not at all: the prompt has opened it", 1: "not once"}[wanted]
            return Verdict.wrong(f"{tag} is there {count} times, {times}")
    before, _, rest = text.partition(closing)
    between, _, rest = rest.partition(start)
    answer, _, after = rest.partition(end)
    outside = before.partition(opening)[0] if not sample.reasoning_open else ""
    if (opening not in before and not sample.reasoning_open) or end in before + between or start in before:
        return Verdict.wrong(f"the tags are not in the order {opening} {closing} {start} {end}")
    for stray, where in (
        (outside, f"before {opening}"),
        (between, f"between {closing} and {start}"),
        (after, f"after {end}"),
    ):
        if stray.strip():
            return Verdict.wrong(f"text {where}: {stray.strip()[:40]!r}")
    if not answer.strip():
        return Verdict.wrong("the answer is empty", extracted=answer)
    return Verdict.right(answer.strip(), explanation="reasoning closed once, one answer, nothing after it")


def _answer_tags(sample: Sample) -> tuple[str, str]:
    match sample.data.get("answer_tags", ["<answer>", "</answer>"]):
        case [str() as start, str() as end] if start and end and start != end:
            return start, end
        case other:
            raise ValueError(f"data['answer_tags'] is {other!r}; it is an opening and a closing tag")
