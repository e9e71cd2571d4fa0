"""The samples of a step as tensors, cut into micro-batches of a bounded number of tokens.

A micro-batch lays prompts and completions side by side, padded on the right. Under causal attention no real token sees
the padding, so no attention mask is needed, and the fast kernels that take none apply.

Per-token tensors share one layout, (b, C): column c stands for position `start + c` of the sequence, where `start` is
the length of the micro-batch's shortest prompt. Rows with longer prompts have a few unused columns in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rlvr.engine.lists import integers
from rlvr.engine.policy.sharing import SharedPrompts, share_prompts

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TrainBatch:
    """Samples with what the update needs to know of them; B of each.

    Attributes:
        prompts: Token ids of each prompt.
        completions: Token ids of each completion.
        rollout_log_probs: Of the completions' tokens, as the rollout reported them.
        advantages: (B,).
        in_loss: (B,) bool; a sample that could not be scored is in neither sums nor counts.
        mini_batch: (B,) which optimiser update a sample belongs to, from 0.
        drawn: Of each completion, which tokens the model wrote: the others are an environment's, in no sum and no
            count. None for a completion that is all the model's; empty where all are.
    """

    prompts: Sequence[IntArray]
    completions: Sequence[IntArray]
    rollout_log_probs: Sequence[FloatArray]
    advantages: FloatArray
    in_loss: BoolArray
    mini_batch: IntArray
    drawn: Sequence[BoolArray | None] = ()

    def mask(self, rows: IntArray) -> Tensor:
        """(len(rows), T) bool, true for the tokens that are in the loss; T is the longest completion among the rows."""
        return self.written(rows) & torch.as_tensor(self.in_loss[rows]).unsqueeze(1)

    def written(self, rows: IntArray) -> Tensor:
        """(len(rows), T) bool, true for the tokens that the model wrote."""
        lengths = torch.tensor([len(self.completions[row]) for row in integers(rows)])
        width = int(lengths.max()) if len(lengths) else 0
        found = torch.arange(width) < lengths.unsqueeze(1)
        if self.drawn:
            for line, row in zip(found, integers(rows), strict=True):
                drawn = self.drawn[row]
                if drawn is not None:
                    line[: len(drawn)] = torch.as_tensor(drawn)
        return found


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """Some rows of a batch, padded together.

    Attributes:
        rows: Which rows of the batch, (b,).
        ids: Prompt and completion, padded on the right, (b, L).
        first: Column of each row's first completion token, (b,).
        lengths: Tokens of each completion, (b,).
        columns: C, the number of positions whose log-probabilities are wanted.
        shared: The same rows with their common prompts once, where that was asked for and is worth while.
        dummy: Only there to keep the ranks in step; it must not count.
        drawn: (b, C) bool, false for tokens of an environment; None where there is none.
    """

    rows: IntArray
    ids: Tensor
    first: Tensor
    lengths: Tensor
    columns: int
    shared: SharedPrompts | None = None
    dummy: bool = False
    drawn: Tensor | None = None

    @property
    def mask(self) -> Tensor:
        """(b, C) bool, true for completion tokens that the model wrote."""
        column = torch.arange(self.columns, device=self.ids.device)
        first, lengths = self.first.unsqueeze(1), self.lengths.unsqueeze(1)
        inside = (column >= first) & (column < first + lengths)
        return inside if self.drawn is None else inside & self.drawn

    def place(self, values: Sequence[FloatArray] | Tensor) -> Tensor:
        """Values of the completion tokens in this layout, (b, C), zero where `mask` is false.

        Args:
            values: For each row of the micro-batch, values of its tokens from the first on.
        """
        table = values if isinstance(values, Tensor) else _table(values)
        column = torch.arange(self.columns, device=self.ids.device) - self.first.unsqueeze(1)
        table = table.to(self.ids.device)
        return table.gather(1, column.clamp(0, table.shape[1] - 1)).masked_fill(~self.mask, 0)

    def take(self, values: Tensor) -> list[FloatArray]:
        """The inverse of `place`: for each row, the values of its completion tokens."""
        table = values.detach().float().cpu().numpy()
        spans = zip(integers(self.first), integers(self.lengths), strict=True)
        return [table[i, first : first + length].copy() for i, (first, length) in enumerate(spans)]


def micro_batches(
    prompts: Sequence[IntArray],
    completions: Sequence[IntArray],
    rows: IntArray,
    *,
    tokens: int,
    device: torch.device,
    rank: int = 0,
    ranks: int = 1,
    share: bool = False,
    drawn: Sequence[BoolArray | None] = (),
) -> list[MicroBatch]:
    """This rank's share of the rows, in micro-batches of at most `tokens` padded tokens (one row at least).

    Rows of like length come together. Every rank gets the same number of micro-batches, since FSDP's collectives must
    meet; where there are too few rows, dummies fill in.

    Args:
        prompts: Token ids of each prompt of the batch.
        completions: Token ids of each completion of the batch.
        rows: Which of them.
        tokens: The budget.
        device: Where the tensors go.
        rank: Whose share.
        ranks: Among how many.
        share: Look for common prompts; not with several ranks, which must all call the model as often.
        drawn: As in `TrainBatch`.
    """
    lengths = np.array([len(prompts[row]) + len(completions[row]) for row in integers(rows)], dtype=np.int64)
    parts, real = cut(lengths, rows, tokens=tokens, ranks=ranks)
    mine = range(rank, len(parts), ranks)
    return [
        padded(prompts, completions, parts[i], device=device, share=share, dummy=i >= real, drawn=drawn) for i in mine
    ]


def cut(lengths: IntArray, rows: IntArray, *, tokens: int, ranks: int) -> tuple[list[IntArray], int]:
    """Rows in parts of at most `tokens` padded tokens (one row at least), rows of like length together.

    Args:
        lengths: Of the rows, in tokens.
        rows: What they are called.
        tokens: The budget.
        ranks: The number of parts is a multiple of it.

    Returns:
        The parts, and how many of them are real: the others repeat a row, to be computed and not counted.
    """
    order = np.argsort(-lengths, kind="stable")
    parts: list[IntArray] = []
    start = 0
    while start < len(order):
        width = int(lengths[order[start]])
        end = start + max(1, tokens // width)
        parts.append(rows[order[start:end]])
        start = end
    while len(parts) % ranks and any(len(part) > 1 for part in parts):
        largest = max(range(len(parts)), key=lambda i: len(parts[i]))
        part = parts[largest]
        parts[largest : largest + 1] = [part[: len(part) // 2], part[len(part) // 2 :]]
    real = len(parts)
    while len(parts) % ranks:
        parts.append(parts[0][:1])
    return parts, real


def _table(values: Sequence[FloatArray]) -> Tensor:
    table = np.zeros((len(values), max(len(row) for row in values)), dtype=np.float32)
    for line, row in zip(table, values, strict=True):
        line[: len(row)] = row
    return torch.as_tensor(table)


def padded(
    all_prompts: Sequence[IntArray],
    all_completions: Sequence[IntArray],
    rows: IntArray,
    *,
    device: torch.device,
    share: bool,
    dummy: bool,
    drawn: Sequence[BoolArray | None] = (),
) -> MicroBatch:
    """Some rows as one micro-batch; the arguments are those of `micro_batches` and fields of `MicroBatch`."""
    prompts, completions = ([values[row] for row in integers(rows)] for values in (all_prompts, all_completions))
    starts, lengths = (np.array([len(ids) for ids in values]) for values in (prompts, completions))
    table = np.zeros((len(rows), int((starts + lengths).max())), dtype=np.int64)
    for line, prompt, completion in zip(table, prompts, completions, strict=True):
        line[: len(prompt)] = prompt
        line[len(prompt) : len(prompt) + len(completion)] = completion
    start = int(starts.min())
    chosen = [drawn[row] for row in integers(rows)] if drawn else []
    return MicroBatch(
        rows=rows,
        ids=torch.as_tensor(table).to(device),
        first=torch.as_tensor(starts - start).to(device),
        lengths=torch.as_tensor(lengths).to(device),
        columns=table.shape[1] - start,
        shared=share_prompts(prompts, completions, device) if share else None,
        dummy=dummy,
        drawn=_drawn(chosen, starts - start, table.shape[1] - start, device) if any_given(chosen) else None,
    )


def any_given(drawn: Sequence[BoolArray | None]) -> bool:
    """Whether an environment wrote tokens of some completion."""
    return any(one is not None for one in drawn)


def _drawn(drawn: Sequence[BoolArray | None], first: IntArray, columns: int, device: torch.device) -> Tensor:
    table = np.ones((len(drawn), columns), dtype=np.bool_)
    for line, one, start in zip(table, drawn, integers(first), strict=True):
        if one is not None:
            line[start : start + len(one)] = one
    return torch.as_tensor(table).to(device)
