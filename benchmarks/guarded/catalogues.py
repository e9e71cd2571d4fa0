"""Message catalogues of published packages: texts of software and what people made of them, in many languages.

They are read where they lie, in wheels (`pip download django wagtail ...`) and in the packages that are installed, and
never copied. A message in another language than its catalogue's is still counted as right: there are few.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from sysconfig import get_path
from zipfile import ZipFile

from babel.messages.mofile import read_mo
from babel.messages.pofile import PoFileError, read_po

from guarded.texts import Item

LANGUAGES = (
    *("cs", "da", "de", "es", "fi", "fr", "hi", "hu", "is", "it", "ja", "ko", "nb", "nl", "nn", "pl"),
    *("pt-BR", "pt-PT", "ro", "ru", "sv", "uk", "zh-Hans", "zh-Hant"),
)
"""Those of Tower+ besides English."""
_FOLDERS = {
    "pt-BR": ("pt_BR",),
    "pt-PT": ("pt", "pt_PT"),
    "zh-Hans": ("zh_Hans", "zh_CN", "zh_Hans_CN"),
    "zh-Hant": ("zh_Hant", "zh_TW", "zh_Hant_TW"),
    "nb": ("nb", "nb_NO", "no"),
    "cs": ("cs", "cs_CZ"),
    "hi": ("hi", "hi_IN"),
    "hu": ("hu", "hu_HU"),
    "is": ("is", "is_IS"),
    "ko": ("ko", "ko_KR"),
    "nn": ("nn", "nn_NO"),
    "ru": ("ru", "ru_RU"),
    "sv": ("sv", "sv_SE"),
    "uk": ("uk", "uk_UA"),
}
_LETTERS = re.compile(r"[^\W\d_]")
_LONGEST_COPY = 3
_FEWEST_LETTERS = 3


def read_catalogues(wheels: Path | None, each: int, seed: str = "messages") -> dict[str, list[Item]]:
    """Messages of each language, a seeded draw of so many.

    A message that its catalogue leaves in English is left out where it has more than three words: it was not
    translated.
    """
    found: dict[str, dict[str, Item]] = {language: {} for language in LANGUAGES}
    places = {folder: language for language in LANGUAGES for folder in _FOLDERS.get(language, (language,))}
    for name, content in _files(wheels):
        parts = name.split("/")
        language = next((places[part] for part in parts[:-1] if part in places), None)
        if language is None or ("LC_MESSAGES" not in parts and "locale" not in parts):
            continue
        for source, target in _messages(name, content):
            found[language].setdefault(source, Item("en", language, source, target))
    drawn: dict[str, list[Item]] = {}
    for language, items in found.items():
        ordered = sorted(items.values(), key=lambda item: item.source)
        random.Random(f"{seed} {language}").shuffle(ordered)
        drawn[language] = ordered[:each]
    return drawn


def _files(wheels: Path | None) -> Iterator[tuple[str, bytes]]:
    if wheels is not None:
        for wheel in sorted(wheels.glob("*.whl")):
            with ZipFile(wheel) as archive:
                for name in _compiled(archive.namelist()):
                    yield name, archive.read(name)
        return
    root = Path(get_path("purelib"))
    for name in _compiled(str(path.relative_to(root)) for path in root.rglob("*.[mp]o")):
        yield name, (root / name).read_bytes()


def _compiled(names: Iterable[str]) -> list[str]:
    """Compiled catalogues, and sources of those that are not compiled."""
    known = {name for name in names if name.endswith((".mo", ".po"))}
    return sorted(name for name in known if name.endswith(".mo") or f"{name[:-3]}.mo" not in known)


def _messages(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    try:
        catalogue = read_mo(io.BytesIO(content)) if name.endswith(".mo") else read_po(io.BytesIO(content))
    except (PoFileError, ValueError, OSError):
        return
    for message in catalogue:
        if not message.id or message.fuzzy:
            continue
        # Of plural forms the last is the general one, on both sides.
        source, target = (one[-1] if isinstance(one, (tuple, list)) else one for one in (message.id, message.string))
        source, target = str(source or "").strip(), str(target or "").strip()
        letters = len(_LETTERS.findall(source))
        if not target or letters < _FEWEST_LETTERS or (source == target and len(source.split()) > _LONGEST_COPY):
            continue
        yield source, target
