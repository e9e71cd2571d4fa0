"""A mixture as token ids: sequences of one length for continued pretraining, chats for supervised fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rlvr.config.schema import TrainConfig
from rlvr.data.documents import Document
from rlvr.data.language_streams import open_stream
from rlvr.data.mixture import Mixture
from rlvr.data.report import mixture_report
from rlvr.data.selection import ScorerOf, Selection, selection_in
from rlvr.data.source import read_sources
from rlvr.data.stream import Stream
from rlvr.engine.lists import integers
from rlvr.engine.policy.model import Tokenizer, eos_id, text_ids
from rlvr.engine.rollout.chat import Encoded, encode_chat, render_chat
from rlvr.engine.update.batch import IntArray
from rlvr.engine.update.texts import TextBatch, pack
from rlvr.errors import DataError
from rlvr.observe.files import json_text, write_text
from rlvr.rows.files import open_rows

_MOST_REFUSED = 1000
"""Chats of one source in a row that are all too long: then it is the limit that is wrong."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A text to be evaluated on.

    Attributes:
        source: Name of its source.
        parts: The whole of it, in parts that the model reads apart.
        bytes: Of its text in UTF-8.
    """

    source: str
    parts: tuple[Encoded, ...]
    bytes: int


class Corpus:
    """The mixture of a run, as far as it has been drawn from.

    Args:
        config: `data` and `run.seed` say what and in which order.
        tokenizer: Of the policy.
        folder: Of the run's selections: what is kept of each source.
        scorer_of: The scorer of a reward, for sources that are filtered by one.
        state: Of an earlier corpus, to go on from.

    Raises:
        DataError: A source is not there or cannot be read.
    """

    def __init__(
        self,
        config: TrainConfig,
        tokenizer: Tokenizer,
        folder: Path,
        scorer_of: ScorerOf,
        state: dict[str, Any] | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.selections: dict[str, Selection] = {}
        streams: list[Stream] = []
        window = config.data.shuffle_window if config.data.shuffle else 1
        unit = config.data.weigh_by
        for source in read_sources(config.data.mixture):
            rows = open_rows(source.path)
            if source.needs_a_pass:
                self.selections[source.name] = selection_in(folder, source, rows, scorer_of)
            kept = self.selections.get(source.name)
            streams.append(open_stream(source, rows, seed=config.run.seed, window=window, selection=kept, unit=unit))
        self.mixture = Mixture(streams, unit=unit)
        self._rest: IntArray = np.zeros(0, dtype=np.int64)
        if state:
            self.mixture.restore(state["mixture"])
            self._rest = np.array(state["rest"], dtype=np.int64)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps, as JSON data: counts, positions, and what is left of a document that was cut."""
        return {"mixture": self.mixture.state(), "rest": integers(self._rest)}

    def sequences(self, count: int, tokens: int) -> TextBatch:
        """The next `count` sequences of exactly `tokens` tokens, each packed with documents that do not see each other.

        A document that does not fit goes on in the next sequence, or in the next call's first, without what came
        before.
        """
        texts: list[Encoded] = []
        lines: list[IntArray] = []
        for _ in range(count):
            line: list[int] = []
            room = tokens
            while room:
                if not len(self._rest):
                    self._rest = self._next_document()
                part, self._rest = self._rest[:room], self._rest[room:]
                line.append(len(texts))
                texts.append(_all_learned(part))
                room -= len(part)
            lines.append(np.array(line, dtype=np.int64))
        return TextBatch(texts, lines)

    def chats(self, count: int, most_tokens: int) -> list[Encoded]:
        """The next chats of at most so many tokens; longer ones are left out and counted.

        Raises:
            DataError: A row is no chat, or a thousand in a row are too long.
        """
        found: list[Encoded] = []
        refused = 0
        while len(found) < count:
            made = self.mixture.draw()
            encoded = self._chat(made)
            if len(encoded.ids) > most_tokens:
                refused += 1
                if refused == _MOST_REFUSED:
                    raise DataError(
                        f"{refused} chats in a row have more than {most_tokens} tokens, the last is {made.place}.",
                        hint="Raise sft.max_tokens.",
                    )
                self.mixture.refuse(made, f"longer than {most_tokens} tokens")
                continue
            refused = 0
            self.mixture.use(made, len(encoded.ids))
            found.append(encoded)
        return found

    def held_out(self, tokens: int, *, chats: bool) -> list[HeldOut]:
        """The documents that the sources keep for evaluation; chats longer than `tokens` are left out.

        Args:
            tokens: What the model reads at once.
            chats: Learn what the assistant says only, as `chats` does.
        """
        found: list[HeldOut] = []
        for made in self.mixture.held_out():
            if chats:
                encoded = self._chat(made)
                parts = (encoded,) if len(encoded.ids) <= tokens else ()
            else:
                parts = windows(self._document(made), tokens)
            if parts:
                found.append(HeldOut(made.source, parts, len(self._text(made).encode("utf-8", "surrogatepass"))))
        return found

    def write_report(self, file: Path) -> dict[str, Any]:
        """Writes what the mixture contained so far; returns it."""
        report = mixture_report(self.mixture, self.selections)
        write_text(file, json_text(report, indent=2))
        return report

    def _next_document(self) -> IntArray:
        made = self.mixture.draw()
        ids = self._document(made)
        self.mixture.use(made, len(ids))
        return ids

    def _document(self, made: Document) -> IntArray:
        """A document's ids: with what the tokenizer puts before a text, and with an end."""
        ids = text_ids(self.tokenizer, self._text(made), special=bool(made.text))
        end = eos_id(self.tokenizer)
        return np.array(ids if ids and ids[-1] == end else [*ids, end], dtype=np.int64)

    def _text(self, made: Document) -> str:
        return made.text or render_chat(self.tokenizer, made.messages, open_turn=False, name=made.place)

    def _chat(self, made: Document) -> Encoded:
        return encode_chat(self.tokenizer, made.messages, last_turn=made.last_turn, name=made.place)


def windows(ids: IntArray, tokens: int) -> tuple[Encoded, ...]:
    """A document in parts of at most `tokens`; each begins with the last token of the one before, for its context.

    >>> [part.ids.tolist() for part in windows(np.arange(5), 3)]
    [[0, 1, 2], [2, 3, 4]]
    """
    starts = range(0, max(len(ids) - 1, 1), tokens - 1)
    return tuple(_all_learned(ids[start : start + tokens]) for start in starts)


def packed(texts: Sequence[Encoded]) -> TextBatch:
    """Texts in lines as wide as the longest of them."""
    lengths = [len(text.ids) for text in texts]
    return TextBatch(texts, pack(lengths, max(lengths)))


def _all_learned(ids: IntArray) -> Encoded:
    return Encoded(ids, np.ones(len(ids), dtype=np.bool_))
