"""Verdicts kept by reward identity and sample, in memory and on disk, so that equal answers are verified once.

The key holds all that a reward can see of a sample and the reward's identity, so that an entry never goes stale: a
reward whose source changed has other keys. Only verdicts with a score and abstentions are kept; what failed is tried
again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import warnings
from collections import OrderedDict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rlvr.sample import Sample
from rlvr.verdict import Status, Verdict

REMEMBERED = 20_000
"""Verdicts kept in memory, those used last."""

_KEPT = (Status.SCORED, Status.ABSTAINED)
_AT_A_TIME = 500


def sample_key(identity: str, sample: Sample) -> bytes | None:
    """Equal for samples that a reward of that identity cannot tell apart; `None` for one that holds more than data.

    `id` and `group` only name a sample, and do not count.

    >>> sample_key("r@1", Sample("a", id="x")) == sample_key("r@1", Sample("a", id="y"))
    True
    >>> sample_key("r@1", Sample("a")) == sample_key("r@2", Sample("a"))
    False
    """
    try:
        text = json.dumps([identity, *sample.seen()], sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return None
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class VerdictCache:
    """Verdicts by key; any thread may use it, and any number of processes may share a file.

    A file that cannot be read is put aside under a name that ends in `.corrupt`, and a new one begun. A disk that is
    full costs the entries and nothing else: a warning says so, and scoring goes on from memory.

    Args:
        path: SQLite file, made where there is none; in memory only when `None`.
        remembered: Verdicts kept in memory.

    >>> cache = VerdictCache()
    >>> cache.put({b"key": Verdict(1.0)})
    >>> cache.get([b"key", b"other"])[b"key"].score
    1.0
    """

    def __init__(self, path: str | Path | None = None, *, remembered: int = REMEMBERED) -> None:
        self._memory: OrderedDict[bytes, Verdict] = OrderedDict()
        self._remembered = remembered
        self._lock = threading.Lock()
        self.path = Path(path) if path is not None else None
        self._disk: sqlite3.Connection | None = self._opened() if self.path is not None else None

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Verdict]:
        """What is known of these keys."""
        with self._lock:
            found = {key: self._memory[key] for key in keys if key in self._memory}
            for key in found:
                self._memory.move_to_end(key)
            missing = [key for key in dict.fromkeys(keys) if key not in found]
            if missing and self._disk is not None:
                read = self._read(missing)
                self._remember(read)
                found |= read
        return found

    def put(self, verdicts: Mapping[bytes, Verdict]) -> None:
        """Keeps those of the verdicts that are worth keeping."""
        kept = {key: verdict for key, verdict in verdicts.items() if verdict.status in _KEPT}
        with self._lock:
            self._remember(kept)
            if kept and self._disk is not None:
                self._write(kept)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            if self._disk is not None:
                self._disk.close()
                self._disk = None

    def _remember(self, verdicts: Mapping[bytes, Verdict]) -> None:
        self._memory.update(verdicts)
        while len(self._memory) > self._remembered:
            self._memory.popitem(last=False)

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, Verdict]:
        found: dict[bytes, Verdict] = {}
        for start in range(0, len(keys), _AT_A_TIME):
            some = keys[start : start + _AT_A_TIME]
            marks = ",".join("?" * len(some))
            rows = self._run(f"SELECT key, verdict FROM verdicts WHERE key IN ({marks})", some)
            for key, text in rows:
                # A row that is no verdict is no entry.
                with suppress(ValueError, KeyError, TypeError, AttributeError):
                    found[key] = Verdict.from_dict(json.loads(text))
        return found

    def _write(self, verdicts: Mapping[bytes, Verdict]) -> None:
        rows = [(key, json.dumps(verdict.as_dict())) for key, verdict in verdicts.items()]
        with self._watched():
            assert self._disk is not None
            with self._disk:
                self._disk.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", rows)

    def _run(self, question: str, arguments: Sequence[bytes]) -> list[tuple[bytes, str]]:
        rows: list[tuple[bytes, str]] = []
        with self._watched():
            assert self._disk is not None
            rows = self._disk.execute(question, arguments).fetchall()
        return rows

    def _opened(self) -> sqlite3.Connection | None:
        assert self.path is not None
        for _ in range(2):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                return _connected(self.path)
            except (sqlite3.OperationalError, OSError) as error:
                self._warn(f"cannot be used ({error}); verdicts are kept in memory only")
                return None
            except sqlite3.DatabaseError as error:
                self._put_aside(error)
        return None

    def _put_aside(self, error: sqlite3.Error) -> None:
        assert self.path is not None
        aside = self.path.with_name(f"{self.path.name}.{os.getpid()}.corrupt")
        with suppress(OSError):
            self.path.replace(aside)
        for ending in ("-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + ending).unlink()
        self._warn(f"is damaged ({error}); it was put aside as {aside.name}, and a new one begun")

    @contextmanager
    def _watched(self) -> Generator[None]:
        """Turns a file that cannot be read or written into a warning."""
        try:
            yield
        except sqlite3.Error as error:
            self._failed(error)

    def _failed(self, error: sqlite3.Error) -> None:
        if self._disk is not None:
            with suppress(sqlite3.Error):
                self._disk.close()
        self._disk = None
        if isinstance(error, sqlite3.OperationalError):
            self._warn(f"cannot be used any more ({error}); verdicts are kept in memory only")
            return
        self._put_aside(error)
        self._disk = self._opened()

    def _warn(self, what: str) -> None:
        warnings.warn(f"The verdict cache {self.path} {what}.", RuntimeWarning, stacklevel=2)


def _connected(path: Path) -> sqlite3.Connection:
    disk = sqlite3.connect(path, timeout=30.0, check_same_thread=False)
    try:
        # Readers and a writer do not wait for each other; what a crash of the machine may cost is the last entries.
        disk.execute("PRAGMA journal_mode=WAL")
        disk.execute("PRAGMA synchronous=NORMAL")
        with disk:
            disk.execute("CREATE TABLE IF NOT EXISTS verdicts (key BLOB PRIMARY KEY, verdict TEXT) WITHOUT ROWID")
        disk.execute("SELECT key, verdict FROM verdicts LIMIT 1").fetchall()
    except sqlite3.Error:
        disk.close()
        raise
    return disk
