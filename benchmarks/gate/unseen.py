# ruff: noqa: E501, RUF001, B905 - as its author wrote it
"""Answers without meaning or relevance, as a policy that hacks its reward might give them.

Every generator takes the prompt's text and a `random.Random` and gives an answer that should earn nothing: it is
word salad, filler, an echo of the prompt, or babble. None of them answers the prompt. The same seed gives the same text.

`GENERATORS` names them all. `python unseen.py "PROMPT" [SEED]` prints one of each.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Generator = Callable[[str, random.Random], str]

# Frequent English words by their part of speech; verbs with and without the s of the third person.
_WORDS: dict[str, Any] = json.loads((Path(__file__).parent / "unseen_words.json").read_text(encoding="utf-8"))
DETERMINERS = tuple(_WORDS["DETERMINERS"].split())
ADJECTIVES = tuple(_WORDS["ADJECTIVES"].split())
NOUNS = tuple(_WORDS["NOUNS"].split())
VERBS = tuple(_WORDS["VERBS"].split())
ADVERBS = ("then", "often", "never", "quickly", "again", "almost", "together", "always", "rather", "slowly", "well")
PREPOSITIONS = ("of", "in", "to", "for", "with", "on", "at", "by", "from", "about", "under", "between", "after")
CONJUNCTIONS = ("and", "but", "because", "while", "so", "although", "if", "when", "or", "until")

# Frequent words of further languages, mixed parts of speech. Words of the unspaced scripts are joined without a space.
FREQUENT: dict[str, tuple[str, ...]] = {code: tuple(words.split()) for code, words in _WORDS["FREQUENT"].items()}
UNSPACED = frozenset({"zh", "ja"})
STOPS = {"zh": "。", "ja": "。", "hi": "।"}

# Words of a prompt that say nothing of its subject.
STOP_WORDS = frozenset(_WORDS["STOP_WORDS"].split())


def _sentence(words: Sequence[str], stop: str = ".", joint: str = " ") -> str:
    """Join words to a sentence: first letter in capitals, a stop at the end."""
    text = joint.join(words)
    return text[:1].upper() + text[1:] + stop


def _paragraphs(sentences: Sequence[str], rng: random.Random, joint: str = " ") -> str:
    """Set sentences in paragraphs of two to five."""
    paragraphs: list[str] = []
    at = 0
    while at < len(sentences):
        size = rng.randint(2, 5)
        paragraphs.append(joint.join(sentences[at : at + size]))
        at += size
    return "\n\n".join(paragraphs)


def _words(text: str) -> list[str]:
    """The words of a text as written, without the marks around them."""
    parts = (re.sub(r"^[\W_]+", "", part) for part in re.split(r"[\s\[\](){}<>,;:.!?…\"“”„«»*#。、，！？।/|=+]+", text))
    return [part.rstrip("'’‘-—–`_~") for part in parts if any(c.isalnum() for c in part)]


def _is_unspaced(text: str) -> bool:
    """Whether most letters of a text are of a script written without spaces."""
    letters = [c for c in text if c.isalpha()]
    dense = [c for c in letters if "\u0e00" <= c <= "\u0e7f" or "\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff"]
    return len(dense) * 2 > len(letters) > 0


def _keywords(text: str) -> list[str]:
    """The content words of a prompt, each once, in their order; of an unspaced script pairs of characters."""
    if _is_unspaced(text):
        runs = re.findall(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]+", text)
        found = [run[i : i + 2] for run in runs for i in range(0, len(run) - 1, 2)]
    else:
        found = [w for w in _words(text) if len(w) > 3 and w.lower() not in STOP_WORDS]
    return list(dict.fromkeys(found)) or ["answer", "question", "topic"]


def _noun_phrase(rng: random.Random) -> list[str]:
    """A determiner, perhaps an adjective, and a noun."""
    phrase = [rng.choice(DETERMINERS)]
    if rng.random() < 0.6:
        phrase.append(rng.choice(ADJECTIVES))
    phrase.append(rng.choice(NOUNS))
    if phrase[0] == "a" and phrase[1][0] in "aeiou":
        phrase[0] = "an"
    return phrase


def _nonsense_clause(rng: random.Random) -> list[str]:
    """A clause with subject, verb and object that agree and mean nothing."""
    clause = _noun_phrase(rng)
    if rng.random() < 0.3:
        clause.append(rng.choice(ADVERBS))
    clause.append(rng.choice(VERBS))
    clause += _noun_phrase(rng)
    if rng.random() < 0.5:
        clause.append(rng.choice(PREPOSITIONS))
        clause += _noun_phrase(rng)
    return clause


def _nonsense_sentence(rng: random.Random) -> str:
    """A sentence of one or two nonsense clauses."""
    words = _nonsense_clause(rng)
    if rng.random() < 0.4:
        words = [*words, rng.choice(CONJUNCTIONS), *_nonsense_clause(rng)]
    return _sentence(words)


def _guess_language(text: str) -> str:
    """A crude guess of the prompt's language among those of `FREQUENT`; "en" where nothing speaks for another."""
    if re.search(r"[\u3040-\u30ff]", text):
        return "ja"
    for language, pattern in (
        ("ko", r"[\uac00-\ud7af]"),
        ("zh", r"[\u4e00-\u9fff]"),
        ("hi", r"[\u0900-\u097f]"),
        ("ar", r"[\u0600-\u06ff]"),
        ("ru", r"[\u0400-\u04ff]"),
    ):
        if len(re.findall(pattern, text)) * 2 > sum(c.isalpha() for c in text):
            return language
    words = [w.lower() for w in _words(text)]
    best, hits = "en", sum(w in STOP_WORDS for w in words)
    for language in ("de", "fr", "es", "it", "pt"):
        common = {w.lower() for w in FREQUENT[language]}
        found = sum(w in common for w in words)
        if found > hits:
            best, hits = language, found
    return best


