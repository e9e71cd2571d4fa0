"""The gate of chat: what is no answer earns nothing, whatever constraints it happens to meet.

`the` follows a seventh of IFEval's prompts, and one text with a title, highlights and quotation marks a quarter. The
gate holds what it can tell to be none: words in no order, the prompt's own, the same over and over; a text that takes up
nothing of what the prompt is about, or is in a language that the prompt does not ask for. What it cannot tell passes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rlvr.rewards.constraints.gates.asking import adds, asks, found_in, stands_in, subjects, takes_up, words_of
from rlvr.rewards.constraints.gates.refusals import refuses
from rlvr.rewards.constraints.gates.salads import FEWEST_PAIRS, copies, disordered, plain_words, repetitive, unreadable
from rlvr.rewards.constraints.gates.tongue import language_of, names, other_language
from rlvr.rewards.constraints.request import Asked
from rlvr.rewards.languages.identification import canonical, identify
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.scripts import UNSPACED, letters_by_script, scripts_of
from rlvr.rewards.languages.word_order import Order, measure, order_of, split

SHORT: Final = 16
"""Words from which an answer should take up what its prompt is about; of a shorter one it cannot be told."""
_ENOUGH: Final = 400
_SLICE: Final = 120
_KNOWN: Final = 0.12
SUBJECTS: Final = 2
SUBJECTS_ELSEWHERE: Final = 12
"""What a prompt must be about, at least, for an answer that takes up nothing to be held: in English, in other languages."""
_ADDED: Final = 0.05
_FEW: Final = 25
_PLAIN: Final = 0.1
_NUMBERS: Final = 3
_LONG_SLICE: Final = 600
_POLAR: Final = frozenset(("yes", "no", "maybe"))
_MARKS: Final = 0.03
_ENGLISH: Final = "en"
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_NUMBER = re.compile(r"\d+")
_CODE = re.compile(r"[{}\[\]();=<>\\_$|]")
_TITLE = re.compile(r"<<([^<>\n]*)>>")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,80}>")


def empty_of_content(text: Text, prompt: str, asked: Sequence[Asked], spoken: str | None = None) -> str | None:
    """Why an answer is none, or `None`.

    Args:
        text: The answer, in the language that it should be in.
        prompt: The prompt.
        asked: The constraints of the task.
        spoken: The prompt's language; the answer's, where it is not given.

    >>> empty_of_content(Text("the"), "Write a poem.", []), empty_of_content(Text("26"), "What is 20 + 6?", [])
    ('it says nothing', None)
    """
    said = _without_repeated(text.text, asked)
    if not any(map(str.isalnum, said)):
        return "no words"
    if any(one.constraint.brief for one in asked):
        return None
    spoken = spoken or text.language
    if said is not text.text and said.casefold() in prompt.casefold() and said not in _requests(asked):
        return "it is the prompt"
    if (count := _words_in(said)) < SHORT:
        return _say_why_short(text, said, prompt, asked, spoken, count)
    return _say_why_long(text, said, prompt, asked, spoken)


def _say_why_long(text: Text, said: str, prompt: str, asked: Sequence[Asked], spoken: str) -> str | None:
    seen = _seen_of(said, _SLICE)
    words = split(seen.lower())
    order = order_of(text.language)
    bits, pairs, spoken_words, frequent = measure(words, order) if order else (0.0, 0, 0, 0)
    known = frequent >= _KNOWN * spoken_words if order else _is_in_script(seen, text.language)
    if 5 * len(set(words)) < 2 * len(words) and (why := repetitive(plain_words(said), _given(asked))):
        return why
    if not (order and known and pairs >= FEWEST_PAIRS and bits >= order.least + _PLAIN) and (
        why := _say_why_salad(words, seen, said, order if known else None, known)
    ):
        return why
    if why := _say_why_prompt(words, said, prompt, spoken, order):
        return why
    folded = text.folded if said is text.text else said.casefold()
    if takes_up(folded, prompt, spoken):
        return None if known else _say_why_foreign(text, seen, prompt, asked, spoken)
    return _say_why_foreign(text, seen, prompt, asked, spoken) or _say_why_beside(text, said, prompt, asked, spoken)


def _seen_of(said: str, size: int) -> str:
    """The beginning and the middle of a long text."""
    return said if len(said) <= 2 * size else f"{said[:size]}\n{said[len(said) // 2 :][:size]}"


def _say_why_salad(words: list[str], seen: str, said: str, order: Order | None, known: bool) -> str | None:
    if _is_code(seen) or (order is None and known):
        return None
    if order is None and (why := unreadable(words)):
        return why
    if order is None and (found := identify(seen)):
        order = order_of(found)
    return disordered(split(_seen_of(said, _LONG_SLICE).lower()), order) if order else None


def _say_why_prompt(words: list[str], said: str, prompt: str, spoken: str, order: Order | None) -> str | None:
    """Why an answer is nothing but its prompt, where words are parted by spaces."""
    if order is None:
        return None
    folded = prompt.lower()
    if len(words) < _FEW:
        return "it is the prompt" if len(said) < 2 * len(prompt) and copies(words, plain_words(prompt)) else None
    if adds(words, folded, spoken, enough := max(2, round(_ADDED * len(words)))):
        return None
    whole = plain_words(said)
    if len(said) < 2 * len(prompt) and copies(whole, plain_words(prompt)):
        return "it is the prompt"
    if asks("again", prompt, spoken) or adds(whole, folded, spoken, max(enough, round(_ADDED * len(whole)))):
        return None
    return "it adds nothing to the prompt"


def _say_why_short(
    text: Text, said: str, prompt: str, asked: Sequence[Asked], spoken: str, count: float
) -> str | None:
    words = plain_words(said)
    if why := _say_why_nothing(said, words, prompt, spoken):
        return why
    if count >= 12 and (why := repetitive(words) or unreadable(words)) and not _is_code(said):
        return why
    order = order_of(spoken)
    pieces = split(said.lower())
    if order and (why := disordered(pieces, order)) and not _is_code(said):
        _, _, spoken_words, frequent = measure(pieces, order)
        if frequent >= _KNOWN * spoken_words:
            return why
    if copies(words, plain_words(prompt)):
        return "it is the prompt"
    if takes_up(said.casefold(), prompt, spoken):
        return None
    if why := _say_why_foreign(text, said, prompt, asked, spoken):
        return why
    if refuses(said, text.language):
        return "it refuses, and takes up nothing"
    if asks("long", prompt, spoken) and not asks("short", prompt, spoken):
        return "a few words that take up nothing, where a text is asked for"
    return None


def _say_why_nothing(said: str, words: Sequence[str], prompt: str, spoken: str) -> str | None:
    empty, meta = words_of("empty", spoken), words_of("meta", spoken)
    if words and all(word in empty - _POLAR for word in words):
        return "it says nothing"
    if _POLAR.intersection(words) and all(word in empty or word in meta or word == "my" for word in words):
        return None if asks("polar", prompt, spoken) else "a yes or no that nothing asks for"
    if any(word in meta for word in words) and all(word in empty or word in meta or word == "correct" for word in words):
        return "it speaks of an answer, and gives none"
    signs = [letter for letter in said if letter.isalnum()]
    if len(signs) == 1 and signs[0].isalpha() and not unsegmented(signs[0]):
        return None if re.search(rf"(?:^|[\s,;])\(?{signs[0]}[).:](?:\s|$)", prompt) else "a single letter"
    if not words and len(_NUMBER.findall(prompt)) < _NUMBERS and not asks("count", prompt, spoken):
        return "a number that nothing asks for"
    if not words and asks("long", prompt, spoken):
        return "a number, where a text is asked for"
    return None


def _say_why_foreign(text: Text, seen: str, prompt: str, asked: Sequence[Asked], spoken: str) -> str | None:
    if any("language" in one.arguments for one in asked) or _is_code(seen):
        return None
    found = other_language(seen, prompt, spoken)
    if found is None or found == _ENGLISH:
        return None
    return f"it is in {found}, and the prompt in {language_of(prompt, text.language)}"


def _say_why_beside(text: Text, said: str, prompt: str, asked: Sequence[Asked], spoken: str) -> str | None:
    """Why a text is on something else than its prompt, where both are in one language."""
    if any("language" in one.arguments for one in asked) or canonical(text.language) != canonical(spoken):
        return None
    found = identify(said)
    if asks("translate", prompt, spoken) and (found != canonical(spoken) or names(found, prompt, spoken)):
        return None
    if asks("hidden", prompt, spoken) and asks("riddling", said, spoken):
        return None
    if asks("sung", prompt, spoken) and asks("singing", said, spoken):
        return None
    if asks("code", prompt, spoken) and _is_code(said):
        return None
    if scripts_of(spoken) & UNSPACED:
        return None
    barred = [str(word).casefold() for one in asked for word in one.arguments.get("forbidden_words", ())]
    barred += [found.casefold() for found in found_in("barred", prompt, spoken)]
    about = {subject for subject in subjects(prompt, spoken) if not any(stands_in(word, subject) for word in barred)}
    if len(about) < (SUBJECTS if spoken.startswith(_ENGLISH) else SUBJECTS_ELSEWHERE):
        return None
    if found is None and "LATIN" in scripts_of(spoken):
        return "it is in no language that could be told, and takes up nothing of what the prompt is about"
    if language_of(prompt, spoken) != (found or ""):
        return None
    return "it takes up nothing of what the prompt is about"


def _is_in_script(seen: str, language: str) -> bool:
    """Whether the script alone says that a text is in its language, as far as it can."""
    own = scripts_of(language)
    if "LATIN" in own or not own:
        return False
    letters = letters_by_script(seen)
    return sum(letters[name] for name in own) >= 0.5 * letters.total()


def _words_in(text: str) -> float:
    """About how many words there are, as far as it matters; where they are written together, two letters a word."""
    spaced = len(text[:_ENOUGH].split())
    return spaced if spaced >= SHORT or text.isascii() else spaced + len(_UNSPACED.findall(text[:_ENOUGH])) / 2


def _is_code(text: str) -> bool:
    return "```" in text or len(_CODE.findall(_TITLE.sub(" ", text))) > _MARKS * len(text)


def _given(asked: Sequence[Asked]) -> set[str]:
    """The words that the constraints themselves hand out."""
    texts = [str(value) for one in asked for name, value in one.arguments.items() if name != "prompt_to_repeat"]
    return set(plain_words("\n".join(texts)))


def _requests(asked: Sequence[Asked]) -> list[str]:
    """What the answer has to repeat before all else."""
    found = [str(one.arguments.get("prompt_to_repeat", "")).strip() for one in asked]
    return [text for text in found if text]


def _without_repeated(text: str, asked: Sequence[Asked]) -> str:
    # An answer that repeats the request and stops there did what it was told first; the check says whether that was all.
    for repeated in _requests(asked):
        if text.casefold().startswith(repeated.casefold()):
            return text[len(repeated) :].strip() or text
    return text
