"""Exceptions of the standard library that are not built in: a closed list, by module and name.

What a program raises of these is raised in the tests' process as the same class, and the reverse:
`pytest.raises(JSONDecodeError)` sees what it would in one process.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final, cast

_NAMES: Final[dict[str, str]] = {
    "asyncio.exceptions": "CancelledError InvalidStateError QueueFull",
    "binascii": "Error Incomplete",
    "concurrent.futures._base": "CancelledError InvalidStateError",
    "configparser": "Error NoSectionError NoOptionError DuplicateSectionError DuplicateOptionError ParsingError "
    "MissingSectionHeaderError",
    "copy": "Error",
    "_csv": "Error",
    "dataclasses": "FrozenInstanceError",
    "decimal": "DecimalException InvalidOperation DivisionByZero ConversionSyntax DivisionUndefined Inexact Overflow "
    "Underflow",
    "email.errors": "MessageError MessageParseError HeaderParseError",
    "graphlib": "CycleError",
    "http.client": "HTTPException",
    "ipaddress": "AddressValueError NetmaskValueError",
    "json.decoder": "JSONDecodeError",
    "pickle": "PickleError PicklingError UnpicklingError",
    "_pickle": "PickleError PicklingError UnpicklingError",
    "queue": "Empty Full",
    "_queue": "Empty",
    "re": "error",
    "shutil": "Error SameFileError",
    "socket": "gaierror herror",
    "sqlite3": "Error DatabaseError IntegrityError OperationalError ProgrammingError InterfaceError",
    "statistics": "StatisticsError",
    "struct": "error",
    "subprocess": "SubprocessError CalledProcessError TimeoutExpired",
    "tomllib": "TOMLDecodeError",
    "urllib.error": "URLError HTTPError ContentTooShortError",
    "xml.etree.ElementTree": "ParseError",
    "zlib": "error",
    "zoneinfo": "ZoneInfoNotFoundError",
    "zoneinfo._common": "ZoneInfoNotFoundError",
}
_PATHS: Final = frozenset(f"{module}:{name}" for module, names in _NAMES.items() for name in names.split())
_DATA: Final = frozenset({str, int, float, bool, bytes, type(None), list, tuple, dict})


def library_error_path(kind: type[BaseException]) -> str:
    """The name of such a class; nothing for any other.

    >>> import json
    >>> library_error_path(json.JSONDecodeError), library_error_path(KeyError)
    ('json.decoder:JSONDecodeError', '')
    """
    path = f"{kind.__module__}:{kind.__qualname__}"
    if path not in _PATHS:
        return ""
    return path if getattr(sys.modules.get(kind.__module__), kind.__qualname__, None) is kind else ""


def library_error(path: object) -> type[Exception] | None:
    """The class of that name.

    >>> library_error("json.decoder:JSONDecodeError"), library_error("os:system")
    (<class 'json.decoder.JSONDecodeError'>, None)
    """
    if path not in _PATHS or not isinstance(path, str):
        return None
    module, _, name = path.partition(":")
    found = getattr(importlib.import_module(module), name, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def library_error_parts(error: BaseException) -> tuple[list[Any], dict[str, Any]]:
    """Its arguments, and its public attributes that are data.

    >>> import subprocess
    >>> library_error_parts(subprocess.CalledProcessError(2, "ls"))
    ([2, 'ls'], {'returncode': 2, 'cmd': 'ls', 'output': None, 'stderr': None})
    """
    shown = {name: value for name, value in vars(error).items() if not name.startswith("_") and type(value) in _DATA}
    return [one for one in error.args if type(one) in _DATA], shown


def made_library_error(kind: type[Exception], text: str, parts: Any) -> Exception:
    """The exception, without its class having any part in that.

    >>> library = library_error("dataclasses:FrozenInstanceError")
    >>> str(made_library_error(library, "no", ["", ["cannot assign"], {}]))
    'cannot assign'
    """
    error = kind.__new__(kind)
    error.args = (text,)
    if isinstance(parts, list) and len(cast("list[Any]", parts)) == 3:
        _, arguments, shown = cast("list[Any]", parts)
        if isinstance(arguments, list):
            error.args = tuple(cast("list[Any]", arguments))
        if isinstance(shown, dict):
            known = cast("dict[Any, Any]", shown)
            error.__dict__.update({name: one for name, one in known.items() if type(name) is str and name[:1] != "_"})
    return error
