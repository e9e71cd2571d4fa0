"""A service that speaks SandboxFusion's API, in the place of a pool of our own.

Programs and their inputs go there, expected values do not: outputs are compared here. (A checker of a test's own gets
the expected output there, in a run without the program.) What cannot be reached or answers nonsense is ours, never the
program's fault: it is asked again, then the verdict is `sandbox_error`.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, cast
from urllib.parse import urlsplit

import httpx

from rlvr.errors import ConfigError
from rlvr.sandbox.confine.limits import MIB, Limits
from rlvr.sandbox.errors import BadTestsError, LaneLostError
from rlvr.sandbox.files import Files
from rlvr.sandbox.interface import Job, RunJob, Sandbox
from rlvr.sandbox.judges.judging import judge
from rlvr.sandbox.languages.catalogue import PYTHON, Language, language_of
from rlvr.sandbox.languages.starting import check_tests
from rlvr.sandbox.outcome import Judgement, Outcome, Run
from rlvr.sandbox.remote import function_calls, fusion

LEVEL: Final = "remote"
"""The level that its judgements say: what protects the service's machine is not known here."""

ATTEMPTS: Final = 3
COMPILE_TIMEOUT: Final = 20.0
_WAIT: Final = 60.0
_CONNECT: Final = 5.0
_PAUSE: Final = 0.3
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_ESCAPED: Final = 6
"""Bytes that JSON may make of one."""


class RemoteSandbox(Sandbox):
    """Runs programs at a service. Any thread may use it.

    Tests of standard input and of functions can be judged so. Tests of assertions cannot: over this API they and the
    program would share a process, and a program passes those by exiting.

    Args:
        url: Of the service, without `/run_code`.
        token: Sent as `Authorization: Bearer ...`; what `RLVR_SANDBOX_TOKEN` says by default.
        lanes: Requests at a time of `judge_all`.
        attempts: How often a request is made before it is given up.
        wait: Seconds that the service may keep a program waiting, beyond what that may take.

    Raises:
        ConfigError: `url` is no address of a web service.

    >>> RemoteSandbox("http://127.0.0.1:8080").url
    'http://127.0.0.1:8080'
    """

    def __init__(
        self, url: str, *, token: str | None = None, lanes: int = 8, attempts: int = ATTEMPTS, wait: float = _WAIT
    ) -> None:
        self.url = url.rstrip("/").removesuffix("/run_code")
        if not _is_address(self.url):
            raise ConfigError([f"sandbox.url is {url!r}; it is the address of a service, http://host:port"])
        super().__init__(lanes)
        self._attempts, self._wait = attempts, wait
        token = os.environ.get("RLVR_SANDBOX_TOKEN", "") if token is None else token
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}"} if token else {},
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=2 * lanes),
            trust_env=False,  # no proxy of the environment stands between us and it
        )

    def judge_job(self, job: Job, *, priority: int = 0, client: str = "") -> Judgement:
        """What becomes of a program; see `Sandbox.judge_job`.

        Raises:
            BadTestsError: Tests of assertions, or values that cannot cross.
            UnknownLanguageError: There is no such language.
        """
        place, row = _Place(self), check_tests(job.language, job.tests)
        try:
            return judge(
                place,
                job.program,
                job.tests,
                job.limits,
                stop=job.stop,
                start=place.starter(job.program, row, job.limits),
                solution=job.solution,
                start_solution=place.starter(job.solution, row, job.limits) if job.solution else None,
            )
        except LaneLostError as error:
            return Judgement(Outcome.SANDBOX_ERROR, total=job.tests.total, explanation=error.message, level=LEVEL)

    def run_job(self, job: RunJob, *, priority: int = 0, client: str = "") -> Run:
        """Runs a program and says what it wrote; see `Sandbox.run_job`.

        Raises:
            LaneLostError: The service cannot be reached, or answers nonsense.
        """
        return self._run(job.program, job.stdin, job.limits, language_of(job.language), job.files)

    def submit(self, body: Mapping[str, Any], limits: Limits | None = None) -> dict[str, Any]:
        """Asks `/submit` for a verdict of the service's own; expected outputs go there, and it is believed.

        Args:
            body: `{"dataset", "id", "completion", "config"}`, as the service documents it.
            limits: How long an answer may take.

        Raises:
            LaneLostError: The service cannot be reached, or answers nonsense.
        """
        return self._ask("/submit", body, limits or Limits(), str)[0]

    def _run(
        self, program: str, stdin: bytes, limits: Limits, language: Language | None, files: Files | None = None
    ) -> Run:
        files = files or Files()
        body: dict[str, Any] = {
            "code": program,
            "language": fusion.their_name(language.name if language else PYTHON),
            "stdin": stdin.decode(errors="replace"),
            "compile_timeout": COMPILE_TIMEOUT,
            "run_timeout": limits.cpu,
            "memory_limit_MB": limits.memory,
            "files": {name: base64.b64encode(data).decode() for name, data in files.given},
            "fetch_files": list(files.wanted),
        }
        return self._ask("/run_code", body, limits, lambda answer: fusion.run_of(answer, limits))[1]

    def _ask(
        self, path: str, body: Mapping[str, Any], limits: Limits, read: Callable[[dict[str, Any]], Any]
    ) -> tuple[dict[str, Any], Any]:
        said = ""
        for attempt in range(self._attempts):
            time.sleep(_PAUSE * (4**attempt - 1) / 3)
            try:
                status, data = self._post(path, body, limits)
            except (httpx.HTTPError, OSError) as error:
                said = f"cannot be asked: {type(error).__name__}: {error}"
                continue
            said = f"answers {status}: {data[:200].decode(errors='replace')}"
            if status in _AGAIN:
                continue
            if status != 200:
                self._give_up(said)
            try:
                answer = json.loads(data)
                return cast("dict[str, Any]", answer), read(answer)
            except (ValueError, AttributeError, TypeError, RecursionError) as error:
                said = f"answers what is no answer: {error}"
        self._give_up(f"{said} ({self._attempts} times)")

    def _post(self, path: str, body: Mapping[str, Any], limits: Limits) -> tuple[int, bytes]:
        most = _ESCAPED * 2 * limits.output * MIB + MIB
        patience = httpx.Timeout(limits.seconds + COMPILE_TIMEOUT + self._wait, connect=_CONNECT)
        data = bytearray()
        with self._client.stream(
            "POST",
            self.url + path,
            content=json.dumps(body),  # in ASCII, whatever a program holds
            headers={"Content-Type": "application/json"},
            timeout=patience,
        ) as answer:
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > most:
                    raise httpx.DecodingError(f"an answer of more than {most >> 20} MiB")
            return answer.status_code, bytes(data)

    def _give_up(self, said: str) -> NoReturn:
        raise LaneLostError(f"The sandbox service at {self.url} {said}.", hint="Look at it, and at sandbox.url.")

    def close(self) -> None:
        """Closes its connections."""
        super().close()
        self._client.close()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


