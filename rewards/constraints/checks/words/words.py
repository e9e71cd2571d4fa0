"""Checks on how words are spelt and how they follow each other: first letters, lengths, syllables, repetitions."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import alias, constraint
from rlvr.rewards.constraints.checks.text_views import code, folded, words_by_sentence
from rlvr.rewards.languages.letters import ALPHABETS, clustered, clusters, initial, length, tells_vowels
from rlvr.rewards.languages.letters import vowels as vowels_of
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.segments.syllables import syllables as syllables_of
from rlvr.rewards.languages.segments.verbs import begins_with_verb

PREFIXES: Final = ("words:",)


@constraint("words:alphabet", "Begin each word with the next letter of the alphabet, and after its last start again.")
def alphabet(text: Text) -> Outcome:
    """Each word begins with the letter after that of the word before, accents aside."""
    letters = ALPHABETS.get(code(text))
    if letters is None:
        return Outcome(None, f"no alphabet of {text.language} is known")
    first = [initial(word) for word in text.words]
    if len(first) < 2 or first[0] not in letters:
        return Outcome(False, f"{len(first)} words, {first[:1]} first")
    start = letters.index(first[0])
    wrong = next((at for at, one in enumerate(first) if one != letters[(start + at) % len(letters)]), None)
    return Outcome(wrong is None, "in order" if wrong is None else f"{text.words[wrong]!r} is out of order")


@constraint("words:vowel", "Write one paragraph of words that hold no more than three different vowels.")
def vowel(text: Text) -> Outcome:
    """One paragraph, three different vowels at most, accents aside; lines may wrap."""
    if not tells_vowels(text.language):
        return Outcome(None, f"{text.language} is not written with vowels as letters")
    found = sorted(vowels_of(text.text))
    parts = len(text.paragraphs)
    return Outcome(parts == 1 and 0 < len(found) <= 3, f"{parts} paragraphs; the vowels {' '.join(found)}")


@constraint("words:consonants", "Let each word hold two consonants that stand together.")
def consonants(text: Text) -> Outcome:
    """Each word with letters has two consonants in a row."""
    if not tells_vowels(text.language):
        return Outcome(None, f"{text.language} is not written with vowels as letters")
    words = [word for word in text.words if any(map(str.isalpha, word))]
    wrong = next((word for word in words if not clustered(word)), None)
    if not words:
        return Outcome(False, "no words")
    return Outcome(wrong is None, "each word has them" if wrong is None else f"{wrong!r} has none")


@constraint("words:palindrome", "Use at least ten palindromes, each one word of five characters or more.")
def palindrome(text: Text) -> Outcome:
    """Ten different words of five characters or more that read the same backwards."""
    split = {word: clusters(word) for word in set(folded(text))}
    found = [word for word, parts in split.items() if len(parts) >= 5 and parts == parts[::-1] and len(set(parts)) > 1]
    return Outcome(len(found) >= 10, f"{len(found)} palindromes: {', '.join(sorted(found)[:10])}")


@constraint("words:prime_lengths", "Use only words whose number of letters is a prime.")
def prime_lengths(text: Text) -> Outcome:
    """Each word has a prime number of letters and digits."""
    wrong = next((word for word in text.words if not _prime(length(word))), None)
    if not text.words:
        return Outcome(False, "no words")
    return Outcome(
        wrong is None, "all lengths are prime" if wrong is None else f"{wrong!r} has {length(wrong)} letters"
    )


@constraint("words:repeats", "Use no word more than {small_n} times.")
def repeats(text: Text, small_n: int) -> Outcome:
    """No word occurs more often, whatever its case."""
    if not text.words:
        return Outcome(False, "no words")
    word, times = Counter(folded(text)).most_common(1)[0]
    return Outcome(times <= small_n, f"{word!r} {times} times, {small_n} at most wanted")


@constraint("words:no_consecutive", "Let no two words in a row begin with the same letter.")
def no_consecutive(text: Text) -> Outcome:
    """Neighbouring words begin with different letters, accents aside."""
    if len(text.words) < 2:
        return Outcome(False, f"{len(text.words)} words")
    same = next(((a, b) for a, b in pairwise(text.words) if initial(a) == initial(b)), None)
    return Outcome(same is None, f"{' '.join(same)!r} begin alike" if same else "no two begin alike")


@constraint("words:start_verb", "Begin the answer with a verb.")
def start_verb(text: Text) -> Outcome:
    """The first word can be a verb, and what follows does not make it a noun; English alone has the lexicon."""
    if code(text) != "en":
        return Outcome(None, f"no lexicon of verbs in {text.language}")
    words = Text(text.text[:400], text.language).words[:3]
    return Outcome(begins_with_verb(words), f"it begins with {' '.join(words[:1])!r}")


@constraint("words:odd_even_syllables", "Alternate words of an odd and of an even number of syllables.")
def odd_even_syllables(text: Text) -> Outcome:
    """Neighbouring words differ in whether their syllables are odd; no opinion where the script does not tell them."""
    if len(text.words) < 2:
        return Outcome(False, f"{len(text.words)} words")
    counts = [syllables_of(word, text.language) for word in text.words]
    if counts.count(None) > 0.2 * len(counts):
        return Outcome(None, f"the syllables of {text.language} are not told by its script")
    wrong = next((at for at, (a, b) in enumerate(pairwise(counts)) if a and b and a % 2 == b % 2), None)
    pair = " ".join(text.words[wrong : wrong + 2]) if wrong is not None else ""
    return Outcome(wrong is None, f"{pair!r} are both odd or even" if pair else "they alternate")


def _prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


@constraint("words:last_first", "Begin each sentence with the last word of the one before.")
def last_first(text: Text) -> Outcome:
    """Two sentences or more, each begun by the last word of the one before."""
    words = words_by_sentence(text)
    wrong = next((b[0] for a, b in pairwise(words) if a[-1].casefold() != b[0].casefold()), None)
    if len(words) < 2:
        return Outcome(False, f"{len(words)} sentences")
    return Outcome(wrong is None, "each takes up the last word" if wrong is None else f"{wrong!r} is no last word")


@constraint("words:paragraph_last_first", "End each paragraph with the word it begins with; a line is a paragraph.")
def paragraph_last_first(text: Text) -> Outcome:
    """Each line with words begins and ends with the same one, and has more."""
    lines = [folded(Text(line, text.language)) for line in text.text.split("\n")]
    words = [line for line in lines if line]
    wrong = next((line for line in words if len(line) < 3 or line[0] != line[-1]), None)
    if not words:
        return Outcome(False, "no words")
    return Outcome(wrong is None, "each does" if wrong is None else f"{wrong[0]!r} first, {wrong[-1]!r} last")


alias("words:keywords_specific_position", "keywords:keyword_specific_position")


@constraint("words:words_position", "Make {keyword} the second word and the last but one.")
def words_position(text: Text, keyword: str) -> Outcome:
    """The second word and the last but one are the keyword; punctuation is no word."""
    words, wanted = folded(text), keyword.strip().casefold()
    if len(words) < 3:
        return Outcome(False, f"{len(words)} words")
    return Outcome(words[1] == words[-2] == wanted, f"second {words[1]!r}, last but one {words[-2]!r}")
