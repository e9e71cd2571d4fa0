"""Checks on where words stand: first or last in the answer, in each sentence, at a place that is counted."""

from __future__ import annotations

import re

from rlvr.rewards.constraints.answer import Outcome
from rlvr.rewards.constraints.catalogue import constraint
from rlvr.rewards.constraints.checks.layout.lengths import divided, number_paragraphs
from rlvr.rewards.languages.literals import begins, ends
from rlvr.rewards.languages.measures import Text


@constraint("first_word:first_word_sent", "Begin every sentence with the word {first_word}.")
def first_word_sent(text: Text, first_word: str) -> Outcome:
    """Each sentence begins with the word."""
    wrong = [one for one in text.sentences if not begins(Text(one, text.language), first_word)]
    return _all_sentences(text, wrong, f"begin with {first_word!r}")


@constraint("first_word:first_word_answer", "Begin the answer with the word {first_word}.")
def first_word_answer(text: Text, first_word: str) -> Outcome:
    """The answer begins with the word."""
    followed = begins(text, first_word)
    return Outcome(followed, f"it begins with {first_word!r}" if followed else f"it begins with {text.text[:20]!r}")


@constraint("last_word:last_word_sent", "End every sentence with the word {last_word}.")
def last_word_sent(text: Text, last_word: str) -> Outcome:
    """Each sentence ends with the word, before its punctuation."""
    wrong = [one for one in text.sentences if not ends(Text(one, text.language), last_word)]
    return _all_sentences(text, wrong, f"end with {last_word!r}")


@constraint("last_word:last_word_answer", "End the answer with the word {last_word}.")
def last_word_answer(text: Text, last_word: str) -> Outcome:
    """The answer ends with the word, before punctuation."""
    followed = ends(text, last_word)
    return Outcome(followed, f"it ends with {last_word!r}" if followed else f"it ends with {text.text[-20:]!r}")


@constraint(
    "keywords:start_end",
    "Begin and end the answer with the same word, and write nothing after the last word, not even punctuation.",
)
def start_end(text: Text) -> Outcome:
    """The first word is the last one too, and nothing follows it."""
    words = text.words
    if len(words) < 2:
        return Outcome(False, f"{len(words)} words, two wanted")
    followed = words[0].casefold() == words[-1].casefold() and text.text.endswith(words[-1])
    return Outcome(followed, f"{words[0]!r} begins it, {text.text[-len(words[-1]) - 1 :]!r} ends it")


@constraint("keywords:keyword_specific_position", "Make {keyword} word {m} of sentence {n}.")
def keyword_specific_position(text: Text, keyword: str, n: int, m: int) -> Outcome:
    """The keyword is that word of that sentence, both counted from 1."""
    if not 1 <= n <= len(text.sentences):
        return Outcome(False, f"{len(text.sentences)} sentences, {n} wanted")
    words = [word.casefold() for word in Text(text.sentences[n - 1], text.language).words]
    wanted = [word.casefold() for word in Text(keyword, text.language).words]
    there = words[max(m - 1, 0) : m - 1 + len(wanted)]
    return Outcome(bool(wanted) and there == wanted, f"word {m} of sentence {n} is {' '.join(there)!r}")


@constraint("paragraphs:paragraphs", "Write two paragraphs with a line *** between them.")
def paragraphs(text: Text) -> Outcome:
    """Two paragraphs, three asterisks between."""
    return number_paragraphs(text, 2)


@constraint("paragraphs:paragraphs2", "Write two paragraphs with a blank line between them and none elsewhere.")
def paragraphs2(text: Text) -> Outcome:
    """Two paragraphs, a blank line between."""
    found = len(text.paragraphs)
    return Outcome(found == 2, f"{found} paragraphs, 2 wanted")


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


def _all_sentences(text: Text, wrong: list[str], what: str) -> Outcome:
    if not text.sentences:
        return Outcome(False, "no sentences")
    return Outcome(not wrong, f"not all sentences {what}: {wrong[0][:60]!r}" if wrong else f"all sentences {what}")
