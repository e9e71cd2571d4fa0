"""The gate of chat: what is no answer earns nothing, whatever constraints it happens to meet.

`the` follows a seventh of IFEval's prompts, and one text with a title, highlights and quotation marks a quarter. The
gate holds what it can tell to be none: words in no order, the prompt's own, the same over and over; a text that takes
up nothing of what the prompt is about, or is in a language that it does not ask for. What the gate cannot tell passes.
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
from rlvr.rewards.languages.evidence.word_order import Order, measure, order_of, split
from rlvr.rewards.languages.identification import canonical, identify
from rlvr.rewards.languages.literals import unsegmented
from rlvr.rewards.languages.measures import Text
from rlvr.rewards.languages.scripts import letters_by_script, scripts_of

SHORT: Final = 16
"""Words from which an answer should take up what its prompt is about; of a shorter one it cannot be told."""
_ENOUGH: Final = 400
_SLICE: Final = 120
_KNOWN: Final = 0.12
SUBJECTS: Final = 2
"""Words that say what a prompt is about, at least, for an answer that takes up none to be held."""
_ADDED: Final = 0.05
_PLAIN: Final = 1.0
_NUMBERS: Final = 2
_A_FEW: Final = 5
_CONTENT: Final = 4
_CONTENT_OF_A_TEXT: Final = 9
_NAMES, _SHARE_OF_NAMES, _BEGINNING = 4, 0.25, 2000
_LONG_PROMPT: Final = 150
_WHOLE: Final = 0.9
_LETTERS, _ALPHABET = 24, 8
_LONG_SLICE: Final = 600
_SMALL: Final = frozenset(("my", "your", "here", "i", "s", "don", "t"))
_POLAR: Final = frozenset(("yes", "no", "maybe", "true", "false"))
_MARKS: Final = 0.03
_ENGLISH: Final = "en"
_ASIDE: Final = ("task", "meta", "empty")
_LATIN: Final = "\u024f"
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_NUMBER = re.compile(r"\d+")
_CODE = re.compile(r"[{}\[\]();=<>\\_$|]")
_TITLE = re.compile(r"<<([^<>\n]*)>>")
_NAME = re.compile(r"(?<!\S)[^\s_:]{1,40}[_:][\w:]{1,60}(?!\S)")
_COMMAND = re.compile(r"\\[A-Za-z]{2,}")
_PROGRAM_NAME = re.compile(r"(?<![^\W\d_])[^\W\d_]+[_:][^\W\d_]+")
_TAG = re.compile(r"(?<!<)</?[A-Za-z][^<>\n]{0,80}>(?!>)")


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
    if any(one.constraint.brief for one in asked) or said in _requests(asked):
        return None
    spoken = spoken or text.language
    if _is_part_of(prompt, said, asked, least=_WHOLE if said is text.text else 0.0):
        return "it is the prompt"
    if _is_list_of_names(said) and not asks("code", prompt, spoken):
        return "a list of names as programs have them"
    if _words_in(said) < SHORT:
        return _say_why_short(text, said, prompt, asked, spoken)
    return _say_why_long(text, said, prompt, asked, spoken)


def _is_list_of_names(said: str) -> bool:
    """Whether a good part of a text are names like `count:numbers`, as in a list of candidates for an answer."""
    count = len(_PROGRAM_NAME.findall(said[:_BEGINNING]))
    return count > _NAMES and count > _SHARE_OF_NAMES * len(said[:_BEGINNING].split())


def _say_why_long(text: Text, said: str, prompt: str, asked: Sequence[Asked], spoken: str) -> str | None:
    seen = _seen_of(said, _SLICE)
    words = split(seen.lower())
    order = order_of(text.language)
    bits, pairs, spoken_words, frequent = measure(words, order) if order else (0.0, 0, 0, 0)
    if (order and spoken_words < _CONTENT) or not any(map(str.isalpha, _COMMAND.sub("", seen))):
        return _say_why_short(text, said, prompt, asked, spoken)
    known = frequent >= _KNOWN * spoken_words if order else _is_in_script(seen, text.language)
    if 5 * len(set(words)) < 2 * len(words) and (why := repetitive(plain_words(said), _given(asked))):
        return why
    if not (order and known and pairs >= FEWEST_PAIRS and bits >= order.least + _PLAIN / pairs**0.5) and (
        why := _say_why_salad(words, seen, said, order if known else None, known)
    ):
        return why
    if why := _say_why_prompt(words, spoken_words, said, prompt, spoken, order):
        return why
    if not known and identify(seen) is None and _is_in_other_script(said, prompt, spoken):
        return "it is in another script, and in no language that could be told"
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
    if why := unreadable(words):
        return why
    if order is None and (found := identify(seen)):
        order = order_of(found)
    return _disordered(said, order) if order else None


def _disordered(said: str, order: Order) -> str | None:
    """Why a text is in no order of a language, where nothing says that it is in another one."""
    why = disordered(split(_seen_of(said, _LONG_SLICE).lower()), order)
    return why if why and identify(said) in (order.language, None) else None


def _say_why_prompt(
    words: list[str], count: int, said: str, prompt: str, spoken: str, order: Order | None
) -> str | None:
    """Why an answer is nothing but its prompt, where words are parted by spaces."""
    if order is None:
        return None
    folded = prompt.lower()
    if count < SHORT and len(said) > 2 * len(prompt):
        return None
    if adds(words, folded, spoken, enough := max(2, round(_ADDED * len(words)))):
        return None
    whole = plain_words(said)
    if len(said) < 2 * len(prompt) and copies(whole, plain_words(prompt)):
        return "it is the prompt"
    if (
        count < SHORT
        or asks("again", prompt, spoken)
        or adds(whole, folded, spoken, max(enough, round(_ADDED * len(whole))))
    ):
        return None
    return "it adds nothing to the prompt"


def _say_why_short(text: Text, said: str, prompt: str, asked: Sequence[Asked], spoken: str) -> str | None:
    spoken = language_of(prompt, spoken)
    code = _is_code(said)
    words = plain_words(_NAME.sub(" ", _TAG.sub(" ", _COMMAND.sub(" ", said))))
    if _is_yes_or_no(words, spoken):
        return None if asks("polar", prompt, spoken) else "a yes or no that nothing asks for"
    if why := _say_why_nothing(said, words, prompt, spoken):
        return why
    if not code and (why := repetitive(words) or unreadable(words) or _say_why_shuffled(said, spoken)):
        return why
    if copies(words, plain_words(prompt)):
        return "it is the prompt"
    taken_up = takes_up(said.casefold(), prompt, spoken)
    free = (code and asks("code", prompt, spoken)) or asks("translate", prompt, spoken)
    if free or asks("again", prompt, spoken):
        content = _CONTENT if free else _content(words, spoken)
        return None if taken_up else _say_why_aside(text, said, prompt, asked, spoken, False, content)
    if why := _say_why_part(words, plain_words(prompt), "?" in prompt):
        return why
    # Written together, or without white space as it was asked for, words are not counted.
    counted = not any(map(unsegmented, said[:_ENOUGH])) and not _is_written_together(said, asked)
    content = _content(words, spoken)
    text_asked = asks("long", prompt, spoken) and not asks("short", prompt, spoken)
    if text_asked and counted and content < _CONTENT_OF_A_TEXT:
        return "a few words, where a text is asked for"
    if text_asked and counted and not _may_be_in(spoken, said, asked):
        return "it is in no language that could be told, where a text is asked for"
    return None if taken_up else _say_why_aside(text, said, prompt, asked, spoken, text_asked, content)


def _say_why_aside(
    text: Text, said: str, prompt: str, asked: Sequence[Asked], spoken: str, text_asked: bool, content: int
) -> str | None:
    """Why a few words that take up nothing of a prompt are no answer to it."""
    if why := _say_why_foreign(text, said, prompt, asked, spoken):
        return why
    if refuses(said, text.language):
        return "it refuses, and takes up nothing"
    if text_asked:
        return "a few words that take up nothing, where a text is asked for"
    if content < _CONTENT and _asks_for_more(prompt, spoken, content):
        return "a few words that take up nothing of a long prompt"
    return "it is in another script, and takes up nothing" if _is_in_other_script(said, prompt, spoken) else None


def _may_be_in(spoken: str, said: str, asked: Sequence[Asked]) -> bool:
    found = identify(said)
    if any(name not in scripts_of(spoken) for name in letters_by_script(said)):
        return any("language" in one.arguments for one in asked)
    own = found is not None and (canonical(found) == canonical(spoken) or canonical(spoken) != _ENGLISH)
    return own or any("language" in one.arguments for one in asked)


def _say_why_shuffled(said: str, spoken: str) -> str | None:
    order = order_of(spoken)
    if order is None or (why := _disordered(said, order)) is None:
        return None
    _, _, spoken_words, frequent = measure(split(said.lower()), order)
    return why if frequent >= _KNOWN * spoken_words else None


def _say_why_part(words: Sequence[str], prompt: Sequence[str], is_question: bool) -> str | None:
    if len(words) >= _A_FEW and _begins(prompt, words):
        return "it is the prompt"
    few = list(dict.fromkeys(words))
    inside = 1 < len(few) < len(prompt) and few in (prompt[: len(few)], prompt[-len(few) :])
    return "it is a part of the prompt" if inside and not is_question else None


def _asks_for_more(prompt: str, spoken: str, content: int) -> bool:
    """Whether a long prompt asks for nothing that so few words can say, as far as its language is known."""
    if canonical(spoken) != _ENGLISH or len(prompt) < _LONG_PROMPT:
        return False
    kinds = ("short", "fact", "count", "translate", "hidden", *(("polar",) if content < 2 else ()))
    return not any(asks(kind, prompt, spoken) for kind in kinds)


def _is_in_other_script(said: str, prompt: str, spoken: str) -> bool:
    # A name, a term or a line of code can be the answer to a question in any script.
    own = scripts_of(spoken)
    if not own or "LATIN" in own or any(mark in prompt for mark in "?\uff1f\u061f"):
        return False
    if any(asks(kind, prompt, spoken) for kind in ("short", "code", "translate", "count")):
        return False
    letters = letters_by_script(said)
    return letters.total() > 0 and not any(name in own for name in letters)


def _content(words: Sequence[str], spoken: str) -> int:
    """How many different words say something."""
    aside = frozenset[str]().union(*(words_of(kind, code) for kind in _ASIDE for code in (spoken, _ENGLISH)))
    orders = [order for code in (spoken, _ENGLISH) if (order := order_of(code))]
    told = {word for word in words if len(word) > 2 or word[0] > _LATIN}
    return sum(word not in aside and not any(word in order.classes for order in orders) for word in told)


def _is_written_together(said: str, asked: Sequence[Asked]) -> bool:
    if not any(one.constraint.id == "format:no_whitespace" for one in asked):
        return False
    letters = [letter for letter in _TAG.sub("", said).casefold() if letter.isalpha() and "_" not in said]
    return len(letters) >= _LETTERS and len(set(letters)) >= _ALPHABET


def _begins(prompt: Sequence[str], words: Sequence[str]) -> bool:
    """Whether words are a prompt's first ones, the last of them perhaps cut."""
    words = words[1:] if words[0] == "boxed" else words
    return " ".join(prompt).startswith(" ".join(words))


