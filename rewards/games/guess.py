"""`games.guess`: the letter was found, see `rlvr.envs.guess`."""

from __future__ import annotations

from rlvr import Message, Sample, Verdict, reward


@reward("games.guess")
def guess(sample: Sample) -> Verdict:
    """1 when the last guess is the letter that is meant.

    Args:
        sample: `prompt` begins with the row, and holds the guesses so far with what was said to each; `reference` is
            the letter. The metrics count the `guesses`, and those `wasted` on what is no letter of the row or had been
            ruled out.

    Raises:
        ValueError: The reference is no letter of the row (status `error`).

    >>> game = (Message("user", "abcdefg?"), Message("assistant", "d"), Message("user", ">"))
    >>> guess.check("f", reference="f", prompt=game).metrics
    {'guesses': 2.0, 'wasted': 0.0}
    >>> guess.check("b", reference="f", prompt=game).explanation
    "guess 2 is 'b', not 'f'; 1 wasted"
    """
    messages = sample.prompt if isinstance(sample.prompt, tuple) else (Message("user", sample.prompt),)
    asked = [i for i, message in enumerate(messages) if message.role == "user"]
    row = messages[asked[0]].content.removesuffix("?") if asked else ""
    expected = str(sample.reference)
    if len(expected) != 1 or expected not in row:
        raise ValueError(f"the reference {sample.reference!r} is no letter of the row {row!r}")
    if sample.answer is None:
        return Verdict.wrong("the reasoning block is never closed, so there is no guess", expected=expected)
    said = [message.content for message in messages if message.role == "assistant"]
    guesses = [one.strip() for one in (*said, sample.answer)]
    metrics = {"guesses": float(len(guesses)), "wasted": float(_wasted(row, expected, guesses))}
    last, number = guesses[-1], len(guesses)
    if last == expected:
        return Verdict(1.0, extracted=last, expected=expected, explanation=f"found by guess {number}", metrics=metrics)
    why = f"guess {number} is {last[:40]!r}, not {expected!r}; {metrics['wasted']:.0f} wasted"
    return Verdict(0.0, extracted=last, expected=expected, explanation=why, metrics=metrics)


def _wasted(row: str, meant: str, guesses: list[str]) -> int:
    """Guesses that could not be right by what was known."""
    low, high, wasted = 0, len(row), 0
    for one in guesses:
        at = row.index(one) if len(one) == 1 and one in row else -1
        if not low <= at < high:
            wasted += 1
        elif row.index(meant) < at:
            high = at
        else:
            low = at + 1
    return wasted
