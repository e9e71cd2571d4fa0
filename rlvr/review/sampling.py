"""Answers of several models to each prompt, kept as they come in, so that an interrupted curation goes on."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlvr.errors import DataError
from rlvr.evaluation.endpoint import Endpoint, NoReplyError
from rlvr.observe.files import json_text
from rlvr.sample import Message, Task
from rlvr.tasks.candidates import Candidates

_UNSENT = 4  # questions that wait for each that is under way, so that millions of prompts are not all in memory


@dataclass(frozen=True)
class Sampled:
    """How answers are drawn.

    Attributes:
        each: Answers of each model to each prompt.
        temperature: Of the drawing.
        seed: Each request has a seed that follows from this one, its prompt, model and number: the same when asked
            anew.
    """

    each: int = 1
    temperature: float = 1.0
    seed: int = 0


def sample_answers(
    prompts: Sequence[Candidates], endpoints: Sequence[Endpoint], sampled: Sampled, kept: Path
) -> Iterator[Candidates]:
    """The prompts with the answers of all models beside those that they brought.

    Each answer is written to `kept` when it comes, and an answer that is there is not asked for again. What could not
    be had is asked for once more at the next call; a prompt without any answer is left out.

    Args:
        prompts: In order.
        endpoints: Of the models.
        sampled: How.
        kept: JSON lines file; it belongs to these prompts, models and settings alone.

    Raises:
        DataError: The file is of other settings, or no model gave any answer.
    """
    identity = _identity(prompts, endpoints, sampled)
    known = _read(kept, identity)
    failures = _ask(prompts, endpoints, sampled, kept, known)
    found = 0
    for place, each in enumerate(prompts):
        wanted = ((place, number, turn) for number in range(len(endpoints)) for turn in range(sampled.each))
        answers = tuple(known[key] for key in wanted if key in known)
        found += len(answers)
        if answers or each.answers:
            yield Candidates(each.task, each.fields, (*each.answers, *answers))
    if not found and failures:
        raise DataError(f"No model gave an answer; the first said: {failures[0]}.")


Key = tuple[int, int, int]
"""Places of the prompt and of the model, and the number of the answer."""


def _ask(
    prompts: Sequence[Candidates], endpoints: Sequence[Endpoint], sampled: Sampled, kept: Path, known: dict[Key, str]
) -> list[str]:
    """Asks for what is not known, into `known` and the file; returns why answers are missing."""
    failures: list[str] = []
    lock = threading.Lock()
    with kept.open("a", encoding="utf-8") as out:

        def ask(key: Key, reply: Callable[[], str]) -> None:
            try:
                text = reply()
            except NoReplyError as error:
                with lock:
                    failures.append(f"{endpoints[key[1]].model}: {error}")
                return
            with lock:
                known[key] = text
                out.write(json_text({"key": list(key), "text": text}) + "\n")
                out.flush()

        clients = [endpoint.client() for endpoint in endpoints]
        most = sum(endpoint.concurrency for endpoint in endpoints)
        waiting: set[Future[None]] = set()
        try:
            with ThreadPoolExecutor(most) as threads:
                for place, number, turn in _missing(len(prompts), len(endpoints), sampled.each, known):
                    messages = _messages(prompts[place].task)
                    seed = _seed(
                        sampled.seed, endpoints[number].model, json_text([one.content for one in messages]), turn
                    )
                    settings = {"temperature": sampled.temperature, "seed": seed}
                    reply = _reply_of(endpoints[number], clients[number], messages, settings)
                    waiting.add(threads.submit(ask, (place, number, turn), reply))
                    if len(waiting) >= _UNSENT * most:
                        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        for one in done:
                            one.result()
                for one in waiting:
                    one.result()
        finally:
            for client in clients:
                client.close()
    return failures


def _reply_of(
    endpoint: Endpoint, client: Any, messages: Sequence[Message], settings: dict[str, Any]
) -> Callable[[], str]:
    return lambda: endpoint.reply(client, messages, settings)


def _missing(prompts: int, endpoints: int, each: int, known: dict[Key, str]) -> Iterator[Key]:
    keys = ((place, number, turn) for place in range(prompts) for number in range(endpoints) for turn in range(each))
    return (key for key in keys if key not in known)


def _messages(task: Task) -> Sequence[Message]:
    return (Message("user", task.prompt),) if isinstance(task.prompt, str) else task.prompt


def _seed(*parts: object) -> int:
    return int.from_bytes(hashlib.blake2b(json_text(parts).encode(), digest_size=4).digest(), "big") >> 1


def _identity(prompts: Sequence[Candidates], endpoints: Sequence[Endpoint], sampled: Sampled) -> str:
    """What the answers belong to: models, settings and prompts; not how fast or where they are asked."""
    digest = hashlib.blake2b(digest_size=16)
    facts = [[one.model, one.max_tokens] for one in endpoints]
    digest.update(json_text([facts, sampled.each, sampled.temperature, sampled.seed]).encode())
    for each in prompts:
        digest.update(json_text([[one.role, one.content] for one in _messages(each.task)]).encode())
    return digest.hexdigest()


def _read(kept: Path, identity: str) -> dict[Key, str]:
    """The answers in the file, which is begun where it is not there; a last line that was cut off is taken away."""
    if not kept.is_file():
        kept.write_text(json_text({"of": identity}) + "\n", encoding="utf-8")
        return {}
    whole = kept.read_bytes()
    end = whole.rfind(b"\n") + 1
    if end < len(whole):
        with kept.open("r+b") as file:
            file.truncate(end)
    rows: list[dict[str, Any]] = [json.loads(line) for line in whole[:end].splitlines()]
    if not rows or rows[0].get("of") != identity:
        raise DataError(
            f"{kept} holds the answers of other prompts, models or settings.",
            hint="Delete it to begin anew, or repeat the command that wrote it.",
        )
    return {(row["key"][0], row["key"][1], row["key"][2]): row["text"] for row in rows[1:]}
