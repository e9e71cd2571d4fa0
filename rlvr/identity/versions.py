"""Versions of what a verdict may depend on and is no source of ours: packages, Python, Unicode, ICU."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from importlib import import_module, metadata, util
from pathlib import Path

_NOWHERE = "absent"


def versions(packages: set[str]) -> list[str]:
    """A line for each package that is imported, for Python's minor version, Unicode's and, where it is used, ICU's.

    >>> versions({"no_such_package"})[0]
    'no_such_package absent'
    """
    lines = [f"{name} {version_of(name)}" for name in sorted(packages)]
    if "icu4py" in packages:
        lines.append(f"ICU {_icu()}")
    return [
        *lines,
        f"Python {sys.version_info.major}.{sys.version_info.minor}",
        f"Unicode {unicodedata.unidata_version}",
    ]


@cache
def version_of(name: str) -> str:
    """The version of the package that is imported under a name; nothing is imported for it.

    >>> version_of("click") == metadata.version("click"), version_of("yaml") == metadata.version("pyyaml")
    (True, True)
    """
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
    try:
        spec = util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return _NOWHERE
    places = spec.submodule_search_locations or ([spec.origin] if spec.origin else [])
    for folder in dict.fromkeys(Path(place).parent for place in places):
        if (found := _owner(folder, name)) is not None:
            return found
    return "of no package"


def _owner(folder: Path, name: str) -> str | None:
    """The version of the package that brought a module: its record is asked, those of like names first."""
    records = list(folder.glob("*.dist-info"))
    records.sort(key=lambda place: _plain(name) not in _plain(place.name))
    mine = re.compile(rf"^{re.escape(name)}(?:/|\.py,|\.\S*so,)", re.MULTILINE)
    for place in records:
        record = place / "RECORD"
        if record.is_file() and mine.search(record.read_text(encoding="utf-8", errors="replace")):
            return metadata.PathDistribution(place).version
    return None


def _plain(name: str) -> str:
    return re.sub(r"[-_.]", "", name).lower()


def _icu() -> str:
    try:
        return str(import_module("icu4py").icu_version)  # a small module; its version is written nowhere else
    except ImportError:
        return _NOWHERE
