"""A judge model behind any endpoint that speaks OpenAI's chat completions API: vLLM's, a provider's, a proxy's.

What it replies is not trusted: a reply that is late, long, malformed or without a verdict leaves its question open, and
is counted. The key comes from an environment variable and is in no message and no result.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Final

import httpx

from rlvr.errors import ConfigError, shortened
from rlvr.evaluation.endpoint import Endpoint, NoReplyError
from rlvr.sample import Message
from rlvr.suite import Question
from rlvr.verdict import Status, Verdict

KEY: Final = "RLVR_JUDGE_KEY"
"""The environment variable that holds the endpoint's key."""

_SHOWN: Final = 300


@dataclass(frozen=True)
class Judge(Endpoint):
    """Where a judge is asked; see `Endpoint`."""

    option: ClassVar[str] = "--judge"

    _key: str = field(default_factory=lambda: os.environ.get(KEY, ""), repr=False)

    @property
    def facts(self) -> dict[str, Any]:
        """What judgements depend on, for the results; no key."""
        return {"judge": {"url": self.url, "model": self.model, "max_tokens": self.max_tokens}}

    def check(self) -> None:
        """Asks one small question, so that a wrong address is known before anything is generated.

        Raises:
            ConfigError: There is no judge.
        """
        with self.client() as client:
            try:
                self._reply(client, "Reply with OK.")
            except NoReplyError as error:
                raise ConfigError(
                    [f"--judge: {self.url} gives no answer of `{self.model}`: {error}."],
                    hint=f"The endpoint's key is read from the environment variable {KEY}.",
                ) from None

    def ask_all(self, questions: Sequence[Question]) -> list[Verdict]:
        """A verdict on each question: scored, or `error` with what was wrong with the reply."""
        with self.client() as client, ThreadPoolExecutor(self.concurrency) as threads:
            return list(threads.map(partial(self._verdict, client), questions))

    def _verdict(self, client: httpx.Client, question: Question) -> Verdict:
        try:
            reply = self._reply(client, question.prompt)
        except NoReplyError as error:
            return Verdict.unscored(Status.ERROR, f"the judge gave no answer: {error}")
        try:
            return Verdict(question.read(reply), explanation=shortened(reply, _SHOWN))
        except ValueError as error:
            return Verdict.unscored(Status.ERROR, f"the judge's reply holds no verdict: {error}")

    def _reply(self, client: httpx.Client, prompt: str) -> str:
        return self.reply(client, (Message("user", prompt),), {"temperature": 0})
