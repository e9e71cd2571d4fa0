# ruff: noqa: N803 - arguments have their published names
"""What IFBench's program reads otherwise since its paper: `compat="ifbench-2026"`.

As of its repository in 2026: pronouns of all kinds count, runs of words are compared in place of runs of letters,
keywords stand as words of their own, and punctuation is no word. All else is as in `ifbench`.
"""

from __future__ import annotations

import re
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.published.ifbench_words import judge_keyword_counts, judge_overlap, judge_pronouns
from rlvr.rewards.constraints.published.ifeval import said
from rlvr.rewards.constraints.published.punkt import sentences, tokens
from rlvr.rewards.languages.measures import Text

READING: Final = "ifbench-2026"
_ALL_KINDS: Final = (
    "i me we us you he him she her it they them my mine our ours your yours his hers its their theirs myself ourselves"
    " yourself yourselves himself herself itself themselves this that these those who whom whose which what whoever"
    " whomever whatever whichever anybody anyone anything everybody everyone everything nobody nothing somebody someone"
    " something each either neither both all some any none"
)
_PRONOUNS: Final = frozenset(_ALL_KINDS.split())


@constraint("count:pronouns", compat=READING)
def _pronouns(text: Text, N: int) -> Outcome:
    return judge_pronouns(text, N, _PRONOUNS)


@constraint("ratio:overlap", compat=READING)
def _overlap(text: Text, reference_text: str, percentage: int) -> Outcome:
    return judge_overlap(_runs(text.raw), _runs(reference_text), percentage, "words")


@constraint("count:keywords_multiple", compat=READING)
def _keywords_multiple(
    text: Text, keyword1: str, keyword2: str, keyword3: str, keyword4: str, keyword5: str
) -> Outcome:
    return judge_keyword_counts(text, (keyword1, keyword2, keyword3, keyword4, keyword5), _count_word)


@constraint("words:keywords_specific_position", compat=READING)
def _keywords_specific_position(text: Text, keyword: str, n: int, m: int) -> Outcome:
    parts = sentences(text.raw)
    words = [token for token in (tokens(parts[n - 1]) if 0 < n <= len(parts) else []) if any(map(str.isalnum, token))]
    return said(0 < m <= len(words) and words[m - 1].lower() == keyword.strip().lower())


def _count_word(text: str, word: str) -> int:
    return len(re.findall(rf"\b{re.escape(word)}\b", text))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = tokens(text)
    return set(zip(words, words[1:], words[2:], strict=False))
