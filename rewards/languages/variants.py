"""Which variant of a language a text is in: Portuguese of Portugal or Brazil, simplified or traditional Chinese.

Each variant has characters or words that the other one does not use. Where none of them stands in the text, or as
many of both, it could be either: that is said by `None`, and is most short texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from rlvr.rewards.languages.scripts import code_of

_PORTUGAL: Final = (
    "autocarro comboio telemóvel ecrã pequeno-almoço casa de banho sumo frigorífico facto contacto equipa "
    "utilizador utilizadores ficheiro ficheiros rapariga raparigas peão talho gelado elétrico eléctrico camião "
    "camiões percurso desporto registo registar húmido bebé metro planear planeamento controlo activo actual "
    "acção direcção projecto fenómeno económico económica económicos económicas académico académica António "
    "género ténis oxigénio tónico polícia judiciária aterragem portagem parque de estacionamento rato secção "
    "receção perceção connosco tu estás vocês dezanove dezasseis dezassete quilómetro quilómetros colónia prémio"
)
_BRAZIL: Final = (
    "ônibus trem celular tela café da manhã banheiro suco geladeira fato contato time usuário usuários arquivo "
    "arquivos garota garotas pedestre açougue sorvete bonde caminhão caminhões esporte esportes registro "
    "registrar úmido bebê metrô planejar planejamento controle ativo atual ação direção projeto fenômeno "
    "econômico econômica econômicos econômicas acadêmico acadêmica Antônio gênero tênis oxigênio tônico você "
    "pedágio mouse seção recepção percepção conosco dezenove dezesseis dezessete quilômetro quilômetros colônia "
    "prêmio"
)
_COMMON: Final = frozenset(
    ("de", "casa", "banho", "da", "manhã", "parque", "estacionamento", "café", "polícia", "atual")
)
# Written so in both since the orthographic agreement of 1990; the old spelling remains Portugal's.
_AGREED: Final = frozenset(
    ("ativo", "ação", "direção", "projeto", "percurso", "contato", "time", "metro", "peão", "vocês")
)


@cache
def _portuguese() -> tuple[frozenset[str], frozenset[str]]:
    first, second = (frozenset(words.casefold().split()) - _COMMON - _AGREED for words in (_PORTUGAL, _BRAZIL))
    return first - second, second - first


def _portugal_or_brazil(text: str) -> str | None:
    words = re.findall(r"[\w-]+", text.casefold())
    portugal, brazil = (sum(word in known for word in words) for known in _portuguese())
    # A Portuguese progressive is `estar a` with an infinitive, a Brazilian one a gerund.
    flat = " ".join(words)
    portugal += len(re.findall(r"\best(?:ou|ás|á|amos|ão|ava|avam) a \w+[aei]r\b", flat))
    brazil += len(re.findall(r"\best(?:ou|á|amos|ão|ava|avam) \w+[aei]ndo\b", flat))
    return _heavier(("pt-PT", portugal), ("pt-BR", brazil))


def _simplified_or_traditional(text: str) -> str | None:
    # Each national standard holds the characters of its own variant; what only one of them has tells.
    characters = [letter for letter in text if "\u4e00" <= letter <= "\u9fff"]
    inside = [(_encodes(letter, "gb2312"), _encodes(letter, "big5")) for letter in characters]
    simplified = sum(gb and not big5 for gb, big5 in inside)
    traditional = sum(big5 and not gb for gb, big5 in inside)
    return _heavier(("zh-Hans", simplified), ("zh-Hant", traditional))


@cache
def _encodes(letter: str, codec: str) -> bool:
    try:
        letter.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _heavier(first: tuple[str, int], second: tuple[str, int]) -> str | None:
    # One stray word may be a quotation or a name; twice as many of one as of the other is a choice.
    (name, most), (_, least) = sorted((first, second), key=lambda one: -one[1])
    return name if most >= 2 * least and most > 0 else None


_OF: Final[dict[str, Callable[[str], str | None]]] = {
    "pt-PT": _portugal_or_brazil,
    "pt-BR": _portugal_or_brazil,
    "zh-Hans": _simplified_or_traditional,
    "zh-Hant": _simplified_or_traditional,
}


def variant_of(text: str, tag: str) -> str | None:
    """The variant a text is in, of those of the tag's language; `None` where it could be either.

    >>> variant_of("Apanhei o autocarro e perdi o telemóvel.", "pt-BR")
    'pt-PT'
    >>> variant_of("我們在學校學習漢語", "zh"), variant_of("我们在学校学习汉语", "zh-TW"), variant_of("你好", "zh")
    ('zh-Hant', 'zh-Hans', None)
    """
    wanted = asked_variant(tag)
    if wanted is None and tag.partition("-")[0] in ("pt", "zh"):
        wanted = "pt-PT" if tag.startswith("pt") else "zh-Hans"
    return _OF[wanted](text) if wanted in _OF else None


def asked_variant(tag: str) -> str | None:
    """The variant that a tag asks for, where it asks for one that can be told from its sister.

    >>> [asked_variant(tag) for tag in ("zh-TW", "zh-CN", "zh", "pt-BR", "de-AT")]
    ['zh-Hant', 'zh-Hans', None, 'pt-BR', None]
    """
    import langcodes

    language = langcodes.get(tag)
    if language.language == "zh" and (language.script or language.territory):
        return f"zh-{code_of(tag)}"
    if language.language == "pt" and language.territory in ("PT", "BR"):
        return f"pt-{language.territory}"
    return None
