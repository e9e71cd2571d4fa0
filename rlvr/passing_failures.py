"""Which failures of a service are worth asking again after, whichever client raises them.

Clients share no exception: `requests.ConnectionError` is no `ConnectionError`, `httpx.ReadTimeout` no `TimeoutError`.
So a failure is judged by what its classes are called, which package defines them, and which status it carries; none of
the clients is imported for that.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import Final

_STATUSES: Final = {408, 425, 429}
_NEVER_STATUSES: Final = {501, 505, 508, 510, 511}

# What the classes of each client are called that stand for a service out of reach or too slow; the packages that define
# them come first. Subclasses count with them.
_NAMES: Final = {
    "requests": {"ConnectionError", "Timeout", "ChunkedEncodingError"},
    "urllib3": {"NewConnectionError", "TimeoutError", "ProtocolError", "ProxyError", "IncompleteRead"},
    "http": {"IncompleteRead", "BadStatusLine"},
    "httpx": {"NetworkError", "TimeoutException", "RemoteProtocolError", "ProxyError"},
    "httpcore": {"NetworkError", "TimeoutException", "RemoteProtocolError", "ProxyError"},
    "aiohttp": {"ClientConnectionError", "ClientPayloadError"},
}
# The clients that one generator writes (openai's, anthropic's and others) have their own classes of these names.
_ANYWHERE: Final = {"APIConnectionError", "APITimeoutError"}
_CERTIFICATES: Final = {"SSLCertVerificationError", "CertificateError", "ClientConnectorCertificateError"}
_ERRNOS: Final = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.ECONNABORTED}
_DEEPEST: Final = 8


def is_passing(error: BaseException) -> bool:
    """Whether a failure is one of a service that may answer when asked again.

    So are: no connection, a connection that broke, no answer in time, and an answer with status 408, 425, 429 or 5xx,
    as urllib, http.client, requests, httpx, aiohttp and openai raise them; also an exception that was raised `from` one
    of these. A refused certificate, any other status and any other exception are not.

    >>> is_passing(ConnectionRefusedError()), is_passing(ValueError("no number"))
    (True, False)
    >>> from urllib.error import HTTPError, URLError
    >>> is_passing(URLError(ConnectionRefusedError())), is_passing(URLError("unknown url type: htp"))
    (True, False)
    >>> [is_passing(HTTPError("http://a", status, "", {}, None)) for status in (503, 429, 404)]
    [True, True, False]
    """
    if any(kind.__name__ in _CERTIFICATES for one in _behind(error, unsaid=True) for kind in type(one).__mro__):
        return False
    for one in _behind(error):
        status = _status(one)
        if status is not None:
            return status in _STATUSES or (500 <= status < 600 and status not in _NEVER_STATUSES)
        if _is_out_of_reach(one):
            return True
    return False


def _is_out_of_reach(error: BaseException) -> bool:
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    if isinstance(error, OSError) and error.errno in _ERRNOS:
        return True
    return any(
        kind.__name__ in _ANYWHERE or kind.__name__ in _NAMES.get(kind.__module__.partition(".")[0], ())
        for kind in type(error).__mro__
    )


def _status(error: BaseException) -> int | None:
    """The status of the answer that an exception tells of."""
    places: tuple[tuple[object, str], ...] = (
        (error, "status_code"),
        (error, "status"),
        (getattr(error, "response", None), "status_code"),
        (getattr(error, "response", None), "status"),
    )
    if any(kind.__name__ == "HTTPError" for kind in type(error).__mro__):  # urllib's; elsewhere a code is anything
        places += ((error, "code"),)
    found = (getattr(place, name, None) for place, name in places)
    return next((value for value in found if isinstance(value, int) and 100 <= value < 600), None)


def _behind(error: BaseException, *, unsaid: bool = False) -> Iterator[BaseException]:
    """An exception, and those that it says it comes from; with `unsaid` also those that were being handled."""
    left: list[object] = [error]
    seen: list[object] = []
    while left and len(seen) < _DEEPEST:
        one = left.pop(0)
        if not isinstance(one, BaseException) or any(one is other for other in seen):
            continue
        seen.append(one)
        yield one
        left += [getattr(one, "reason", None), one.__cause__, one.__context__ if unsaid else None]
