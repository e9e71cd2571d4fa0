"""A model behind any endpoint that speaks OpenAI's chat completions API: vLLM's, a provider's, a proxy's.

A reply that is late, long or malformed is none. The key comes from an environment variable and is in no message and no
result.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import httpx

from rlvr.errors import ConfigError, shortened
from rlvr.observe.files import storable
from rlvr.sample import Message

KEY: Final = "RLVR_ENDPOINT_KEY"
"""The environment variable that holds the key of an endpoint that answers."""

_LARGEST: Final = 1 << 20
_AGAIN: Final = (408, 409, 425, 429, 500, 502, 503, 504)
_LONGEST_PAUSE: Final = 30.0
_SHOWN: Final = 300


class NoReplyError(Exception):
    """A question that stays open; `again` says whether asking once more may help."""

    def __init__(self, why: str, *, again: bool, pause: float = 0.0) -> None:
        super().__init__(why)
        self.again, self.pause = again, pause


@dataclass(frozen=True)
class Endpoint:
    """Where a model is asked.

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

    option: ClassVar[str] = "--ask"

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
            text = f"{self.option}: `{self._hidden(self.url)}` is no address such as http://127.0.0.1:8000/v1."
            raise ConfigError([text])

    def client(self) -> httpx.Client:
        """What sends the questions; several threads may share it."""
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        # A redirect could send the key, and the questions, elsewhere.
        return httpx.Client(headers=headers, timeout=httpx.Timeout(self.deadline), follow_redirects=False)

    def reply(self, client: httpx.Client, messages: Sequence[Message], settings: Mapping[str, Any]) -> str:
        """What the model says; asked again where that may help.

        Args:
            client: Of this endpoint.
            messages: The conversation.
            settings: Of the request: `temperature`, `seed` and the like.

        Raises:
            NoReplyError: It says nothing that can be used.
        """
        asked = {
            "model": self.model,
            "messages": [{"role": one.role, "content": storable(one.content)} for one in messages],
            "max_tokens": self.max_tokens,
            **settings,
        }
        for attempt in range(self.attempts):
            try:
                return self._once(client, asked)
            except NoReplyError as error:
                if not error.again or attempt + 1 == self.attempts:
                    raise
                time.sleep(min(_LONGEST_PAUSE, error.pause or self.pause * 2**attempt))
        raise AssertionError("a model is asked at least once")

    def _once(self, client: httpx.Client, asked: Mapping[str, Any]) -> str:
        end = time.monotonic() + self.deadline
        body = bytearray()
        try:
            with client.stream("POST", f"{self.url.rstrip('/')}/chat/completions", json=asked) as response:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _LARGEST:
                        raise NoReplyError(f"a reply of more than {_LARGEST >> 20} MiB", again=False)
                    # The timeout of a client is that of each read: a trickle would never meet it.
                    if time.monotonic() > end:
                        raise NoReplyError(f"no whole reply in {self.deadline:g} s", again=True)
        except httpx.HTTPError as error:
            raise NoReplyError(self._hidden(f"{type(error).__name__}: {error}"), again=True) from None
        if not response.is_success:
            raise self._refusal(response, bytes(body))
        return self._text(bytes(body))

    def _refusal(self, response: httpx.Response, body: bytes) -> NoReplyError:
        said = self._hidden(shortened(" ".join(body.decode("utf-8", "replace").split()), _SHOWN))
        wait = response.headers.get("retry-after", "")
        pause = float(wait) if wait.isascii() and wait.isdigit() else 0.0
        return NoReplyError(
            f"HTTP {response.status_code} {said}".strip(), again=response.status_code in _AGAIN, pause=pause
        )

    def _text(self, body: bytes) -> str:
        try:
            found: Any = json.loads(body)
            content: object = found["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            shown = shortened(body.decode("utf-8", "replace"), _SHOWN)
            raise NoReplyError(self._hidden(f"no chat completion: {shown}"), again=False) from None
        if not isinstance(content, str) or not content.strip():
            raise NoReplyError("an empty reply", again=False)
        return self._hidden(content)

    def _hidden(self, text: str) -> str:
        """A text without the key: endpoints repeat it when they refuse it."""
        return text.replace(self._key, "***") if self._key else text