def _say_why_nothing(said: str, words: Sequence[str], prompt: str, spoken: str) -> str | None:
    signs = [letter for letter in said if letter.isalnum()]
    if len(signs) == 1 and signs[0].isalpha() and not unsegmented(signs[0]):
        option = re.search(rf"(?:^|[\s,;])\(?{re.escape(signs[0])}[).:](?:\s|$)", prompt)
        return None if option else "a single letter"
    if not words:
        return _say_why_number(prompt, spoken)
    if not _are_about_answers(words, spoken):
        return None
    of_answers = words_of("meta", spoken).intersection(words)
    return "it speaks of an answer, and gives none" if of_answers else "it says nothing"


def _is_yes_or_no(words: Sequence[str], spoken: str) -> bool:
    return canonical(spoken) == _ENGLISH and bool(_POLAR.intersection(words)) and _are_about_answers(words, spoken)


def _are_about_answers(words: Sequence[str], spoken: str) -> bool:
    """Whether all words are small ones or such as speak of an answer and its marks."""
    known = words_of("empty", spoken) | words_of("meta", spoken) | _SMALL
    return bool(words) and all(word in known for word in words)


def _say_why_number(prompt: str, spoken: str) -> str | None:
    if len(_NUMBER.findall(prompt)) < (_NUMBERS if "?" in prompt else 2 * _NUMBERS) and not asks(
        "count", prompt, spoken
    ):
        return "a number that nothing asks for"
    return "a number, where a text is asked for" if asks("long", prompt, spoken) else None