class _Place:
    """The service, as a lane to be judged on."""

    level = LEVEL

    @property
    def holds_tests(self) -> bool:
        """Over this API tests and a program would share a process."""
        return False

    def __init__(self, sandbox: RemoteSandbox) -> None:
        self._sandbox = sandbox

    def starter(self, program: str, language: Language | None, limits: Limits) -> Callable[[bytes], Run]:
        """What runs a program on an input."""
        return lambda given: self._sandbox._run(program, given, limits, language)  # pyright: ignore[reportPrivateUsage]

    def run(self, source: str, stdin: bytes = b"", limits: Limits | None = None) -> Run:
        """Runs a program in Python."""
        return self._sandbox.run(source, stdin, limits)

    def call(self, source: str, calls: bytes, limits: Limits | None = None) -> Run:
        """Calls a program's function; what it answers comes out of what it writes."""
        mark = os.urandom(8).hex()
        run = self._sandbox.run(function_calls.wrapped(source, calls, mark), b"", limits)
        return function_calls.unwrapped(run, mark)

    def check(self, source: str, tests: bytes, limits: Limits | None = None) -> NoReturn:
        """Tests of assertions are not for this API.

        Raises:
            BadTestsError: Always.
        """
        raise BadTestsError(
            "Tests of assertions cannot be judged over sandbox.url: a program could pass them by exiting.",
            hint="Leave sandbox.url out, or turn them into tests of a function or of standard input.",
        )
