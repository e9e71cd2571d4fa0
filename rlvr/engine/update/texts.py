"""Texts to learn from as tensors: one in each line, or several behind each other that do not see each other.

Texts of a packed line restart at position 0, from which transformers makes a block-diagonal mask (sdpa, eager), or the
boundaries for flash attention's kernels of variable length, which take all lines of a micro-batch as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rlvr.engine.lists import integers
from rlvr.engine.rollout.chat import Encoded
from rlvr.engine.update.batch import IntArray, cut


@dataclass(frozen=True, slots=True)
class TextBatch:
    """Texts, and how they lie beside each other.

    Attributes:
        texts: Token ids with what is learned of them; the first token of a text has no context and is never learned.
        lines: Which texts lie in each line; each text in one. None for one in each.
    """

    texts: Sequence[Encoded]
    lines: Sequence[IntArray] | None = None

    @property
    def learned(self) -> int:
        """How many tokens are in the loss."""
        return sum(int(text.learned[1:].sum()) for text in self.texts)


@dataclass(frozen=True, slots=True)
class TextMicro:
    """Some lines of a batch, padded together.

    Attributes:
        rows: Which texts, in the order of their first tokens.
        ids: (b, L).
        positions: (b, L) of each token in its own text; None where no line holds two.
        learned: (b, L) bool.
        text_of: (b, L) place in `rows` of the text a token belongs to; -1 for padding.
        start: First column whose prediction is wanted.
        dummy: Only there to keep the ranks in step; it must not count.
    """

    rows: IntArray
    ids: Tensor
    positions: Tensor | None
    learned: Tensor
    text_of: Tensor
    start: int
    dummy: bool = False

    @property
    def columns(self) -> int:
        """C, the number of columns from `start` on."""
        return self.ids.shape[1] - self.start


def pack(lengths: Sequence[int], width: int) -> list[IntArray]:
    """Texts laid into lines of a width, the longest first, each where it fits (first fit, decreasing).

    Args:
        lengths: Of the texts.
        width: Of a line; a longer text has one for itself.

    >>> [line.tolist() for line in pack([3, 5, 2, 6], width=8)]
    [[3, 2], [1, 0]]
    """
    lines: list[list[int]] = []
    room: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        place = next((i for i, left in enumerate(room) if left >= lengths[row]), None)
        if place is None:
            lines.append([])
            room.append(width)
            place = len(lines) - 1
        lines[place].append(row)
        room[place] -= lengths[row]
    return [np.array(line, dtype=np.int64) for line in lines]


def text_micros(
    batch: TextBatch, *, tokens: int, device: torch.device, rank: int = 0, ranks: int = 1, flat: bool = False
) -> list[TextMicro]:
    """This rank's share of the lines, in micro-batches of at most `tokens` padded tokens (one line at least).

    Args:
        batch: The texts.
        tokens: The budget.
        device: Where the tensors go.
        rank: Whose share.
        ranks: Among how many; each gets as many micro-batches.
        flat: All lines of a micro-batch as one, for attention that knows boundaries and needs no padding.
    """
    lines = [np.array([row]) for row in range(len(batch.texts))] if batch.lines is None else list(batch.lines)
    lengths = np.array([sum(len(batch.texts[row].ids) for row in integers(line)) for line in lines], dtype=np.int64)
    parts, real = cut(lengths, np.arange(len(lines)), tokens=tokens, ranks=ranks)
    found: list[TextMicro] = []
    for i in range(rank, len(parts), ranks):
        chosen = [lines[line] for line in integers(parts[i])]
        together = [np.concatenate(chosen)] if flat else chosen
        found.append(_padded(batch.texts, together, device, dummy=i >= real))
    return found


def _padded(texts: Sequence[Encoded], lines: Sequence[IntArray], device: torch.device, *, dummy: bool) -> TextMicro:
    width = max(sum(len(texts[row].ids) for row in integers(line)) for line in lines)
    shape = (len(lines), width)
    ids, positions = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    learned, text_of = np.zeros(shape, dtype=np.bool_), np.full(shape, -1, dtype=np.int64)
    rows: list[int] = []
    for number, line in enumerate(lines):
        at = 0
        for row in integers(line):
            text = texts[row]
            span = slice(at, at + len(text.ids))
            ids[number, span], positions[number, span] = text.ids, np.arange(len(text.ids))
            learned[number, span], text_of[number, span] = text.learned, len(rows)
            learned[number, at] = False
            rows.append(row)
            at += len(text.ids)
    wanted: npt.NDArray[np.int64] = np.flatnonzero(learned.any(0))
    packed = any(len(line) > 1 for line in lines)
    return TextMicro(
        rows=np.array(rows, dtype=np.int64),
        ids=torch.as_tensor(ids).to(device),
        positions=torch.as_tensor(positions).to(device) if packed else None,
        learned=torch.as_tensor(learned).to(device),
        text_of=torch.as_tensor(text_of).to(device),
        start=int(wanted[0]) if len(wanted) else width - 1,
        dummy=dummy,
    )
