# ruff: noqa: RUF001 - signs of many scripts are the subject
"""Is it in the target language: its words, its variant, its script?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from rlvr.rewards.languages.identification import canonical
from rlvr.rewards.languages.scripts import letters_by_script, script, scripts_of
from rlvr.rewards.languages.variants import asked_variant, variant_of
from rlvr.rewards.translation.guards.evidence import Evidence, evidence, foreign_words
from rlvr.rewards.translation.guards.segment import Segment, names_make, plain, words_of

_CODES: Final = (
    "af als am an ar arz as ast av az azb ba bar bcl be bg bh bn bo bpy br bs bxr ca cbk ce ceb ckb co cs cv cy "
    "da de diq dsb dty dv el eml en eo es et eu fa fi fr frr fy ga gd gl gn gom gu gv he hi hif hr hsb ht hu hy "
    "ia id ie ilo io is it ja jbo jv ka kk km kn ko krc ku kv kw ky la lb lez li lmo lo lrc lt lv mai mg mhr min "
    "mk ml mn mr mrj ms mt mwl my myv mzn nah nap nds ne new nl nn no oc or os pa pam pfl pl pms pnb ps pt qu rm "
    "ro ru rue sa sah sc scn sco sd sh si sk sl so sq sr su sv sw ta te tg th tk tl tr tt tyv ug uk ur uz vec vep "
    "vi vls vo wa war wuu xal xmf yi yo yue zh"
)
_MODELLED: Final = frozenset(_CODES.split())
"""Languages that the model knows; a text in another one it takes for one of these."""
_SHARED: Final = frozenset(("LATIN", "CYRILLIC", "ARABIC", "DEVANAGARI", "HEBREW", "BENGALI", "ETHIOPIC"))
"""Scripts that several languages are written in."""
_BRIEF, _SHORT, _SOME, _LONG = 8, 18, 27, 40
_LEAD, _CLEAR, _BESIDE, _OWN_LEAD = 0.5, 1.5, 0.7, -0.3
_ALIKE: Final = frozenset(("da", "no"))
"""Danish and Norwegian (Bokmål): a word or two of theirs decide."""
_MOST: Final = 200
"""Sentences that are looked at one by one."""
_ALPHABETS: Final = frozenset(("LATIN", "CYRILLIC"))
_STRANGE_WORDS: Final = 2
_STEM: Final = 4
_FOREIGN, _STRAY, _STRANGE, _HAN, _HAN_OF_SENTENCE = 0.1, 2, 2, 8, 5
_QUOTED: Final = re.compile(r"[\"“„«「『'‘(（]([^\"“”„«»「」『』'’()（）]{1,200})[\"”“»」』'’)）]")


def in_language(segment: Segment) -> str | None:
    """It is in the target language, and in the variant asked for; each of its sentences is.

    A script decides where it can, on any text; on 18 letters and more a model does, where words or letters of the other
    language say the same. What could be either passes, and what a reference does too.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> in_language(Segment("La maison est rouge et grande.", "The house is red and large.", Pair("en", "de")))
    'it is in fr, not in de'
    >>> in_language(Segment("Das Haus ist rot. La maison est très grande.", "The house is red. The house is large.",
    ...     Pair("en", "de")))
    'a sentence is in fr, not in de: `La maison est très grande.`'
    >>> in_language(Segment("Эта", "this", Pair("en", "de")))
    'it is written in CYRILLIC letters, not in those of de'
    >>> in_language(Segment("Perdi o comboio e o autocarro.", "I missed the train and the bus.", Pair("en", "pt-BR")))
    'it is in pt-PT, not in pt-BR'
    """
    language, target = segment.language, segment.pair.target
    if name := _other_script(language):
        return f"it is written in {name} letters, not in those of {target}"
    if found := _other_variant(language, target):
        return f"it is in {found}, not in {target}"
    if scripts_of(target) & _SHARED:
        return _by_words(language)
    return _chinese_for_japanese(language) if canonical(target) == "ja" else None


def one_script(segment: Segment) -> str | None:
    """It holds no letters of scripts that are neither the target language's nor in a word that the source has too.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> one_script(Segment("Das 房子 ist rot und дом.", "The house is red.", Pair("en", "de")))
    '5 letters are neither of the script of de nor in a word of the source: 房, 子, дом'
    """
    segment = segment.language
    own = scripts_of(segment.pair.target)
    if not own:
        return None
    # Formulas and signs (`bxc5`) are at home anywhere, and so are single letters.
    strays = [
        part for word in segment.words for part in _parts(word, own) if _is_word(part) and not _explained(part, segment)
    ]
    if strays and (alone := _sentence_of(strays, segment, own)):
        return f"a sentence is not in the script of {segment.pair.target}: `{alone[:80]}`"
    letters = sum(map(len, strays))
    # A Latin name or abbreviation is at home in any script; a phrase is not.
    latin = all(script(letter) == "LATIN" for word in strays for letter in word if letter.isalpha())
    if (len(strays) <= max(1, _FOREIGN * len(segment.words))) if latin else (letters <= _STRAY):
        return None
    listed = ", ".join(list(dict.fromkeys(strays))[:5])
    return f"{letters} letters are neither of the script of {segment.pair.target} nor in a word of the source: {listed}"


def _sentence_of(strays: Sequence[str], segment: Segment, own: frozenset[str]) -> str | None:
    """A sentence among several that is made of such words."""
    for sentence in segment.sentences[:_MOST] if len(segment.sentences) > 1 else ():
        words = [word for word in words_of(sentence) if any(map(str.isalpha, word))]
        if words and all(_parts(word, own) and set(_parts(word, own)) <= set(strays) for word in words):
            return sentence
    return None


def _by_words(language: Segment) -> str | None:
    target = language.pair.target
    if canonical(target) not in _MODELLED or _titled(language):
        return None
    whole = _against(plain(language.hypothesis), language)
    if whole and _speaks_against(whole, plain(language.hypothesis), target) and not _referenced(whole, language):
        return f"it is in {whole.other}, not in {target}"
    if _ALPHABETS.intersection(letters_by_script(language.hypothesis)):
        for sentence in language.sentences[:_MOST]:
            strange = [
                word for word in foreign_words(words_of(sentence), target) if word.casefold() not in language.known
            ]
            if len(set(strange)) >= _STRANGE_WORDS:
                return f"words with letters that {target} is not written with: {', '.join(strange[:3])}"
    if len(language.sentences) < 2:
        return None
    read = [(sentence, _against(sentence, language)) for sentence in language.sentences[:_MOST]]
    others_are_right = any(
        (found := _against(sentence, language, least=_BRIEF)) is not None and found.lead < _OWN_LEAD
        for sentence, _ in read
    )
    for sentence, found in read:
        if found is None or _referenced(found, language):
            continue
        differs = others_are_right and found.lead > _BESIDE and not _shares_words(sentence, language)
        if (differs and language.references) or _speaks_against(found, sentence, target):
            return f"a sentence is in {found.other}, not in {target}: `{sentence[:80]}`"
    return None


def _shares_words(sentence: str, language: Segment) -> bool:
    """Whether a sentence has a word of a reference that the source has not; small ones are those of any kin."""
    theirs = {word.casefold() for words in language.reference_words for word in words if len(word) >= _STEM}
    theirs -= {word.casefold() for word in language.source_words}
    return any(word.casefold() in theirs for word in words_of(sentence))


def _against(text: str, language: Segment, *, least: int = _SHORT) -> Evidence | None:
    # Names say little of the language around them.
    names = {word for word in language.source_words if word[0].isupper() or not word.isalpha()}
    rest = " ".join(word for word in text.split() if not names.intersection(words_of(word)))
    return evidence(rest, language.pair.target) if _letters(rest) >= least else None


def _speaks_against(found: Evidence, text: str, target: str) -> bool:
    alike = _ALIKE.issuperset((found.other, canonical(target)))
    # One word decides little in a short text.
    if found.lead > _LEAD and found.words >= (2 if alike or _letters(text) < _SOME else 1):
        return True
    return not alike and found.lead > _CLEAR and found.words >= 0 and _letters(text) >= _LONG


def _referenced(found: Evidence, language: Segment) -> bool:
    """Whether a reference is taken for the same other language."""
    for text in language.references:
        theirs = evidence(plain(text), language.pair.target)
        if theirs is not None and theirs.other == found.other and theirs.lead > 0:
            return True
    return False


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _other_variant(language: Segment, target: str) -> str | None:
    """The sister variant, where two different words or characters of the text say so."""
    wanted = asked_variant(target)
    found = variant_of(language.hypothesis, wanted) if wanted else None
    if wanted is None or found in (None, wanted):
        return None
    if any(variant_of(text, wanted) == found for text in language.references):
        return None
    telling = {word.casefold() for word in words_of(language.hypothesis) if variant_of(word, wanted) == found}
    # A construction of several words tells by itself.
    return found if len(telling) != 1 else None


def _chinese_for_japanese(language: Segment) -> str | None:
    if _chinese(language.hypothesis, _HAN, _STRANGE) and not any(_chinese(text, 1, 1) for text in language.references):
        return "it is in zh, not in ja"
    for sentence in language.sentences[:_MOST] if len(language.sentences) > 1 else ():
        if _chinese(sentence, _HAN_OF_SENTENCE, 1) and not any(sentence in text for text in language.known_texts):
            return f"a sentence is in zh, not in ja: `{sentence[:80]}`"
    return None


def _chinese(text: str, least: int, strange: int) -> bool:
    """Whether a text of Chinese characters alone holds some that Japanese does not use."""
    han = [letter for letter in text if letter.isalpha()]
    if len(han) < least or any(script(letter) != "CJK" for letter in han):
        return False
    return len({letter for letter in han if not letter.encode("euc_jp", "ignore")}) >= strange


def _other_script(segment: Segment) -> str | None:
    """The script that more than half of its words are in, words that the source has too left out."""
    own = scripts_of(segment.pair.target)
    words = [word for word in segment.words if any(map(str.isalpha, word))]
    strays = [word for word in words if all(_foreign(letter, own) for letter in word if letter.isalpha())]
    mine = len(words) - len(strays)
    if not own or any(sum(letters_by_script(text)[name] for name in own) == 0 for text in segment.references):
        return None
    unexplained = [word for word in strays if not _explained(word, segment)]
    if len(unexplained) <= mine and (mine or not unexplained):
        return None
    return letters_by_script("".join(unexplained or strays)).most_common(1)[0][0] if strays else None


def _explained(word: str, segment: Segment) -> bool:
    """Whether a word of another script may stand there: a name or an address, kept as the source has it."""
    folded = word.casefold()
    if any(folded == known.casefold() for words in segment.reference_words for known in words):
        return True
    # Tokenisers cut names at letters they do not know.
    kept = folded in segment.known or (len(word) > 1 and any(folded in known for known in segment.known))
    if script(word[0]) == "LATIN":
        return kept or (word.isupper() and len(word) <= 5)
    # What the source itself quotes, or has in a third script, stays; its own letters are not those of the target.
    return kept and (
        script(word[0]) not in scripts_of(segment.pair.source)
        or any(word in part for part in _QUOTED.findall(segment.source))
    )


def _parts(word: str, own: frozenset[str]) -> list[str]:
    """The parts of a word in scripts that are not the language's: an ending may follow a name (`Wagtail을`)."""
    if not _foreign(word, own):
        return []
    parts = [
        "".join(letters).strip("-'’")
        for stranger, letters in groupby(word, lambda letter: not letter.isalpha() or _foreign(letter, own))
        if stranger
    ]
    return [part for part in parts if any(map(str.isalpha, part))]


def _is_word(word: str) -> bool:
    return not any(map(str.isdigit, word)) and (len(word) > 1 or script(word) != "LATIN")


def _foreign(word: str, own: frozenset[str]) -> bool:
    return any(letter.isalpha() and script(letter) not in own for letter in word if script(letter) != "MODIFIER")


def _titled(segment: Segment) -> bool:
    """Whether a list of names and titles was kept: with no reference that is not told from a copy."""
    if segment.references or not segment.words:
        return False
    known = sum(word.casefold() in segment.known for word in segment.words)
    return known >= 0.6 * len(segment.words) and names_make(segment.source)
