r"""IFEvalG's 29 further checks as open-instruct's own program reads them: `compat="ifevalg"`.

A token of nltk is a word, so punctuation is one; words of the request are patterns; what is wrapped, copied or
repeated is compared by white space.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, constraint, find
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.constraints.published.ifeval import pattern, said
from rlvr.rewards.constraints.published.punkt import tokens
from rlvr.rewards.constraints.published.stops import sentences
from rlvr.rewards.languages.measures import Text

READING: Final = "ifevalg"
_DIVIDER = re.compile(r"\s?\*\*\*\s?")


@constraint("copy:copy", compat=READING)
@constraint("copy:copying_simple", compat=READING)
def _copy(text: Text, prompt_to_repeat: str) -> Outcome:
    return said(_bare(text.raw) == _bare(prompt_to_repeat))


@constraint("copy:copying_multiple", compat=READING)
def _copying_multiple(text: Text, prompt_to_repeat: str, N: int) -> Outcome:  # noqa: N803 - its name as published
    parts = text.raw.split("******")
    return said(len(parts) == N and all(_bare(part) == _bare(prompt_to_repeat) for part in parts))


@constraint("new:copy_span_idx", compat=READING)
def _copy_span_idx(text: Text, prompt_to_repeat: str, n_start: int, n_end: int) -> Outcome:
    # The end is left out, though the request includes it.
    return said(_bare(text.raw) == _bare(prompt_to_repeat[n_start:n_end]))


@constraint("copy:repeat_phrase", compat=READING)
def _repeat_phrase(text: Text, phrase: str, small_n: int) -> Outcome:
    wanted = phrase.split()
    found = [one.split() for one in _spans(text.raw, f"{wanted[0]} ", f" {wanted[-1]}")]
    if len(found) != small_n or any(len(one) > len(wanted) for one in found):
        return said(False)
    # A phrase that is cut short differs in no word that is there; only the last one must differ.
    changed = [sum(a != b for a, b in zip(one, wanted, strict=False)) for one in found]
    return said(max(changed, default=0) <= 1 and changed and changed[-1] == 1)


@constraint("detectable_format:sentence_hyphens", compat=READING)
def _sentence_hyphens(text: Text) -> Outcome:
    wanted = sentences(text.raw.replace("-", " "))
    return said(all(part == part.strip() == one for part, one in zip(text.raw.split("-"), wanted, strict=False)))


@constraint("keywords:no_adjacent_consecutive", compat=READING)
def _no_adjacent_consecutive(text: Text) -> Outcome:
    firsts = [word[0].lower() for word in text.raw.split()]
    return said(all(len(one) == len(other) == 1 and ord(other) - ord(one) != 1 for one, other in pairwise(firsts)))


@constraint("detectable_format:square_brackets", compat=READING)
def _square_brackets(text: Text) -> Outcome:
    return said(all(word.startswith("[") and word.endswith("]") for word in text.raw.split()))


@constraint("detectable_format:bigram_wrapping", compat=READING)
def _bigram_wrapping(text: Text) -> Outcome:
    words = text.raw.split()
    pairs = zip(words[::2], words[1::2], strict=False)
    return said(all(one.startswith("<<") and other.endswith(">>") for one, other in pairs))


@constraint("keywords:word_once", compat=READING)
def _word_once(text: Text, keyword: str) -> Outcome:
    return said(_count(keyword, text) == 1)


@constraint("keywords:word_count_different_numbers", compat=READING)
def _word_count_different_numbers(text: Text, keyword: str, frequency: int, relation: Relation) -> Outcome:
    return compared(_count(keyword, text), relation, frequency, f"times {keyword!r}")


@constraint("keywords:exclude_word_harder", compat=READING)
def _exclude_word_harder(text: Text, keyword: str, instruction: str = "") -> Outcome:
    return said(f" {keyword.strip()} " not in text.raw)


@constraint("count:count_increment_word", compat=READING)
def _count_increment_word(text: Text, keyword1: str, keyword2: str) -> Outcome:
    return said((_count(keyword1, text), _count(keyword2, text)) == (1, 2))


@constraint("paragraphs:paragraphs", compat=READING)
def _paragraphs(text: Text) -> Outcome:
    return find("length_constraints:number_paragraphs", "ifeval").function(text, 2)


@constraint("paragraphs:paragraphs2", compat=READING)
def _paragraphs2(text: Text) -> Outcome:
    parts = [part.strip() for part in text.raw.split("\n\n")]
    return said(all(parts[1:-1]) and sum(map(bool, parts)) == 2)


@constraint("first_word:first_word_sent", compat=READING)
def _first_word_sent(text: Text, first_word: str) -> Outcome:
    wanted = first_word.strip().lower()
    return said(all(one and one.split()[0].lower() == wanted for one in sentences(text.raw)))


@constraint("first_word:first_word_answer", compat=READING)
def _first_word_answer(text: Text, first_word: str) -> Outcome:
    return said([word.lower() for word in text.raw.split()[:1]] == [first_word.strip().lower()])


@constraint("last_word:last_word_sent", compat=READING)
def _last_word_sent(text: Text, last_word: str) -> Outcome:
    wanted = last_word.strip().lower()
    return said(all(one and _unmarked(one.split()[-1]) == wanted for one in sentences(text.raw)))


@constraint("last_word:last_word_answer", compat=READING)
def _last_word_answer(text: Text, last_word: str) -> Outcome:
    return said([_unmarked(word) for word in text.raw.split()[-1:]] == [last_word.strip().lower()])


@constraint("punctuation:punctuation_dot", compat=READING)
def _punctuation_dot(text: Text) -> Outcome:
    return said("." not in text.raw)


@constraint("punctuation:punctuation_exclamation", compat=READING)
def _punctuation_exclamation(text: Text) -> Outcome:
    return said("!" not in text.raw)


@constraint("count:lowercase_counting", compat=READING)
def _lowercase_counting(text: Text, N: int) -> Outcome:  # noqa: N803 - its name as published
    found = sum(1 for _ in re.finditer(r"\b[a-z]+\b", text.raw))
    return said(found <= N, f"{found} words in small letters")


@constraint("letters:letter_counting", compat=READING)
def _letter_counting(text: Text, N: int, relation: Relation) -> Outcome:  # noqa: N803 - its name as published
    return compared(sum(letter.isascii() and letter.isalpha() for letter in text.raw), relation, N, "letters")


@constraint("letters:letter_counting2", compat=READING)
def _letter_counting2(text: Text, letter: str, let_frequency: int, let_relation: Relation) -> Outcome:
    return find("keywords:letter_frequency", "ifeval").function(text, letter, let_frequency, let_relation)


@constraint("count:counting_composition", compat=READING)
def _counting_composition(text: Text, n_sent: int, n_words: int) -> Outcome:
    # An empty part at either end has no sentences, so a divider there is never forgiven.
    parts = [sentences(part) for part in _DIVIDER.split(text.raw)]
    return said(len(parts) == 3 and all([len(tokens(one)) for one in part] == [n_words] * n_sent for part in parts))


@constraint("count:count_unique", compat=READING)
def _count_unique(text: Text) -> Outcome:
    found = tokens(text.raw)
    return said(len(found) == len(set(found)))


@constraint("keywords:palindrome", compat=READING)
def _palindrome(text: Text) -> Outcome:
    return said(any(word == word[::-1] for word in text.raw.split()))


@constraint("keywords:keyword_specific_position", compat=READING)
def _keyword_specific_position(text: Text, keyword: str, n: int, m: int) -> Outcome:
    parts = sentences(text.raw)
    words = tokens(parts[n - 1]) if len(parts) >= n else []
    return said(len(words) >= m and words[m - 1] == keyword.strip())


@constraint("keywords:start_end", compat=READING)
def _start_end(text: Text) -> Outcome:
    found = [token.lower() for token in tokens(text.raw)]
    return said(len(found) > 1 and found[0] == found[-1])


def _bare(text: str) -> str:
    return text.strip().lower()


def _unmarked(word: str) -> str:
    return re.sub(r"[^\w\s]", "", word).lower()


def _count(keyword: str, text: Text) -> int:
    return sum(1 for _ in pattern(keyword.strip()).finditer(text.raw))


def _spans(text: str, start: str, end: str) -> list[str]:
    """The shortest stretches of one line from a text to another, in linear time; neither is a pattern here."""
    found, at = list[str](), 0
    while (first := text.find(start, at)) >= 0:
        line = text.find("\n", first)
        last = text.find(end, first + len(start), line if line >= 0 else len(text))
        at = last + len(end) if last >= 0 else first + 1
        if last >= 0:
            found.append(text[first:at])
    return found