def _say_why_foreign(text: Text, seen: str, prompt: str, asked: Sequence[Asked], spoken: str) -> str | None:
    if any("language" in one.arguments for one in asked) or _is_code(seen):
        return None
    found = other_language(seen, prompt, spoken)
    if found is None or found == _ENGLISH:
        return None
    return f"it is in {found}, and the prompt in {language_of(prompt, text.language)}"


def _say_why_beside(text: Text, said: str, prompt: str, asked: Sequence[Asked], spoken: str) -> str | None:
    """Why a text is on something else than its prompt, where both are in one language."""
    # Of other languages the words that are about nothing are not known well enough, and their words have more forms.
    if canonical(spoken) != _ENGLISH or canonical(text.language) != _ENGLISH:
        return None
    if any("language" in one.arguments for one in asked):
        return None
    found = identify(said)
    if asks("translate", prompt, spoken) and (
        found != canonical(spoken) or (found is not None and names(found, prompt, spoken))
    ):
        return None
    if asks("hidden", prompt, spoken) and asks("riddling", said, spoken):
        return None
    if asks("sung", prompt, spoken) and asks("singing", said, spoken):
        return None
    if asks("code", prompt, spoken) and _is_code(said):
        return None
    barred = [str(word).casefold() for one in asked for word in one.arguments.get("forbidden_words", ())]
    barred += [found.casefold() for found in found_in("barred", prompt, spoken)]
    about = {subject for subject in subjects(prompt, spoken) if not any(stands_in(word, subject) for word in barred)}
    if len(about) < SUBJECTS:
        return None
    if found is None:
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


def _is_part_of(prompt: str, said: str, asked: Sequence[Asked], least: float) -> bool:
    """Whether an answer, or what follows the request that it repeats, stands in the prompt, and is so much of it."""
    long = len(said) >= least * len(prompt) > 0.0 or not least
    return long and said.casefold() in prompt.casefold() and said not in _requests(asked)


def _requests(asked: Sequence[Asked]) -> list[str]:
    """What the answer has to repeat before all else."""
    found = [str(one.arguments.get("prompt_to_repeat", "")).strip() for one in asked]
    return [text for text in found if text]


def _without_repeated(text: str, asked: Sequence[Asked]) -> str:
    # An answer that repeats the request and stops there did what it was told first; the check says if that was all.
    for repeated in _requests(asked):
        if text.casefold().startswith(repeated.casefold()):
            return text[len(repeated) :].strip() or text
    return text