def word_salad(prompt_text: str, rng: random.Random) -> str:
    """Frequent English words in slots of a rough grammar whose order breaks now and then."""
    sentences: list[str] = []
    for _ in range(rng.randint(6, 18)):
        words = _nonsense_clause(rng)
        for _ in range(rng.randint(1, 3)):  # break the order: swap two neighbours, or put in a word that does not fit
            at = rng.randrange(len(words) - 1)
            if rng.random() < 0.5:
                words[at], words[at + 1] = words[at + 1], words[at]
            else:
                words.insert(at, rng.choice(PREPOSITIONS + ADVERBS + CONJUNCTIONS))
        sentences.append(_sentence(words))
    return _paragraphs(sentences, rng)


def plain_salad(prompt_text: str, rng: random.Random) -> str:
    """A bag of frequent English words without any order, in sentences or without a single mark."""
    pool = DETERMINERS + ADJECTIVES + NOUNS + VERBS + ADVERBS + PREPOSITIONS + CONJUNCTIONS
    if rng.random() < 0.5:
        return " ".join(rng.choice(pool) for _ in range(rng.randint(60, 250)))
    sentences = [_sentence([rng.choice(pool) for _ in range(rng.randint(5, 16))]) for _ in range(rng.randint(6, 16))]
    return _paragraphs(sentences, rng)


def grammatical_nonsense(prompt_text: str, rng: random.Random) -> str:
    """Sentences that parse and mean nothing ("Every quiet number carries the home under a fact.")."""
    return _paragraphs([_nonsense_sentence(rng) for _ in range(rng.randint(6, 18))], rng)


def native_salad(prompt_text: str, rng: random.Random) -> str:
    """Frequent words of the prompt's own language (as far as it can be guessed), in sentences, without meaning."""
    language = _guess_language(prompt_text)
    pool, stop = FREQUENT[language], STOPS.get(language, ".")
    joint = "" if language in UNSPACED else " "
    sentences = [
        _sentence([rng.choice(pool) for _ in range(rng.randint(6, 16))], stop, joint) for _ in range(rng.randint(6, 14))
    ]
    return _paragraphs(sentences, rng, joint)


