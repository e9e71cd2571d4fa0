"""What a prompt calls a language: as Tower+ calls it in training, whatever region a test set's tag has."""

from __future__ import annotations

from rlvr.rewards.languages.identification import name_of

_TOLD_APART = ("pt",)
"""Languages of which Tower+ learns several varieties, the usual one among them: `pt` alone would say neither."""


def prompt_name(tag: str) -> str:
    """The English name of a language, with region or script only where that sets a variety apart.

    WMT24++ has a region in every tag (`de_DE`); no model is trained on `German (Germany)`.

    Raises:
        DataError: It is no language tag.

    >>> prompt_name("de_DE"), prompt_name("zh_CN"), prompt_name("zh_TW"), prompt_name("pt_BR"), prompt_name("es_MX")
    ('German', 'Chinese (Simplified)', 'Chinese (Traditional)', 'Portuguese (Brazil)', 'Spanish (Mexico)')
    """
    import langcodes

    name_of(tag)  # raises
    language = langcodes.get(tag)
    if not language.territory or language.language in _TOLD_APART:
        return name_of(tag)
    if language.language == "zh":
        return name_of(f"zh-{language.maximize().script}")
    bare = langcodes.Language.make(language=language.language, script=language.script)
    return name_of(bare.to_tag() if language.territory == bare.maximize().territory else tag)
