# ruff: noqa: RUF001 - endings of many scripts
"""Regular endings: whether a word is another one with endings of its language behind it.

Snowball's stemmers do not take off every regular ending: not Scandinavian definite ones, not Korean particles, not a
chain of Hungarian suffixes. Only endings that many words take stand here; words whose stem changes are another matter.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_SCANDINAVIAN: Final = "en et a er ene ne n s r ar arna or orna erna na t e ens ets enes nes ers ernes arnas ernas"
_ENDINGS: Final = {
    "da": f"{_SCANDINAVIAN} erne rne",
    "no": _SCANDINAVIAN,
    "nb": _SCANDINAVIAN,
    "nn": f"{_SCANDINAVIAN} ane anes ar",
    "sv": f"{_SCANDINAVIAN} ns an ans",
    "is": "i s a ar ir ur um na nna inn inum ins ið inu in ina innar inni unum nir nar anna",
    "de": "e en er es s n em ern ens",
    "nl": "e en s n",
    "es": "s es",
    "pt": "s es",
    "it": "i e hi he",
    "fr": "s x e es",
    "ro": "a ul le lui lor i ii ilor e ele elor uri urile ului l ei",
    "hu": (
        "a e i k t m d n ja je ai ei jai jei ok ek ök ak nk tok tek tök unk ünk im am em om öm aim eim jaim jeim"
        " nak nek ban ben ba be ból ből ra re ról ről hoz hez höz tól től val vel ért ig ként on en ön ok"
        " ul ül at et ot öt uk ük juk jük aik eik"
    ),
    "fi": (
        "n t a ä ta tä tta ttä ssa ssä sta stä lla llä lta ltä lle ksi na nä in en iden ien i ja jä itä ita issa issä"
        " ista istä illa illä ilta iltä ille iin hin ni si nsa nsä mme nne an än on ön un yn"
    ),
    "pl": "a u owi em ie y i e ów om ami ach ę ą o",
    "cs": "a u ovi em ě y i e ů ům ami ách ích ou o mi",
    "ru": "а у ом е ы и ов ам ами ах ой ю ю ей ем я ям ями ях о",
    "uk": "а у ові ом і и ів ам ами ах ою ю ей ем я ям ями ях о",
    "ko": (
        "이 가 은 는 을 를 의 에 로 으로 와 과 도 만 에서 에게 에는 에도 까지 부터 들 들이 들은 들을 이나 나"
        " 이라 라 이다 입니다 이며 이고 에서는 으로는 로는 처럼 보다 마다"
    ),
}
_CHAINED: Final = {"hu": 3, "fi": 2, "ko": 2}
_VOWELS: Final = frozenset("aeiouyăîâяаеиоуыіє")
_LONG, _SHORTEST = 4, 2
_PARTED: Final = "ab an auf aus bei ein fest her hin los mit nach vor weg zu zurück zusammen um"


def has_regular_endings(word: str, base: str, language: str) -> bool:
    """Whether a word is a base form with regular endings, the last vowel of a longer one dropped where it may be.

    Args:
        word: As it stands, in small letters and composed.
        base: The form of the dictionary, in small letters and composed.
        language: A language tag.

    >>> has_regular_endings("leietakerne", "leietaker", "nb"), has_regular_endings("barátaimnak", "barát", "hu")
    (True, True)
    >>> has_regular_endings("파일을", "파일", "ko"), has_regular_endings("laghi", "lago", "it")
    (True, True)
    >>> has_regular_endings("carpet", "car", "en"), has_regular_endings("lander", "la", "da")
    (False, False)
    """
    code = language.partition("-")[0].lower()
    endings = _endings(code)
    if not endings or len(base) < _SHORTEST:
        return False
    if code == "de" and _participle(word, base):
        return True
    if code in ("es", "pt") and base.endswith("z") and word == f"{base[:-1]}ces":
        return True
    stems = [base, *([base[:-1]] if len(base) > _LONG - 1 and base[-1] in _VOWELS and code != "ko" else [])]
    return any(word.startswith(stem) and _chained(word[len(stem) :], endings, _CHAINED.get(code, 1)) for stem in stems)


def _chained(rest: str, endings: frozenset[str], most: int) -> bool:
    if rest in endings:
        return True
    return most > 1 and any(
        rest.startswith(one) and _chained(rest[len(one) :], endings, most - 1)
        for one in endings
        if len(one) < len(rest)
    )


def _participle(word: str, base: str) -> bool:
    """A German verb with a prefix that is parted from it: `abgestürzt`, `abzustürzen`."""
    for prefix in _PARTED.split():
        if base.startswith(prefix) and base.endswith("en"):
            stem = base[len(prefix) : -2]
            if len(stem) >= _LONG - 1 and word in (
                *(f"{prefix}ge{stem}{end}" for end in ("t", "et", "en", "te", "ten", "ter", "tes", "tem")),
                f"{prefix}zu{stem}en",
            ):
                return True
    return False


@cache
def _endings(code: str) -> frozenset[str]:
    return frozenset(_ENDINGS.get(code, "").split())
