"""`rlvr sandbox serve`: a pool behind SandboxFusion's HTTP API.

Whoever can reach it can have programs run, so it listens on this machine alone unless a token is set. Outputs are
compared in this process: no expected output enters a program's.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rlvr.errors import ConfigError, RlvrError
from rlvr.sandbox.errors import (
    BadFilesError,
    RequestError,
    SandboxUnavailableError,
    ToolchainError,
    UnknownLanguageError,
)
from rlvr.sandbox.interface import Job, Sandbox
from rlvr.sandbox.outcome import Outcome
from rlvr.sandbox.remote import fusion, waiting

MOST_MIB: Final = 16
"""Of a request."""

_BODY_PATIENCE: Final = 30.0
_ROOM_PATIENCE: Final = 8.0
"""Seconds that a request waits for room before it is read: less than the least that verl's client waits."""

_BEYOND: Final = 8.0
"""Seconds beyond what the program may take after which a client is answered 504: verl's waits 10."""

_TIMEOUT: Final = 10.0
_DIGITS: Final = 20
_LONGEST: Final = 300.0
_LOOK: Final = 1.0
_CONNECTIONS: Final = 8 * waiting.MOST_REQUESTS

Handler = Callable[[dict[str, Any], str], Awaitable[dict[str, Any]]]


def loopback(host: str) -> bool:
    """Whether a host is this machine alone.

    >>> loopback("127.0.0.1"), loopback("::1"), loopback("localhost"), loopback("0.0.0.0"), loopback("")
    (True, True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int, token: str) -> socket.socket:
    """A socket that listens.

    Raises:
        ConfigError: Other machines could reach it, and there is no token; or the address cannot be had.
    """
    if not loopback(host) and not token:
        raise ConfigError(
            [f"the service would listen on {host!r}, where other machines can reach it, without a token"],
            hint="Set RLVR_SANDBOX_TOKEN for the service and its clients, or listen on 127.0.0.1.",
        )
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family[0], socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(family[4])
    except OSError as error:
        raise ConfigError(
            [f"{host}:{port} cannot be had: {error.strerror}"], hint="Choose another with --host and --port."
        ) from None
    return made


def application(
    pool: Sandbox,
    token: str = "",
    *,
    most_mib: int = MOST_MIB,
    requests: int = waiting.MOST_REQUESTS,
    waiting_mib: int = waiting.MOST_MIB,
) -> Starlette:
    """The service over a pool.

    Args:
        pool: Where programs run.
        token: What clients must show as `Authorization: Bearer ...`; without one, only this machine's names are served.
        most_mib: Largest request.
        requests: How many are read and wait or run; further ones wait unread.
        waiting_mib: MiB of all of those together.
    """
    service = _Service(pool, token, most_mib << 20, waiting.Room(requests, waiting_mib << 20))
    return Starlette(
        routes=[
            Route("/", _ping, methods=["GET"]),
            Route("/v1/ping", _ping, methods=["GET"]),
            Route("/run_code", service.endpoint(service.run_code), methods=["POST"]),
            Route("/submit", service.endpoint(service.submit), methods=["POST"]),
        ],
        exception_handlers={404: _not_served, 405: _not_served},
    )


async def _ping(_: Request) -> Response:
    return PlainTextResponse("pong")


async def _not_served(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    served = "POST /run_code, POST /submit and GET /v1/ping"
    return _problem(status, f"{request.method} {request.url.path[:200]} is not served here: {served} are")


class _Service:
    def __init__(self, pool: Sandbox, token: str, most: int, room: waiting.Room) -> None:
        self._pool, self._token, self._most, self._room = pool, token.encode(), most, room
        self._unclaimed = waiting.Unclaimed()

    def endpoint(self, handle: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            started = asyncio.get_running_loop().time()
            refused = self._refused(request)
            if refused is not None:
                return refused
            size = _length_of(request, self._most)
            if size > self._most:
                return _too_large(self._most)
            if not await self._room.enter(size, _ROOM_PATIENCE):
                return _later("there was no room for this request")
            try:
                return await self._answer(request, handle, size, started)
            except (RequestError, BadFilesError, UnknownLanguageError, ToolchainError) as error:
                return _problem(422, error.message)
            except _TooLargeError:
                return _too_large(self._most)
            except TimeoutError:
                return _problem(408, f"the request did not come within {_BODY_PATIENCE:g} s")
            except ClientDisconnect:
                return Response(status_code=400)
            except RlvrError as error:  # ours: lanes lost, a level that is not reached any more
                return _json(fusion.failure(error.message))

        return answer

    async def _answer(self, request: Request, handle: Handler, size: int, started: float) -> Response:
        """Reads a request and waits for its answer, as long as its client does."""
        try:
            async with asyncio.timeout(_BODY_PATIENCE):
                data = await self._body(request)
            body = _object_of(data)
        except BaseException:
            self._room.leave(1, size)
            raise
        key = hashlib.sha256(request.url.path.encode() + b" " + data).digest()
        task = self._unclaimed.claim(key)
        if task is None:
            task = asyncio.create_task(_encoded(handle, body, request.client.host if request.client else ""))
        # What it holds is held until its program is done, even if nobody waits for it any more.
        task.add_done_callback(lambda _: self._room.leave(0, size))
        del data
        try:
            last = started + _patience(body)
            while not task.done():
                left = last - asyncio.get_running_loop().time()
                if left <= 0:
                    self._unclaimed.leave(key, task)
                    return _later("its program is not done yet")
                await asyncio.wait({task}, timeout=min(left, _LOOK))
                if not task.done() and await request.is_disconnected():
                    task.cancel()  # what runs already runs on
                    raise ClientDisconnect
            return Response(await task, 200, None, "application/json")
        finally:
            self._room.leave(1, 0)

    def _refused(self, request: Request) -> Response | None:
        if self._token:
            shown = request.headers.get("authorization", "").encode("latin-1", errors="replace")
            if not hmac.compare_digest(shown, b"Bearer " + self._token):
                return _problem(401, "a token is needed: `Authorization: Bearer ...`", {"WWW-Authenticate": "Bearer"})
        elif not loopback(_host_of(request.headers.get("host", ""))):
            # Some page's name that was made to lead here; a browser would not let the page see this machine else.
            return _problem(403, "this service is for programs of its own machine")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _problem(415, "the body is JSON, and says so: `Content-Type: application/json`")
        return None

    async def _body(self, request: Request) -> bytes:
        data = bytearray()
        async for piece in request.stream():
            data += piece
            if len(data) > self._most:
                raise _TooLargeError
        return bytes(data)

    async def run_code(self, body: dict[str, Any], client: str) -> dict[str, Any]:
        wanted = fusion.read_run(body)
        return fusion.response(await self._pool.run_async(wanted.job, client=client), wanted.names)

    async def submit(self, body: dict[str, Any], client: str) -> dict[str, Any]:
        wanted = fusion.read_submit(body)
        job = Job(wanted.code, wanted.tests, wanted.limits, language=wanted.language)
        judged = await self._pool.judge_async(job, client=client)
        if judged.outcome is Outcome.SANDBOX_ERROR:
            raise SandboxUnavailableError(judged.explanation)
        return fusion.result(wanted, judged)


class _TooLargeError(Exception):
    pass


async def _encoded(handle: Handler, body: dict[str, Any], client: str) -> bytes:
    return json.dumps(await handle(body, client)).encode()


def _object_of(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise RequestError("the body is no JSON") from None
    if not isinstance(body, dict):
        raise RequestError("the body is a JSON object")
    return cast("dict[str, Any]", body)


def _length_of(request: Request, most: int) -> int:
    """Bytes of a body, as its client says; as many as there may be, where it sends them piece by piece."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isdigit() and len(said) < _DIGITS else most + 1 if said else most


