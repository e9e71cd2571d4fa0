"""A judge model behind any endpoint that speaks OpenAI's chat completions API: vLLM's, a provider's, a proxy's.

What it replies is not trusted: a reply that is late, long, malformed or without a verdict leaves its question open, and
is counted. The key comes from an environment variable and is in no message and no result.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import httpx

from rlvr.errors import ConfigError, shortened
from rlvr.observe.files import storable
from rlvr.suite import Question
from rlvr.verdict import Status, Verdict

KEY: Final = "RLVR_JUDGE_KEY"
"""The environment variable that holds the endpoint's key."""

_LARGEST: Final = 1 << 20
_AGAIN: Final = (408, 409, 425, 429, 500, 502, 503, 504)
_LONGEST_PAUSE: Final = 30.0
_SHOWN: Final = 300


class _OpenError(Exception):
    """A question that stays open; `again` says whether asking once more may help."""

    def __init__(self, why: str, *, again: bool, pause: float = 0.0) -> None:
        super().__init__(why)
        self.again, self.pause = again, pause


@dataclass(frozen=True)
class Judge:
    """Where a judge is asked.

    Attributes:
        url: Of the API, up to and with its version: `http://127.0.0.1:8000/v1`.
        model: Its name there.
        deadline: Seconds for a reply, all of it.
        attempts: Requests for a question, at most.
        concurrency: Questions asked at a time.
        max_tokens: Of a reply.
        pause: Seconds before the second attempt; each later pause is twice as long.

    Raises:
        ConfigError: The address is none.
    """

    url: str
    model: str
    deadline: float = 120.0
    attempts: int = 4
    concurrency: int = 8
    max_tokens: int = 2048
    pause: float = 1.0
    _key: str = field(default_factory=lambda: os.environ.get(KEY, ""), repr=False)

    def __post_init__(self) -> None:
        try:
            parsed = httpx.URL(self.url)
        except (httpx.InvalidURL, TypeError):
            parsed = httpx.URL("")
        if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo:
            raise ConfigError([f"--judge: `{self._hidden(self.url)}` is no address such as http://127.0.0.1:8000/v1."])

    @property
    def facts(self) -> dict[str, Any]:
        """What judgements depend on, for the results; no key."""
        return {"judge": {"url": self.url, "model": self.model, "max_tokens": self.max_tokens}}

    def check(self) -> None:
        """Asks one small question, so that a wrong address is known before anything is generated.

        Raises:
            ConfigError: There is no judge.
        """
        with self._client() as client:
            try:
                self._reply(client, "Reply with OK.")
            except _OpenError as error:
                raise ConfigError(
                    [f"--judge: {self.url} gives no answer of `{self.model}`: {error}."],
                    hint=f"The endpoint's key is read from the environment variable {KEY}.",
                ) from None

    def ask_all(self, questions: Sequence[Question]) -> list[Verdict]:
        """A verdict on each question: scored, or `error` with what was wrong with the reply."""
        with self._client() as client, ThreadPoolExecutor(self.concurrency) as threads:
            return list(threads.map(partial(self._verdict, client), questions))

    def _verdict(self, client: httpx.Client, question: Question) -> Verdict:
        try:
            reply = self._reply(client, question.prompt)
        except _OpenError as error:
            return Verdict.unscored(Status.ERROR, f"the judge gave no answer: {error}")
        try:
            return Verdict(question.read(reply), explanation=shortened(reply, _SHOWN))
        except ValueError as error:
            return Verdict.unscored(Status.ERROR, f"the judge's reply holds no verdict: {error}")

    def _client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        # A redirect could send the key, and the questions, elsewhere.
        return httpx.Client(headers=headers, timeout=httpx.Timeout(self.deadline), follow_redirects=False)

    def _reply(self, client: httpx.Client, prompt: str) -> str:
        for attempt in range(self.attempts):
            try:
                return self._once(client, prompt)
            except _OpenError as error:
                if not error.again or attempt + 1 == self.attempts:
                    raise
                time.sleep(min(_LONGEST_PAUSE, error.pause or self.pause * 2**attempt))
        raise AssertionError("a judge is asked at least once")

    def _once(self, client: httpx.Client, prompt: str) -> str:
        asked = {
            "model": self.model,
            "messages": [{"role": "user", "content": storable(prompt)}],
            "temperature": 0,
            "max_tokens": self.max_tokens,
        }
        end = time.monotonic() + self.deadline
        body = bytearray()
        try:
            with client.stream("POST", f"{self.url.rstrip('/')}/chat/completions", json=asked) as response:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _LARGEST:
                        raise _OpenError(f"a reply of more than {_LARGEST >> 20} MiB", again=False)
                    # The timeout of a client is that of each read: a trickle would never meet it.
                    if time.monotonic() > end:
                        raise _OpenError(f"no whole reply in {self.deadline:g} s", again=True)
        except httpx.HTTPError as error:
            raise _OpenError(self._hidden(f"{type(error).__name__}: {error}"), again=True) from None
        if not response.is_success:
            raise self._refusal(response, bytes(body))
        return self._text(bytes(body))

    def _refusal(self, response: httpx.Response, body: bytes) -> _OpenError:
        said = self._hidden(shortened(" ".join(body.decode("utf-8", "replace").split()), _SHOWN))
        wait = response.headers.get("retry-after", "")
        pause = float(wait) if wait.isascii() and wait.isdigit() else 0.0
        return _OpenError(
            f"HTTP {response.status_code} {said}".strip(), again=response.status_code in _AGAIN, pause=pause
        )

    def _text(self, body: bytes) -> str:
        try:
            found: Any = json.loads(body)
            content: object = found["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            shown = shortened(body.decode("utf-8", "replace"), _SHOWN)
            raise _OpenError(self._hidden(f"no chat completion: {shown}"), again=False) from None
        if not isinstance(content, str) or not content.strip():
            raise _OpenError("an empty reply", again=False)
        return self._hidden(content)

    def _hidden(self, text: str) -> str:
        """A text without the key: endpoints repeat it when they refuse it."""
        return text.replace(self._key, "***") if self._key else text
