"""Checks that ask for the request or a part of it, and for nothing else."""

from __future__ import annotations

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.published.ifbench_sentences import ONLY_THIS
from rlvr.rewards.languages.measures import Text


@constraint(
    "repeat:repeat_change",
    "Repeat this request with another first word, and do not answer it: {prompt_to_repeat}",
    brief=True,
)
def repeat_change(text: Text, prompt_to_repeat: str) -> Outcome:
    """The request with another word in place of the first, and nothing after it; white space may differ."""
    asked, given = prompt_to_repeat.split(), text.text.split()
    if given[1:] != asked[1:] or len(given) != len(asked):
        return Outcome(False, "not the request with another first word")
    words = [Text(one, text.language).folded.strip("\"'“”.,:*") for one in (asked[0], given[0])]
    followed = words[0] != words[1] and any(map(str.isalnum, words[1]))
    return Outcome(followed, f"{given[0]!r} in place of {asked[0]!r}")


@constraint("repeat:repeat_simple", ONLY_THIS, brief=True)
def repeat_simple(text: Text) -> Outcome:
    """The sentence and nothing else."""
    followed = " ".join(text.folded.strip("\"'“”* ").split()) == ONLY_THIS.casefold()
    return Outcome(followed, "the sentence alone" if followed else f"{text.text[:60]!r}")


@constraint(
    "repeat:repeat_span",
    "Copy words {n_start} to {n_end} of this, counted from 0, the last included: {prompt_to_repeat}",
    brief=True,
)
def repeat_span(text: Text, prompt_to_repeat: str, n_start: int, n_end: int) -> Outcome:
    """The words from one index to another, both included, as white space parts them; case may differ."""
    wanted = Text(prompt_to_repeat, text.language).folded.split()[n_start : n_end + 1]
    given = text.folded.strip('"“”* ').split()
    return Outcome(bool(wanted) and given == wanted, f"{' '.join(given)[:60]!r}, wanted {' '.join(wanted)[:60]!r}")