def _patience(body: dict[str, Any]) -> float:
    """Seconds that a client waits for an answer, to be on the safe side of it: by the rule of verl's client."""
    config = body.get("config")
    told = cast("dict[str, Any]", config) if isinstance(config, dict) else body
    seconds = _BEYOND
    for name in ("compile_timeout", "run_timeout"):
        value = told.get(name)
        seconds += value if isinstance(value, int | float) and 0 < value < _LONGEST else _TIMEOUT
    return min(seconds, _LONGEST)


def _host_of(header: str) -> str:
    """The name in a `Host` header, without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return _json({"detail": message}, status, headers)


def _too_large(most: int) -> Response:
    return _problem(413, f"a request has at most {most >> 20} MiB")


def _later(why: str) -> Response:
    return _problem(504, f"{why}; ask again", {"Retry-After": "1"})


def _json(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    # In ASCII: a text that a client sent may hold what has no form in UTF-8.
    return Response(json.dumps(content), status, headers, "application/json")


def server(app: Starlette) -> uvicorn.Server:
    """What serves the application on a socket: `server(app).run(sockets=[listen(...)])`."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", limit_concurrency=_CONNECTIONS, server_header=False,
        timeout_keep_alive=30, h11_max_incomplete_event_size=1 << 16,
    )  # fmt: skip
    return uvicorn.Server(config)
