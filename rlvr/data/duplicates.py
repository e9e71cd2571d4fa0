"""Documents that came before: equal ones by a hash, near ones by MinHash (Broder 1997) and locality-sensitive hashing.

Equal means equal letters and digits: case, spaces, punctuation and the way a character is encoded do not count. Near
means that of the 5-word sequences of two documents a large part is common. Scripts without spaces count each character
as a word.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import Any

from rlvr.errors import MissingDependencyError

_PERMUTATIONS = 128  # the estimate of a similarity of 0.8 is off by 0.035, one standard deviation
_WORDS = 5
_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]|\w+")


class Duplicates:
    """Remembers the documents it was shown: 16 bytes of each, with `near` another kilobyte or so.

    Args:
        near: Similarity from which a document is a near duplicate; None to look for equal ones only.

    >>> known = Duplicates(near=None)
    >>> [known.seen(text) for text in ("One, two.", "Three.", "one  TWO")]
    ['', '', 'duplicate']
    """

    def __init__(self, near: float | None = None) -> None:
        self._hashes: set[bytes] = set()
        self._near = near
        self._sketches: dict[int, Any] = {}
        self._index: Any = _index(near) if near is not None else None

    def seen(self, text: str) -> str:
        """`duplicate` or `near duplicate` of an earlier document; otherwise empty, and the text is remembered."""
        words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
        digest = blake2b("".join(words).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if digest in self._hashes:
            return "duplicate"
        if self._index is not None and self._near_seen(words):
            return "near duplicate"
        self._hashes.add(digest)
        return ""

    def _near_seen(self, words: list[str]) -> bool:
        sketch = _sketch(words)
        for other in self._index.query(sketch):
            if sketch.jaccard(self._sketches[other]) >= self._near:
                return True
        number = len(self._sketches)
        self._sketches[number] = sketch
        self._index.insert(number, sketch)
        return False


def _index(near: float) -> Any:
    try:
        from datasketch import MinHashLSH
    except ImportError as error:
        raise MissingDependencyError("dedup=near needs datasketch.", hint="pip install datasketch") from error
    return MinHashLSH(threshold=near, num_perm=_PERMUTATIONS)


def _sketch(words: list[str]) -> Any:
    from datasketch import MinHash

    sketch: Any = MinHash(num_perm=_PERMUTATIONS, seed=1)
    last = max(1, len(words) - _WORDS + 1)
    shingles = {" ".join(words[i : i + _WORDS]) for i in range(last)}
    sketch.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in sorted(shingles)])
    return sketch
