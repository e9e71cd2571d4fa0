# ruff: noqa: N803 - arguments have their published names
r"""IFBench's checks on counts and words as its own program reads them: `compat="ifbench"`.

The reading of the paper (Pyatkin et al. 2025, arXiv:2507.02833) and of its recorded verdicts. ASCII punctuation is
taken away, what white space parts is a word, and what holds none of what is asked about has followed.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Collection, Sequence, Set
from itertools import pairwise
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.words.person_names import NAMES
from rlvr.rewards.constraints.published.ifeval import said
from rlvr.rewards.constraints.published.punkt import sentences, tokens
from rlvr.rewards.languages.function_words import ENGLISH_STOP_WORDS
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.segments.syllables import english_syllables
from rlvr.rewards.languages.segments.verbs import begins_with_verb

READING: Final = "ifbench"
_STRIPPED = string.punctuation + " "
_UNMARKED = str.maketrans("", "", string.punctuation)
_CONJUNCTIONS = frozenset(("and", "but", "for", "nor", "or", "so", "yet"))
_PERSONAL = (
    "i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers"
    " herself it its itself they them their theirs themselves"
)
_PRONOUNS = frozenset(_PERSONAL.split())
_PRIMES = frozenset(n for n in range(2, 98) if all(n % k for k in range(2, n)))


def unmarked(text: str) -> str:
    """A text without ASCII punctuation.

    >>> unmarked("a-b, c!")
    'ab c'
    """
    return text.translate(_UNMARKED)


@constraint("count:word_count_range", compat=READING)
def _word_count_range(text: Text, min_words: int, max_words: int) -> Outcome:
    found = len(re.findall(r"\w+", text.raw))
    return said(min_words <= found <= max_words, f"{found} words")


@constraint("count:unique_word_count", compat=READING)
def _unique_word_count(text: Text, N: int) -> Outcome:
    found = len({word.strip(_STRIPPED) for word in text.raw.lower().split()})
    return said(found >= N, f"{found} different words")


@constraint("count:conjunctions", compat=READING)
def _conjunctions(text: Text, small_n: int) -> Outcome:
    return said(len({w for w in text.raw.split() if w.strip(_STRIPPED).lower() in _CONJUNCTIONS}) >= small_n)


@constraint("count:person_names", compat=READING)
def _person_names(text: Text, N: int) -> Outcome:
    found = NAMES & set(re.findall(r"\w+", text.raw))
    return said(len(found) >= N, f"{len(found)} names")


@constraint("count:numbers", compat=READING)
def _numbers(text: Text, N: int) -> Outcome:
    found = len(re.findall(r"\d+", unmarked(text.raw)))
    return said(found == N, f"{found} numbers")


@constraint("count:punctuation", compat=READING)
def _punctuation(text: Text) -> Outcome:
    value = text.raw
    if not any(mark in value for mark in ("!?", "?!", "‽")):
        return said(False)
    rest = value.replace("?!" if "?!" in value else "!?", "", 1)
    return said(set(".,!?;:") <= set(rest))


@constraint("count:words_japanese", compat=READING)
def _words_japanese(text: Text, N: int) -> Outcome:
    words = [word.strip(_STRIPPED) for word in text.raw.split()[N - 1 :: N]]
    return said(all(re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", w) for w in words if w and not w.isdigit()))


@constraint("count:pronouns", compat=READING)
def _pronouns(text: Text, N: int) -> Outcome:
    return judge_pronouns(text, N, _PRONOUNS)


def judge_pronouns(text: Text, least: int, pronouns: Collection[str]) -> Outcome:
    """At least so many of the words that a reading takes for pronouns."""
    found = sum(token in pronouns for token in tokens(text.raw.replace("/", " ").lower()))
    return said(found >= least, f"{found} pronouns")


@constraint("count:keywords_multiple", compat=READING)
def _keywords_multiple(
    text: Text, keyword1: str, keyword2: str, keyword3: str, keyword4: str, keyword5: str
) -> Outcome:
    return judge_keyword_counts(text, (keyword1, keyword2, keyword3, keyword4, keyword5), str.count)


def judge_keyword_counts(text: Text, keywords: Sequence[str], count: Callable[[str, str], int]) -> Outcome:
    """Five keywords 1, 2, 3, 5 and 7 times, as `count(text, keyword)` of a reading counts them, in small letters."""
    flat = text.raw.lower()
    wanted = zip(keywords, (1, 2, 3, 5, 7), strict=True)
    return said(all(count(flat, word.strip().lower()) == times for word, times in wanted))


@constraint("ratio:stop_words", compat=READING)
def _stop_words(text: Text, percentage: int) -> Outcome:
    words = re.findall(r"\w+", text.raw)
    stopped = sum(word.lower() in ENGLISH_STOP_WORDS for word in words)
    return said(words and stopped / len(words) * 100 <= percentage, f"{stopped} of {len(words)} words")


@constraint("ratio:overlap", compat=READING)
def _overlap(text: Text, reference_text: str, percentage: int) -> Outcome:
    return judge_overlap(_trigrams(text.raw), _trigrams(reference_text), percentage, "letters")


def judge_overlap(own: Set[object], theirs: Set[object], percentage: int, unit: str) -> Outcome:
    """The share of an answer's runs of three that a reference has too, to two points."""
    share = 100 * (len(own & theirs) / len(own)) if own else -100.0
    return said(percentage - 2 <= share <= percentage + 2, f"{share:.0f} % of the runs of three {unit}")


