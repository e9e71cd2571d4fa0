"""`rlvr sandbox serve`: a pool behind SandboxFusion's HTTP API.

Whoever can reach it can have programs run, so it listens on this machine alone unless a token is set. Outputs are
compared in this process: no expected output enters a program's.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rlvr.errors import ConfigError, RlvrError
from rlvr.sandbox.errors import RequestError, SandboxUnavailableError, ToolchainError, UnknownLanguageError
from rlvr.sandbox.interface import Job, Sandbox
from rlvr.sandbox.outcome import Outcome
from rlvr.sandbox.remote import fusion

MOST_MIB: Final = 16
"""Of a request."""

_BODY_PATIENCE: Final = 30.0
_WAITING: Final = 32
_CONNECTIONS: Final = 1024

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


def application(pool: Sandbox, token: str = "", *, most_mib: int = MOST_MIB) -> Starlette:
    """The service over a pool.

    Args:
        pool: Where programs run.
        token: What clients must show as `Authorization: Bearer ...`; without one, only this machine's names are served.
        most_mib: Largest request.
    """
    service = _Service(pool, token, most_mib << 20)
    return Starlette(
        routes=[
            Route("/", _ping, methods=["GET"]),
            Route("/v1/ping", _ping, methods=["GET"]),
            Route("/run_code", service.endpoint(service.run_code), methods=["POST"]),
            Route("/submit", service.endpoint(service.submit), methods=["POST"]),
        ]
    )


async def _ping(_: Request) -> Response:
    return PlainTextResponse("pong")


class _Service:
    def __init__(self, pool: Sandbox, token: str, most: int) -> None:
        self._pool, self._token, self._most = pool, token.encode(), most
        self._inside, self._room = 0, _WAITING * pool.size

    def endpoint(self, handle: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            refused = self._refused(request)
            if refused is not None:
                return refused
            self._inside += 1
            try:
                async with asyncio.timeout(_BODY_PATIENCE):
                    body = await self._body(request)
                return _json(await handle(body, request.client.host if request.client else ""))
            except RequestError as error:
                return _problem(422, error.message)
            except (UnknownLanguageError, ToolchainError) as error:
                return _problem(422, error.message)
            except _TooLargeError:
                return _problem(413, f"a request has at most {self._most >> 20} MiB")
            except TimeoutError:
                return _problem(408, f"the request did not come within {_BODY_PATIENCE:g} s")
            except ClientDisconnect:
                return Response(status_code=400)
            except RlvrError as error:  # ours: lanes lost, a level that is not reached any more
                return _json(fusion.failure(error.message))
            finally:
                self._inside -= 1

        return answer

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
        if self._inside >= self._room:
            return _problem(503, f"{self._inside} requests are waiting already", {"Retry-After": "1"})
        return None

    async def _body(self, request: Request) -> dict[str, Any]:
        said = request.headers.get("content-length", "0")
        if not said.isdigit() or int(said) > self._most:
            raise _TooLargeError
        data = bytearray()
        async for piece in request.stream():
            data += piece
            if len(data) > self._most:
                raise _TooLargeError
        try:
            body = json.loads(data)
        except (ValueError, RecursionError):
            raise RequestError("the body is no JSON") from None
        if not isinstance(body, dict):
            raise RequestError("the body is a JSON object")
        return cast("dict[str, Any]", body)

    async def run_code(self, body: dict[str, Any], client: str) -> dict[str, Any]:
        wanted = fusion.read_run(body)
        run = await self._pool.run_async(
            wanted.code, wanted.stdin, wanted.limits, client=client, language=wanted.language
        )
        return fusion.response(run)

    async def submit(self, body: dict[str, Any], client: str) -> dict[str, Any]:
        wanted = fusion.read_submit(body)
        job = Job(wanted.code, wanted.tests, wanted.limits, language=wanted.language)
        judged = await self._pool.judge_async(job, client=client)
        if judged.outcome is Outcome.SANDBOX_ERROR:
            raise SandboxUnavailableError(judged.explanation)
        return fusion.result(wanted, judged)


class _TooLargeError(Exception):
    pass


def _host_of(header: str) -> str:
    """The name in a `Host` header, without port and brackets."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]


def _problem(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return _json({"detail": message}, status, headers)


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
