# ruff: noqa: RUF001 - vowels of many alphabets are the subject
"""The gate of chat: what says nothing earns nothing, whatever constraints it happens to meet.

`the` follows a seventh of IFEval's prompts and a third of IFBench's. An answer needs words enough, different ones, in
some language, and not mostly the prompt's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from rlvr.rewards.constraints.request import Asked
from rlvr.rewards.languages.function_words import stop_words
from rlvr.rewards.languages.identification import follows, identify
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text
from rlvr.sample import is_list

_LEAST, _FOREIGN, _FEWEST, _COPIED, _VARIED = 12, 5, 3, 0.6, 0.05
_ENOUGH, _ALPHABET, _SMALL_WORDS, _TAKEN_UP, _MOST_FREQUENT = 40, 8, 0.2, 2, 0.2
_MIXED = frozenset(("count:words_japanese",))
_APART = frozenset(("en", "es", "fr", "de", "it", "pt", "nl"))  # their small words stand apart, never as endings
_WITHOUT_MARKS = frozenset(("punctuation:punctuation_dot", "format:no_whitespace", "format:newline"))
_UNMARKED = frozenset(("th", "lo", "km", "my", "ar", "fa", "ur"))
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,80}>")
_SENTENCE_END = re.compile(r"(?<!\d)[.!?…。！？।؟۔։።][\"'”’»)\]*_]{0,9}(?:\s|\Z)|[。！？]")
_VOWELS = frozenset("aeiouyæøœıəwʻ")
_OF_THE_TASK = frozenset(
    (
        *("answer", "response", "reply", "write", "words", "word", "letter", "letters", "sentence", "sentences"),
        *("correct", "solution", "reference", "student", "paragraph", "paragraphs", "contain", "include", "should"),
        *("with", "your", "that", "this", "must", "have", "from", "about", "score", "think", "step", "unknown"),
    )
)


def empty_of_content(text: Text, prompt: str, asked: Sequence[Asked]) -> str | None:
    """Why an answer is none, or `None`.

    >>> empty_of_content(Text("the"), "Write a poem.", [])
    '1 different words: too few, unless they take up the question'
    """
    text = _without_repeated(text, asked)
    text = Text(_TAG.sub(" ", text.text), text.language) if "<" in text.text else text
    words = [word.casefold() for word in text.words if any(map(str.isalpha, word)) and not set(word) & set("_:")]
    given = _given(asked, text.language)
    if any(one.constraint.brief for one in asked):
        return None if any(map(str.isalnum, text.text)) else "no words"
    if any(one.constraint.id == "format:no_whitespace" for one in asked):
        return None if _unspaced(text.text) else "too few letters for an answer without white space"
    least = min([_LEAST, *(_limit(one, prompt) for one in asked)])
    different = len(set(words) - given)
    if different < least and not (different >= _FEWEST and _on_topic(words, prompt, given)):
        return f"{different} different words: too few, unless they take up the question"
    if different < _VARIED * min(len(words), 4000):
        return f"{different} different words in {len(words)}: it repeats itself"
    if _one_word_over_and_over(words, given, text.language):
        return "it repeats one word"
    if len(words) < _ENOUGH and not _phrased(text, asked):
        return "words that form no sentence"
    if not _readable(words) or not _lettered(text.text) or (different >= _LEAST and _unknown(text, asked)):
        return "it is in no language that could be told"
    return _copied(words, Text(prompt, text.language))


def _given(asked: Sequence[Asked], language: str) -> set[str]:
    """The words that the constraints themselves hand out."""
    texts = list[str]()
    for one in asked:
        for name, value in one.arguments.items():
            if name == "prompt_to_repeat":
                continue
            texts += [str(item) for item in (value if is_list(value) else [value])]
    return {word.casefold() for word in Text("\n".join(texts), language).words}


def _readable(words: Sequence[str]) -> bool:
    """Whether words of an alphabet look like such: few of one or two letters, most of the Latin ones with a vowel."""
    spelt = [unicodedata.normalize("NFD", word) for word in words if not unsegmented(word[0])]
    if len(spelt) < _FEWEST:
        return True
    good = sum(len(word) > 1 and (word[0] > "\u024f" or bool(set(word) & _VOWELS)) for word in spelt)
    single, long = sum(len(word) == 1 for word in spelt), sum(len(word) > 2 for word in spelt)
    return good >= 0.5 * len(spelt) and single <= 0.25 * len(spelt) and long >= 0.6 * (len(spelt) - single)


def _unspaced(text: str) -> bool:
    """Whether there are letters for some words, with vowels among them where the script has some."""
    letters = [letter.casefold() for letter in text if letter.isalpha()]
    latin = [letter for letter in letters if letter.isascii()]
    vowels = sum(letter in _VOWELS for letter in latin)
    return len(letters) >= 2 * _LEAST and len(set(letters)) >= _ALPHABET and vowels >= 0.25 * len(latin)


def _one_word_over_and_over(words: Sequence[str], given: set[str], language: str) -> bool:
    counts = Counter(word for word in words[:4000] if word not in given)
    for word in stop_words(language):
        del counts[word]
    return len(words) >= _ENOUGH / 2 and max(counts.values(), default=0) > _MOST_FREQUENT * len(words[:4000])


def _phrased(text: Text, asked: Sequence[Asked]) -> bool:
    """Whether something in a short text ends like a sentence, or two lines are long enough for verses."""
    if text.language in _UNMARKED or any(one.constraint.id in _WITHOUT_MARKS for one in asked):
        return True
    verses = sum(len(line.split()) > 2 for line in text.text.split("\n"))
    return verses > 1 or _SENTENCE_END.search(text.text) is not None


def _lettered(text: str) -> bool:
    """Whether letters are many enough and scripts apart, as in texts that somebody writes."""
    letters = Counter(letter for letter in text[:4000] if letter.isalpha())
    if letters.total() >= _ENOUGH and len(letters) < _ALPHABET:
        return False
    words = [word for word in text[:4000].split() if len(word) > 1]
    mixed = sum("\u0590" <= min(word) <= "\u05ff" and max(word) > "\u0600" for word in words)
    return mixed <= 0.2 * len(words)


def _unknown(text: Text, asked: Sequence[Asked]) -> bool:
    # Formulas and code hide a language that its small words still tell, and so do words of another one asked for. Of
    # a short text both have to tell it.
    if any(one.constraint.id in _MIXED for one in asked):
        return False
    language = identify(text.text)
    words = [word.casefold() for word in text.words if (len(word) > 1 or unsegmented(word)) and not word.isnumeric()]
    small = stop_words(language or text.language)
    share = sum(word in small for word in words) / len(words) if words else 0.0
    if len(words) < _ENOUGH:
        return language is None or (language == text.language and language in _APART and share < _SMALL_WORDS / 4)
    return language is None and share < _SMALL_WORDS


def _on_topic(words: list[str], prompt: str, given: set[str]) -> bool:
    # Stems of five letters: an answer on forests may speak of a forest.
    said = {word.casefold() for word in Text(prompt).words} - given
    asked = {word[:5] for word in said if _says_something(word)}
    own = {word[:5] for word in words if _says_something(word)}
    return len(own & asked) >= min(_TAKEN_UP, len(asked)) > 0 and bool(own - asked)


def _says_something(word: str) -> bool:
    return (len(word) > 3 or not word.isascii()) and word not in _OF_THE_TASK


def _copied(words: list[str], prompt: Text) -> str | None:
    # Runs of three, so that an answer may use the words of the question.
    own = {tuple(run) for run in _runs([word.casefold() for word in prompt.words])}
    runs = list(_runs(words))
    share = sum(run in own for run in runs) / len(runs) if runs else 0.0
    if len(words) < _LEAST:
        known = {word.casefold() for word in prompt.words}
        telling = [word for word in words if _says_something(word)] or words
        share = sum(word in known for word in telling) / len(telling)
    return f"{share:.0%} of it is the prompt's" if share >= _COPIED else None


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return list(zip(words, words[1:], words[2:], strict=False))


def _limit(one: Asked, prompt: str) -> int:
    if one.constraint.id == "length_constraints:number_words" and one.arguments["relation"] == "less than":
        return max(1, one.arguments["num_words"] // 2)
    # In another language than the prompt's an answer cannot take up its words.
    foreign = one.constraint.id == "language:response_language" and not follows(prompt, one.arguments["language"])[0]
    return _FOREIGN if foreign else _LEAST


def _without_repeated(text: Text, asked: Sequence[Asked]) -> Text:
    for one in asked:
        repeated = one.arguments.get("prompt_to_repeat", "")
        if repeated and text.text.casefold().startswith(str(repeated).strip().casefold()):
            return Text(text.text[len(str(repeated).strip()) :], text.language)
    return text
