"""A KV cache with room to grow: new keys and values are written in place.

transformers' own dynamic layers copy the whole cache at every token, which grows with the square of the length.
"""

from __future__ import annotations

from typing import Any, Final

from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer
from typing_extensions import override

ROOM: Final = 128  # positions; each refill copies the cache once


def roomy_cache(config: Any, new_tokens: int) -> DynamicCache:
    """A cache for a model; layers with a sliding window or a state of another kind stay transformers' own.

    Args:
        config: The model's transformers configuration.
        new_tokens: How many tokens may be generated after the prompt.
    """
    cache = DynamicCache(config=config)
    cache.layers = [RoomyLayer(new_tokens) if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


class RoomyLayer(DynamicLayer):
    """`DynamicLayer` whose keys and values are the filled part of a larger buffer.

    >>> import torch
    >>> layer = RoomyLayer(new_tokens=8)
    >>> for _ in range(3):
    ...     keys, values = layer.update(torch.ones(1, 2, 1, 4), torch.ones(1, 2, 1, 4))
    >>> tuple(keys.shape), layer.get_seq_length()
    ((1, 2, 3, 4), 3)
    """

    def __init__(self, new_tokens: int) -> None:
        super().__init__()
        self._room = min(new_tokens, ROOM)
        self._key_buffer: Tensor | None = None
        self._value_buffer: Tensor | None = None

    @override
    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        seen = self.get_seq_length()
        end = seen + key_states.shape[-2]
        if self._key_buffer is None or self._value_buffer is None or end > self._key_buffer.shape[-2]:
            self._key_buffer = self._enlarged(self.keys, key_states, seen, end)
            self._value_buffer = self._enlarged(self.values, value_states, seen, end)
        self._key_buffer[..., seen:end, :] = key_states
        self._value_buffer[..., seen:end, :] = value_states
        self.keys, self.values = self._key_buffer[..., :end, :], self._value_buffer[..., :end, :]
        return self.keys, self.values

    @override
    def batch_repeat_interleave(self, repeats: int) -> None:
        super().batch_repeat_interleave(repeats)
        self._key_buffer = self._value_buffer = None

    @override
    def batch_select_indices(self, indices: Tensor) -> None:
        super().batch_select_indices(indices)
        self._key_buffer = self._value_buffer = None

    def _enlarged(self, filled: Tensor | None, states: Tensor, seen: int, end: int) -> Tensor:
        buffer = states.new_empty((*states.shape[:-2], end + self._room, states.shape[-1]))
        if seen and filled is not None:
            buffer[..., :seen, :] = filled
        return buffer
