"""Languages so near that a short text can be in either, and the words and letters that set them apart.

Where a text has none of these marks, or as many of both, it is in whichever of them it was asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Final

KIN: Final = (
    frozenset(("no", "da", "sv")),
    frozenset(("hr", "sr", "bs", "sh")),
    frozenset(("id", "ms")),
    frozenset(("cs", "sk")),
    frozenset(("hi", "mr", "ne")),
    frozenset(("ja", "zh")),
)
"""Languages that accept each other where a text does not tell; codes as `identification.canonical` gives them."""

_WORDS: Final[Mapping[str, str]] = {
    "no": (
        "meg deg seg av etter hva noe noen nå opp gikk ble blitt mye skog skogen klokka lite lita mer sier"
        " igjen jenta gutt gutten bok boka veldig morn takk språk sjø sjøen nydelig fortelle uke uka høy eg"
        " ikkje ein eit kva korleis frå dei vere berre noko nokon meir kvifor gjere gjera veit mykje ho leser"
        " snakker gjøre gjør kveld trenger vann melk enn framtid fått gått sett tenkte dere leksa jobb vet"
        " vært jente hjem hage hagen barna kopp selge hvit snø fjell skole skolen mat lese språket venn"
    ),
    "da": (
        "mig dig sig af efter hvad noget nogen nu op gik blev blevet meget skov skoven klokken lidt siger igen"
        " pige pigen dreng drengen bog bogen sprog sø søen dejligt dejlig vejr vejret fortælle uge ugen høj"
        " læser gøre gør vand mælk end fremtid fået gået tænkte jer jeres nogle uden mand havde sagde haven"
        " børnene kop sælge hvid sne fjeld mad læse sproget ven"
    ),
    "sv": (
        "jag och inte är att som för till ett när vad mycket också mig dig sig efter nu upp gick"
        " blev skogen klockan lite mer säger igen flicka pojke bok språk sjö väder berätta vecka hög hon läser"
    ),
    "id": (
        "bahwa karena bisa uang mobil kantor kamu anda gue enggak nggak tidak adalah dengan kalau sepeda"
        " sekolah mau bagaimana coba televisi apotek berbeda universitas kereta polisi gratis"
    ),
    "ms": (
        "bahawa kerana boleh wang kereta pejabat awak anda tak ialah dengan kalau basikal cuba televisyen farmasi"
        " berbeza universiti polis percuma macam mana nak hendak ialah kebolehan seorang mereka ahad isnin"
    ),
    "hi": "है हैं और का की के में से नहीं हूँ था थी",
    "mr": "आहे आहेत आणि नाही मी होते होता ही हे मला",
    "ne": "छ छन् हुन्छ गर्नुहोस् र पनि भएको गर्न हो थियो छैन",
    "hr": "tko što tjedan tisuća siječanj kruh vlak zrak općina uvjet sretan lijepo mlijeko dijete gdje prije",
    "sr": "ko šta nedelja hiljada januar hleb voz vazduh opština uslov srećan lepo mleko dete gde pre",
    "cs": "jsem se jsme jsou byl že který také není bylo protože když nebo ještě velmi než",
    "sk": "som sa sme sú bol že ktorý tiež nie bolo pretože keď alebo ešte veľmi než",
}
_LETTERS: Final[Mapping[str, str]] = {
    "no": "",
    "da": "",
    "sv": "äö",
    "cs": "ěřů",
    "sk": "ľĺŕôä",
}
_BORROWED: Final = {"no": "æø", "da": "æø"}
"""Letters that two have and the third has not."""
_CHINESE: Final = frozenset("是了在我你他她们們这這那很也都就和说說吗嗎呢把被让讓没沒吧啊给給从從与與为為对對还還么麼")
_JAPANESE: Final = frozenset("気駅働円広払沢価値込図売読覚戻巻歩毎亜渋徳県辺関険検験労単厳営剤済桜栄暁")


def are_kin(first: str, second: str) -> bool:
    """Whether two languages may be taken for one another.

    >>> are_kin("no", "da"), are_kin("pt", "es")
    (True, False)
    """
    return first != second and share_group(first, second, KIN)


def share_group(first: str, second: str, groups: Iterable[Collection[str]]) -> bool:
    """Whether two languages are one, or stand together in one of the groups.

    >>> share_group("da", "da", ()), share_group("no", "da", KIN), share_group("pt", "es", KIN)
    (True, True, False)
    """
    return first == second or any(first in group and second in group for group in groups)


def marked(text: str, language: str) -> str | None:
    """Which of the kin of a language a text has most marks of; `None` where it tells none of them.

    >>> marked("Jeg bor i et lite hus ved sjøen.", "da"), marked("Vi ses i morgen.", "no")
    ('no', None)
    >>> marked("東京駅前、円高。", "zh"), marked("他是老师。", "ja"), marked("東京大学", "ja")
    ('ja', 'zh', None)
    """
    if language in ("ja", "zh"):
        chinese = sum(letter in _CHINESE or not _in_japan(letter) for letter in text)
        return _most(Counter({"zh": chinese, "ja": sum(map(_JAPANESE.__contains__, text))}))
    return _most(_marks(text, language))


def tells_against(text: str, language: str) -> bool:
    """Whether a text has more marks of a language's kin than of itself.

    >>> tells_against("Jeg elsker dig.", "no"), tells_against("Jeg elsker dig.", "da")
    (True, False)
    """
    if language in ("ja", "zh"):
        return marked(text, language) not in (None, language)
    counts = _marks(text, language)
    return counts[language] < max(counts.values(), default=0)


def _marks(text: str, language: str) -> Counter[str]:
    """How many words and letters of a text each of the kin has that not all of them have."""
    group = next((kin & _WORDS.keys() for kin in KIN if language in kin), frozenset[str]())
    known = {code: frozenset(_WORDS[code].split()) for code in group}
    shared = frozenset[str]().union(*known.values()).intersection(*known.values())
    folded = text.casefold()
    words = Counter(_words(folded))
    counts = Counter[str]()
    for code, own in known.items():
        counts[code] = sum(words[word] for word in own - shared)
        counts[code] += sum(folded.count(letter) for letter in _LETTERS.get(code, "") + _BORROWED.get(code, ""))
    return counts


@cache
def _in_japan(letter: str) -> bool:
    try:
        letter.encode("shift_jis")
    except UnicodeEncodeError:
        return not "\u4e00" <= letter <= "\u9fff"
    return True


def _words(folded: str) -> list[str]:
    return [word.strip("।,.?!;:\"'()") for word in folded.split()]


def _most(counts: Counter[str]) -> str | None:
    ranked = [*counts.most_common(2), ("", 0), ("", 0)]
    (first, most), (_, second) = ranked[:2]
    return first if most > second else None
