"""Is it in the target language: its words, its variant, its script?"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from rlvr.rewards.languages.identification import canonical, identify, likelihoods
from rlvr.rewards.languages.scripts import letters_by_script, script, scripts_of
from rlvr.rewards.languages.variants import asked_variant, variant_of
from rlvr.rewards.translation.guards.segment import Segment, names_make, plain

_KIN: Final = tuple(
    frozenset(codes.split())
    for codes in (
        "no da",
        "hr sr bs sh me",
        "id ms",
        "cs sk",
        "gl pt",
        "bg mk",
        "ru uk be",
        "hi mr ne",
        "af nl",
        "es ca gl",
    )
)
"""Languages that a model of short texts takes for one another."""
_SMALL: Final = frozenset(
    (
        *("li", "als", "bar", "nds", "vls", "zea", "frr", "ksh", "pfl", "lmo", "pms", "nap"),
        *("scn", "vec", "eml", "wa", "an", "ast", "war", "ceb", "jbo", "ia", "ie", "io", "vo"),
    )
)
"""Dialects and constructed languages in which little was written for the model to learn from."""
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
_SURE, _AHEAD, _SHORT, _SURE_IF_SHORT = 0.4, 3.0, 20, 0.85
_FOREIGN, _STRAY, _NEAR = 0.1, 2, 0.15


def in_language(segment: Segment) -> str | None:
    """It is in the target language, and in the variant asked for.

    A script decides where it can, on any text; a model does on at least 20 letters, or fewer that it is very sure of.
    Names and other words that source or references hold are left out first. What could be either passes.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> in_language(Segment("La maison est rouge et grande.", "The house is red and large.", Pair("en", "de")))
    'it is in fr, not in de'
    >>> in_language(Segment("Эта", "this", Pair("en", "de")))
    'it is written in CYRILLIC letters, not in those of de'
    >>> in_language(Segment("Perdi o comboio.", "I missed the train.", Pair("en", "pt-BR")))
    'it is in pt-PT, not in pt-BR'
    """
    target = segment.pair.target
    if name := _other_script(segment):
        return f"it is written in {name} letters, not in those of {target}"
    if (wanted := asked_variant(target)) and variant_of(segment.hypothesis, wanted) not in (None, wanted):
        return f"it is in {variant_of(segment.hypothesis, wanted)}, not in {target}"
    near = _nearness(segment)
    found = _by_words(segment.hypothesis, target, strict=segment.references != () and near < _NEAR)
    if found is None or _titled(segment):
        return None
    if near >= 0.5 and any(_by_words(text, target) == found for text in segment.references):
        return None
    return f"it is in {found}, not in {target}"


def one_script(segment: Segment) -> str | None:
    """It holds no letters of scripts that are neither the target language's nor in a name that the source has too.

    >>> from rlvr.rewards.languages.pairs import Pair
    >>> one_script(Segment("Das 房子 ist rot und дом.", "The house is red.", Pair("en", "de")))
    '5 letters are neither of the script of de nor in a name of the source: 房, 子, дом'
    """
    own = scripts_of(segment.pair.target)
    if not own:
        return None
    # Formulas and signs (`bxc5`) are at home anywhere, and so are single letters.
    strays = [
        word for word in segment.words if _is_word(word) and _foreign(word, own) and not _explained(word, segment)
    ]
    letters = sum(map(len, strays))
    # A Latin name or abbreviation is at home in any script; a phrase is not.
    latin = all(script(letter) == "LATIN" for word in strays for letter in word if letter.isalpha())
    if (len(strays) <= max(1, _FOREIGN * len(segment.words))) if latin else (letters <= _STRAY):
        return None
    listed = ", ".join(list(dict.fromkeys(strays))[:5])
    return f"{letters} letters are neither of the script of {segment.pair.target} nor in a name of the source: {listed}"


def _other_script(segment: Segment) -> str | None:
    """The script that more than half of its words are in, names that the source has too left out."""
    own = scripts_of(segment.pair.target)
    words = [word for word in segment.words if any(map(str.isalpha, word))]
    strays = [word for word in words if _foreign(word, own)]
    mine = len(words) - len(strays)
    if not own or any(sum(letters_by_script(text)[name] for name in own) == 0 for text in segment.references):
        return None
    unexplained = [word for word in strays if not _explained(word, segment)]
    if len(unexplained) <= mine and (mine or (any(map(str.isupper, segment.source)) and not unexplained)):
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
        return kept and (word[0].isupper() or not word.islower() or word not in segment.source_words)
    # What the source itself quotes in a third script stays; its own letters are not those of the target.
    return kept and script(word[0]) not in scripts_of(segment.pair.source)


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


def _nearness(segment: Segment) -> float:
    """The share of its words that a reference has and the source has not, of all that the source has not."""
    source = {word.casefold() for word in segment.source_words}
    own = [word.casefold() for word in segment.words if word.casefold() not in source]
    references = {word.casefold() for words in segment.reference_words for word in words}
    return sum(word in references for word in own) / len(own) if own else 1.0


def _by_words(text: str, target: str, *, strict: bool = False) -> str | None:
    """The other language that a text is in; strictly, wherever the model prefers it to the target language."""
    wanted, whole = canonical(target), plain(text)
    if not scripts_of(target) & _SHARED:
        # The script has decided, but for Chinese and Japanese, which share one.
        found = identify(whole) if wanted in ("zh", "ja") else None
        return found if found in {"zh", "ja"} - {wanted} else None
    if wanted not in _MODELLED:
        return None
    text = whole
    # Names say little of the language around them.
    rest = " ".join(word for word in re.findall(r"\S+", text) if not word[:1].isupper() or word.islower())
    text = rest if sum(map(str.isalpha, rest)) >= 3 * _SHORT else text
    letters = sum(map(str.isalpha, text))
    shares = defaultdict[str, float](float)
    for code, share in likelihoods(text).items():
        if code not in _SMALL or code == wanted:
            shares[canonical(code)] += share
    if letters < 4 or not shares:
        return None
    found, share = max(shares.items(), key=lambda one: one[1])
    ours = shares.get(wanted, 0.0) + sum(
        shares.get(code, 0.0) for kin in _KIN if wanted in kin for code in kin - {wanted}
    )
    sure = _SURE if letters >= _SHORT else _SURE_IF_SHORT
    ahead, sure = (1.0, sure / 2) if strict and letters >= 2 * _SHORT else (_AHEAD, sure)
    if found == wanted or share < ahead * ours or share < sure:
        return None
    return found
