# ruff: noqa: N803, RUF001 - arguments have their published names; marks of other scripts are the subject
"""Checks on how many: words, letters, conjunctions, pronouns, names, numbers, marks, keywords."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import Relation, alias, constraint
from rlvr.rewards.constraints.checks.outcomes import compared
from rlvr.rewards.constraints.checks.text_views import code, divided, folded
from rlvr.rewards.constraints.checks.words.person_names import NAMES
from rlvr.rewards.languages.function_words import CONJUNCTIONS, PRONOUNS
from rlvr.rewards.languages.literals import occurrences
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.segments.pronouns import MORE_PRONOUNS
from rlvr.rewards.languages.segments.written_numbers import written_numbers

PREFIXES: Final = ("count:", "letters:")
_MARKS = {
    "a full stop": ".。．।॥۔።",
    "a comma": ",，、،",
    "an exclamation mark": "!！",
    "a question mark": "?？؟፧",
    "a semicolon": ";；؛·፤",
    "a colon": ":：፥",
}
_INTERROBANG = re.compile(r"[?？؟][!！]|[!！][?？؟]|‽|⁉|⁈")
_KANA, _HAN = re.compile(r"[\u3041-\u30ff]"), re.compile(r"[\u3400-\u9fff]")


@constraint("count:word_count_range", "Write {min_words} to {max_words} words.")
def word_count_range(text: Text, min_words: int, max_words: int) -> Outcome:
    """So many words of the declared language."""
    found = len(text.words)
    return Outcome(min_words <= found <= max_words, f"{found} words, {min_words} to {max_words} wanted")


@constraint("count:unique_word_count", "Use at least {N} different words.")
def unique_word_count(text: Text, N: int) -> Outcome:
    """At least so many words, whatever their case, each counted once."""
    found = len(set(folded(text)))
    return Outcome(found >= N, f"{found} different words, at least {N} wanted")


@constraint("count:conjunctions", "Use at least {small_n} different coordinating conjunctions.")
def conjunctions(text: Text, small_n: int) -> Outcome:
    """At least so many coordinating conjunctions of the declared language, each counted once."""
    known = CONJUNCTIONS.get(code(text))
    if known is None:
        return Outcome(None, f"the conjunctions of {text.language} are not known")
    found = known & set(folded(text))
    if code(text) == "ar" and re.search(r"(?<!\w)و(?:\s|ال)", text.text):
        found |= {"و"}
    return Outcome(len(found) >= small_n, f"{', '.join(sorted(found)) or 'none'}; at least {small_n} wanted")


@constraint(
    "count:person_names",
    f"Mention at least {{N}} different persons, by names from this list: {', '.join(sorted(NAMES))}.",
)
def person_names(text: Text, N: int) -> Outcome:
    """At least so many of the names, with a capital."""
    written = {word for word in re.findall(r"[A-Z][a-z]+", text.text)}
    found = {name for name in NAMES & written if occurrences(text, name)}
    return Outcome(len(found) >= N, f"{len(found)} names, at least {N} wanted")


@constraint("count:numbers", "Use exactly {N} numbers, written in digits.")
def numbers(text: Text, N: int) -> Outcome:
    """Exactly so many numbers in digits of any script; groups and decimals belong to theirs."""
    found = len(written_numbers(text.text, text.language))
    return Outcome(found == N, f"{found} numbers, {N} wanted")


@constraint("count:punctuation", "Use every punctuation mark once or more: . , ! ? ; : and the interrobang ?!")
def punctuation(text: Text) -> Outcome:
    """Each mark or what stands for it in the script, beside an interrobang; within numbers they do not count."""
    interrobang = _INTERROBANG.search(text.text)
    rest = re.sub(r"(?<=\d)[.,:٫٬](?=\d)", "", _INTERROBANG.sub("", text.text, count=1))
    # What looks like a semicolon asks in Greek.
    greek = {"a question mark": ";", "a semicolon": "·"} if code(text) == "el" else {}
    missing = [name for name, marks in {**_MARKS, **greek}.items() if not set(marks) & set(rest)]
    missing += [] if interrobang else ["an interrobang"]
    return Outcome(not missing, f"missing: {', '.join(missing)}" if missing else "all marks are there")


@constraint("count:words_japanese", "Write every {N}th word in Japanese.")
def words_japanese(text: Text, N: int) -> Outcome:
    """Every so manieth word, parted by white space, is in Japanese; one of them has kana, for Chinese has none."""
    words = [word for word in text.text.split() if any(map(str.isalnum, word))]
    chosen = words[N - 1 :: N]
    wrong = next((word for word in chosen if not _japanese(word)), None)
    if not chosen or wrong is not None:
        return Outcome(False, f"not Japanese: {wrong!r}" if chosen else f"{len(words)} words, {N} at least")
    return Outcome(any(map(_KANA.search, chosen)), f"{len(chosen)} words in Japanese or Chinese letters")


@constraint("count:pronouns", "Use at least {N} pronouns.")
def pronouns(text: Text, N: int) -> Outcome:
    """At least so many pronouns of the declared language, contracted ones too."""
    known = PRONOUNS.get(code(text)) or MORE_PRONOUNS.get(code(text))
    if known is None:
        return Outcome(None, f"the pronouns of {text.language} are not known")
    found = sum(word in known or re.split(r"['’]", word)[0] in known for word in folded(text))
    return Outcome(found >= N, f"{found} pronouns, at least {N} wanted")


@constraint(
    "count:keywords_multiple",
    "Use the word {keyword1} once, {keyword2} twice, {keyword3} three times, {keyword4} five times and {keyword5} seven"
    " times.",
)
def keywords_multiple(text: Text, keyword1: str, keyword2: str, keyword3: str, keyword4: str, keyword5: str) -> Outcome:
    """The keywords occur once, twice, three, five and seven times."""
    keywords = (keyword1, keyword2, keyword3, keyword4, keyword5)
    found = tuple(occurrences(text, keyword) for keyword in keywords)
    return Outcome(found == (1, 2, 3, 5, 7), f"{', '.join(map(str, found))} times; 1, 2, 3, 5, 7 wanted")


def _japanese(word: str) -> bool:
    han = "".join(_HAN.findall(unicodedata.normalize("NFC", word)))
    try:
        han.encode("euc_jp")
    except UnicodeEncodeError:
        return False
    return bool(han or _KANA.search(word))


@constraint("count:count_increment_word", "Use the word {keyword1} once and the word {keyword2} twice.")
def count_increment_word(text: Text, keyword1: str, keyword2: str) -> Outcome:
    """One keyword occurs once, the other twice."""
    once, twice = occurrences(text, keyword1), occurrences(text, keyword2)
    return Outcome((once, twice) == (1, 2), f"{keyword1!r} {once} times, {keyword2!r} {twice} times")


@constraint("count:lowercase_counting", "Use at most {N} words in small letters.")
def lowercase_counting(text: Text, N: int) -> Outcome:
    """At most so many words of two letters or more in small letters alone."""
    if text.caseless:
        return Outcome(None, f"{text.language} is written without capital letters")
    found = sum(word.islower() and sum(map(str.isalpha, word)) > 1 for word in text.words)
    return Outcome(found <= N, f"{found} words in small letters, at most {N} wanted")


@constraint("count:count_unique", "Use no word twice.")
def count_unique(text: Text) -> Outcome:
    """No word comes again, whatever its case."""
    counts = Counter(word.casefold() for word in text.words)
    again = [word for word, count in counts.items() if count > 1]
    return Outcome(bool(counts) and not again, f"again: {', '.join(again[:5])}" if again else "no word comes again")


@constraint(
    "count:counting_composition",
    "Write three paragraphs with a line * * * between them, each of exactly {n_sent} sentences of exactly {n_words}"
    " words.",
)
def counting_composition(text: Text, n_sent: int, n_words: int) -> Outcome:
    """Three paragraphs of so many sentences of so many words each; punctuation is no word."""
    parts = [Text(re.sub(r"\A[#>*\s]+", "", part), text.language) for part in divided(text)]
    counts = [[len(Text(one, text.language).words) for one in part.sentences] for part in parts]
    return Outcome(counts == [[n_words] * n_sent] * 3, f"words by sentence and paragraph: {counts}"[:200])


@constraint("letters:letter_counting", "Write {relation} {N} letters.")
def letter_counting(text: Text, N: int, relation: Relation) -> Outcome:
    """So many letters, of whatever script."""
    return compared(sum(map(str.isalpha, text.text)), relation, N, "letters")


alias("letters:letter_counting2", "keywords:letter_frequency")
