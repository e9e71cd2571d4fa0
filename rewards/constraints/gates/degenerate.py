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
from rlvr.rewards.constraints.gates.salads import FEWEST_PAIRS, copies, disordered, plain_words, repetitive, unreadable
from rlvr.rewards.constraints.gates.tongue import language_of, other_language
from rlvr.rewards.constraints.request import Asked
from rlvr.rewards.languages.identification import canonical, identify
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.scripts import UNSPACED, letters_by_script, scripts_of
from rlvr.rewards.languages.word_order import PAUSE, Order, bits_of, order_of, split

SHORT: Final = 16
"""Words from which an answer should take up what its prompt is about; of a shorter one it cannot be told."""
_LETTERS_A_WORD: Final = 2
_SLICE: Final = 260
_KNOWN: Final = 0.2
SUBJECTS: Final = 2
SUBJECTS_ELSEWHERE: Final = 8
"""What a prompt must be about, at least, for an answer that takes up nothing to be held: in English, in other languages."""
_ADDED: Final = 0.05
_PLAIN: Final = 0.25
_DRESS: Final = 200
_MOST: Final = 3000
_POLAR: Final = frozenset(("yes", "no", "maybe"))
_MARKS: Final = 0.03
_SIMILAR: Final = 1.6
_ENGLISH: Final = "en"
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
    if (count := _words_in(said)) < SHORT:
        return _say_why_short(said, prompt, asked, spoken, count)
    return _say_why_long(text, said, prompt, asked, spoken)


def _say_why_long(text: Text, said: str, prompt: str, asked: Sequence[Asked], spoken: str) -> str | None:
    seen = said if len(said) <= 2 * _SLICE else f"{said[:_SLICE]}\n{said[len(said) // 2 :][:_SLICE]}"
    words = split(seen.lower())
    order = order_of(text.language)
    known = _is_known(words, seen, order, text.language)
    if why := _say_why_salad(words, seen, said, asked, order if known else None, known):
        return why
    if len(said) <= _SIMILAR * len(prompt) + _DRESS and (why := _say_why_prompt(said, prompt, spoken)):
        return why
    folded = text.folded if said is text.text else said.casefold()
    if takes_up(folded, prompt, spoken):
        return None if known else _say_why_foreign(text, seen, prompt, asked, spoken)
    return _say_why_foreign(text, seen, prompt, asked, spoken) or _say_why_beside(text, said, prompt, asked, spoken)


def _say_why_salad(
    words: list[str], seen: str, said: str, asked: Sequence[Asked], order: Order | None, known: bool
) -> str | None:
    spoken = [word for word in words if word != PAUSE]
    if 2 * len(set(spoken)) < len(spoken) and (why := repetitive(plain_words(said), _given(asked))):
        return why
    if order is None and (known or _is_code(seen)):
        return None
    if order is None and (why := unreadable(words)):
        return why
    if order is None and (found := identify(seen)):
        order = order_of(found)
    if order is None:
        return None
    bits, pairs = bits_of(words, order)
    if pairs >= FEWEST_PAIRS and bits >= order.least + _PLAIN:
        return None
    why = disordered(split(said[:_MOST].lower()), order)
    return why if why and not _is_code(seen) else None


def _say_why_prompt(said: str, prompt: str, spoken: str) -> str | None:
    words, given = plain_words(said), plain_words(prompt)
    if copies(words, given):
        return "it is the prompt"
    if len(words) < FEWEST_PAIRS or asks("again", prompt, spoken) or unsegmented(words[0][0]):
        return None
    return "it adds nothing to the prompt" if adds(words, prompt, spoken) < _ADDED else None


def _say_why_short(said: str, prompt: str, asked: Sequence[Asked], spoken: str, count: float) -> str | None:
    words = plain_words(said)
    if why := _say_why_nothing(said, words, prompt, spoken):
        return why
    if count >= 12 and (why := repetitive(words) or unreadable(words)) and not _is_code(said):
        return why
    order = order_of(spoken)
    pieces = split(said.lower())
    if order and _is_known(pieces, said, order, spoken) and (why := disordered(pieces, order)) and not _is_code(said):
        return why
    if why := _say_why_prompt(said, prompt, spoken):
        return why
    if takes_up(said.casefold(), prompt, spoken):
        return None
    if why := _say_why_foreign(Text(said, spoken), said, prompt, asked, spoken):
        return why
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
        return None if re.search(rf"(?<!\w){signs[0]}(?!\w)", prompt) else "a single letter"
    if not words and not (("?" in prompt and any(map(str.isdigit, prompt))) or asks("count", prompt, spoken)):
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
    if asks("hidden", prompt, spoken) or asks("translate", prompt, spoken):
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
    found = identify(said)
    if found is None and not _is_code(said) and "LATIN" in scripts_of(spoken):
        return "it is in no language that could be told, and takes up nothing of what the prompt is about"
    if language_of(prompt, spoken) != (found or ""):
        return None
    return "it takes up nothing of what the prompt is about"


def _is_known(words: Sequence[str], seen: str, order: Order | None, language: str) -> bool:
    """Whether a text is in the language that it should be in, as far as small words or its script tell."""
    if order is not None:
        spoken = len(words) - words.count(PAUSE)
        return sum(word in order.classes for word in words) >= _KNOWN * spoken
    own = scripts_of(language)
    if "LATIN" in own or not own:
        return False
    letters = letters_by_script(seen)
    return sum(letters[name] for name in own) >= 0.5 * letters.total()


def _words_in(text: str) -> float:
    if text.isascii():
        return len(text.split())
    spaced = len(text.split())
    letters = sum(map(unsegmented, text[:2000]))
    return spaced + letters / _LETTERS_A_WORD


def _is_code(text: str) -> bool:
    return "```" in text or len(_CODE.findall(_TITLE.sub(" ", text))) > _MARKS * len(text)


def _given(asked: Sequence[Asked]) -> set[str]:
    """The words that the constraints themselves hand out."""
    texts = [str(value) for one in asked for name, value in one.arguments.items() if name != "prompt_to_repeat"]
    return set(plain_words("\n".join(texts)))


def _without_repeated(text: str, asked: Sequence[Asked]) -> str:
    # An answer that repeats the request and stops there did what it was told first; the check says whether that was all.
    for one in asked:
        repeated = str(one.arguments.get("prompt_to_repeat", "")).strip()
        if repeated and text.casefold().startswith(repeated.casefold()):
            return text[len(repeated) :].strip() or text
    return text