@constraint("words:alphabet", compat=READING)
def _alphabet(text: Text) -> Outcome:
    words = [word.lower() for word in unmarked(text.raw).split()]
    if not words or words[0][0] not in string.ascii_lowercase:
        return said(False)
    start = ord(words[0][0]) - 97
    return said(all(word[0] == chr(97 + (start + at) % 26) for at, word in enumerate(words)))


@constraint("words:vowel", compat=READING)
def _vowel(text: Text) -> Outcome:
    value = text.raw.strip().lower()
    return said("\n" not in value and len(set(value) & set("aeiou")) <= 3)


@constraint("words:consonants", compat=READING)
def _consonants(text: Text) -> Outcome:
    pair = re.compile(r"[bcdfghjklmnpqrstvwxyz]{2}")
    return said(all(pair.search(word) for word in text.raw.lower().split()))


@constraint("words:palindrome", compat=READING)
def _palindrome(text: Text) -> Outcome:
    words = unmarked(text.raw).lower().split()
    return said(sum(len(word) >= 5 and word == word[::-1] for word in words) >= 10)


@constraint("words:prime_lengths", compat=READING)
def _prime_lengths(text: Text) -> Outcome:
    return said(all(len(word) in _PRIMES for word in unmarked(text.raw).split()))


@constraint("words:repeats", compat=READING)
def _repeats(text: Text, small_n: int) -> Outcome:
    return said(max(Counter(unmarked(text.raw.lower()).split()).values(), default=0) <= small_n)


@constraint("words:no_consecutive", compat=READING)
def _no_consecutive(text: Text) -> Outcome:
    words = unmarked(text.raw.lower()).split()
    return said(all(left[0] != right[0] for left, right in pairwise(words)))


@constraint("words:start_verb", compat=READING)
def _start_verb(text: Text) -> Outcome:
    return said(begins_with_verb(tokens(text.raw[:400])[:4]))


@constraint("words:odd_even_syllables", compat=READING)
def _odd_even_syllables(text: Text) -> Outcome:
    parities = [english_syllables(word) % 2 for word in unmarked(text.raw).lower().split()]
    return said(all(left != right for left, right in pairwise(parities)))


@constraint("words:keywords_specific_position", compat=READING)
def _keywords_specific_position(text: Text, keyword: str, n: int, m: int) -> Outcome:
    parts = sentences(text.raw)
    words = tokens(parts[n - 1]) if 0 < n <= len(parts) else []
    return said(0 < m <= len(words) and words[m - 1].lower() == keyword.strip().lower())


@constraint("words:words_position", compat=READING)
def _words_position(text: Text, keyword: str) -> Outcome:
    words = [word.lower() for word in tokens(text.raw)]
    return said(len(words) > 1 and words[1] == words[-2] == keyword.strip().lower())


def _trigrams(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}
