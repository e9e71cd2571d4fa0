# ruff: noqa: RUF001 - marks of other scripts are the subject
"""The checks that Multi-IF reads otherwise than IFEval: `compat="multi-if"`.

The language of the answer, not of the task, says how words and sentences are counted: Thai by a dictionary, Chinese and
Japanese by character, Hindi sentences by danda, all else as English. Its Thai dictionary is another one than ICU's.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.constraints.published.ifeval import said
from rlvr.rewards.constraints.published.punkt import sentences
from rlvr.rewards.languages.identification import identify
from rlvr.rewards.languages.measures import Text

READING: Final = "multi-if"
_PAIRS = ('""', "“”", "「」")
_EAST_ASIAN = re.compile(r"[\u4E00-\u9FFF\u3400-\u4DBF\u3040-\u30FF\uAC00-\uD7AF]")
_NO_WORD = str.maketrans("", "", "\\.!?．/_,{}<>:;$%^&*(+\"'—！，。？、`~@#￥…（）：；《》“”)[]»〔〕-「」")
_SENTENCE = re.compile(r"[^!?。.！？．\n]+")


@constraint("length_constraints:number_words", compat=READING)
def _number_words(text: Text, num_words: int, relation: Relation) -> Outcome:
    language = identify(text.raw)
    if language == "th":
        from icu4py.breakers import WordBreaker

        # Spaces and marks are words to its segmenter.
        found = sum(1 for _ in WordBreaker(text.raw, "th"))
    elif language in ("zh", "ja"):
        found = _by_character(text.raw)
    else:
        found = sum(1 for _ in re.finditer(r"\w+", text.raw))
    return compared(found, relation, num_words, "words")


@constraint("length_constraints:number_sentences", compat=READING)
def _number_sentences(text: Text, num_sentences: int, relation: Relation) -> Outcome:
    language = identify(text.raw)
    if language == "th":
        found = sum(len(line.split()) for line in text.raw.splitlines())
    elif language == "hi":
        found = sum(bool(part.strip()) for part in re.split(r"(?<=[।!?])\s*", text.raw))
    elif language in ("zh", "ja"):
        found = sum(len(_SENTENCE.findall(line.strip())) for line in text.raw.splitlines())
    else:
        found = len(sentences(text.raw))
    return compared(found, relation, num_sentences, "sentences")


@constraint("startend:quotation", compat=READING)
def _quotation(text: Text) -> Outcome:
    value = text.raw.strip()
    return said(len(value) > 1 and value[0] + value[-1] in _PAIRS)


def _by_character(text: str) -> int:
    bare = text.translate(_NO_WORD)
    pictures = sum(unicodedata.category(letter) == "So" for letter in bare)
    rest = "".join(" " if _EAST_ASIAN.match(one) else one for one in bare if unicodedata.category(one) != "So")
    return len(_EAST_ASIAN.findall(bare)) + len(rest.split()) + pictures