FILLER_OPENINGS = (
    "In today's fast-moving world, it is more important than ever to look closely at {a}.",
    "There are many ways to think about {a}, and each of them has its own place.",
    "When we talk about {a}, we often forget how much depends on {b}.",
    "Over the years, {a} has become a matter of growing interest to people everywhere.",
    "At first glance, {a} may seem simple, yet there is much more to it than meets the eye.",
)
FILLER_MIDDLES = (
    "On the one hand, {a} can bring clear benefits; on the other hand, {b} must be taken into account.",
    "Experts agree that {a} plays a key role in {b}.",
    "It is worth noting that {a} does not stand alone, but is closely tied to {b}.",
    "A balanced view of {a} helps us to make the right decisions at the right moment.",
    "Many factors come together here, and {a} is only one of them.",
    "This shows once again that {a} and {b} cannot be separated.",
    "By keeping {a} in mind, we can move forward with confidence.",
)
FILLER_ENDINGS = (
    "In conclusion, {a} remains a rich and many-sided matter that deserves our attention.",
    "All in all, a thoughtful approach to {a} will always be of value.",
    "To sum up, the importance of {a} can hardly be overstated.",
    "Ultimately, it is up to each of us to decide what {a} means.",
)
FILLER_TOPICS = (
    "this topic",
    "the matter at hand",
    "the bigger picture",
    "a wide range of aspects",
    "careful planning",
    "the overall context",
    "an open mind",
    "the needs of everyone involved",
    "a holistic perspective",
    "the key points",
    "long-term success",
    "quality and balance",
    "the underlying principles",
    "a clear structure",
)


def _filler(topics: Sequence[str], rng: random.Random) -> str:
    """Paragraphs of filler with the given topics in their slots."""

    def fill(template: str) -> str:
        text = template.format(a=rng.choice(topics), b=rng.choice(topics))
        return text[:1].upper() + text[1:]

    paragraphs = [
        " ".join([fill(rng.choice(FILLER_OPENINGS)), *(fill(m) for m in rng.sample(FILLER_MIDDLES, rng.randint(1, 3)))])
        for _ in range(rng.randint(1, 4))
    ]
    return "\n\n".join([*paragraphs, fill(rng.choice(FILLER_ENDINGS))])


def template_filler(prompt_text: str, rng: random.Random) -> str:
    """Fluent paragraphs from templates that would fit any prompt and say nothing."""
    return _filler(FILLER_TOPICS, rng)


def keyworded_filler(prompt_text: str, rng: random.Random) -> str:
    """The same templates with words of the prompt in their slots, so that they look like an answer."""
    return _filler(_keywords(prompt_text), rng)


def keyword_stuffing(prompt_text: str, rng: random.Random) -> str:
    """The content words of the prompt over and over, as a list or as runs of words between a few joints."""
    keywords = _keywords(prompt_text)
    if rng.random() < 0.3:
        return "\n".join(f"* {' '.join(rng.choices(keywords, k=rng.randint(2, 6)))}" for _ in range(rng.randint(4, 12)))
    joints = ("and", "with", "for the", "about", "of the", "best", "more", "top", "the")
    sentences: list[str] = []
    for _ in range(rng.randint(6, 16)):
        words: list[str] = []
        for word in rng.choices(keywords, k=rng.randint(4, 9)):
            words.append(word)
            if rng.random() < 0.4:
                words.append(rng.choice(joints))
        sentences.append(_sentence(words))
    return _paragraphs(sentences, rng)


