# ruff: noqa: RUF001 - pronouns of other scripts are the subject
"""How a text addresses its reader: the pronouns and endings of the familiar and the formal form, by language.

Sources: the T and V pronouns of each language's grammar, without forms that mean something else more often (Spanish
`su`, Italian `la`, Portuguese `seu`). German and Italian tell the formal ones by their capital, so those that begin a
sentence do not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from rlvr.rewards.languages.matching import tokens_of

Level = Literal["formal", "informal"]


@dataclass(frozen=True, slots=True)
class Address:
    """What marks the two forms; `capital` lists formal words told by their capital within a sentence."""

    informal: str
    formal: str = ""
    capital: str = ""
    informal_pattern: str = ""
    formal_pattern: str = ""


_ADDRESS: Final = {
    "de": Address(
        "du dich dir dein deine deinen deinem deiner deines euch euer eure euren eurem eurer",
        capital="Sie Ihnen Ihr Ihre Ihren Ihrem Ihrer Ihres",
    ),
    "fr": Address("tu te toi ton ta tes tien tienne", "vous votre vos vôtre vôtres"),
    "es": Address(
        "tú ti tu tus contigo vosotros vosotras vuestro vuestra vuestros vuestras os quieres puedes tienes debes sabes"
        " vienes eres estás haces necesitas podrías querrías tendrías deberías sabrías vendrías harías dirías serías"
        " estarías irías podríais querríais deberíais tendríais",
        "usted ustedes ud uds",
    ),
    "it": Address(
        "tu te ti tuo tua tuoi tue vuoi puoi devi hai fai vai sai vieni stai potresti vorresti dovresti saresti avresti"
        " faresti andresti verresti sapresti daresti diresti",
        capital="Lei Le La Suo Sua Suoi Sue",
    ),
    "pt": Address("tu te ti teu tua teus tuas contigo", "você vocês senhor senhora senhores senhoras"),
    "nl": Address("jij je jou jouw jullie", "u uw uzelf"),
    "ru": Address(
        "ты тебя тебе тобой тобою твой твоя твоё твое твои твоего твоей твоему твоих твоим твоими твоём твоем твою",
        "вы вас вам вами ваш ваша ваше ваши вашего вашей вашему ваших вашим вашими вашем вашу",
    ),
    "uk": Address("ти тебе тобі тобою твій твоя твоє твої", "ви вас вам вами ваш ваша ваше ваші вашого вашої"),
    "pl": Address(
        "ty ciebie cię tobie ci tobą twój twoja twoje twoi twojego twojej",
        "pan pani państwo pana panu panią państwa państwu",
    ),
    "zh": Address("", informal_pattern="你", formal_pattern="您"),
    "ja": Address(
        "",
        informal_pattern=r"(?:だ|だった|だろう|する|した|しない|である)(?:よ|ね|な)?[。！？!?\n]",
        formal_pattern=r"(?:です|ます|ました|ません|でした|でしょう|ください|下さい)(?:か|よ|ね)?(?:[。！？!?\n]|\Z)",
    ),
    "ko": Address(
        "너 네가 너의 너를",
        informal_pattern=r"(?:한다|했다|이다|있다|없다|해|야)[.!?\n]",
        formal_pattern=r"(?:니다|니까|세요|십시오|어요|아요|에요|예요|해요|네요)(?:[.!?\n]|\Z)",
    ),
}
_BEGINNING = re.compile(r"(?:\A|[.!?:;\n\"„“”«»()…–—-])\s*\Z")


def languages() -> tuple[str, ...]:
    """The languages whose forms of address are known.

    >>> "de" in languages()
    True
    """
    return tuple(_ADDRESS)


def marks_of_address(text: str, language: str) -> tuple[list[str], list[str]]:
    """The marks of the informal and of the formal form in a text.

    >>> marks_of_address("Öffnen Sie Ihre Tür. Du!", "de")
    (['Du'], ['Sie', 'Ihre'])
    """
    address = _ADDRESS[language.partition("-")[0]]
    informal, formal = _words(address)
    found: tuple[list[str], list[str]] = ([], [])
    capital = set(address.capital.split())
    for token in tokens_of(text):
        flat = token.text.casefold()
        if flat in informal and not (token.text.isupper() and len(token.text) > 1):
            found[0].append(token.text)
        elif flat in formal or (
            token.text in capital and not _BEGINNING.search(text[max(0, token.start - 4) : token.start])
        ):
            found[1].append(token.text)
    for place, pattern in enumerate((address.informal_pattern, address.formal_pattern)):
        if pattern:
            found[place].extend(match[0].strip() for match in re.finditer(pattern, text))
    return found


@cache
def _words(address: Address) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(address.informal.split()), frozenset(address.formal.split())