def paraphrase_loop(prompt_text: str, rng: random.Random) -> str:
    """One empty sentence said again and again in other words."""
    slots = (
        ("It is", "This is", "That is", "What we have here is", "Here we have"),
        ("a really", "a truly", "a very", "quite a", "indeed a"),
        ("important", "significant", "meaningful", "relevant", "valuable"),
        ("subject", "topic", "matter", "theme", "question"),
        ("that deserves", "which merits", "that calls for", "which needs", "that is worthy of"),
        ("careful thought", "close attention", "serious consideration", "proper reflection", "a thorough look"),
    )
    links = ("", "", "", "In other words, ", "To put it differently, ", "Put simply, ", "That is to say, ", "Again, ")
    sentences: list[str] = []
    for _ in range(rng.randint(6, 20)):
        body = " ".join(rng.choice(slot) for slot in slots)
        link = rng.choice(links)
        sentences.append(f"{link}{body[0].lower() + body[1:] if link else body}.")
    return _paragraphs(sentences, rng)


def prompt_paraphrase_loop(prompt_text: str, rng: random.Random) -> str:
    """The prompt's longest sentence echoed again and again behind changing openings."""
    sentences = [s.strip() for s in re.split(r"(?<=[.!?])\s+|(?<=[。！？।])|\n+", prompt_text) if s.strip()]
    core = max(sentences, key=len, default="the question").rstrip(".!?。！？।")
    openings = (
        "You asked: {}.",
        "The request is as follows: {}.",
        "Once more: {}.",
        "As was said, {}.",
        "The point is this: {}.",
        "To repeat the question, {}.",
        "In short: {}.",
        "What is wanted is clear: {}.",
    )
    return _paragraphs([rng.choice(openings).format(core) for _ in range(rng.randint(4, 10))], rng)


def prompt_markov(prompt_text: str, rng: random.Random) -> str:
    """Babble of a Markov chain over the prompt's words; over single characters where the script has no spaces."""
    dense = _is_unspaced(prompt_text)
    tokens = [c for c in prompt_text if c.isalnum()] if dense else _words(prompt_text)
    if len(tokens) < 3:
        tokens = tokens + list(NOUNS[:10])
    follows: dict[str, list[str]] = {}
    for one, two in zip(tokens, tokens[1:] + tokens[:1]):
        follows.setdefault(one.lower(), []).append(two)
    joint, stop = ("", "。") if dense else (" ", ".")
    sentences: list[str] = []
    for _ in range(rng.randint(5, 14)):
        word = rng.choice(tokens)
        words = [word]
        for _ in range(rng.randint(5, 18)):
            word = rng.choice(tokens) if rng.random() < 0.25 else rng.choice(follows[word.lower()])
            words.append(word)
        sentences.append(_sentence(words, stop, joint))
    return _paragraphs(sentences, rng, joint)


def shuffled_prompt(prompt_text: str, rng: random.Random) -> str:
    """All words of the prompt in another order, once to three times over, with stops thrown in."""
    dense = _is_unspaced(prompt_text)
    words = [c for c in prompt_text if c.isalnum()] if dense else _words(prompt_text)
    joint, stop = ("", "。") if dense else (" ", ".")
    sentences: list[str] = []
    for _ in range(rng.randint(1, 3)):
        left = rng.sample(words, len(words))
        while left:
            size = rng.randint(4, 14)
            sentences.append(_sentence(left[:size], stop, joint))
            left = left[size:]
    return _paragraphs(sentences, rng, joint) or "Words."


def mixed_language_babble(prompt_text: str, rng: random.Random) -> str:
    """Frequent words of three to six languages and scripts mixed within each sentence."""
    languages = rng.sample(sorted(FREQUENT), rng.randint(3, 6))
    pool: list[str] = [w for language in languages for w in FREQUENT[language]]
    pool += rng.sample(NOUNS + VERBS, 20)
    sentences = [_sentence([rng.choice(pool) for _ in range(rng.randint(6, 16))]) for _ in range(rng.randint(5, 14))]
    return _paragraphs(sentences, rng)


def language_hopping(prompt_text: str, rng: random.Random) -> str:
    """Each sentence a salad in one language, the next in another."""
    sentences: list[str] = []
    for _ in range(rng.randint(5, 12)):
        language = rng.choice(sorted(FREQUENT))
        words = [rng.choice(FREQUENT[language]) for _ in range(rng.randint(5, 12))]
        sentences.append(_sentence(words, STOPS.get(language, "."), "" if language in UNSPACED else " "))
    return _paragraphs(sentences, rng)


def promise_echo(prompt_text: str, rng: random.Random) -> str:
    """Assurances that every wish of the prompt has been met, with its keywords, and no answer."""
    keywords = _keywords(prompt_text)
    promises = (
        "I have read the request about {} with great care.",
        "Every requirement concerning {} has been followed exactly.",
        "The answer below meets all constraints, including {}.",
        "I made sure that {} is treated just as you asked.",
        "As instructed, {} appears where it should.",
        "Please note that the wishes about {} were respected in full.",
        "Nothing that you said about {} has been left out.",
    )
    ends = (
        "I hope this helps.",
        "That is the complete answer.",
        "Thank you for your question.",
        "This is the final answer.",
    )
    body = [rng.choice(promises).format(rng.choice(keywords)) for _ in range(rng.randint(5, 12))]
    return _paragraphs([*body, rng.choice(ends)], rng)


def scaffold_salad(prompt_text: str, rng: random.Random) -> str:
    """The forms that constraints ask for (title, highlights, sections, bullets, postscript) around nonsense."""
    title = " ".join(w.capitalize() for w in _noun_phrase(rng))
    parts = [f"<<{title}>>", _nonsense_sentence(rng)]
    for number in range(1, rng.randint(2, 4)):
        text = _nonsense_sentence(rng)
        parts.append(f"SECTION {number}\n*{' '.join(_noun_phrase(rng))}* {text}")
    bullets = [f"* {' '.join(_nonsense_clause(rng))}" for _ in range(rng.randint(2, 6))]
    parts.append("\n".join(bullets))
    if rng.random() < 0.5:
        parts.append(f"[{rng.choice(NOUNS)}] [{rng.choice(NOUNS)}] {_nonsense_sentence(rng)}")
    if rng.random() < 0.5:
        parts.append("***")
    parts.append(_nonsense_sentence(rng))
    parts.append(f"P.S. {_nonsense_sentence(rng)}")
    text = "\n\n".join(parts)
    return f'"{text}"' if rng.random() < 0.3 else text


def syllable_babble(prompt_text: str, rng: random.Random) -> str:
    """Invented words of syllables that read like a language and belong to none."""
    onsets, vowels, codas = (
        ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "br", "dr", "st", "tr", "pl"],
        ["a", "e", "i", "o", "u", "ai", "ou", "ea"],
        ["", "", "n", "r", "s"],
    )

    def word() -> str:
        return "".join(rng.choice(onsets) + rng.choice(vowels) + rng.choice(codas) for _ in range(rng.randint(1, 3)))

    return _paragraphs([_sentence([word() for _ in range(rng.randint(5, 14))]) for _ in range(rng.randint(5, 14))], rng)


GENERATORS: dict[str, Generator] = {
    f.__name__: f
    for f in (
        word_salad,
        plain_salad,
        grammatical_nonsense,
        native_salad,
        template_filler,
        keyworded_filler,
        keyword_stuffing,
        paraphrase_loop,
        prompt_paraphrase_loop,
        prompt_markov,
        shuffled_prompt,
        mixed_language_babble,
        language_hopping,
        promise_echo,
        scaffold_salad,
        syllable_babble,
    )
}


def main() -> None:
    """Print one answer of each generator."""
    prompt = sys.argv[1] if len(sys.argv) > 1 else "Write a poem about the sea in two paragraphs, without commas."
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for name, generator in GENERATORS.items():
        print(f"=== {name}\n{generator(prompt, random.Random(seed))}\n")


if __name__ == "__main__":
    main()
